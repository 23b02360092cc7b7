"""Tasks that compose the apps."""

from celery import shared_task
from django.conf import settings

from newsroom.lib import outbox
from newsroom.lib.page_cache import purge
from newsroom.site import followups, purging
from newsroom.site.backups import watching


@shared_task
def follow_up(row_id: int) -> None:
    """Safe to run twice: the row is claimed by a conditional lock, and each effect is written once per cause."""
    followups.follow_up(row_id)


@shared_task
def sweep_outbox() -> None:
    """Finds what a lost wake-up left behind. Safe to run twice, as `follow_up` is."""
    for row_id in outbox.open_rows():
        follow_up.delay(row_id)


@shared_task
def purge_personal_data() -> None:
    """Blanks what its retention no longer allows. Safe to run twice: it only ever blanks and deletes."""
    purging.purge_expired()


@shared_task
def turn_the_day() -> None:
    """The front shows the day: at midnight in the newsroom's zone its stored pages go. Safe to run twice."""
    purge([f"home:{language}" for language in settings.LANGUAGE_CODES])


@shared_task
def watch_backups() -> None:
    """Safe to run twice: it only says what lies there."""
    watching.watch_backups()
