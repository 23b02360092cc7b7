"""The vote's clock."""

from celery import shared_task

from members.voting import rounds


@shared_task
def close_due_rounds() -> None:
    """Safe to run twice: a round is closed under a lock and only while it is open."""
    rounds.close_due_rounds()
