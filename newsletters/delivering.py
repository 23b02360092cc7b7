"""Delivering an edition row by row, so that a crash can be read back.

queued → claimed (a batch, by one worker) → handing over (one row, right before its bytes leave) → sent | failed |
unknown. No SMTP inside a transaction. Each change of state is one short statement of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from time import monotonic

import structlog
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef
from django.db.models.functions import Greatest
from django.utils import timezone

from newsletters.handing import Line, NotTaken, OutcomeUnknown, ServerRefuses, open_line
from newsletters.messages import recipient_of
from newsletters.models import Delivery, Edition, Signup
from newsletters.sending import suppressed_among
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.jobs import advance_job, finish_job
from newsroom.lib.page_cache import purge
from newsroom.lib.sweeping import for_each
from newsroom.lib.waiting import has_run_out, is_due

logger = structlog.get_logger(__name__)

BATCH = 100
BATCH_LASTS_SECONDS = 120  # a slow server: the rest goes back to the queue, well before it counts as a dead worker's
CLAIM_LASTS = timedelta(minutes=5)
PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = 8
OPEN = (Delivery.State.QUEUED, Delivery.State.CLAIMED, Delivery.State.HANDING_OVER)

_CLAIM = """
UPDATE newsletters_delivery SET state = 'claimed', claimed_at = statement_timestamp(), attempts = attempts + 1
WHERE id IN (
    SELECT id FROM newsletters_delivery
    WHERE edition_id = %(edition)s AND state = 'queued' AND (
        next_attempt_at <= statement_timestamp()
        OR next_attempt_at > statement_timestamp() + make_interval(secs => %(longest)s))
    ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
# One statement, so one commit for each mail: the one before is sent, the next is in hand. An edition that was stopped
# lets no further one go. What a sweep took for a dead worker's and called unknown, the living worker knows better.
_NEXT = """
UPDATE newsletters_delivery SET
    state = CASE WHEN id = %(sent)s THEN 'sent' ELSE 'handing_over' END,
    sent_at = CASE WHEN id = %(sent)s THEN statement_timestamp() END,
    claimed_at = statement_timestamp(),
    error = ''
WHERE (id = %(sent)s AND state IN ('handing_over', 'unknown'))
   OR (id = %(next)s AND state = 'claimed' AND EXISTS (
        SELECT FROM newsletters_edition AS edition WHERE edition.id = edition_id AND edition.state = 'sending'))
RETURNING id
"""


def deliver_batch(edition_id: int) -> bool:
    """Delivers up to a hundred; True when more may be waiting for this worker. Several workers may do so at once: each
    claims its own rows. Safe to run twice."""
    edition = Edition.objects.select_related("newsletter").defer("html", "text").get(pk=edition_id)
    if edition.state != Edition.State.SENDING or is_on_hold():
        return False
    claimed = _claim(edition)
    rows = _skip_those_who_left(edition, claimed)
    is_served = _hand_over_all(edition, rows) if rows else True
    is_done = _finish_if_done(edition)
    return bool(claimed) and is_served and not is_done


def _claim(edition: Edition) -> list[Delivery]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"edition": edition.pk, "longest": LONGEST_PAUSE.total_seconds(), "batch": BATCH})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Delivery.objects.filter(pk__in=ids).select_related("signup__member").order_by("pk")) if ids else []


def _skip_those_who_left(edition: Edition, claimed: list[Delivery]) -> list[Delivery]:
    """Who left since the edition was queued, or must get no mail, is skipped."""
    suppressed = suppressed_among([row.signup.member.email or "" for row in claimed])
    keep = [row for row in claimed if _still_wants(row.signup) and row.signup.member.email not in suppressed]
    skipped = {row.pk for row in claimed} - {row.pk for row in keep}
    if skipped:
        changed = Delivery.objects.filter(pk__in=skipped, state=Delivery.State.CLAIMED).update(
            state=Delivery.State.SKIPPED
        )
        _advance(edition, changed)
    return keep


def _still_wants(signup: Signup) -> bool:
    return signup.state == Signup.State.CONFIRMED and signup.member.is_active and bool(signup.member.email)


def _hand_over_all(edition: Edition, rows: list[Delivery]) -> bool:
    """Each row in turn, down one connection; False when the server wants a pause. What is left over goes back to the
    queue, whatever happened."""
    book = _Book(edition)
    ends = monotonic() + BATCH_LASTS_SECONDS
    refusal: ServerRefuses | None = None
    try:
        with open_line(edition) as line:
            for row in rows:
                if monotonic() < ends and book.take_in_hand(row):
                    _hand_over(row, line, book)
    except ServerRefuses as error:
        refusal = error
        logger.warning("mail_server_refuses", edition=edition.pk, error=str(error))
    finally:
        book.write_last()
        _give_back([row.pk for row in rows], refusal)
    return refusal is None


def _hand_over(row: Delivery, line: Line, book: _Book) -> None:
    """Raises ServerRefuses when the rest of the batch should not be tried now."""
    try:
        line.send(recipient_of(row.edition_id, row.signup))
    except ValueError:
        book.close(row, Delivery.State.FAILED, "not a mail address")
    except NotTaken as error:
        book.refuse(row, error)
    except OutcomeUnknown as error:
        book.close(row, Delivery.State.UNKNOWN, str(error))
        raise ServerRefuses(str(error)) from error
    except ServerRefuses as error:
        book.put_back(row, error)
        raise
    else:
        book.sent(row)


