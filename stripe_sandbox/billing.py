"""A subscription's life: begun by a checkout, renewed by the clock, changed, paused, ended."""

from __future__ import annotations

import copy
from typing import Any

from .core import Sandbox
from .errors import ApiError, missing_object
from .invoices import RETRY_AFTER_DAYS, draft_invoice, finalize_invoice, pay_invoice
from .money import format_amount
from .params import merge_metadata
from .periods import add_interval
from .shapes.billing import make_item, make_line, make_subscription
from .shapes.catalogue import plan_of
from .store import Obj


def start_subscription(
    box: Sandbox, *, customer: Obj, lines: list[Obj], data: Obj, method: Obj, intent: Obj | None
) -> tuple[Obj, Obj]:
    """A subscription with its first invoice, paid by `method`, whose card must be one that pays. Answers both."""
    now = box.now()
    recurring = [line for line in lines if line["price"]["recurring"]]
    subscription = make_subscription(
        now,
        customer=customer["id"],
        currency=lines[0]["currency"],
        metadata=merge_metadata({}, data.get("metadata")),
        description=data.get("description"),
    )
    _put_items(subscription, [_new_item(subscription, line["price"], line["quantity"], now) for line in recurring])
    box.save(subscription)
    box.emit("customer.subscription.created", subscription)
    bought = [_period_line(box, item) for item in subscription["items"]["data"]]
    bought += [_single_line(subscription, line) for line in lines if not line["price"]["recurring"]]
    invoice = draft_invoice(box, subscription, reason="subscription_create", lines=bought, period=(now, now))
    finalize_invoice(box, invoice)
    pay_invoice(box, invoice, method, intent=intent)
    box.change(
        subscription,
        "customer.subscription.updated",
        status="active",
        default_payment_method=method["id"],
        latest_invoice=invoice["id"],
    )
    return subscription, invoice


def _new_item(subscription: Obj, price: Obj, quantity: int, start: int, notes: dict[str, str] | None = None) -> Obj:
    cycle = price["recurring"]
    end = add_interval(start, cycle["interval"], cycle["interval_count"], anchor=subscription["billing_cycle_anchor"])
    return make_item(
        start,
        subscription=subscription["id"],
        price=price,
        quantity=quantity,
        start=start,
        end=end,
        metadata=notes or {},
    )


def _put_items(subscription: Obj, items: list[Obj]) -> None:
    subscription["items"] = {
        "object": "list",
        "data": items,
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }


def _name(box: Sandbox, item: Obj) -> str:
    """As Stripe words a line: 1 × Patron (at €5.00 / month)."""
    price, product = item["price"], box.store.get(item["price"]["product"]) or {}
    amount = format_amount(price["unit_amount"], price["currency"], "en")
    return (
        f"{item['quantity']} × {product.get('name', price['product'])} (at {amount} / {price['recurring']['interval']})"
    )


def _period_line(box: Sandbox, item: Obj) -> Obj:
    return make_line(
        item,
        amount=item["price"]["unit_amount"] * item["quantity"],
        description=_name(box, item),
        start=item["current_period_start"],
        end=item["current_period_end"],
        proration=False,
    )


