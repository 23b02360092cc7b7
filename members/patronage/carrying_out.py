"""Carrying out what a member wants of running support: a row first, then Stripe under the row's key, then our mirror
from Stripe's own answer. What was asked and not answered is found out by a sweep: is it done? If not, it is asked for
again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import stripe
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.checkout import running_subscription
from members.patronage.client import describe, is_answer, is_unknown, refuse_on_hold, stripe_api
from members.patronage.errors import (
    ChangeUnderWay,
    NoSupport,
    NotAnswered,
    PatronageError,
    StripeRefused,
    StripeResting,
)
from members.patronage.fetching import Fetched, Object, ask, fetch_subscription, is_ending
from members.patronage.mirroring import mirror_subscription
from members.patronage.missing import close_unknown
from members.patronage.models import Kind as StripeKind
from members.patronage.models import Subscription, SupportChange
from members.patronage.sweeping import ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.waiting import has_run_out

logger = structlog.get_logger(__name__)

Kind, State = SupportChange.Kind, SupportChange.State
TAKES_MONEY = (Kind.TERMS, Kind.RESUME)
ASK_AGAIN_AFTER = timedelta(minutes=1)
ASK_FOR_MONEY = timedelta(hours=2)  # nobody is charged half a day after the click
ASK_FOR_REST = timedelta(days=7)
AFTER_A_NO = timedelta(days=1)  # a sweep asks again for what Stripe refused; a person may sooner
SWEEP_AT_ONCE = 50
MARK = "change"  # in the subscription's metadata: the key of the last change of terms


def require_running(member: Member, named: Subscription | None = None) -> Subscription:
    """The one that is named, of the member's own, or the newest. Raises NoSupport."""
    subscription = named or running_subscription(member)
    if subscription is None or not subscription.is_running:
        raise NoSupport(_("You have no running support that could be changed."))
    return subscription


def begin(
    subscription: Subscription, kind: SupportChange.Kind, *, actor: Member | None, **details: Any
) -> SupportChange:
    """The wish, committed. Raises ChangeUnderWay while another one is open, and StripeResting after a restore."""
    refuse_on_hold()
    now = timezone.now()
    try:
        with transaction.atomic():
            change = SupportChange.objects.create(
                member_id=subscription.member_id, subscription=subscription, kind=kind, state=State.ASKED,
                asked_at=now, checked_at=now, **details,
            )  # fmt: skip
            _note_asked(change, actor)
    except IntegrityError as error:
        raise under_way() from error
    return change


def claim_shown(change: SupportChange) -> bool:
    """Makes the shown one asked for; False when somebody was faster. Raises ChangeUnderWay and StripeResting."""
    refuse_on_hold()
    now = timezone.now()
    shown = SupportChange.objects.filter(pk=change.pk, state=State.SHOWN)
    try:
        with transaction.atomic():
            if not shown.update(state=State.ASKED, asked_at=now, checked_at=now):
                return False
            _note_asked(change, change.member)
    except IntegrityError as error:
        raise under_way() from error
    change.refresh_from_db(fields=["state", "asked_at", "checked_at"])
    return True


def under_way() -> ChangeUnderWay:
    return ChangeUnderWay(_("Your last change is still being made. Please look again in a minute."))


def _note_asked(change: SupportChange, actor: Member | None) -> None:
    record(f"support.{change.kind}_asked", actor=actor, target=change.subscription, change=change.pk)


def carry_out(change: SupportChange) -> Subscription:
    """Asks Stripe and writes its answer down. Raises NotAnswered and ChangeUnderWay (the sweep goes on with it),
    StripeRefused and NotConfigured (the row says so, and nothing was changed)."""
    try:
        fetched = ask(_call_of(change))
    except StripeResting as error:
        _note_silence(change, error)
        raise _not_answered() from error
    except PatronageError as error:
        if isinstance(error.__cause__, stripe.IdempotencyError):  # the first request is still at work
            raise under_way() from error
        if change.kind == Kind.CANCEL and _is_over_already(change):
            return change.subscription
        _finish(change, State.FAILED, error=describe(error))
        raise _refusal(error) from error
    return _take(change, fetched)


def _is_over_already(change: SupportChange) -> bool:
    """Stripe takes no idempotency key for a DELETE: of two at once the second hears that there is nothing to cancel.
    Then it is written down. Raises NotAnswered."""
    try:
        fetched = _look_up(change)
    except StripeResting as error:
        raise _not_answered() from error
    except PatronageError:
        return False
    if fetched is None:
        _take_unknown(change)
    elif is_done(change, fetched.data):
        _take(change, fetched)
    change.subscription.refresh_from_db()
    return change.state == State.DONE


