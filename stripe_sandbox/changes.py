"""Changing what a subscription bills: planned first, so that the same plan can be previewed or carried out."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from .billing import (
    advance,
    bill_subscription,
    collect_invoice,
    new_item,
    put_items,
)
from .core import Sandbox
from .discounts import net_amounts, running_discounts
from .errors import ApiError, card_error, missing_object
from .invoices import finalize_invoice, payment_of
from .lines import period_line, remaining_line, unused_line
from .params import merge_metadata
from .shapes.catalogue import plan_of
from .store import Obj


@dataclass(frozen=True)
class Change:
    """The items as they will be; the prorations; whether a new period begins, which is billed at once."""

    items: list[Obj]
    prorations: list[Obj]
    is_restarting: bool
    at: int

    def invoice_lines(self, box: Sandbox) -> list[Obj]:
        """Of the invoice that the change itself makes, if it makes one."""
        return self.prorations + ([period_line(box, item) for item in self.items] if self.is_restarting else [])


def plan_change(
    box: Sandbox,
    subscription: Obj,
    wanted: list[tuple[Obj, Obj | None]],
    *,
    proration: str,
    at: int | None = None,
    is_restarting: bool = False,
) -> Change:
    """Each pair is (what the request says, the price it names, if any). Another interval begins a new period.

    `at` (proration_date) lies in the running period. Nothing is saved.
    """
    now = box.now()
    moment = _check_date(subscription, now if at is None else at)
    old_items = subscription["items"]["data"]
    items = copy.deepcopy(old_items)
    for given, price in wanted:
        is_restarting = _change_item(subscription, items, given, price, now) or is_restarting
    if not items:
        raise ApiError("A subscription must have at least one active item.", param="items")
    lines = _prorations(box, subscription, items, moment, is_restarting) if proration != "none" else []
    if is_restarting:
        for item in items:
            item["current_period_end"] = now
            advance(item, now)
    return Change(items, lines, is_restarting, moment)


def _check_date(subscription: Obj, moment: int) -> int:
    item = subscription["items"]["data"][0]
    if not item["current_period_start"] <= moment <= item["current_period_end"]:
        raise ApiError(
            "Cannot specify `proration_date` outside of the current period "
            f"({item['current_period_start']} to {item['current_period_end']}).",
            param="proration_date",
        )
    return moment


def _change_item(subscription: Obj, items: list[Obj], given: Obj, price: Obj | None, now: int) -> bool:
    """True when this changes the billing interval."""
    if "id" not in given:
        if price is None:
            raise ApiError("A new subscription item needs a price.", param="items")
        _check_price(subscription, price)
        added = new_item(subscription, price, given.get("quantity", 1), now, given.get("metadata"))
        items.append({**added, "_paid": 0, "current_period_end": items[0]["current_period_end"]})
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


def _prorations(box: Sandbox, subscription: Obj, items: list[Obj], at: int, is_restarting: bool) -> list[Obj]:
    """Credit for the unused time of what changed and, within the same period, the charge for the new."""
    net = net_amounts(box, running_discounts(box, subscription, at), items)
    kept = {item["id"]: item for item in items}
    olds = {item["id"]: item for item in subscription["items"]["data"]}
    lines = []
    for old in olds.values():
        kept_item = kept.get(old["id"])
        if is_restarting or not kept_item or _worth(kept_item) != _worth(old):
            lines.append(unused_line(box, old, at))
    for new in items if not is_restarting else []:
        before = olds.get(new["id"])
        if before is None or _worth(new) != _worth(before):
            whole = new if before is None else {**new, "current_period_start": before["current_period_start"]}
            lines.append(remaining_line(box, whole, at, net=net[new["id"]]))
    return lines


def _worth(item: Obj) -> tuple[str, int]:
    return item["price"]["id"], item["quantity"]


def carry_out(box: Sandbox, subscription: Obj, change: Change, *, proration: str, payment: str) -> None:
    """Bills the change now or notes its prorations for the next invoice.

    `payment` is the request's payment_behavior. Raises the card's refusal where it is error_if_incomplete; the caller's
    transaction then leaves everything as it was.
    """
    if change.is_restarting:
        subscription["billing_cycle_anchor"] = box.now()
    _note_worth(box, subscription, change)
    put_items(subscription, change.items)
    if not change.is_restarting and proration != "always_invoice":
        subscription["_pending"] = subscription.get("_pending", []) + change.prorations
        return
    lines = change.invoice_lines(box)
    if lines:
        bill_change(box, subscription, lines, payment=payment)


def _note_worth(box: Sandbox, subscription: Obj, change: Change) -> None:
    """What the running period is worth after prorations: a second change gives credit of that."""
    changed = {line["parent"]["subscription_item_details"]["subscription_item"] for line in change.prorations}
    net = net_amounts(box, running_discounts(box, subscription, change.at), change.items)
    olds = {item["id"]: item for item in subscription["items"]["data"]}
    for item in change.items:
        old = olds.get(item["id"])
        if item["id"] in changed and (old is None or _worth(old) != _worth(item)):
            item["_paid"] = net[item["id"]]


def bill_change(box: Sandbox, subscription: Obj, lines: list[Obj], *, payment: str) -> Obj:
    now = box.now()
    before = copy.deepcopy(subscription)
    invoice = bill_subscription(box, subscription, reason="subscription_update", lines=lines, period=(now, now))
    finalize_invoice(box, invoice)
    subscription["latest_invoice"] = invoice["id"]
    box.save(subscription)
    if payment == "default_incomplete" and invoice["amount_remaining"]:
        subscription["status"] = "past_due"
        return invoice
    if collect_invoice(box, subscription, invoice, before=before) == "failed" and payment == "error_if_incomplete":
        raise _refusal(payment_of(box, invoice)[1]["last_payment_error"])
    return invoice


def _refusal(error: Obj) -> ApiError:
    return card_error(
        error["message"], code=error["code"], decline_code=error.get("decline_code"), charge=error.get("charge")
    )