def _single_line(subscription: Obj, line: Obj) -> Obj:
    """Something bought once together with a subscription: on the first invoice, without an item."""
    stand_in = {"price": line["price"], "subscription": subscription["id"], "id": "", "quantity": line["quantity"]}
    made = make_line(
        stand_in,
        amount=line["amount_total"],
        description=line["description"],
        start=subscription["created"],
        end=subscription["created"],
        proration=False,
    )
    details = {"invoice_item": line["id"].replace("li_", "ii_"), "proration": False, "subscription": subscription["id"]}
    made["parent"] = {
        "invoice_item_details": details,
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    return made


def period_end(subscription: Obj) -> int:
    return int(min(item["current_period_end"] for item in subscription["items"]["data"]))


def renew_subscription(box: Sandbox, subscription: Obj, *, decline: bool = False) -> Obj:
    """What happens when the period is over: the next invoice, paid or failed; or the end, where one was asked for."""
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise ApiError(f"Subscription {subscription['id']} is {subscription['status']} and cannot be renewed.")
    ends_at = subscription["cancel_at"]
    if subscription["cancel_at_period_end"] or (ends_at and ends_at <= period_end(subscription)):
        return end_subscription(box, subscription, reason="cancellation_requested")
    before = copy.deepcopy(subscription)
    items = subscription["items"]["data"]
    period = (items[0]["current_period_start"], items[0]["current_period_end"])
    for item in items:
        _advance(item, subscription["billing_cycle_anchor"])
    lines = [_period_line(box, item) for item in items] + subscription.pop("_pending", [])
    invoice = draft_invoice(box, subscription, reason="subscription_cycle", lines=lines, period=period)
    subscription["latest_invoice"] = invoice["id"]
    if not _is_collecting(subscription):
        box.save(subscription)
        box.emit("customer.subscription.updated", subscription, before=before)
        return _put_aside(box, subscription, invoice)
    finalize_invoice(box, invoice)
    collect_invoice(box, subscription, invoice, decline=decline, before=before)
    return subscription


def _advance(item: Obj, anchor: int) -> None:
    cycle, start = item["price"]["recurring"], item["current_period_end"]
    item["current_period_start"] = start
    item["current_period_end"] = add_interval(start, cycle["interval"], cycle["interval_count"], anchor=anchor)


def _is_collecting(subscription: Obj) -> bool:
    return subscription["pause_collection"] is None


def _put_aside(box: Sandbox, subscription: Obj, invoice: Obj) -> Obj:
    """Paused collection still makes invoices: kept as a draft, voided, or marked uncollectible."""
    behavior = subscription["pause_collection"]["behavior"]
    if behavior == "keep_as_draft":
        box.save({**invoice, "auto_advance": False})
        return subscription
    finalize_invoice(box, invoice)
    status = "void" if behavior == "void" else "uncollectible"
    stamp = "voided_at" if behavior == "void" else "marked_uncollectible_at"
    times = {**invoice["status_transitions"], stamp: box.now()}
    event = "invoice.voided" if behavior == "void" else "invoice.marked_uncollectible"
    invoice.update(status=status, auto_advance=False, status_transitions=times)
    box.save(invoice)
    box.emit(event, invoice)
    return subscription


def collect_invoice(
    box: Sandbox, subscription: Obj, invoice: Obj, *, decline: bool = False, before: Obj | None = None
) -> None:
    """Charges the subscription's method for an open invoice and sets its status; the fourth failure ends it."""
    before = before or copy.deepcopy(subscription)
    method = box.find("payment_method", subscription["default_payment_method"])
    charge = pay_invoice(box, invoice, method, decline=decline)
    if charge is None or charge["paid"]:
        subscription["status"] = "active"
    elif invoice["attempt_count"] > len(RETRY_AFTER_DAYS):
        end_subscription(box, subscription, reason="payment_failed")
        return
    else:
        subscription["status"] = "past_due"
    box.save(subscription)
    if subscription != before:
        box.emit("customer.subscription.updated", subscription, before=before)


def end_subscription(box: Sandbox, subscription: Obj, *, reason: str, details: Obj | None = None) -> Obj:
    """At once, without giving anything back."""
    if subscription["status"] == "canceled":
        raise missing_object("subscription", subscription["id"])
    now = box.now()
    kept = subscription["cancellation_details"]
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
        cancellation_details={**kept, **(details or {}), "reason": reason},
    )
    box.save(subscription)
    box.emit("customer.subscription.deleted", subscription)
    return subscription


def change_items(box: Sandbox, subscription: Obj, wanted: list[tuple[Obj, Obj | None]], *, proration: str) -> bool:
    """Each pair is (what the request says, the price it names, if any). True when an invoice was made and paid.

    Another interval begins a new period now and is charged now; otherwise the difference for the rest of the period
    is charged by `proration`: none, create_prorations (with the next invoice) or always_invoice (now).
    """
    now, old_items = box.now(), copy.deepcopy(subscription["items"]["data"])
    items = copy.deepcopy(old_items)
    restarts = False
    for given, price in wanted:
        restarts = _change_item(subscription, items, given, price, now) or restarts
    if not items:
        raise ApiError("A subscription must have at least one active item.", param="items")
    credit = [] if proration == "none" else _prorations(box, old_items, items, now, restarts=restarts)
    if restarts:
        _restart_period(subscription, items, now)
    _put_items(subscription, items)
    if not restarts and proration != "always_invoice":
        subscription["_pending"] = subscription.get("_pending", []) + credit
        return False
    lines = credit + ([_period_line(box, item) for item in items] if restarts else [])
    return _invoice_change(box, subscription, lines) if lines else False


