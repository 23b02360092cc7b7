"""Rows of ours that Stripe does not know any more: found by what its lists leave out, and asked about one by one. What
is open here is closed when it is mended. Money in our books stays as it is: a person decides (`deciding`)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from members.patronage.client import is_unknown
from members.patronage.comparing import MISSING
from members.patronage.errors import StripeRefused
from members.patronage.fetching import (
    Fetched,
    Object,
    fetch_dispute,
    fetch_invoice,
    fetch_payment_intent,
    fetch_refund,
    fetch_subscription,
    moment,
)
from members.patronage.granting import GIVEN_BACK, WRITTEN_OFF, settle_grace
from members.patronage.models import Dispute, Drift, Kind, Payment, Refund, Subscription
from members.patronage.models.mirror import OVER, ModeQuerySet
from members.patronage.models.reconciling import GONE
from newsroom.lib.audit import record

ASKED_AT_ONCE = 25  # of a page; what is left over is found by the next walk
NOTED = (Drift.State.OPEN, Drift.State.ASKED, Drift.State.KEPT)

CLOSED_DISPUTES = ("won", "warning_closed", WRITTEN_OFF)  # no money is gone by them
CALLED_OFF = {Payment.Kind.RENEWAL: "void"}  # Stripe's words for what is not paid any more; an intent is "canceled"

# What is still open here, and would stay so for ever without Stripe; and what stands in our books.
STANDING: dict[str, Callable[[], ModeQuerySet[Any]]] = {
    Kind.SUBSCRIPTION: lambda: Subscription.objects.exclude(status__in=OVER),
    Kind.INVOICE: lambda: Payment.objects.filter(kind=Payment.Kind.RENEWAL, status__in=("open", "paid")),
    Kind.INTENT: lambda: _single_payments().exclude(status__in=("canceled", WRITTEN_OFF)),
    Kind.REFUND: lambda: Refund.objects.filter(status__in=GIVEN_BACK),
    Kind.DISPUTE: lambda: Dispute.objects.exclude(status__in=CLOSED_DISPUTES),
}
FETCHES: dict[str, Callable[[str], Fetched]] = {
    Kind.SUBSCRIPTION: fetch_subscription, Kind.INVOICE: fetch_invoice, Kind.INTENT: fetch_payment_intent,
    Kind.REFUND: fetch_refund, Kind.DISPUTE: fetch_dispute,
}  # fmt: skip


def _single_payments() -> ModeQuerySet[Payment]:
    return Payment.objects.exclude(kind=Payment.Kind.RENEWAL)


def find_gone(
    kind: str, page: list[Object], *, has_more: bool, reached_at: datetime | None, asked_at: datetime
) -> dict[str, dict[str, list[Any]]]:
    """Of the time that a page of Stripe's list covers (from its oldest object to the oldest of the page before): our
    standing rows that are not on it and that Stripe, asked for each, does not know; by id, with what each says. What a
    person has decided to keep is not asked about again. Raises StripeResting and its like."""
    rows = STANDING.get(kind)
    if rows is None:
        return {}
    covered = rows().of_our_account().filter(created_at__lte=reached_at or asked_at)
    if has_more:
        covered = covered.filter(created_at__gte=oldest(page))
    known = Drift.objects.filter(kind=kind, state__in=NOTED).values("stripe_id")
    absent = covered.exclude(stripe_id__in=[data["id"] for data in page]).exclude(stripe_id__in=known)
    suspects = absent.order_by("-created_at")[:ASKED_AT_ONCE]
    return {row.stripe_id: what_it_says(row) for row in suspects if not is_known(kind, row.stripe_id)}


def what_it_says(row: Any) -> dict[str, list[Any]]:
    """Of money in our books also how much and since when, so that a person can decide."""
    if isinstance(row, Subscription) or (isinstance(row, Payment) and row.paid_at is None):
        return GONE
    since: datetime = getattr(row, "paid_at", None) or row.created_at
    ours = {"status": row.status, "amount": row.amount, "currency": row.currency, "paid_at": since.isoformat()}
    return {**GONE, **{name: [MISSING, value] for name, value in ours.items()}}


def payments_behind(drifts: Iterable[Drift]) -> dict[str, int]:
    """For money in our books that Stripe does not know: {Stripe's id: our payment's}."""
    ids = [drift.stripe_id for drift in drifts if drift.needs_person]
    if not ids:
        return {}
    found = dict(Payment.objects.filter(stripe_id__in=ids).values_list("stripe_id", "pk"))
    for model in (Refund, Dispute):
        found |= dict(model.objects.filter(stripe_id__in=ids).values_list("stripe_id", "payment_id"))
    return found


def oldest(page: list[Object]) -> datetime | None:
    return moment(min(data["created"] for data in page)) if page else None


def is_known(kind: str, stripe_id: str) -> bool:
    try:
        FETCHES[kind](stripe_id)
    except StripeRefused as error:
        if is_unknown(error):
            return False
        raise
    return True


@transaction.atomic
def close_unknown(kind: str, stripe_id: str) -> Any:
    """A subscription that Stripe does not know has ended: nothing more is taken, and there is no grace. An open invoice
    or payment is called off. None where there is nothing to close; what was paid is left alone."""
    rows = STANDING.get(kind)
    row = rows().select_for_update(no_key=True).filter(stripe_id=stripe_id).first() if rows else None
    now = timezone.now()
    if isinstance(row, Subscription):
        row.status, row.cancel_at_period_end = "canceled", False
        row.canceled_at, row.ended_at = row.canceled_at or now, row.ended_at or now
        row.save(update_fields=["status", "cancel_at_period_end", "canceled_at", "ended_at"])
        record("subscription.changed", actor_label="stripe", target=row, status=row.status, is_ending=False)
        settle_grace(row)
    elif isinstance(row, Payment) and row.paid_at is None:
        row.status = CALLED_OFF.get(Payment.Kind(row.kind), "canceled")
        row.save(update_fields=["status"])
        record("payment.called_off", actor_label="stripe", target=row)
    return row
