"""What Stripe says and what we say of the same objects, in the same words. Nothing here writes or asks.

Each kind has one comparison: a page of Stripe's objects in, and for each whether it is ours and in what it differs. Our
rows of a page are read in a query or two, never one by one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import DatabaseError, DataError, transaction

from members.patronage.fetching import (
    Object,
    balance_change,
    discount_of,
    due_of,
    id_of,
    is_ending,
    is_withdrawn,
    moment,
)
from members.patronage.mirroring import is_sold_here, paid_stretch, tier_products
from members.patronage.models import (
    Checkout,
    Dispute,
    Kind,
    Payment,
    Period,
    Refund,
    StripeCustomer,
    Subscription,
    Tier,
)
from members.patronage.models.mirror import Mirrored
from members.patronage.payers import checkout_key, is_ours

logger = structlog.get_logger(__name__)

NOT_TRIED = ("requires_payment_method", "requires_confirmation")
MISSING = "missing"
UNREADABLE: dict[str, list[Any]] = {"row": ["unreadable", None]}  # Stripe, we
Says = dict[str, Any]


@dataclass
class Compared:
    """Of one page: ids that are not ours, and of the others {id: {field: [Stripe, we]}}; empty where both agree."""

    foreign: set[str] = field(default_factory=set)
    ours: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def add(self, stripe_id: str, theirs: Says, ours: Says | None) -> None:
        self.ours[stripe_id] = differences(theirs, ours)


def differences(theirs: Says, ours: Says | None) -> dict[str, list[Any]]:
    """Field by field; a row that is not there differs in one field, named after itself."""
    if ours is None:
        return {"row": ["there", MISSING]}
    return {name: [_plain(said), _plain(ours[name])] for name, said in theirs.items() if said != ours[name]}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def compare_page(kind: str, page: list[Object]) -> Compared:
    """An object that nobody foresaw is a difference of its own, and keeps no other from being compared. Raises
    DatabaseError where the database itself fails."""
    try:
        with transaction.atomic():  # around it a walk's page is taken in one: what fails here must not end that one
            return COMPARISONS[kind](page)
    except Exception as error:
        if isinstance(error, DatabaseError) and not isinstance(error, DataError):
            raise  # it says nothing of an object
        if len(page) == 1:
            logger.exception("object_not_compared", stripe_id=page[0]["id"])
            return Compared(ours={page[0]["id"]: UNREADABLE})
    result = Compared()
    for data in page:
        one = compare_page(kind, [data])
        result.foreign |= one.foreign
        result.ours |= one.ours
    return result


def _rows(model: type[Mirrored], page: Iterable[Object], *along: str) -> dict[str, Any]:
    rows = model._default_manager.filter(stripe_id__in=[data["id"] for data in page])
    return {row.stripe_id: row for row in (rows.select_related(*along) if along else rows)}


def _values(row: Any, names: Iterable[str]) -> Says | None:
    return None if row is None else {name: _value(row, name) for name in names}


def _value(row: Any, name: str) -> Any:
    """Of what leads to another row the name that Stripe's answer knows it by, and tiers by their key."""
    value = getattr(row, name)
    if isinstance(value, StripeCustomer):
        return value.stripe_id
    return value.key if isinstance(value, Tier) else value


def _known_customers(ids: Iterable[str]) -> set[str]:
    return set(StripeCustomer.objects.filter(stripe_id__in=set(ids)).values_list("stripe_id", flat=True))


def compare_subscriptions(page: list[Object]) -> Compared:
    """Ours are those that the mirror would take: known, or sold here."""
    rows, products = _rows(Subscription, page, "tier", "customer"), tier_products()
    result = Compared()
    for data in page:
        row = rows.get(data["id"])
        if row is None and not is_sold_here(data, products):
            result.foreign.add(data["id"])
            continue
        says = _said_of_subscription(data, products)
        result.add(data["id"], says, _values(row, says))
    return result


def _said_of_subscription(data: Object, products: dict[str, str]) -> Says:
    """The tier is compared where a product of its own is paid: an amount of one's own had its tier by the prices of
    that day."""
    items = data["items"]["data"]
    price = items[0]["price"]
    tier = products.get(id_of(price["product"]))
    return {
        "customer": id_of(data["customer"]),
        **({"tier": tier} if tier else {}),
        "status": data["status"],
        "amount": (price["unit_amount"] or 0) * items[0].get("quantity", 1),
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "current_period_start": moment(items[0]["current_period_start"]),
        "current_period_end": moment(max(row["current_period_end"] for row in items)),
        "cancel_at_period_end": is_ending(data),
        "is_collecting": not data.get("pause_collection"),
        "canceled_at": moment(data["canceled_at"]),
        "ended_at": moment(data["ended_at"]),
        **discount_of(data),
    }


def compare_invoices(page: list[Object]) -> Compared:
    """Ours are those of a subscription that the mirror would take; each comes with it."""
    rows = _rows(Payment, page)
    named = {data["id"]: _details(data).get("subscription") for data in page}
    ids = {id_of(subscription) for subscription in named.values()}
    ours = set(Subscription.objects.filter(stripe_id__in=ids).values_list("stripe_id", flat=True))
    granted = set(Period.objects.filter(payment__in=list(rows.values())).values_list("payment_id", flat=True))
    result, products = Compared(), tier_products()
    for data in page:
        subscription = named[data["id"]]
        if id_of(subscription) not in ours and not (subscription and is_sold_here(subscription, products)):
            result.foreign.add(data["id"])
        elif not data["attempted"] and data["status"] != "paid":
            result.ours[data["id"]] = {}  # a draft: a Payment comes when it is tried
        else:
            result.add(data["id"], *_both_of_invoice(data, rows.get(data["id"]), granted))
    return result