def _change_item(subscription: Obj, items: list[Obj], given: Obj, price: Obj | None, now: int) -> bool:
    """True when this changes the billing interval."""
    if "id" not in given:
        if price is None:
            raise ApiError("A new subscription item needs a price.", param="items")
        items.append(_new_item(subscription, price, given.get("quantity", 1), now, given.get("metadata")))
        return False
    item = next((item for item in items if item["id"] == given["id"]), None)
    if item is None:
        raise missing_object("subscription_item", given["id"], param="items[0][id]", status=400)
    if given.get("deleted"):
        items.remove(item)
        return False
    item["metadata"] = merge_metadata(item["metadata"], given.get("metadata"))
    item["quantity"] = given.get("quantity", item["quantity"])
    if price is None:
        return False
    _check_price(subscription, price)
    old = item["price"]["recurring"]
    item.update(price=price, plan=plan_of(price))
    return any(old[key] != price["recurring"][key] for key in ("interval", "interval_count"))


def _check_price(subscription: Obj, price: Obj) -> None:
    if not price["recurring"]:
        raise ApiError(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
        )
    if price["currency"] != subscription["currency"]:
        raise ApiError(
            f"The price specified uses {price['currency']}, the subscription {subscription['currency']}; "
            "a subscription keeps its currency."
        )


def _prorations(box: Sandbox, old_items: list[Obj], items: list[Obj], now: int, *, restarts: bool) -> list[Obj]:
    """Credit for the unused time of what changed and, within the same period, the charge for the new."""
    lines = []
    kept = {item["id"]: item for item in items}
    for old in old_items:
        new = kept.get(old["id"])
        if new and (new["price"]["id"], new["quantity"]) == (old["price"]["id"], old["quantity"]):
            continue
        lines.append(_proration_line(box, old, now, old["current_period_end"], sign=-1, what="Unused time on"))
        if new and not restarts:
            lines.append(_proration_line(box, new, now, old["current_period_end"], sign=1, what="Remaining time on"))
    return lines


def _proration_line(box: Sandbox, item: Obj, now: int, end: int, *, sign: int, what: str) -> Obj:
    whole = max(item["current_period_end"] - item["current_period_start"], 1)
    share = max(end - now, 0) / whole
    amount = sign * round(item["price"]["unit_amount"] * item["quantity"] * share)
    return make_line(item, amount=amount, description=f"{what} {_name(box, item)}", start=now, end=end, proration=True)


def _restart_period(subscription: Obj, items: list[Obj], now: int) -> None:
    subscription["billing_cycle_anchor"] = now
    for item in items:
        item["current_period_end"] = now
        _advance(item, now)


def _invoice_change(box: Sandbox, subscription: Obj, lines: list[Obj]) -> bool:
    now = box.now()
    box.save(subscription)
    invoice = draft_invoice(box, subscription, reason="subscription_update", lines=lines, period=(now, now))
    finalize_invoice(box, invoice)
    pay_invoice(box, invoice, box.find("payment_method", subscription["default_payment_method"]))
    subscription["latest_invoice"] = invoice["id"]
    return True


def schedule_end(box: Sandbox, subscription: Obj, *, is_ending: bool) -> dict[str, Any]:
    """The fields that asking for the end at the period's end sets, or that taking it back clears."""
    if is_ending:
        reason = {**subscription["cancellation_details"], "reason": "cancellation_requested"}
        end = period_end(subscription)
        return {
            "cancel_at_period_end": True,
            "cancel_at": end,
            "canceled_at": box.now(),
            "cancellation_details": reason,
        }
    details = {"comment": None, "feedback": None, "reason": None}
    return {"cancel_at_period_end": False, "cancel_at": None, "canceled_at": None, "cancellation_details": details}
