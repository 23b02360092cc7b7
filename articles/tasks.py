"""The articles' tasks: they claim, call a verb, record."""

from celery import shared_task

from articles import pictures, scheduling, thinning
from newsroom.lib.sweeping import for_each


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
    for_each(pictures.unrendered_images(), pictures.make_renditions, failed="picture_not_rendered")


@shared_task
def thin_autosaves() -> None:
    """Safe to run twice: it deletes only what its age no longer keeps."""
    thinning.thin_autosaves()
