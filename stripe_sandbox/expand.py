"""Lists with cursors, and `expand[]`: an id is replaced by its object, a hidden list is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .core import Sandbox, public
from .errors import ApiError, missing_object
from .store import Obj, Place

_KIND = {
    "cus": "customer",
    "prod": "product",
    "price": "price",
    "sub": "subscription",
    "in": "invoice",
    "inpay": "invoice_payment",
    "pi": "payment_intent",
    "ch": "charge",
    "pm": "payment_method",
    "re": "refund",
    "txn": "balance_transaction",
    "cs": "checkout.session",
    "promo": "promotion_code",
    "di": "discount",
    "du": "dispute",
    "bpc": "billing_portal.configuration",
    "cbtxn": "customer_balance_transaction",
}
MAX_LEVELS = 4


def as_list(data: list[Obj], url: str, *, has_more: bool = False) -> Obj:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def list_page(box: Sandbox, kind: str, url: str, params: Obj, where: dict[str, Any] | None = None) -> Obj:
    """One page, newest first; `limit` 1 to 100, default 10."""
    limit = _limit(params)
    found = box.store.find(
        kind,
        where,
        after=_cursor(box, kind, params, "starting_after"),
        before=_cursor(box, kind, params, "ending_before"),
        created=params.get("created"),
        limit=limit + 1,
    )
    has_more = len(found) > limit
    if has_more:
        found = found[1:] if "ending_before" in params else found[:limit]
    return as_list(found, url, has_more=has_more)


def _limit(params: Obj) -> int:
    limit = int(params.get("limit", 10))
    if not 1 <= limit <= 100:
        raise ApiError("This value must be between 1 and 100 (inclusive).", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise ApiError(
            "You may only specify one of these parameters: starting_after, ending_before.", param="ending_before"
        )
    return limit


def page_of(items: list[Obj], url: str, params: Obj) -> Obj:
    """The same for a list that an object carries, in the object's own order."""
    limit, ids = _limit(params), [item["id"] for item in items]
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise missing_object("item", params[name], param=name, status=400)
    if "ending_before" in params:
        rest = items[: ids.index(params["ending_before"])]
        return as_list(rest[-limit:], url, has_more=len(rest) > limit)
    rest = items[ids.index(params["starting_after"]) + 1 :] if "starting_after" in params else items
    return as_list(rest[:limit], url, has_more=len(rest) > limit)


def _cursor(box: Sandbox, kind: str, params: Obj, name: str) -> Place | None:
    if name not in params:
        return None
    place = box.store.place(params[name], kind)
    if place is None:
        raise missing_object(kind, params[name], param=name, status=400)
    return place


def _related(kind: str, path: str, url: str) -> Callable[[Sandbox, Obj], Obj]:
    return lambda box, obj: as_list(box.store.find(kind, {path: obj["id"]}, limit=100), url.format(obj["id"]))


def _session_lines(box: Sandbox, session: Obj) -> Obj:
    return as_list(session["_line_items"], f"/v1/checkout/sessions/{session['id']}/line_items")


def _running_subscriptions(box: Sandbox, customer: Obj) -> Obj:
    found = box.store.find("subscription", {"customer": customer["id"]}, limit=100)
    return as_list(
        [sub for sub in found if sub["status"] != "canceled"], f"/v1/customers/{customer['id']}/subscriptions"
    )


# What Stripe leaves out unless it is asked for.
_INCLUDABLE: dict[tuple[str, str], Callable[[Sandbox, Obj], Obj | None]] = {
    ("checkout.session", "line_items"): _session_lines,
    ("invoice", "payments"): _related("invoice_payment", "invoice", "/v1/invoice_payments?invoice={}"),
    ("charge", "refunds"): _related("refund", "charge", "/v1/charges/{}/refunds"),
    ("coupon", "applies_to"): lambda box, obj: {"products": obj["_products"]} if "_products" in obj else None,
    ("coupon", "currency_options"): lambda box, obj: obj.get("_options"),
    ("customer", "subscriptions"): _running_subscriptions,
    ("customer", "sources"): lambda box, obj: as_list([], f"/v1/customers/{obj['id']}/sources"),
    ("customer", "tax_ids"): lambda box, obj: as_list([], f"/v1/customers/{obj['id']}/tax_ids"),
}


def expand(box: Sandbox, obj: Obj, paths: list[str]) -> Obj:
    """A public copy of `obj` with each dotted path filled in. Raises 400 for what cannot be expanded."""
    for path in paths:
        if path.count(".") >= MAX_LEVELS:
            raise ApiError(
                f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}", param="expand"
            )
        _expand_path(box, obj, path.split("."), path)
    shown: Obj = public(obj)
    return shown


def _expand_path(box: Sandbox, obj: Any, steps: list[str], path: str) -> None:
    step, rest = steps[0], steps[1:]
    maker = _INCLUDABLE.get((str(obj.get("object")), step))
    if step not in obj and maker:
        obj[step] = maker(box, obj)
    if step not in obj:
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
    # A coupon's id may be any word: only the name of the field tells what it is.
    if step != "coupon":
        obj[step] = _fetch(box, obj[step])
    elif isinstance(obj[step], str):
        obj[step] = box.store.get(obj[step], "coupon") or obj[step]
    children = obj[step] if isinstance(obj[step], list) else [obj[step]]
    for index, child in enumerate(children):
        if isinstance(obj[step], list) and isinstance(child, str):
            child = children[index] = _fetch(box, child)
        if rest and isinstance(child, dict):
            _expand_path(box, child, rest, path)
        elif not rest and isinstance(child, str):
            raise ApiError(f"This property cannot be expanded ({path}).", param="expand")


def _fetch(box: Sandbox, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return box.store.get(value, _KIND.get(value.split("_")[0])) or value