def _look_up(change: SupportChange) -> Fetched | None:
    """None for a subscription that Stripe does not know."""
    try:
        return fetch_subscription(change.subscription.stripe_id)
    except StripeRefused as error:
        if is_unknown(error):
            return None
        raise


def _take_unknown(change: SupportChange) -> None:
    """What Stripe does not know takes nothing any more: it has ended, and nothing else can be made of it."""
    if change.kind == Kind.CANCEL:
        close_unknown(StripeKind.SUBSCRIPTION, change.subscription.stripe_id)
        _finish(change, State.DONE)
    else:
        _finish(change, State.FAILED, error="Stripe does not know this subscription.")


def _not_answered() -> NotAnswered:
    return NotAnswered(
        _("Our payment company does not answer just now. Your wish is written down; we go on asking by ourselves.")
    )


def _call_of(change: SupportChange) -> Callable[[], stripe.StripeObject]:
    call = CALLS[change.kind]
    key = f"{change.key}:{change.refusals}" if change.refusals else str(change.key)
    return lambda: call(change, {"idempotency_key": key})


def _note_silence(change: SupportChange, error: StripeResting) -> None:
    """An answer of Stripe's own server stays under the key and would be replayed: the next try needs another one. No
    answer at all keeps the key, or it could be done twice."""
    change.refusals += is_answer(error)
    SupportChange.objects.filter(pk=change.pk).update(
        refusals=change.refusals, error=describe(error), checked_at=timezone.now()
    )


def _refusal(error: PatronageError) -> PatronageError:
    if isinstance(error.__cause__, stripe.CardError):
        return StripeRefused(_("Your bank refused the payment, so nothing was changed. Please check your card."))
    return error


def _take(change: SupportChange, fetched: Fetched) -> Subscription:
    row = mirror_subscription(fetched)
    _finish(change, State.DONE)
    return row


def _finish(change: SupportChange, state: SupportChange.State, error: str = "") -> None:
    with transaction.atomic():
        open_row = SupportChange.objects.filter(pk=change.pk, state=State.ASKED)
        if open_row.update(state=state, error=error, finished_at=timezone.now()):
            done = "done" if state == State.DONE else "failed"
            record(f"support.{change.kind}_{done}", actor_label="stripe", target=change.subscription, change=change.pk)
    change.state, change.error = state, error


def _change_terms(change: SupportChange, options: dict[str, Any]) -> Any:
    """Of the row alone: the same key must come with the same parameters."""
    return stripe_api().subscriptions.update(
        change.subscription.stripe_id,
        {
            **terms_of(change), "items": [item_of(change)], "payment_behavior": "error_if_incomplete",
            "metadata": {MARK: str(change.key)}, "expand": ["customer"],
        },
        options,
    )  # fmt: skip


def terms_of(change: SupportChange) -> dict[str, Any]:
    """How the change is billed: prorated from the moment that was shown, or from the next payment on."""
    if not change.is_prorated or change.prorated_at is None:
        return {"proration_behavior": "none"}
    return {"proration_behavior": "always_invoice", "proration_date": int(change.prorated_at.timestamp())}


def item_of(change: SupportChange) -> dict[str, Any]:
    """A price made for this member: the old one stays as it is for whoever pays it."""
    price = {
        "currency": change.currency, "product": change.product_id, "recurring": {"interval": change.interval},
        "unit_amount": change.amount,
    }  # fmt: skip
    return {"id": change.item_id, "price_data": price, "quantity": 1}


def _set_ending(change: SupportChange, options: dict[str, Any]) -> Any:
    params: dict[str, Any] = {"cancel_at_period_end": change.kind == Kind.END, "expand": ["customer"]}
    if change.kind == Kind.END and (change.reason or change.comment):
        params["cancellation_details"] = _details(change)
    answer = stripe_api().subscriptions.update(change.subscription.stripe_id, params, options)
    if change.kind == Kind.KEEP and answer.cancel_at:  # a day that was set without the flag: see `is_ending`
        key = {"idempotency_key": f"{options['idempotency_key']}:day"}
        day = {"cancel_at": "", "expand": ["customer"]}
        answer = stripe_api().subscriptions.update(change.subscription.stripe_id, day, key)
    return answer


def _details(change: SupportChange) -> dict[str, str]:
    given = {"feedback": change.reason, "comment": change.comment}
    return {name: value for name, value in given.items() if value}


