"""Giving money back from the desk, or to who withdraws: a row first, then Stripe under the row's key, then our mirror
from Stripe's answer. Rights follow the mirror (`reversals`), so a payment given back in full ends what it had bought.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.client import describe, site_id, stripe_api
from members.patronage.errors import AmountRefused, NotAllowed, PatronageError
from members.patronage.fetching import Fetched, ask
from members.patronage.models import Payment, RefundRequest
from members.patronage.refused_refunds import MARK, tell_not_done
from members.patronage.reversals import mirror_refund
from members.patronage.sweeping import RESTS, ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.money import Money
from newsroom.lib.waiting import has_run_out

State = RefundRequest.State
WAITING = (State.NEW, State.UNKNOWN)
ASK_AGAIN_AFTER = timedelta(minutes=1)
LOOK_AGAIN_AFTER = timedelta(hours=1)
KEY_LASTS = timedelta(hours=20)  # Stripe forgets an idempotency key after a day: later it could pay twice
BETWEEN_KEYS = timedelta(minutes=15)  # nothing is asked: what was asked last under the old one stands in the list then
SWEEP_AT_ONCE = 50
PAID = ("paid", "succeeded")


def refundable(payment: Payment) -> Money:
    """What is left to give back: neither back already, nor on its way, nor lost in a dispute."""
    if payment.status not in PAID or not payment.payment_intent_id:
        return Money(0, payment.currency)
    on_its_way = payment.refund_requests.filter(state__in=WAITING)
    waiting = on_its_way.aggregate(total=Sum("amount"))["total"] or 0
    lost = payment.disputes.of_money_gone().aggregate(total=Sum("amount"))["total"] or 0
    return Money(max(0, payment.amount - payment.refunded - waiting - lost), payment.currency)


def ask_refund(*, user: Member, payment: Payment, amount: int, reason: str, key: UUID) -> RefundRequest:
    """Writes down that `amount` (minor units) is to go back; `key` is the form's own, so that a second click finds the
    first one's row. Raises NotAllowed, AmountRefused."""
    if not user.has_perm("members.add_refundrequest"):
        raise NotAllowed(_("Only membership managers may give money back."))
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        known = RefundRequest.objects.filter(key=key, payment=payment).first()
        if known is not None:
            return known
        left = refundable(payment)
        if not 0 < amount <= left.amount:
            raise AmountRefused(_("Of this payment %(money)s can be given back.") % {"money": left})
        return _write(payment, amount, reason=reason, key=key, asked_by=user)


def write_due_refund(
    *, asked_by: Member, payment: Payment, amount: int, key: UUID, reason: str = RefundRequest.Reason.ASKED
) -> RefundRequest | None:
    """For verbs that know by themselves that it is due: `amount`, or what is left of it; None when nothing is. Called
    in a transaction; `carry_out_refund` follows outside."""
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    amount = min(amount, refundable(payment).amount)
    return _write(payment, amount, reason=reason, key=key, asked_by=asked_by) if amount else None


def _write(payment: Payment, amount: int, *, reason: str, key: UUID, asked_by: Member) -> RefundRequest:
    record("payment.refund_asked", actor=asked_by, target=payment, amount=amount, reason=reason)
    return RefundRequest.objects.create(
        key=key, payment=payment, amount=amount, currency=payment.currency, reason=reason, asked_by=asked_by
    )


def carry_out_refund(request: RefundRequest, *, is_seen: bool = False) -> RefundRequest:
    """Asks Stripe under the row's key and mirrors its answer; safe to repeat, and at any time: once Stripe may have
    forgotten the key, its own list says whether it was done, and what the list lacks is asked for under a new key.
    `is_seen`: whoever asks sees what comes of it, so that nobody is written to when Stripe says no. Called outside any
    transaction. Raises StripeResting and NotConfigured (it is asked again by the sweep) and what else Stripe's answer
    raises."""
    return request if request.state != State.NEW else _carry_out(request, is_seen=is_seen)


def _carry_out(request: RefundRequest, *, is_seen: bool = False) -> RefundRequest:
    age = abs(timezone.now() - request.created_at)
    number = age // KEY_LASTS
    if number and age - number * KEY_LASTS < BETWEEN_KEYS:
        return request
    fetched = _find(request) if number else None
    if fetched is None and request.state == State.UNKNOWN:  # a person may have given it back by hand since
        _fail(request, request.NEVER_DONE)
        return request
    fetched = fetched or _make(request, number, is_seen=is_seen)
    mirror_refund(fetched)
    _note(request, state=State.DONE, error="", refund_id=fetched.data["id"], finished_at=timezone.now())
    request.refresh_from_db()
    return request


@transaction.atomic
def _fail(request: RefundRequest, error: str, *, is_seen: bool = False) -> None:
    """Told once to those who may ask for it again, however many find it out."""
    if not _note(request, state=State.FAILED, error=error, finished_at=timezone.now()):
        return
    request.error = error
    if not is_seen:
        tell_not_done(request)


def _make(request: RefundRequest, number: int, *, is_seen: bool) -> Fetched:
    key = f"refund:{request.key}:{number}" if number else f"refund:{request.key}"
    try:
        return ask(lambda: stripe_api().refunds.create(_params(request), {"idempotency_key": key}))
    except RESTS as error:
        _note(request, error=describe(error))
        raise
    except PatronageError as error:
        _fail(request, describe(error), is_seen=is_seen)
        raise


def _find(request: RefundRequest) -> Fetched | None:
    """Of all refunds of the payment the one that bears the request's key; None when there is none."""
    params = {"payment_intent": request.payment.payment_intent_id, "limit": 100}
    try:
        fetched = ask(lambda: stripe_api().refunds.list(params))
    except RESTS as error:
        _note(request, error=describe(error))
        raise
    except PatronageError as error:  # shown to a person, and looked up again
        _note(request, state=State.UNKNOWN, error=describe(error), finished_at=timezone.now())
        raise
    made = [refund for refund in fetched.data["data"] if (refund["metadata"] or {}).get(MARK) == str(request.key)]
    return fetched.part(made[0]) if made else None


def _params(request: RefundRequest) -> dict[str, Any]:
    """Made of the row alone: the same key must come with the same parameters."""
    return {
        "payment_intent": request.payment.payment_intent_id, "amount": request.amount, "reason": request.reason,
        "metadata": {"newsroom": site_id(), MARK: str(request.key)},
    }  # fmt: skip


def _note(request: RefundRequest, **changes: Any) -> int:
    return RefundRequest.objects.filter(pk=request.pk, state__in=WAITING).update(**changes)


def sweep_refunds() -> None:
    """Asks again for what got no answer, and once an hour for what Stripe would not say anything of."""
    if is_on_hold():
        return
    is_due = Q(has_run_out("created_at", ASK_AGAIN_AFTER), state=State.NEW)
    is_due |= Q(has_run_out("finished_at", LOOK_AGAIN_AFTER), state=State.UNKNOWN)
    waiting = RefundRequest.objects.filter(is_due, payment__livemode=settings.STRIPE_LIVEMODE)
    # In no order, so that one to which Stripe gives no answer stands before the others for no long time.
    ask_each(waiting.select_related("payment").order_by("?")[:SWEEP_AT_ONCE], _carry_out, failed="refund_waits")
