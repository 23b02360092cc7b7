"""The articles' tasks: they claim, call a verb, record."""

import structlog
from celery import shared_task

from articles import pictures, scheduling, thinning

logger = structlog.get_logger(__name__)


@shared_task
def publish_due() -> None:
    """Safe to run twice: each story is claimed by its row's lock and leaves the state `scheduled` with it."""
    scheduling.publish_due()


@shared_task
def render_picture(image_id: int) -> None:
    """Safe to run twice: `rendered_at` says that it is done."""
    pictures.make_renditions(image_id)


@shared_task
def sweep_renditions() -> None:
    """Finds what a lost wake-up left unrendered. One broken file does not hold up the others."""
    for image_id in pictures.unrendered_images():
        try:
            pictures.make_renditions(image_id)
        except (OSError, ValueError) as error:
            logger.error("picture_not_rendered", image=image_id, error=str(error))


@shared_task
def thin_autosaves() -> None:
    """Safe to run twice: it deletes only what its age no longer keeps."""
    thinning.thin_autosaves()
