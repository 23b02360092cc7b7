"""The account's book: each movement of money as a balance transaction."""

from __future__ import annotations

from .core import Sandbox
from .shapes.payments import make_balance_transaction
from .store import Obj

DISPUTE_FEE = 2000


def card_fee(amount: int) -> int:
    """That of a European card: 1.5 % and 25 minor units."""
    return round(amount * 0.015) + 25


def book(
    box: Sandbox,
    kind: str,
    source: Obj,
    amount: int,
    *,
    fee: int = 0,
    category: str | None = None,
    note: str | None = None,
) -> Obj:
    """`amount` in minor units as the account sees it: positive comes in, negative goes out."""
    described = {**source, "description": note} if note else source
    return box.save(
        make_balance_transaction(
            box.now(), kind=kind, source=described, amount=amount, fee=fee, category=category or kind
        )
    )
