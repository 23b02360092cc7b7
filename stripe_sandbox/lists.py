"""The lists of the API that take only filters: which parameter looks at which place of the object."""

from __future__ import annotations

from collections.abc import Callable

from .core import Sandbox
from .expand import list_page, page_of
from .money import currency
from .params import PAGING, Schema, date_range, flag, many, one_of, text, unsupported
from .store import Like, Obj

EVENTS: Schema = {"type": text, "types": many(text), "delivery_success": flag, "created": date_range, **PAGING}
INVOICE_FILTERS = (
    "customer",
    "status",
    "collection_method",
    "due_date",
    "subscription=parent.subscription_details.subscription",
)
CHARGE_FILTERS = ("customer", "payment_intent", "transfer_group")
METHODS = ("/payment_methods", "customer", "type", "allow_redisplay")
METHODS_OF: Schema = {"type": text, "allow_redisplay": one_of("always", "limited", "unspecified"), **PAGING}
METHOD_LIST: Schema = {"customer": text, "customer_account": unsupported, **METHODS_OF}
LEDGER = ("/balance_transactions", "currency", "source", "type")
LEDGER_LIST: Schema = {
    "currency": currency,
    "source": text,
    "type": text,
    "payout": unsupported,
    "created": date_range,
    **PAGING,
}


def list_of(kind: str, path: str, *filters: str) -> Callable[[Sandbox, Obj], Obj]:
    """Filters are parameter names; `name=path` where the object has it elsewhere."""
    pairs = [(item.split("=")[0], item.split("=")[-1]) for item in filters]

    def handler(box: Sandbox, params: Obj) -> Obj:
        where = {place: params[name] for name, place in pairs if name in params}
        return list_page(box, kind, f"/v1{path}", params, where)

    return handler


def list_products(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("active", "url", "shippable", "type") if key in params}
    if "ids" in params:
        where["id"] = params["ids"]
    return list_page(box, "product", "/v1/products", params, where)


def list_prices(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("active", "currency", "product", "type") if key in params}
    if "lookup_keys" in params:
        where["lookup_key"] = params["lookup_keys"]
    for key, value in params.get("recurring", {}).items():
        where[f"recurring.{key}"] = value
    return list_page(box, "price", "/v1/prices", params, where)


def list_customers(box: Sandbox, params: Obj) -> Obj:
    where = {"deleted": None, **({"email": params["email"]} if "email" in params else {})}
    return list_page(box, "customer", "/v1/customers", params, where)


def list_invoice_payments(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("invoice", "status") if key in params}
    for key, value in params.get("payment", {}).items():
        where[f"payment.{key}"] = value
    return list_page(box, "invoice_payment", "/v1/invoice_payments", params, where)


def list_methods_of(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    box.find("customer", customer_id)
    where: Obj = {key: params[key] for key in ("type", "allow_redisplay") if key in params}
    url = f"/v1/customers/{customer_id}/payment_methods"
    return list_page(box, "payment_method", url, params, {"customer": customer_id, **where})


def list_refunds_of(box: Sandbox, params: Obj, charge_id: str) -> Obj:
    box.find("charge", charge_id)
    return list_page(box, "refund", f"/v1/charges/{charge_id}/refunds", params, {"charge": charge_id})


def list_invoice_lines(box: Sandbox, params: Obj, invoice_id: str) -> Obj:
    lines = box.find("invoice", invoice_id)["lines"]
    return page_of(lines["data"], lines["url"], params)


def list_events(box: Sandbox, params: Obj) -> Obj:
    """`type` may end in a star, as in invoice.*; `types` names up to twenty."""
    kinds = params.get("types") or ([params["type"]] if "type" in params else [])
    where: Obj = {"type": Like(tuple(kinds))} if kinds else {}
    if "delivery_success" in params:
        where["pending_webhooks"] = 0 if params["delivery_success"] else {"gt": 0}
    return list_page(box, "event", "/v1/events", params, where)
