"""Delivering editions: on the bulk queue, so that codes and receipts never wait behind a newsletter."""

from celery import shared_task

from newsletters import delivering, sending
from newsroom.lib.waking import wake


@shared_task
def deliver_edition(edition_id: int) -> None:
    """Delivers a batch and wakes itself for the next. Safe to run twice or by many: each row is claimed once."""
    if delivering.deliver_batch(edition_id):
        wake(deliver_edition, edition_id)


@shared_task
def sweep_editions() -> None:
    """Starts what is due, and finds editions that nobody is delivering: a lost wake-up, a dead worker, a pause that is
    over. Safe to run twice, as starting and delivering are."""
    sending.start_due_editions()
    delivering.recover_deliveries()
    for edition_id in delivering.editions_waiting():
        wake(deliver_edition, edition_id)
