"""A subscription's life: begun by a checkout, renewed by the clock, changed, paused, ended."""

from __future__ import annotations

import copy
from typing import Any

from .core import Sandbox
from .discounts import grant, net_amount, running_discounts, spend_discounts
from .errors import ApiError, missing_object
from .invoices import RETRY_AFTER_DAYS, draft_invoice, fail_invoice, finalize_invoice, pay_invoice
from .lines import period_line, single_line
from .params import merge_metadata
from .periods import add_interval
from .shapes.billing import make_item, make_subscription
from .store import Obj


def start_subscription(
    box: Sandbox,
    *,
    customer: Obj,
    lines: list[Obj],
    data: Obj,
    method: Obj | None,
    intent: Obj | None = None,
    is_proven: bool = False,
    discounts: list[Obj] | None = None,
    session_id: str | None = None,
) -> tuple[Obj, Obj]:
    """A subscription with its first invoice, paid by `method`; answers both.

    A card must be one that pays. With a debit on its way the subscription is active already, as at Stripe. Without a
    method nothing may be due.
    """
    subscription = _new_subscription(box, customer, lines, data)
    grant(box, subscription, discounts or [], at=subscription["created"], session_id=session_id)
    box.save(subscription)
    box.emit("customer.subscription.created", subscription)
    bought = [period_line(box, item) for item in subscription["items"]["data"]]
    bought += [single_line(subscription, line) for line in lines if not line["price"]["recurring"]]
    period = (subscription["created"], subscription["created"])
    invoice = bill_subscription(box, subscription, reason="subscription_create", lines=bought, period=period)
    finalize_invoice(box, invoice)
    pay_invoice(box, invoice, method or {}, intent=intent, is_proven=is_proven)
    box.change(
        subscription,
        "customer.subscription.updated",
        status="active",
        default_payment_method=method["id"] if method else None,
        latest_invoice=invoice["id"],
    )
    return subscription, invoice


def _new_subscription(box: Sandbox, customer: Obj, lines: list[Obj], data: Obj) -> Obj:
    now = box.now()
    recurring = [line for line in lines if line["price"]["recurring"]]
    subscription = make_subscription(
        now,
        customer=customer["id"],
        currency=lines[0]["currency"],
        metadata=merge_metadata({}, data.get("metadata")),
        description=data.get("description"),
    )
    put_items(subscription, [new_item(subscription, line["price"], line["quantity"], now) for line in recurring])
    return subscription


def new_item(subscription: Obj, price: Obj, quantity: int, start: int, notes: dict[str, str] | None = None) -> Obj:
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


def put_items(subscription: Obj, items: list[Obj]) -> None:
    subscription["items"] = {
        "object": "list",
        "data": items,
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }


def bill_subscription(
    box: Sandbox, subscription: Obj, *, reason: str, lines: list[Obj], period: tuple[int, int], at: int | None = None
) -> Obj:
    """A draft with the discounts that run at `at`, counted as spent; items note what is paid for their period."""
    moment = box.now() if at is None else at
    discounts = running_discounts(box, subscription, moment)
    invoice = draft_invoice(box, subscription, reason=reason, lines=lines, period=period, discounts=discounts)
    note_paid(subscription["items"]["data"], invoice)
    if any(line["discountable"] for line in lines):
        spend_discounts(box, subscription, moment)
    return invoice


def note_paid(items: list[Obj], invoice: Obj) -> None:
    """A later credit for unused time gives back of this, not of the price."""
    paid: dict[str, int] = {}
    for line in invoice["lines"]["data"]:
        details = line["parent"]["subscription_item_details"]
        if details and line["discountable"]:
            paid[details["subscription_item"]] = net_amount(line)
    for item in items:
        item["_paid"] = paid.get(item["id"], item.get("_paid", 0))


def period_end(subscription: Obj) -> int:
    return int(min(item["current_period_end"] for item in subscription["items"]["data"]))


def renew_subscription(box: Sandbox, subscription: Obj, *, decline: bool = False) -> Obj:
    """What happens when the period is over: the next invoice, paid or failed; or the end, where one was asked for."""
    if subscription["status"] in ("canceled", "incomplete_expired", "paused"):
        raise ApiError(f"Subscription {subscription['id']} is {subscription['status']} and cannot be renewed.")
    ends_at = subscription["cancel_at"]
    if subscription["cancel_at_period_end"] or (ends_at and ends_at <= period_end(subscription)):
        return end_subscription(box, subscription, reason="cancellation_requested")
    before = copy.deepcopy(subscription)
    items = subscription["items"]["data"]
    period = (items[0]["current_period_start"], items[0]["current_period_end"])
    for item in items:
        advance(item, subscription["billing_cycle_anchor"])
    lines = [period_line(box, item) for item in items] + subscription.pop("_pending", [])
    invoice = bill_subscription(
        box, subscription, reason="subscription_cycle", lines=lines, period=period, at=period[1]
    )
    subscription["latest_invoice"] = invoice["id"]
    if not _is_collecting(subscription):
        box.save(subscription)
        box.emit("customer.subscription.updated", subscription, before=before)
        return _put_aside(box, subscription, invoice)
    finalize_invoice(box, invoice)
    collect_unasked(box, subscription, invoice, decline=decline, before=before)
    return subscription


def advance(item: Obj, anchor: int) -> None:
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
    box: Sandbox,
    subscription: Obj,
    invoice: Obj,
    *,
    decline: bool = False,
    is_proven: bool = False,
    before: Obj | None = None,
) -> str:
    """Charges the subscription's method for an open invoice and sets its status; the fourth failure ends it."""
    before = before or copy.deepcopy(subscription)
    method = method_of(box, subscription) if invoice["amount_remaining"] else {}
    outcome = pay_invoice(box, invoice, method, is_proven=is_proven, decline=decline)
    follow_invoice(box, subscription, invoice, is_paid=outcome != "failed", before=before)
    return outcome


def collect_unasked(
    box: Sandbox, subscription: Obj, invoice: Obj, *, decline: bool = False, before: Obj | None = None
) -> None:
    """As the clock collects: with no method to charge the attempt has failed, where a request would be refused."""
    if invoice["amount_remaining"] == 0 or _method_id(box, subscription):
        collect_invoice(box, subscription, invoice, decline=decline, before=before)
        return
    before = before or copy.deepcopy(subscription)
    invoice.update(attempt_count=invoice["attempt_count"] + 1, attempted=True)
    fail_invoice(box, invoice)
    follow_invoice(box, subscription, invoice, is_paid=False, before=before)


def _method_id(box: Sandbox, subscription: Obj) -> str | None:
    """The subscription's own, or else the customer's."""
    customer = box.find("customer", subscription["customer"])
    found: str | None = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return found


def method_of(box: Sandbox, subscription: Obj) -> Obj:
    """Raises where there is none."""
    method = _method_id(box, subscription)
    if method is None:
        raise ApiError(
            "This customer has no attached payment source or default payment method. Please consider adding one.",
            code="resource_missing",
        )
    return box.find("payment_method", method)


def follow_invoice(box: Sandbox, subscription: Obj, invoice: Obj, *, is_paid: bool, before: Obj) -> None:
    """The subscription is as good as its latest invoice; a paused one stays paused."""
    if subscription["status"] == "paused":
        return
    if is_paid:
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
