"""Delivering editions: on the bulk queue, so that codes and receipts never wait behind a newsletter."""

from celery import shared_task

from newsletters import delivering
from newsletters.models import Edition


@shared_task
def deliver_edition(edition_id: int) -> None:
    """Delivers a batch and wakes itself for the next. Safe to run twice or by many: each row is claimed once."""
    if delivering.deliver_batch(edition_id):
        deliver_edition.delay(edition_id)


@shared_task
def sweep_editions() -> None:
    """Finds editions that nobody is delivering: a lost wake-up, a dead worker, a pause that is over. Safe to run
    twice, as delivering is."""
    delivering.recover_deliveries()
    for edition_id in Edition.objects.filter(state=Edition.State.SENDING).values_list("pk", flat=True):
        deliver_edition.delay(edition_id)
