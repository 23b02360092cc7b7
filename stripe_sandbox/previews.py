"""invoices/create_preview: the invoice that would come, as things are or after a change. Nothing is kept."""

from __future__ import annotations

import copy

from .billing import advance
from .changes import Change, plan_change
from .core import Sandbox, new_id
from .discounts import running_discounts
from .errors import ApiError, missing_param, unknown_params
from .invoices import apply_balance, sketch_invoice
from .lines import period_line
from .params import EXPAND, Schema, clearable, flag, many, metadata, nested, one_of, text, unsupported, whole
from .prices import price_data, price_of, sketch_price
from .store import Obj
from .subscriptions import ANCHOR, PRORATION

_ITEM = nested(id=text, deleted=flag, price=text, price_data=price_data, quantity=whole, metadata=clearable(metadata))
_ELSEWHERE = (
    "automatic_tax currency customer_account customer_details discounts invoice_items issuer on_behalf_of schedule "
    "schedule_details"
)
CREATE: Schema = {
    "customer": text,
    "subscription": text,
    "preview_mode": one_of("next", "recurring"),
    "subscription_details": nested(
        items=many(_ITEM),
        proration_behavior=PRORATION,
        proration_date=whole,
        billing_cycle_anchor=ANCHOR,
        cancel_at_period_end=flag,
        cancel_now=flag,
    ),
    **dict.fromkeys(_ELSEWHERE.split(), unsupported),
    **EXPAND,
}


def create_preview(box: Sandbox, params: Obj) -> Obj:
    """Raises invoice_upcoming_none where no invoice would come."""
    subscription = _subscription(box, params)
    details = params.get("subscription_details", {})
    is_ending = details.get("cancel_at_period_end", subscription["cancel_at_period_end"]) or details.get("cancel_now")
    if is_ending or subscription["status"] in ("canceled", "paused"):
        raise ApiError(
            f"No upcoming invoices for customer: {subscription['customer']}", status=404, code="invoice_upcoming_none"
        )
    proration = details.get("proration_behavior", "create_prorations")
    change = plan_change(
        box,
        subscription,
        _wanted(box, details.get("items", [])),
        proration=proration,
        at=details.get("proration_date"),
        is_restarting=details.get("billing_cycle_anchor", {}).get("type") == "now",
    )
    if params.get("preview_mode") == "recurring":
        return _show(box, subscription, [period_line(box, item) for item in change.items], change.at)
    is_billed_now = change.is_restarting or (proration == "always_invoice" and change.prorations)
    if is_billed_now:
        return _show(box, subscription, change.invoice_lines(box), box.now())
    return _next(box, subscription, change)


def _subscription(box: Sandbox, params: Obj) -> Obj:
    if "subscription" in params:
        return box.find_param("subscription", params["subscription"], param="subscription")
    if "customer" not in params:
        raise missing_param("customer")
    box.find_param("customer", params["customer"], param="customer")
    where = {"customer": params["customer"], "status": ["active", "past_due"]}
    found = box.store.find("subscription", where, limit=1)
    if not found:
        raise ApiError(
            f"No upcoming invoices for customer: {params['customer']}", status=404, code="invoice_upcoming_none"
        )
    return found[0]


def _wanted(box: Sandbox, items: list[Obj]) -> list[tuple[Obj, Obj | None]]:
    """A price described in place is sketched only; its product is one that exists."""
    pairs: list[tuple[Obj, Obj | None]] = []
    for number, item in enumerate(items):
        place = f"subscription_details[items][{number}]"
        price = None
        if "price_data" in item:
            if "product_data" in item["price_data"]:
                raise unknown_params([f"{place}[price_data][product_data]"])
            price = sketch_price(box, item["price_data"], prefix=f"{place}[price_data]")
        elif "price" in item:
            price = price_of(box, item, place)
        pairs.append((item, price))
    return pairs


def _next(box: Sandbox, subscription: Obj, change: Change) -> Obj:
    """The renewal's invoice: the next period, with what is pending and what the change would add."""
    items = copy.deepcopy(change.items)
    for item in items:
        advance(item, subscription["billing_cycle_anchor"])
    lines = change.prorations + subscription.get("_pending", []) + [period_line(box, item) for item in items]
    return _show(box, subscription, lines, items[0]["current_period_start"])


def _show(box: Sandbox, subscription: Obj, lines: list[Obj], at: int) -> Obj:
    item = subscription["items"]["data"][0]
    period = (item["current_period_start"], item["current_period_end"])
    discounts = running_discounts(box, subscription, at)
    invoice = sketch_invoice(box, subscription, reason="upcoming", lines=lines, period=period, discounts=discounts)
    balance = box.find("customer", subscription["customer"])["balance"]
    due, left = apply_balance(invoice, balance)
    invoice_id = new_id("upcoming_in")
    invoice.update(
        id=invoice_id,
        amount_due=due,
        amount_remaining=due,
        starting_balance=balance,
        ending_balance=left,
        next_payment_attempt=at,
    )
    invoice["lines"]["url"] = f"/v1/invoices/{invoice_id}/lines"
    for line in invoice["lines"]["data"]:
        line["invoice"] = invoice_id
    return invoice
