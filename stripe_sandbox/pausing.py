"""Pausing a subscription altogether, and resuming it.

Unlike pause_collection this changes the status: a paused subscription begins no period and makes no invoice.
"""

from __future__ import annotations

import copy

from .billing import advance, bill_subscription, collect_invoice, method_of
from .core import Sandbox
from .discounts import net_amounts, running_discounts
from .errors import ApiError
from .invoices import finalize_invoice, pay_invoice
from .lines import period_line, remaining_line, unused_line
from .params import EXPAND, Schema, nested, one_of, required, whole
from .store import Obj

PAUSE: Schema = {
    "type": one_of("subscription"),
    "bill_for": nested(
        unused_time_from=nested(type=required(one_of("item_current_period_start", "none", "now"))),
        outstanding_usage_through=nested(type=required(one_of("none", "now"))),
    ),
    "invoicing_behavior": one_of("invoice", "pending_invoice_item"),
    **EXPAND,
}
RESUME: Schema = {
    "billing_cycle_anchor": nested(type=required(one_of("now", "unchanged"))),
    "payment_behavior": one_of("resume_on_payment_attempt", "resume_on_payment_success"),
    "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
    "proration_date": whole,
    **EXPAND,
}


def pause_subscription(box: Sandbox, params: Obj, subscription_id: str) -> Obj:
    """Credits the unused time with the next invoice, or by an invoice now. Raises unless it is active or past due."""
    subscription = box.find("subscription", subscription_id)
    if subscription["status"] not in ("active", "past_due"):
        raise ApiError(f"You can only pause an active subscription; this one is {subscription['status']}.")
    before = copy.deepcopy(subscription)
    since = params.get("bill_for", {}).get("unused_time_from", {}).get("type", "now")
    credit = _credit(box, subscription, since)
    cause = {"type": "pause_requested"}
    paused = {"subscription": cause, "transitioned_at": box.now(), "type": "subscription"}
    subscription.update(status="paused", status_details={"paused": paused})
    if params.get("invoicing_behavior") == "invoice" and credit:
        pay_invoice(box, _bill(box, subscription, credit), {})
    else:
        subscription["_pending"] = subscription.get("_pending", []) + credit
    box.save(subscription)
    box.emit("customer.subscription.paused", subscription)
    box.emit("customer.subscription.updated", subscription, before=before)
    return subscription


def _credit(box: Sandbox, subscription: Obj, since: str) -> list[Obj]:
    if since == "none":
        return []
    now = box.now()
    return [
        unused_line(box, item, now, start=item["current_period_start"] if since != "now" else now)
        for item in subscription["items"]["data"]
    ]


def _bill(box: Sandbox, subscription: Obj, lines: list[Obj]) -> Obj:
    now = box.now()
    invoice = bill_subscription(box, subscription, reason="subscription_update", lines=lines, period=(now, now))
    subscription["latest_invoice"] = invoice["id"]
    return finalize_invoice(box, invoice)


def resume_subscription(box: Sandbox, params: Obj, subscription_id: str) -> Obj:
    """Begins a new period now, or goes on in the one that the old anchor gives; bills what that costs.

    With resume_on_payment_success a failed payment leaves it paused, and the invoice open.
    """
    subscription = box.find("subscription", subscription_id)
    if subscription["status"] != "paused":
        raise ApiError(f"This subscription is {subscription['status']}; only a paused one can be resumed.")
    before = copy.deepcopy(subscription)
    is_now = params.get("billing_cycle_anchor", {}).get("type", "now") == "now"
    proration = params.get("proration_behavior", "create_prorations")
    at = params.get("proration_date", box.now())
    lines = _restart(box, subscription) if is_now else _go_on(box, subscription, at, proration)
    is_billed = bool(lines) and (is_now or proration == "always_invoice")
    if not is_billed:
        subscription["_pending"] = subscription.get("_pending", []) + lines
        return _announce(box, subscription, before)
    invoice = _bill(box, subscription, lines + subscription.pop("_pending", []))
    return _collect(box, subscription, invoice, before, params.get("payment_behavior"))


def _collect(box: Sandbox, subscription: Obj, invoice: Obj, before: Obj, behavior: str | None) -> Obj:
    if behavior == "resume_on_payment_success":
        method = method_of(box, subscription) if invoice["amount_remaining"] else {}
        if pay_invoice(box, invoice, method) == "failed":
            return box.save(subscription)
    else:
        subscription["status"] = "active"
        collect_invoice(box, subscription, invoice, before=copy.deepcopy(subscription))
        if subscription["status"] != "active":
            return _announce(box, subscription, before, status=subscription["status"])
    return _announce(box, subscription, before)


def _announce(box: Sandbox, subscription: Obj, before: Obj, *, status: str = "active") -> Obj:
    subscription["status"] = status
    subscription.pop("status_details", None)
    box.save(subscription)
    box.emit("customer.subscription.resumed", subscription)
    box.emit("customer.subscription.updated", subscription, before=before)
    return subscription


def _restart(box: Sandbox, subscription: Obj) -> list[Obj]:
    now = box.now()
    subscription["billing_cycle_anchor"] = now
    for item in subscription["items"]["data"]:
        item["current_period_end"] = now
        advance(item, now)
    return [period_line(box, item) for item in subscription["items"]["data"]]


def _go_on(box: Sandbox, subscription: Obj, at: int, proration: str) -> list[Obj]:
    items = subscription["items"]["data"]
    for item in items:
        while item["current_period_end"] <= box.now():
            advance(item, subscription["billing_cycle_anchor"])
    if proration == "none":
        return []
    net = net_amounts(box, running_discounts(box, subscription, at), items)
    return [remaining_line(box, item, at, net=net[item["id"]]) for item in items]