def _pause(change: SupportChange, options: dict[str, Any]) -> Any:
    """What was paid for stays paid for: the unused time is neither credited nor given back.
    https://docs.stripe.com/api/subscriptions/pause"""
    params = {"type": "subscription", "bill_for": {"unused_time_from": {"type": "none"}}, "expand": ["customer"]}
    return stripe_api().subscriptions.pause(change.subscription.stripe_id, params, options)


def _resume(change: SupportChange, options: dict[str, Any]) -> Any:
    """Within the paid time (0 due) it just goes on; after it a new period begins and is paid now, by a code if need
    be."""
    params: dict[str, Any] = {"billing_cycle_anchor": {"type": "now"}, "expand": ["customer"]}
    if change.due_now == 0:
        params = {**params, "billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    return stripe_api().subscriptions.resume(change.subscription.stripe_id, params, options)


def _cancel(change: SupportChange, options: dict[str, Any]) -> Any:
    params: dict[str, Any] = {"expand": ["customer"], "prorate": False, "invoice_now": False}
    if change.reason or change.comment:
        params["cancellation_details"] = _details(change)
    return stripe_api().subscriptions.cancel(change.subscription.stripe_id, params, options)


CALLS: dict[str, Callable[[SupportChange, dict[str, Any]], Any]] = {
    Kind.TERMS: _change_terms, Kind.PAUSE: _pause, Kind.RESUME: _resume, Kind.END: _set_ending,
    Kind.KEEP: _set_ending, Kind.CANCEL: _cancel,
}  # fmt: skip


def is_done(change: SupportChange, data: Object) -> bool:
    """Whether Stripe's subscription is already as the row wants it."""
    if change.kind == Kind.TERMS:
        return (data["metadata"] or {}).get(MARK) == str(change.key)
    is_over = data["status"] == "canceled"
    return {
        Kind.PAUSE: data["status"] == "paused",
        Kind.RESUME: not is_over and data["status"] != "paused",
        Kind.END: is_over or is_ending(data),
        Kind.KEEP: not is_over and not data["cancel_at_period_end"] and not data["cancel_at"],
        Kind.CANCEL: is_over,
    }[SupportChange.Kind(change.kind)]


def sweep_changes() -> None:
    """What Stripe was asked for and did not answer: looked up, and asked for again where it is not done. Changes that
    cost money are given up after two hours, others after a week. Those of the other mode (test or live) wait for their
    key."""
    if is_on_hold():
        return
    due = Q(checked_at__isnull=True) | has_run_out("checked_at", ASK_AGAIN_AFTER)
    rows = SupportChange.objects.filter(due, state=State.ASKED, subscription__livemode=settings.STRIPE_LIVEMODE)
    rows = rows.select_related("subscription", "member")
    ask_each(rows.order_by("checked_at")[:SWEEP_AT_ONCE], _find_out, failed="change_not_made")


def find_out(change: SupportChange) -> None:
    """Safe to run twice: what is done is only written down. While Stripe is silent nobody knows; when it says no to the
    question itself, the change is given up in its time."""
    try:
        _find_out(change)
    except (StripeResting, ChangeUnderWay) as error:
        logger.warning("change_not_made", change=change.pk, error=describe(error))


def _find_out(change: SupportChange) -> None:
    """Raises StripeResting and ChangeUnderWay."""
    SupportChange.objects.filter(pk=change.pk).update(checked_at=timezone.now())
    try:
        fetched = _look_up(change)
        if fetched is None:
            _take_unknown(change)
        elif is_done(change, fetched.data):
            _take(change, fetched)
        elif _is_over(change) or fetched.data["status"] == "canceled":
            _finish(change, State.FAILED, error=change.error or "It was given up.")
        else:
            carry_out(change)
    except (StripeResting, ChangeUnderWay):
        raise
    except PatronageError as error:
        logger.warning("change_not_made", change=change.pk, error=describe(error))
        if _is_over(change):
            _finish(change, State.FAILED, error=describe(error))


def _is_over(change: SupportChange) -> bool:
    lasts = ASK_FOR_MONEY if change.kind in TAKES_MONEY else ASK_FOR_REST
    return change.asked_at is None or abs(timezone.now() - change.asked_at) > lasts


def was_refused_lately(subscription: str) -> Exists:
    """For sweeps that end support at once: whether Stripe said no to that within a day, of the subscription that the
    field `subscription` leads to. Each try is a row, and a person has to look."""
    return Exists(
        SupportChange.objects.filter(
            subscription=OuterRef(subscription), kind=Kind.CANCEL, state=State.FAILED,
            finished_at__gt=timezone.now() - AFTER_A_NO,
        )
    )  # fmt: skip
