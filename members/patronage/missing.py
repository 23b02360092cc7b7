"""Rows of ours that Stripe does not know any more: found by what its lists leave out, asked about one by one, and
closed here when they are mended. What was paid stays paid, and so do the rights that it gave."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from members.patronage.client import is_unknown
from members.patronage.errors import StripeRefused
from members.patronage.fetching import Fetched, Object, fetch_invoice, fetch_subscription, moment
from members.patronage.granting import settle_grace
from members.patronage.models import Drift, Kind, Payment, Subscription
from members.patronage.models.mirror import OVER
from newsroom.lib.audit import record

ASKED_AT_ONCE = 100  # of a page; what is left over is found by the next walk
GONE = {"row": ["missing", "there"]}  # Stripe, we

# What is still open here, and would stay so for ever without Stripe.
OPEN_HERE: dict[str, Callable[[], QuerySet[Any]]] = {
    Kind.SUBSCRIPTION: lambda: Subscription.objects.exclude(status__in=OVER),
    Kind.INVOICE: lambda: Payment.objects.filter(kind=Payment.Kind.RENEWAL, status="open"),
}
FETCHES: dict[str, Callable[[str], Fetched]] = {
    Kind.SUBSCRIPTION: fetch_subscription, Kind.INVOICE: fetch_invoice,
}  # fmt: skip


def find_gone(
    kind: str, page: list[Object], *, has_more: bool, reached_at: datetime | None, asked_at: datetime
) -> list[str]:
    """Of the time that a page of Stripe's list covers (from its oldest object to the oldest of the page before): our
    open rows that are not on it and that Stripe, asked for each, does not know. Raises StripeResting and its like."""
    rows = OPEN_HERE.get(kind)
    if rows is None:
        return []
    covered = rows().filter(livemode=settings.STRIPE_LIVEMODE, account="", created_at__lte=reached_at or asked_at)
    if has_more:
        covered = covered.filter(created_at__gte=oldest(page))
    known = Drift.objects.filter(kind=kind, state__in=("open", "asked")).values("stripe_id")
    absent = covered.exclude(stripe_id__in=[data["id"] for data in page]).exclude(stripe_id__in=known)
    suspects = absent.order_by("-created_at").values_list("stripe_id", flat=True)[:ASKED_AT_ONCE]
    return [stripe_id for stripe_id in suspects if not _is_known(kind, stripe_id)]


def oldest(page: list[Object]) -> datetime | None:
    return moment(min(data["created"] for data in page)) if page else None


def _is_known(kind: str, stripe_id: str) -> bool:
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
    is called off. None where there is nothing to close."""
    rows = OPEN_HERE.get(kind)
    row = rows().select_for_update().filter(stripe_id=stripe_id).first() if rows else None
    now = timezone.now()
    if isinstance(row, Subscription):
        row.status, row.cancel_at_period_end = "canceled", False
        row.canceled_at, row.ended_at = row.canceled_at or now, row.ended_at or now
        row.save(update_fields=["status", "cancel_at_period_end", "canceled_at", "ended_at"])
        record("subscription.changed", actor_label="stripe", target=row, status=row.status, is_ending=False)
        settle_grace(row)
    elif isinstance(row, Payment):
        row.status = "void"
        row.save(update_fields=["status"])
        record("payment.called_off", actor_label="stripe", target=row)
    return row
