"""The lines of a subscription's invoices: whole periods, single purchases, parts of a period."""

from __future__ import annotations

from .core import Sandbox
from .money import format_amount
from .shapes.billing import make_line
from .store import Obj


def _name(box: Sandbox, item: Obj) -> str:
    """As Stripe words a line: 1 × Patron (at €5.00 / month)."""
    price, product = item["price"], box.store.get(item["price"]["product"]) or {}
    amount = format_amount(price["unit_amount"], price["currency"], "en")
    return (
        f"{item['quantity']} × {product.get('name', price['product'])} (at {amount} / {price['recurring']['interval']})"
    )


def full_amount(item: Obj) -> int:
    return int(item["price"]["unit_amount"] * item["quantity"])


def period_line(box: Sandbox, item: Obj) -> Obj:
    return make_line(
        item,
        amount=full_amount(item),
        description=_name(box, item),
        start=item["current_period_start"],
        end=item["current_period_end"],
        proration=False,
    )


def single_line(subscription: Obj, line: Obj) -> Obj:
    """Something bought once together with a subscription: on the first invoice, without an item."""
    stand_in = {"price": line["price"], "subscription": subscription["id"], "id": "", "quantity": line["quantity"]}
    made = make_line(
        stand_in,
        amount=line["amount_subtotal"],
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


def _part_left(item: Obj, at: int) -> float:
    whole = max(item["current_period_end"] - item["current_period_start"], 1)
    return max(item["current_period_end"] - at, 0) / whole


def unused_line(box: Sandbox, item: Obj, at: int, *, start: int | None = None) -> Obj:
    """Credit for the time from `at` (or from `start`) to the end of the period, of what was really paid for it."""
    since = at if start is None else start
    paid = item.get("_paid", full_amount(item))
    return make_line(
        item,
        amount=-round(paid * _part_left(item, since)),
        description=f"Unused time on {_name(box, item)}",
        start=since,
        end=item["current_period_end"],
        proration=True,
    )


def remaining_line(box: Sandbox, item: Obj, at: int, *, net: int) -> Obj:
    """The charge for the rest of the period; `net` is what a whole one costs after discounts."""
    return make_line(
        item,
        amount=round(net * _part_left(item, at)),
        description=f"Remaining time on {_name(box, item)}",
        start=at,
        end=item["current_period_end"],
        proration=True,
    )
