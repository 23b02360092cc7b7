"""What Stripe says and what we say of the same objects, in the same words. Nothing here writes or asks.

Each kind has one comparison: a page of Stripe's objects in, and for each whether it is ours and in what it differs. Our
rows of a page are read in a query or two, never one by one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from members.patronage.fetching import Object, discount_of, id_of, moment
from members.patronage.models import Checkout, Dispute, Kind, Payment, Period, Refund, StripeCustomer, Subscription
from members.patronage.models.mirror import Mirrored
from members.patronage.payers import checkout_key, is_ours

NOT_TRIED = ("requires_payment_method", "requires_confirmation")
MISSING = "missing"
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
    return COMPARISONS[kind](page)


def _rows(model: type[Mirrored], page: Iterable[Object]) -> dict[str, Any]:
    return {row.stripe_id: row for row in model._default_manager.filter(stripe_id__in=[data["id"] for data in page])}


def _values(row: Any, names: Iterable[str]) -> Says | None:
    return None if row is None else {name: getattr(row, name) for name in names}


def _known_customers(ids: Iterable[str]) -> set[str]:
    return set(StripeCustomer.objects.filter(stripe_id__in=set(ids)).values_list("stripe_id", flat=True))


def compare_subscriptions(page: list[Object]) -> Compared:
    rows, customers = _rows(Subscription, page), _known_customers(id_of(data["customer"]) for data in page)
    result = Compared()
    for data in page:
        row = rows.get(data["id"])
        if row is None and not is_ours(data["metadata"]) and id_of(data["customer"]) not in customers:
            result.foreign.add(data["id"])
            continue
        says = _said_of_subscription(data)
        result.add(data["id"], says, _values(row, says))
    return result


def _said_of_subscription(data: Object) -> Says:
    items = data["items"]["data"]
    price = items[0]["price"]
    return {
        "status": data["status"],
        "amount": (price["unit_amount"] or 0) * items[0].get("quantity", 1),
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "current_period_end": moment(max(row["current_period_end"] for row in items)),
        "cancel_at_period_end": bool(data["cancel_at_period_end"] or data["cancel_at"]),
        "canceled_at": moment(data["canceled_at"]),
        "ended_at": moment(data["ended_at"]),
        **discount_of(data),
    }


def compare_invoices(page: list[Object]) -> Compared:
    rows = _rows(Payment, page)
    customers = _known_customers(id_of(data["customer"]) for data in page)
    named = {data["id"]: id_of(_details(data).get("subscription")) for data in page}
    ours = set(Subscription.objects.filter(stripe_id__in=named.values()).values_list("stripe_id", flat=True))
    granted = set(Period.objects.filter(payment__in=list(rows.values())).values_list("payment_id", flat=True))
    result = Compared()
    for data in page:
        is_known = named[data["id"]] in ours or is_ours(_details(data).get("metadata"))
        if not named[data["id"]] or not (is_known or id_of(data["customer"]) in customers):
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
        "paid_at": moment(invoice["status_transitions"]["paid_at"]),
    }
    ours = _values(row, theirs)
    if row is not None and ours is not None and is_paid and _has_whole_line(invoice):
        theirs["period"], ours["period"] = "granted", "granted" if row.pk in granted else MISSING
    return theirs, ours


def _has_whole_line(invoice: Object) -> bool:
    parents = [(line["parent"] or {}).get("subscription_item_details") for line in invoice["lines"]["data"]]
    return any(parent and not parent["proration"] for parent in parents)


def compare_intents(page: list[Object]) -> Compared:
    """Those of single gifts; an intent that pays an invoice bears no mark of ours and is compared with its invoice."""
    rows, customers = _rows(Payment, page), _known_customers(id_of(data["customer"]) for data in page)
    result = Compared()
    for data in page:
        is_tried = data["status"] not in NOT_TRIED or bool(data["latest_charge"])
        if is_ours(data["metadata"]):
            says = _said_of_intent(data)
            result.ours[data["id"]] = {}
            if is_tried:
                result.add(data["id"], says, _values(rows.get(data["id"]), says))
        elif id_of(data["customer"]) not in customers:
            result.foreign.add(data["id"])
    return result


def _said_of_intent(data: Object) -> Says:
    is_paid = data["status"] == "succeeded"
    amount = data["amount_received"] if is_paid else data["amount"]
    return {"status": data["status"], "amount": amount, "currency": data["currency"]}


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
    due = (data.get("evidence_details") or {}).get("due_by")
    return {
        "status": data["status"], "amount": data["amount"], "currency": data["currency"],
        "reason": data["reason"] or "", "evidence_due_at": moment(due),
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
    """Sessions are ours by their mark; their checkout's row was written before they were."""
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