class _Book:
    """Writes down what this worker does with each row."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.last_sent = 0  # not yet written; the next statement does it
        self.closed = 0

    def take_in_hand(self, row: Delivery) -> bool:
        """False when the row is no longer ours, or the edition was stopped."""
        return row.pk in self._write(next_id=row.pk)

    def sent(self, row: Delivery) -> None:
        self.last_sent = row.pk

    def close(self, row: Delivery, state: Delivery.State, error: str) -> None:
        Delivery.objects.filter(pk=row.pk).update(state=state, error=error[:200])
        self.closed += 1

    def refuse(self, row: Delivery, error: NotTaken) -> None:
        """For good, or for now (greylisting, a full mailbox): then again after 1, 2, 4 … minutes."""
        if error.code >= 500 or row.attempts >= GIVE_UP_AFTER:
            self.close(row, Delivery.State.FAILED, str(error))
        else:
            self.put_back(row, error)

    @staticmethod
    def put_back(row: Delivery, error: Exception) -> None:
        pause = min(PAUSE * 2 ** max(0, row.attempts - 1), LONGEST_PAUSE)
        Delivery.objects.filter(pk=row.pk, state=Delivery.State.HANDING_OVER).update(
            state=Delivery.State.QUEUED, error=str(error)[:200], next_attempt_at=timezone.now() + pause
        )

    def write_last(self) -> None:
        if self.last_sent:
            self._write(next_id=0)
        _advance(self.edition, self.closed)
        self.closed = 0

    def _write(self, *, next_id: int) -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, {"sent": self.last_sent, "next": next_id})
            changed = {row[0] for row in cursor.fetchall()}
        self.closed += self.last_sent in changed
        self.last_sent = 0
        return changed


def _give_back(ids: list[int], refusal: ServerRefuses | None) -> None:
    """Rows whose turn did not come: it does not count as an attempt, or an hour without a mail server would cost an
    edition its readers."""
    pause = PAUSE if refusal else timedelta()
    Delivery.objects.filter(pk__in=ids, state=Delivery.State.CLAIMED).update(
        state=Delivery.State.QUEUED, attempts=Greatest(F("attempts") - 1, 0), error=str(refusal or "")[:200],
        next_attempt_at=timezone.now() + pause,
    )  # fmt: skip


def recover_deliveries() -> None:
    """A dead worker's claimed rows go back to the queue. What it was handing over is unknown: shown to a person and
    never silently sent again."""
    if is_on_hold():
        return
    old = Delivery.objects.filter(has_run_out("claimed_at", CLAIM_LASTS))
    old.filter(state=Delivery.State.CLAIMED).update(state=Delivery.State.QUEUED)
    in_hand = old.filter(state=Delivery.State.HANDING_OVER)
    rows = in_hand.select_related("edition").defer("edition__html", "edition__text")
    for_each(rows, _note_unknown, failed="delivery_not_recovered")


def _note_unknown(row: Delivery) -> None:
    in_hand = Delivery.objects.filter(pk=row.pk, state=Delivery.State.HANDING_OVER, claimed_at=row.claimed_at)
    changed = in_hand.update(state=Delivery.State.UNKNOWN, error="The worker died while it handed this over.")
    _advance(row.edition, changed)


def editions_waiting() -> list[int]:
    """Editions that nobody is delivering though something is due, or that only want closing."""
    now = timezone.now()
    rows = Delivery.objects.filter(edition=OuterRef("pk"), state__in=OPEN)
    due = rows.filter(is_due(LONGEST_PAUSE), state=Delivery.State.QUEUED)
    busy = rows.filter(state__in=OPEN[1:], claimed_at__gt=now - PAUSE)
    sending = Edition.objects.filter(state=Edition.State.SENDING)
    return list(
        sending.filter((Exists(due) & ~Exists(busy)) | ~Exists(rows)).order_by("pk").values_list("pk", flat=True)
    )


def _advance(edition: Edition, done: int) -> None:
    """Moves the bar. Under the edition's lock, since another worker may be finishing it."""
    if not done or edition.job_id is None:
        return
    with transaction.atomic():
        if Edition.objects.select_for_update().only("pk").filter(pk=edition.pk, state=Edition.State.SENDING).exists():
            advance_job(edition.job_id, done)


def _finish_if_done(edition: Edition) -> bool:
    """Closes the edition when no row is open; whether it is closed."""
    if edition.deliveries.filter(state__in=OPEN).exists():
        return False
    with transaction.atomic():
        closed = Edition.objects.filter(pk=edition.pk, state=Edition.State.SENDING).update(
            state=Edition.State.SENT, finished_at=timezone.now()
        )
        if closed:
            _finish_job(edition)
            record("edition.sent", actor_label="worker", target=edition, outcome=_outcome(edition))
            purge([edition.newsletter.page_key, "newsletters"])
    return True


def _finish_job(edition: Edition) -> None:
    """A worker that died between a mail and the bar has left the bar short: now it is full."""
    if edition.job is not None:
        advance_job(edition.job.pk, max(0, edition.job.total - edition.job.done))
        finish_job(edition.job.pk)


def _outcome(edition: Edition) -> dict[str, int]:
    """How many rows ended in which state."""
    counted: Iterable[tuple[str, int]] = (
        edition.deliveries.order_by().values_list("state").annotate(count=Count("pk")).values_list("state", "count")
    )
    return dict(counted)
