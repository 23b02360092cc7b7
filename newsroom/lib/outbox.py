"""Owing an effect upwards, and claiming what is owed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.log_masking import mask_text
from newsroom.lib.models import Outbox
from newsroom.lib.waiting import has_run_out, is_due
from newsroom.lib.waking import wake

FOLLOW_UP_TASK = "newsroom.site.tasks.follow_up"
CLAIM_LASTS = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = 12


def owe(kind: str, key: str | int, **payload: Any) -> Outbox:
    """Writes the row in the caller's transaction, once per (kind, key), and wakes the worker after the commit."""
    row, is_new = Outbox.objects.get_or_create(kind=kind, key=str(key), defaults={"payload": payload})
    if is_new:
        wake(FOLLOW_UP_TASK, row.pk)
    return row


def claim(row_id: int) -> Outbox | None:
    """Takes one owed row for this worker; None when another has it or it is done. A claim older than ten minutes is a
    dead worker's and may be taken over, so a follow-up must be safe to run twice. One that killed its worker each time
    is given up and shown."""
    if is_on_hold():
        return None
    with transaction.atomic():
        row = Outbox.objects.select_for_update(skip_locked=True).filter(_open(), pk=row_id).first()
        if row is None:
            return None
        if row.attempts >= GIVE_UP_AFTER:
            row.state, row.error = Outbox.State.FAILED, row.error or "Each worker that began it ended."
            row.save(update_fields=["state", "error"])
            return None
        row.state = Outbox.State.CLAIMED
        row.claimed_at = timezone.now()
        row.attempts += 1
        row.save(update_fields=["state", "claimed_at", "attempts"])
    return row


def finish(row: Outbox) -> None:
    _held(row).update(state=Outbox.State.DONE, done_at=timezone.now(), error="")


def fail(row: Outbox, error: str) -> None:
    """Back into the queue with a growing pause (10 s to 1 h); given up and shown to a person after twelve attempts."""
    is_over = row.attempts >= GIVE_UP_AFTER
    pause = min(LONGEST_PAUSE, timedelta(seconds=5 * 2**row.attempts))
    _held(row).update(
        state=Outbox.State.FAILED if is_over else Outbox.State.WAITING,
        error=mask_text(error)[:2000],
        next_attempt_at=timezone.now() + pause,
    )


def replay(*, user: Any, row: Outbox) -> None:
    """What was given up is owed again. Raises PermissionDenied; a row that is not given up is left as it is."""
    if not user.has_perm("lib.change_outbox"):
        raise PermissionDenied
    with transaction.atomic():
        given_up = Outbox.objects.filter(pk=row.pk, state=Outbox.State.FAILED)
        if given_up.update(state=Outbox.State.WAITING, attempts=0, next_attempt_at=timezone.now()):
            record("follow_up.replayed", actor=user, target=row)
            wake(FOLLOW_UP_TASK, row.pk)


def open_rows(limit: int = 200) -> Iterator[int]:
    """Ids of what is owed now, oldest first."""
    yield from Outbox.objects.filter(_open()).order_by("next_attempt_at").values_list("pk", flat=True)[:limit]


def _held(row: Outbox) -> QuerySet[Outbox]:
    """The row while this claim of it still stands: a worker that was taken for dead closes nothing of its successor."""
    return Outbox.objects.filter(pk=row.pk, state=Outbox.State.CLAIMED, attempts=row.attempts)


def _open() -> Q:
    waiting = Q(state=Outbox.State.WAITING) & is_due(LONGEST_PAUSE)
    return waiting | (Q(state=Outbox.State.CLAIMED) & has_run_out("claimed_at", CLAIM_LASTS))