def _details(invoice: Object) -> Object:
    return (invoice["parent"] or {}).get("subscription_details") or {}


def _both_of_invoice(invoice: Object, row: Payment | None, granted: set[int]) -> tuple[Says, Says | None]:
    """Of a paid one also that it gave a Period: rights are what was paid for."""
    is_paid = invoice["status"] == "paid"
    theirs = {
        "status": invoice["status"],
        "amount": invoice["amount_paid"] if is_paid else invoice["amount_due"],
        "currency": invoice["currency"],
        "receipt_number": invoice["number"] or "",
        "balance_change": balance_change(invoice),
        "paid_at": moment(invoice["status_transitions"]["paid_at"]),
    }
    ours = _values(row, theirs)
    if row is not None and ours is not None and is_paid and paid_stretch(invoice):
        theirs["period"], ours["period"] = "granted", "granted" if row.pk in granted else MISSING
    return theirs, ours


def compare_intents(page: list[Object]) -> Compared:
    """Those of single gifts; an intent that pays an invoice bears no mark of ours and is compared with its invoice."""
    rows, customers = _rows(Payment, page), _known_customers(id_of(data["customer"]) for data in page)
    result = Compared()
    for data in page:
        is_tried = data["status"] not in NOT_TRIED or bool(data["latest_charge"])
        if is_ours(data["metadata"]):
            result.ours[data["id"]] = {}
            if is_tried:
                result.add(data["id"], *_both_of_intent(data, rows.get(data["id"])))
        elif id_of(data["customer"]) not in customers:
            result.foreign.add(data["id"])
    return result


def _both_of_intent(data: Object, row: Payment | None) -> tuple[Says, Says | None]:
    """When a single payment came stands in no object of Stripe's: of a paid one we have to have some moment."""
    is_paid = data["status"] == "succeeded"
    amount = data["amount_received"] if is_paid else data["amount"]
    theirs = {"status": data["status"], "amount": amount, "currency": data["currency"]}
    ours = _values(row, theirs)
    if row is not None and ours is not None and is_paid:
        theirs["paid_at"], ours["paid_at"] = "there", "there" if row.paid_at else MISSING
    return theirs, ours


def compare_refunds(page: list[Object]) -> Compared:
    return _compare_by_intent(Refund, page, _said_of_refund)


def _said_of_refund(data: Object) -> Says:
    return {
        "status": data["status"] or "", "amount": data["amount"], "currency": data["currency"],
        "reason": data["reason"] or "",
    }  # fmt: skip


def compare_disputes(page: list[Object]) -> Compared:
    return _compare_by_intent(Dispute, page, _said_of_dispute)


def _said_of_dispute(data: Object) -> Says:
    return {
        "status": data["status"], "amount": data["amount"], "currency": data["currency"],
        "reason": data["reason"] or "", "evidence_due_at": due_of(data), "is_withdrawn": is_withdrawn(data),
    }  # fmt: skip


def _compare_by_intent(model: type[Mirrored], page: list[Object], said: Callable[[Object], Says]) -> Compared:
    """Whose payment is not one of ours is foreign; one of ours that is missing was found missing before, and brings
    these along when it is mended."""
    rows = _rows(model, page)
    intents = {id_of(data["payment_intent"]) for data in page} - {""}
    ours = set(Payment.objects.filter(payment_intent_id__in=intents).values_list("payment_intent_id", flat=True))
    result = Compared()
    for data in page:
        if id_of(data["payment_intent"]) in ours:
            says = said(data)
            result.add(data["id"], says, _values(rows.get(data["id"]), says))
        else:
            result.foreign.add(data["id"])
    return result


def compare_sessions(page: list[Object]) -> Compared:
    """Sessions are ours by their mark; their checkout's row was written before they were. A checkout has one session:
    of any other only that it was paid is compared."""
    keys = {data["id"]: checkout_key(data["metadata"]) for data in page}
    rows = {row.key: row for row in Checkout.objects.filter(key__in=[key for key in keys.values() if key])}
    result = Compared()
    for data in page:
        key = keys[data["id"]]
        if key is None:
            result.foreign.add(data["id"])
            continue
        row = rows.get(key)
        says = {"stripe_id": data["id"], "state": _state_of_session(data, row)}
        if row is not None and row.stripe_id not in ("", data["id"]):
            del says["stripe_id"]
            if says["state"] != Checkout.State.PAID:
                says.clear()
        result.add(data["id"], says, _values(row, says))
    return result


def _state_of_session(data: Object, row: Checkout | None) -> str:
    """A list does not say whether a bank that takes days has refused: what we know of that stands."""
    if data["status"] == "expired":
        return Checkout.State.EXPIRED.value
    if data["status"] == "complete":
        if data["payment_status"] != "unpaid":
            return Checkout.State.PAID.value
        if row is not None and row.state == Checkout.State.FAILED:
            return Checkout.State.FAILED.value
    return Checkout.State.OPEN.value


COMPARISONS: dict[str, Callable[[list[Object]], Compared]] = {
    Kind.SUBSCRIPTION: compare_subscriptions, Kind.INVOICE: compare_invoices, Kind.INTENT: compare_intents,
    Kind.REFUND: compare_refunds, Kind.DISPUTE: compare_disputes, Kind.SESSION: compare_sessions,
}  # fmt: skip
