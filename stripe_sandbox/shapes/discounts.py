"""Coupon, promotion code and the discount that redeeming one of them leaves."""

from __future__ import annotations

from typing import Any

from ..core import new_id
from ..store import Obj


def make_coupon(now: int, coupon_id: str | None, **given: Any) -> Obj:
    return {
        "id": coupon_id or new_id("x", 8)[2:],
        "object": "coupon",
        "amount_off": None,
        "created": now,
        "currency": None,
        "duration": "once",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": None,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
        **given,
    }


def make_promotion_code(now: int, *, coupon: str, code: str | None, restrictions: Obj, **given: Any) -> Obj:
    return {
        "id": new_id("promo"),
        "object": "promotion_code",
        "active": True,
        "code": code or new_id("x", 8)[2:].upper(),
        "created": now,
        "customer": None,
        "customer_account": None,
        "expires_at": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "promotion": {"coupon": coupon, "type": "coupon"},
        "restrictions": {
            "first_time_transaction": False,
            "minimum_amount": None,
            "minimum_amount_currency": None,
            **restrictions,
        },
        "times_redeemed": 0,
        **given,
    }


def make_discount(now: int, *, coupon: str, promotion_code: str | None, end: int | None, **given: Any) -> Obj:
    return {
        "id": new_id("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": None,
        "customer_account": None,
        "end": end,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": promotion_code,
        "source": {"coupon": coupon, "type": "coupon"},
        "start": now,
        "subscription": None,
        "subscription_item": None,
        **given,
    }
