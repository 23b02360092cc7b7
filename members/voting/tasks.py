"""The vote's clock."""

from celery import shared_task

from members.voting import rounds, showing, telling
from newsroom.lib.sweeping import for_each


@shared_task
def close_due_rounds() -> None:
    """What the vote owes each minute: rounds past their time are closed, counts of the last ballots are shown, letters
    that nothing else would write are owed. Safe to run twice, as each of these is."""
    parts = (rounds.close_due_rounds, showing.refresh_counts, telling.owe_late_letters)
    for_each(parts, lambda part: part(), failed="clock_of_the_vote_failed")
