"""The inbox of Stripe's events: verified, stored once, then the object they name is fetched and mirrored.

From an event only its id, type, mode, account and the object's id are believed: events of any age name the same
object, and the object as it is now is what counts. https://docs.stripe.com/webhooks
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import stripe
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage import fetching, mirroring, reversals
from members.patronage.client import describe
from members.patronage.defence import declines
from members.patronage.errors import Foreign, NotAllowed, PatronageError
from members.patronage.models import StripeEvent
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.log_masking import mask_text
from newsroom.lib.steps import step
from newsroom.lib.sweeping import for_each
from newsroom.lib.waiting import has_run_out, is_due
from newsroom.lib.waking import wake

logger = structlog.get_logger(__name__)

TASK = "members.patronage.tasks.work_off_events"
RUN_SECONDS = 2.0  # then whatever else waits for a worker has its turn
TOLERANCE_SECONDS = 300
CLAIM_LASTS = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
GIVE_UP_AFTER = 14  # attempts, over about two days; then a person replays it

State = StripeEvent.State


class Rejected(Exception):  # noqa: N818
    """Not signed by Stripe, or not an event: nothing is stored."""


@dataclass(frozen=True)
class Handler:
    fetch: Callable[[str], fetching.Fetched]
    mirror: Callable[[fetching.Fetched], Any]


_SESSION = Handler(fetching.fetch_session, mirroring.mirror_checkout_session)
_SUBSCRIPTION = Handler(fetching.fetch_subscription, mirroring.mirror_subscription)
_INVOICE = Handler(fetching.fetch_invoice, mirroring.mirror_invoice)
_INTENT = Handler(fetching.fetch_payment_intent, mirroring.mirror_payment_intent)
_REFUND = Handler(fetching.fetch_refund, reversals.mirror_refund)
_DISPUTE = Handler(fetching.fetch_dispute, reversals.mirror_dispute)

# All that we ask Stripe to send; docs/patronage.md lists it for whoever sets up the endpoint.
HANDLERS: dict[str, Handler] = {
    **dict.fromkeys((
        "checkout.session.completed", "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed", "checkout.session.expired",
    ), _SESSION),
    **dict.fromkeys((
        "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
        "customer.subscription.paused", "customer.subscription.resumed",
    ), _SUBSCRIPTION),
    **dict.fromkeys((
        "invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed",
        "invoice.voided", "invoice.marked_uncollectible",
    ), _INVOICE),
    **dict.fromkeys((
        "payment_intent.succeeded", "payment_intent.processing", "payment_intent.canceled",
    ), _INTENT),
    "payment_intent.payment_failed": Handler(fetching.fetch_payment_intent, declines.take_failed_intent),
    "charge.failed": Handler(fetching.fetch_charge, declines.take_failed_charge),
    "charge.refunded": Handler(fetching.fetch_charge, reversals.mirror_refunds_of_charge),
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed"), _REFUND),
    **dict.fromkeys((
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
        "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    ), _DISPUTE),
}  # fmt: skip

STORE = """
INSERT INTO members_stripeevent (event_id, type, object_id, account, livemode, state, attempts, error)
VALUES (%s, %s, %s, %s, %s, %s, 0, %s)
ON CONFLICT (event_id) DO NOTHING
"""

# What an endpoint that was set up before need not send: `payment_intent.payment_failed` tells of it too, if late.
OPTIONAL = frozenset({"charge.failed"})


def receive_event(body: bytes, signature: str) -> None:
    """Verifies the raw body, stores the event once and wakes a worker. Raises Rejected, and then nothing is stored."""
    event = _read(body, signature)
    row = _as_row(event)
    _store(row)
    step("event.stored")
    if row.state == State.WAITING:
        wake(TASK)


def _read(body: bytes, signature: str) -> dict[str, Any]:
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise Rejected("STRIPE_WEBHOOK_SECRET is not set.")
    try:
        stripe.WebhookSignature.verify_header(body, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE_SECONDS)
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise Rejected(type(error).__name__) from error
    if not isinstance(event, dict) or event.get("object") != "event" or not isinstance(event.get("id"), str):
        raise Rejected("This is not an event.")
    return event


def _as_row(event: dict[str, Any]) -> StripeEvent:
    data = event.get("data") or {}
    row = StripeEvent(
        event_id=event["id"][:120], type=str(event.get("type", ""))[:80], account=str(event.get("account") or "")[:80],
        livemode=bool(event.get("livemode")), object_id=fetching.id_of(data.get("object"))[:120],
    )  # fmt: skip
    if row.account:
        row.state, row.error = State.FOREIGN, "It belongs to a connected account."
    elif row.livemode != settings.STRIPE_LIVEMODE:
        row.state, row.error = State.IGNORED, "It comes from the other mode (test or live) than our key."
    elif row.type not in HANDLERS or not row.object_id:
        row.state = State.IGNORED
    return row


def _store(row: StripeEvent) -> None:
    """Unless it is there. In one statement, which commits itself: `bulk_create` opens a transaction around it, and a
    burst of events would wait for two more answers of the database each."""
    values = row.event_id, row.type, row.object_id, row.account, row.livemode, row.state, row.error
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)


def work_off_events() -> None:
    """Processes what is due, longest waiting first, for two seconds; what is left wakes the next run. Safe to run
    twice and side by side: each run takes what no other has claimed."""
    if is_on_hold():
        return
    wrong = for_each(_for_a_while(due_events()), process_event, failed="stripe_event_not_worked_off")
    if not wrong and StripeEvent.objects.filter(_open()).exists():
        wake(TASK)


def _for_a_while(event_ids: list[str]) -> Iterator[str]:
    """One at least."""
    until = monotonic() + RUN_SECONDS
    for event_id in event_ids:
        yield event_id
        if monotonic() >= until:
            return


def process_event(event_id: str) -> None:
    """Takes all events that wait for the same object, fetches the object once and mirrors it. Safe to run twice: the
    claim is a conditional update under a lock, and mirroring may be repeated."""
    first = StripeEvent.objects.filter(_open(), event_id=event_id).first()
    if first is None or is_on_hold():
        return
    claimed_at, rows = _claim(first)
    if not rows:
        return
    step("event.claimed")
    # What the audit says of it names the event: each change of a patron's state is found by its cause.
    with structlog.contextvars.bound_contextvars(request_id=first.event_id):
        state, error = _apply(HANDLERS.get(rows[0].type), first.object_id)
    step("event.applied")
    _finish(rows, claimed_at, state, error)
    step("event.finished")


def _open() -> Q:
    """Due, and not in the hands of a worker that lives."""
    due = Q(state__in=(State.WAITING, State.FAILED)) & is_due(LONGEST_PAUSE)
    left = Q(state=State.CLAIMED) & has_run_out("claimed_at", CLAIM_LASTS)
    return (due | left) & Q(attempts__lt=GIVE_UP_AFTER)


def _claim(first: StripeEvent) -> tuple[datetime, list[StripeEvent]]:
    claimed_at = timezone.now()
    with transaction.atomic():
        waiting = StripeEvent.objects.select_for_update(skip_locked=True).filter(_open(), object_id=first.object_id)
        rows = [row for row in waiting.order_by("id") if HANDLERS.get(row.type) is HANDLERS.get(first.type)]
        StripeEvent.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=State.CLAIMED, claimed_at=claimed_at, attempts=F("attempts") + 1
        )
    return claimed_at, rows


def _apply(handler: Handler | None, object_id: str) -> tuple[State, str]:
    if handler is None:
        return State.IGNORED, ""
    try:
        fetched = handler.fetch(object_id)
        step("object.fetched")
        handler.mirror(fetched)
    except Foreign as error:
        return State.FOREIGN, str(error)
    except PatronageError as error:
        logger.warning("stripe_event_failed", object_id=object_id, error=describe(error))
        return State.FAILED, f"{error} ({describe(error)})"
    except Exception as error:  # whatever it was, the event is kept and tried again
        logger.exception("stripe_event_failed", object_id=object_id)
        return State.FAILED, mask_text(f"{type(error).__name__}: {error}")
    return State.DONE, ""


def _finish(rows: list[StripeEvent], claimed_at: datetime, state: State, error: str) -> None:
    """Only what is still ours: a claim that ran out may be in other hands."""
    now = timezone.now()
    tries = max(row.attempts for row in rows) + 1
    StripeEvent.objects.filter(pk__in=[row.pk for row in rows], state=State.CLAIMED, claimed_at=claimed_at).update(
        state=state,
        error=error[:2000],
        finished_at=None if state == State.FAILED else now,
        next_attempt_at=now + min(LONGEST_PAUSE, timedelta(seconds=5 * 2**tries)),
    )


def due_events(limit: int = 500) -> list[str]:
    """One event id per object that has something to do, longest waiting first."""
    objects = StripeEvent.objects.filter(_open()).order_by().values("object_id", "type")
    due = objects.annotate(first=Min("event_id"), since=Min("next_attempt_at")).order_by("since")
    return [row["first"] for row in due[:limit]]


def give_up_events() -> None:
    """An event that ended its worker each time would go on ending workers: it is left for a person."""
    left = StripeEvent.objects.filter(has_run_out("claimed_at", CLAIM_LASTS), state=State.CLAIMED)
    left.filter(attempts__gte=GIVE_UP_AFTER).update(state=State.FAILED, error="Each worker that took it ended.")


def replay_event(*, user: Member, event: StripeEvent) -> None:
    """Puts an event back, whatever became of it. Raises NotAllowed, and Foreign where our key knows nothing of it."""
    if not user.has_perm("members.change_stripeevent"):
        raise NotAllowed(_("Only membership managers may replay events."))
    if event.account or event.livemode != settings.STRIPE_LIVEMODE:
        raise Foreign(_("This event is of another account, or of the other mode (test or live) than our key."))
    with transaction.atomic():
        StripeEvent.objects.filter(pk=event.pk).update(
            state=State.WAITING, attempts=0, error="", next_attempt_at=timezone.now(), finished_at=None
        )
        record("stripe_event.replayed", actor=user, target=event)
        wake(TASK)
