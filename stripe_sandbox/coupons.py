"""Coupons and promotion codes: made, listed, changed; and whether one may still be redeemed."""

from __future__ import annotations

import re
from typing import Any

from .core import Sandbox
from .errors import ApiError, missing_object, missing_param
from .expand import list_page
from .money import currency
from .params import (
    EXPAND,
    PAGING,
    Schema,
    clearable,
    date_range,
    flag,
    many,
    merge_metadata,
    metadata,
    nested,
    one_of,
    required,
    text,
    unsupported,
    whole,
)
from .shapes.discounts import make_coupon, make_promotion_code
from .store import Obj


def _percent(name: str, raw: Any) -> float:
    if not isinstance(raw, str) or not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", raw) or not 0 < float(raw) <= 100:
        raise ApiError("Percent off must be above 0 and at most 100.", param=name)
    return float(raw)


def positive(name: str, raw: Any) -> int:
    value = whole(name, raw)
    if value < 1:
        raise ApiError("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=name)
    return value


CREATE: Schema = {
    "id": text,
    "amount_off": positive,
    "percent_off": _percent,
    "currency": currency,
    "duration": one_of("forever", "once", "repeating"),
    "duration_in_months": positive,
    "max_redemptions": positive,
    "redeem_by": whole,
    "name": text,
    "metadata": clearable(metadata),
    "applies_to": nested(products=many(text)),
    "currency_options": unsupported,
    **EXPAND,
}
UPDATE: Schema = {"name": text, "metadata": clearable(metadata), "currency_options": unsupported, **EXPAND}
LIST: Schema = {"created": date_range, **PAGING}
CODE_CREATE: Schema = {
    "promotion": required(nested(type=required(one_of("coupon")), coupon=text)),
    "code": text,
    "active": flag,
    "customer": text,
    "expires_at": whole,
    "max_redemptions": positive,
    "metadata": metadata,
    "restrictions": nested(
        first_time_transaction=flag,
        minimum_amount=positive,
        minimum_amount_currency=currency,
        currency_options=unsupported,
    ),
    "customer_account": unsupported,
    **EXPAND,
}
CODE_UPDATE: Schema = {"active": flag, "metadata": clearable(metadata), "restrictions": unsupported, **EXPAND}
CODE_LIST: Schema = {
    "active": flag,
    "code": text,
    "coupon": text,
    "customer": text,
    "customer_account": unsupported,
    "created": date_range,
    **PAGING,
}


def create_coupon(box: Sandbox, params: Obj) -> Obj:
    """Either a percentage or an amount in a currency. Raises for what contradicts itself."""
    given = {key: value for key, value in params.items() if key not in ("expand", "id", "applies_to")}
    _check_coupon(box, params)
    given["metadata"] = merge_metadata({}, given.get("metadata"))
    coupon = make_coupon(box.now(), params.get("id"), **given)
    if params.get("applies_to", {}).get("products"):
        coupon["_products"] = params["applies_to"]["products"]
    box.save(coupon)
    box.emit("coupon.created", coupon)
    return coupon


def _check_coupon(box: Sandbox, params: Obj) -> None:
    if box.store.get(params.get("id", "")):
        raise ApiError("Coupon already exists.", code="resource_already_exists", param="id")
    if not re.fullmatch(r"[\w-]{1,200}", params.get("id", "x")):
        raise ApiError("A coupon's id may have letters, digits, hyphens and underscores only.", param="id")
    if ("amount_off" in params) == ("percent_off" in params):
        raise ApiError("You must specify either amount_off or percent_off, not both.", param="amount_off")
    if "amount_off" in params and "currency" not in params:
        raise missing_param("currency")
    if (params.get("duration") == "repeating") != ("duration_in_months" in params):
        raise ApiError(
            "duration_in_months is required with duration `repeating` and only then.", param="duration_in_months"
        )
    if params.get("redeem_by", box.now() + 1) <= box.now():
        raise ApiError("redeem_by must be in the future.", param="redeem_by")
    for product in params.get("applies_to", {}).get("products", []):
        box.find_param("product", product, param="applies_to[products]")


def is_valid(box: Sandbox, coupon: Obj) -> bool:
    is_used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    return not is_used_up and (coupon["redeem_by"] is None or coupon["redeem_by"] > box.now())


def _as_of_now(box: Sandbox, coupon: Obj) -> Obj:
    """Nobody is told when a coupon runs out: it is found to be so when it is looked at. A recording stays as it is."""
    return coupon if "_loaded" in coupon else {**coupon, "valid": is_valid(box, coupon)}


def retrieve_coupon(box: Sandbox, params: Obj, coupon_id: str) -> Obj:
    return _as_of_now(box, box.find("coupon", coupon_id))


def list_coupons(box: Sandbox, params: Obj) -> Obj:
    page = list_page(box, "coupon", "/v1/coupons", params)
    return {**page, "data": [_as_of_now(box, coupon) for coupon in page["data"]]}


def update_coupon(box: Sandbox, params: Obj, coupon_id: str) -> Obj:
    coupon = box.find("coupon", coupon_id)
    changes = {key: params[key] for key in ("name",) if key in params}
    notes = merge_metadata(coupon["metadata"], params.get("metadata"))
    return _as_of_now(box, box.change(coupon, "coupon.updated", metadata=notes, **changes))


def delete_coupon(box: Sandbox, params: Obj, coupon_id: str) -> Obj:
    """Nobody can redeem it any more; those who have keep their discount, so the row stays as a note."""
    coupon = box.find("coupon", coupon_id)
    box.emit("coupon.deleted", coupon)
    box.store.delete(coupon_id)
    box.save({**coupon, "id": f"deleted:{coupon_id}", "object": "deleted_coupon"})
    return {"id": coupon_id, "object": "coupon", "deleted": True}


def coupon_of(box: Sandbox, discount: Obj) -> Obj:
    """What a discount gives, also after its coupon was deleted."""
    coupon_id = discount["source"]["coupon"]
    return box.store.get(coupon_id, "coupon") or box.find("deleted_coupon", f"deleted:{coupon_id}")


def create_promotion_code(box: Sandbox, params: Obj) -> Obj:
    """The word that people type. It is unique among active codes, without regard to case."""
    if "coupon" not in params["promotion"]:
        raise missing_param("promotion[coupon]")
    coupon = box.find_param("coupon", params["promotion"]["coupon"], param="promotion[coupon]")
    if not is_valid(box, coupon):
        raise ApiError("This coupon has expired.", code="coupon_expired", param="promotion[coupon]")
    _check_code(box, params)
    given = {key: params[key] for key in ("active", "customer", "expires_at", "max_redemptions") if key in params}
    promotion = make_promotion_code(
        box.now(),
        coupon=coupon["id"],
        code=params.get("code"),
        restrictions=params.get("restrictions", {}),
        metadata=merge_metadata({}, params.get("metadata")),
        **given,
    )
    box.save(promotion)
    box.emit("promotion_code.created", promotion)
    return promotion


def _check_code(box: Sandbox, params: Obj) -> None:
    code = params.get("code")
    if code and not re.fullmatch(r"[A-Za-z0-9-]{1,500}", code):
        raise ApiError("Promotion codes may have letters, digits and hyphens only.", param="code")
    if code and find_code(box, code):
        raise ApiError(f"An active promotion code with `code: {code}` already exists.", param="code")
    if "customer" in params:
        box.find_param("customer", params["customer"], param="customer")
    if params.get("expires_at", box.now() + 1) <= box.now():
        raise ApiError("expires_at must be in the future.", param="expires_at")
    limits = params.get("restrictions", {})
    if ("minimum_amount" in limits) != ("minimum_amount_currency" in limits):
        raise ApiError(
            "You must specify both minimum_amount and minimum_amount_currency, or neither.",
            param="restrictions[minimum_amount]",
        )


def find_code(box: Sandbox, code: str) -> Obj | None:
    for promotion in box.store.find("promotion_code", {"active": True, "_loaded": None}, limit=-1):
        if promotion["code"].lower() == code.strip().lower():
            return promotion
    return None


def _shown_code(box: Sandbox, promotion: Obj) -> Obj:
    """Active only as long as it can be redeemed; a recording as it is."""
    if "_loaded" in promotion:
        return promotion
    coupon = box.store.get(promotion["promotion"]["coupon"], "coupon")
    is_open = bool(coupon and is_valid(box, coupon)) and is_code_open(box, promotion)
    return {**promotion, "active": promotion["active"] and is_open}


def is_code_open(box: Sandbox, promotion: Obj) -> bool:
    most, end = promotion["max_redemptions"], promotion["expires_at"]
    return (most is None or promotion["times_redeemed"] < most) and (end is None or end > box.now())


def retrieve_promotion_code(box: Sandbox, params: Obj, promotion_id: str) -> Obj:
    return _shown_code(box, box.find("promotion_code", promotion_id))


def list_promotion_codes(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("active", "code", "customer") if key in params}
    if "coupon" in params:
        where["promotion.coupon"] = params["coupon"]
    page = list_page(box, "promotion_code", "/v1/promotion_codes", params, where)
    return {**page, "data": [_shown_code(box, promotion) for promotion in page["data"]]}


def update_promotion_code(box: Sandbox, params: Obj, promotion_id: str) -> Obj:
    promotion = box.find("promotion_code", promotion_id)
    if params.get("active") and box.store.get(promotion["promotion"]["coupon"], "coupon") is None:
        raise missing_object("coupon", promotion["promotion"]["coupon"], param="active", status=400)
    changes = {key: params[key] for key in ("active",) if key in params}
    notes = merge_metadata(promotion["metadata"], params.get("metadata"))
    return _shown_code(box, box.change(promotion, "promotion_code.updated", metadata=notes, **changes))
