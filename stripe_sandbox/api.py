"""The table of /v1/ endpoints, and how one request runs through it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import (
    checkout,
    coupons,
    customers,
    disputes,
    invoices,
    pausing,
    payments,
    portal,
    portal_configurations,
    previews,
    prices,
    refunds,
    subscriptions,
)
from .core import Caller, Sandbox, new_id
from .errors import ApiError
from .expand import expand, list_page
from .idempotency import Keys, Stored, fingerprint_of
from .params import EXPAND, PAGING, Schema, date_range, flag, many, read_params, text
from .shapes.account import make_account, make_balance
from .store import Obj

Handler = Callable[..., Obj]


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    schema: Schema


def _route(method: str, path: str, handler: Handler, schema: Schema = EXPAND) -> Route:
    """`{}` in the path is an id, handed to the handler after the parameters."""
    return Route(method, re.compile("/v1" + path.replace("{}", r"([A-Za-z0-9_.-]+)") + "$"), handler, schema)


def _get(kind: str) -> Handler:
    return lambda box, params, object_id: box.find(kind, object_id)


def _list(kind: str, path: str, *filters: str) -> Handler:
    """Filters are parameter names; `name=path` where the object has it elsewhere."""
    pairs = [(item.split("=")[0], item.split("=")[-1]) for item in filters]

    def handler(box: Sandbox, params: Obj) -> Obj:
        where = {place: params[name] for name, place in pairs if name in params}
        return list_page(box, kind, f"/v1{path}", params, where)

    return handler


def _list_products(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("active", "url") if key in params}
    if "ids" in params:
        where["id"] = params["ids"]
    return list_page(box, "product", "/v1/products", params, where)


def _list_prices(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("active", "currency", "product", "type") if key in params}
    if "lookup_keys" in params:
        where["lookup_key"] = params["lookup_keys"]
    if "interval" in params.get("recurring", {}):
        where["recurring.interval"] = params["recurring"]["interval"]
    return list_page(box, "price", "/v1/prices", params, where)


def _list_customers(box: Sandbox, params: Obj) -> Obj:
    where = {"deleted": None, **({"email": params["email"]} if "email" in params else {})}
    return list_page(box, "customer", "/v1/customers", params, where)


def _list_invoice_payments(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("invoice", "status") if key in params}
    for key, value in params.get("payment", {}).items():
        where[f"payment.{key}"] = value
    return list_page(box, "invoice_payment", "/v1/invoice_payments", params, where)


def _list_methods(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    box.find("customer", customer_id)
    url = f"/v1/customers/{customer_id}/payment_methods"
    return list_page(box, "payment_method", url, params, {"customer": customer_id})


def _list_invoice_lines(box: Sandbox, params: Obj, invoice_id: str) -> Obj:
    lines: Obj = box.find("invoice", invoice_id)["lines"]
    return lines


def _list_events(box: Sandbox, params: Obj) -> Obj:
    kinds = params.get("types") or ([params["type"]] if "type" in params else [])
    where: Obj = {"type": kinds} if kinds else {}
    if "delivery_success" in params:
        where["pending_webhooks"] = 0 if params["delivery_success"] else 1
    return list_page(box, "event", "/v1/events", params, where)


def _account(box: Sandbox, params: Obj) -> Obj:
    account_id = box.store.setting("account", "")
    if not account_id:
        account_id = new_id("acct", 16)
        box.store.set_setting("account", account_id)
        box.store.set_setting("account_created", str(box.now()))
    return make_account(account_id, int(box.store.setting("account_created", "0")))


def _named_account(box: Sandbox, params: Obj, account_id: str) -> Obj:
    account = _account(box, params)
    if account["id"] != account_id:
        raise ApiError(
            f"The provided key does not have access to account '{account_id}' (or that account does not exist).",
            status=403,
            code="account_invalid",
        )
    return account


def _balance(box: Sandbox, params: Obj) -> Obj:
    totals: dict[str, int] = {}
    for row in box.store.run(
        "SELECT json_extract(body, '$.currency') AS code, SUM(json_extract(body, '$.net')) AS total "
        "FROM objects WHERE kind = 'balance_transaction' GROUP BY 1 ORDER BY 1"
    ):
        totals[row["code"]] = row["total"]
    return make_balance(totals or {"eur": 0})


_EVENT_LIST: Schema = {"type": text, "types": many(text), "delivery_success": flag, "created": date_range, **PAGING}
_INVOICE_FILTERS = ("customer", "status", "collection_method", "subscription=parent.subscription_details.subscription")

ROUTES = [
    _route("POST", "/customers", customers.create_customer, customers.CREATE),
    _route("GET", "/customers", _list_customers, customers.LIST),
    _route("GET", "/customers/{}", customers.retrieve_customer),
    _route("POST", "/customers/{}", customers.update_customer, customers.UPDATE),
    _route("DELETE", "/customers/{}", customers.delete_customer),
    _route("GET", "/customers/{}/payment_methods", _list_methods, {"type": text, **PAGING}),
    _route("POST", "/products", prices.create_product, prices.PRODUCT_CREATE),
    _route("GET", "/products", _list_products, prices.PRODUCT_LIST),
    _route("GET", "/products/{}", _get("product")),
    _route("POST", "/products/{}", prices.update_product, prices.PRODUCT_UPDATE),
    _route("DELETE", "/products/{}", prices.delete_product),
    _route("POST", "/prices", prices.create_price, prices.PRICE_CREATE),
    _route("GET", "/prices", _list_prices, prices.PRICE_LIST),
    _route("GET", "/prices/{}", _get("price")),
    _route("POST", "/prices/{}", prices.update_price, prices.PRICE_UPDATE),
    _route("POST", "/checkout/sessions", checkout.create_session, checkout.CREATE),
    _route("GET", "/checkout/sessions", checkout.list_sessions, checkout.LIST),
    _route("GET", "/checkout/sessions/{}", checkout.retrieve_session),
    _route("POST", "/checkout/sessions/{}", checkout.update_session, checkout.UPDATE),
    _route("POST", "/checkout/sessions/{}/expire", checkout.expire_session),
    _route("GET", "/checkout/sessions/{}/line_items", checkout.list_line_items, PAGING),
    _route("GET", "/subscriptions", subscriptions.list_subscriptions, subscriptions.LIST),
    _route("GET", "/subscriptions/{}", _get("subscription")),
    _route("POST", "/subscriptions/{}", subscriptions.update_subscription, subscriptions.UPDATE),
    _route("DELETE", "/subscriptions/{}", subscriptions.cancel_subscription, subscriptions.CANCEL),
    _route("GET", "/subscription_items", subscriptions.list_items, subscriptions.ITEM_LIST),
    _route("GET", "/subscription_items/{}", subscriptions.retrieve_item),
    _route("POST", "/subscription_items/{}", subscriptions.update_item, subscriptions.ITEM_UPDATE),
    _route("GET", "/invoices", _list("invoice", "/invoices", *_INVOICE_FILTERS), invoices.LIST),
    _route("GET", "/invoices/{}", _get("invoice")),
    _route("GET", "/invoices/{}/lines", _list_invoice_lines, PAGING),
    _route("GET", "/invoice_payments", _list_invoice_payments, invoices.PAYMENT_LIST),
    _route("GET", "/invoice_payments/{}", _get("invoice_payment")),
    _route("GET", "/payment_intents", _list("payment_intent", "/payment_intents", "customer"), payments.INTENT_LIST),
    _route("GET", "/payment_intents/{}", _get("payment_intent")),
    _route("GET", "/charges", _list("charge", "/charges", "customer", "payment_intent"), payments.CHARGE_LIST),
    _route("GET", "/charges/{}", _get("charge")),
    _route("GET", "/balance_transactions/{}", _get("balance_transaction")),
    _route("GET", "/payment_methods/{}", _get("payment_method")),
    _route("POST", "/refunds", refunds.create_refund, refunds.CREATE),
    _route("GET", "/refunds", _list("refund", "/refunds", "charge", "payment_intent"), refunds.LIST),
    _route("GET", "/refunds/{}", _get("refund")),
    _route("POST", "/refunds/{}", refunds.update_refund, refunds.UPDATE),
    _route("GET", "/events", _list_events, _EVENT_LIST),
    _route("GET", "/events/{}", _get("event")),
    _route("GET", "/account", _account),
    _route("GET", "/accounts/{}", _named_account),
    _route("GET", "/balance", _balance),
    _route("POST", "/coupons", coupons.create_coupon, coupons.CREATE),
    _route("GET", "/coupons", coupons.list_coupons, coupons.LIST),
    _route("GET", "/coupons/{}", coupons.retrieve_coupon),
    _route("POST", "/coupons/{}", coupons.update_coupon, coupons.UPDATE),
    _route("DELETE", "/coupons/{}", coupons.delete_coupon),
    _route("POST", "/promotion_codes", coupons.create_promotion_code, coupons.CODE_CREATE),
    _route("GET", "/promotion_codes", coupons.list_promotion_codes, coupons.CODE_LIST),
    _route("GET", "/promotion_codes/{}", coupons.retrieve_promotion_code),
    _route("POST", "/promotion_codes/{}", coupons.update_promotion_code, coupons.CODE_UPDATE),
    _route("GET", "/disputes", _list("dispute", "/disputes", "charge", "payment_intent"), disputes.LIST),
    _route("GET", "/disputes/{}", _get("dispute")),
    _route("POST", "/disputes/{}", disputes.update_dispute, disputes.UPDATE),
    _route("POST", "/disputes/{}/close", disputes.close_dispute),
    _route("POST", "/invoices/create_preview", previews.create_preview, previews.CREATE),
    _route("POST", "/subscriptions/{}/pause", pausing.pause_subscription, pausing.PAUSE),
    _route("POST", "/subscriptions/{}/resume", pausing.resume_subscription, pausing.RESUME),
    _route("DELETE", "/subscriptions/{}/discount", subscriptions.delete_discount),
    _route(
        "POST",
        "/billing_portal/configurations",
        portal_configurations.create_configuration,
        portal_configurations.CREATE,
    ),
    _route(
        "GET", "/billing_portal/configurations", portal_configurations.list_configurations, portal_configurations.LIST
    ),
    _route("GET", "/billing_portal/configurations/{}", _get("billing_portal.configuration")),
    _route(
        "POST",
        "/billing_portal/configurations/{}",
        portal_configurations.update_configuration,
        portal_configurations.UPDATE,
    ),
    _route("POST", "/billing_portal/sessions", portal.create_portal_session, portal.CREATE),
]


@dataclass(frozen=True)
class Reply:
    status: int
    body: Obj
    headers: dict[str, str]


class Api:
    """Answers one decoded request at a time per idempotency key; every answer is one transaction."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._keys = Keys(box.store)

    def answer(
        self, method: str, path: str, raw: Obj, *, key: str | None, request_id: str, delay: float = 0.0
    ) -> Reply:
        """Raises ApiError; nothing is kept then. `delay` (seconds) is spent while the key is held."""
        route, ids = _match(method, path)
        if method != "POST" or not key:
            time.sleep(delay)
            with self._box.acting(Caller(request_id, key)):
                return Reply(200, self._run(route, raw, ids), {})
        with self._keys.using(key):
            time.sleep(delay)
            return self._answer_once(route, path, raw, ids, key, request_id)

    def _answer_once(self, route: Route, path: str, raw: Obj, ids: tuple[str, ...], key: str, request_id: str) -> Reply:
        fingerprint = fingerprint_of(path, raw)
        headers = {"Idempotency-Key": key}
        with self._box.acting(Caller(request_id, key)):
            stored = self._keys.recall(key, fingerprint, path)
            if stored:
                replayed = {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
                return Reply(stored.status, stored.body, {**headers, **replayed})
            body = self._run(route, raw, ids)
            self._keys.remember(key, fingerprint, Stored(200, body, request_id), self._box.now())
        return Reply(200, body, {**headers, "Original-Request": request_id})

    def _run(self, route: Route, raw: Obj, ids: tuple[str, ...]) -> Obj:
        params = read_params(raw, route.schema)
        wanted: list[Any] = params.get("expand", [])
        return expand(self._box, route.handler(self._box, params, *ids), wanted)


def _match(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        match = route.pattern.match(path) if route.method == method else None
        if match:
            return route, match.groups()
    message = (
        f"Unrecognized request URL ({method}: {path}). This sandbox has the part of the API that its README lists."
    )
    raise ApiError(message, status=404)
