"""Payments that are to fail: the next so many of one subscription or customer, as with a card that the bank refuses.

Only payments that nobody watches are meant (renewals, changes, further tries): at the checkout the card decides.
"""

from __future__ import annotations

from .cards import DECLINED, Card, find_card
from .core import Sandbox
from .errors import ApiError
from .store import Obj


def refuse_next(box: Sandbox, kind: str, object_id: str, *, count: int, number: str) -> Obj:
    """`count` 0 takes it back. Raises for a card that would pay."""
    box.find(kind, object_id)
    if not find_card(number).code:
        raise ApiError(f"The card {number} pays; name one that is refused, such as {DECLINED.number}.", param="card")
    if count < 0:
        raise ApiError("count must be 0 or more.", param="count")
    sql = "INSERT OR REPLACE INTO refusals (id, remaining, card) VALUES (?, ?, ?)"
    box.store.run(sql, (object_id, count, find_card(number).number))
    return {"id": object_id, "failing": count}


def next_refusal(box: Sandbox, invoice: Obj) -> Card | None:
    """The card to refuse this invoice with, counted off; None where it may be paid."""
    if invoice["billing_reason"] == "subscription_create":
        return None
    subscription = ((invoice["parent"] or {}).get("subscription_details") or {}).get("subscription")
    for object_id in (subscription, invoice["customer"]):
        rows = box.store.run("SELECT card FROM refusals WHERE id = ? AND remaining > 0", (object_id,))
        if rows:
            box.store.run("UPDATE refusals SET remaining = remaining - 1 WHERE id = ?", (object_id,))
            return find_card(rows[0]["card"])
    return None
