"""The table of /v1/ endpoints, and how one request runs through it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import (
    checkout,
    coupons,
    customer_balances,
    customers,
    disputes,
    endpoints,
    invoices,
    lists,
    objects,
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
from .expand import expand
from .faults import NONE, Fault
from .idempotency import Keys, Stored, fingerprint_of
from .lists import list_of
from .params import EXPAND, PAGING, Schema, read_params
from .shapes.account import make_account, make_balance
from .store import Obj

Handler = Callable[..., Obj]
OF_BALANCE = "/customers/{}/balance_transactions"


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
        "FROM objects WHERE kind = 'balance_transaction' AND json_extract(body, '$._loaded') IS NULL "
        "GROUP BY 1 ORDER BY 1"
    ):
        totals[row["code"]] = row["total"]
    return make_balance(totals or {"eur": 0})


ROUTES = [
    _route("POST", "/customers", customers.create_customer, customers.CREATE),
    _route("GET", "/customers", lists.list_customers, customers.LIST),
    _route("GET", "/customers/{}", customers.retrieve_customer),
    _route("POST", "/customers/{}", customers.update_customer, customers.UPDATE),
    _route("DELETE", "/customers/{}", customers.delete_customer),
    _route("GET", "/customers/{}/payment_methods", lists.list_methods_of, lists.METHODS_OF),
    _route(
        "POST", "/customers/{}/balance_transactions", customer_balances.create_transaction, customer_balances.CREATE
    ),
    _route("GET", "/customers/{}/balance_transactions", customer_balances.list_transactions, customer_balances.LIST),
    _route("GET", "/customers/{}/balance_transactions/{}", customer_balances.retrieve_transaction),
    _route("POST", "/products", prices.create_product, prices.PRODUCT_CREATE),
    _route("GET", "/products", lists.list_products, prices.PRODUCT_LIST),
    _route("GET", "/products/{}", _get("product")),
    _route("POST", "/products/{}", prices.update_product, prices.PRODUCT_UPDATE),
    _route("DELETE", "/products/{}", prices.delete_product),
    _route("POST", "/prices", prices.create_price, prices.PRICE_CREATE),
    _route("GET", "/prices", lists.list_prices, prices.PRICE_LIST),
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
    _route("GET", "/invoices", list_of("invoice", "/invoices", *lists.INVOICE_FILTERS), invoices.LIST),
    _route("GET", "/invoices/{}", _get("invoice")),
    _route("GET", "/invoices/{}/lines", lists.list_invoice_lines, PAGING),
    _route("GET", "/invoice_payments", lists.list_invoice_payments, invoices.PAYMENT_LIST),
    _route("GET", "/invoice_payments/{}", _get("invoice_payment")),
    _route("GET", "/payment_intents", list_of("payment_intent", "/payment_intents", "customer"), payments.INTENT_LIST),
    _route("GET", "/payment_intents/{}", _get("payment_intent")),
    _route("GET", "/charges", list_of("charge", "/charges", *lists.CHARGE_FILTERS), payments.CHARGE_LIST),
    _route("GET", "/charges/{}", _get("charge")),
    _route("GET", "/charges/{}/refunds", lists.list_refunds_of, PAGING),
    _route("GET", "/balance_transactions", list_of("balance_transaction", *lists.LEDGER), lists.LEDGER_LIST),
    _route("GET", "/balance_transactions/{}", _get("balance_transaction")),
    _route("GET", "/payment_methods", list_of("payment_method", *lists.METHODS), lists.METHOD_LIST),
    _route("GET", "/payment_methods/{}", _get("payment_method")),
    _route("POST", "/refunds", refunds.create_refund, refunds.CREATE),
    _route("GET", "/refunds", list_of("refund", "/refunds", "charge", "payment_intent"), refunds.LIST),
    _route("GET", "/refunds/{}", _get("refund")),
    _route("POST", "/refunds/{}", refunds.update_refund, refunds.UPDATE),
    _route("GET", "/events", lists.list_events, lists.EVENTS),
    _route("GET", "/events/{}", _get("event")),
    _route("POST", "/webhook_endpoints", endpoints.create_endpoint, endpoints.CREATE),
    _route("GET", "/webhook_endpoints", list_of("webhook_endpoint", "/webhook_endpoints"), endpoints.LIST),
    _route("GET", "/webhook_endpoints/{}", _get("webhook_endpoint")),
    _route("POST", "/webhook_endpoints/{}", endpoints.update_endpoint, endpoints.UPDATE),
    _route("DELETE", "/webhook_endpoints/{}", endpoints.delete_endpoint),
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
    _route("GET", "/disputes", list_of("dispute", "/disputes", "charge", "payment_intent"), disputes.LIST),
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


@dataclass(frozen=True)
class Call:
    """One request, read as far as its route; `key` is its Idempotency-Key, if that counts."""

    method: str
    path: str
    raw: Obj
    key: str | None
    request_id: str

    @property
    def caller(self) -> Caller:
        return Caller(self.request_id, self.key)


class Api:
    """Answers one decoded request at a time per idempotency key; every answer is one transaction."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._keys = Keys(box.store)

    def answer(self, call: Call, fault: Fault = NONE) -> Reply:
        """Raises ApiError. What goes wrong on demand does so while the key is held."""
        route, ids = self._match(call.method, call.path)
        params = read_params(call.raw, route.schema)
        work = partial(self._work, route, params, ids, fault)
        if call.method != "POST" or not call.key:
            time.sleep(fault.delay_ms / 1000)
            with self._box.acting(call.caller):
                status, body = work()
            return Reply(status, body, {})
        with self._keys.using(call.key):
            time.sleep(fault.delay_ms / 1000)
            return self._answer_once(call, call.key, work)

    def _answer_once(self, call: Call, key: str, work: Callable[[], tuple[int, Obj]]) -> Reply:
        """The first answer under the key stays, be it a success or a refusal by the work itself, 500 included.

        What was refused before the work began (a bad parameter, a key in use, a limit) is not kept.
        """
        fingerprint = fingerprint_of(call.path, call.raw)
        headers = {"Idempotency-Key": key}
        try:
            with self._box.acting(call.caller):
                stored = self._keys.recall(key, fingerprint, call.path)
                if stored:
                    replayed = {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
                    return Reply(stored.status, stored.body, {**headers, **replayed})
                status, body = work()
                self._keys.remember(key, fingerprint, Stored(status, body, call.request_id), self._box.now())
        except ApiError as error:
            if not error.is_from_work:
                raise
            kept = Stored(error.status, error.body(), call.request_id)
            with self._box.acting(call.caller):
                self._keys.remember(key, fingerprint, kept, self._box.now())
            raise
        return Reply(status, body, {**headers, "Original-Request": call.request_id})

    def _work(self, route: Route, params: Obj, ids: tuple[str, ...], fault: Fault) -> tuple[int, Obj]:
        if fault.kind == "error_kept":
            return fault.status, fault.error().body()
        try:
            done = route.handler(self._box, params, *ids)
        except ApiError as error:
            error.is_from_work = True
            raise
        wanted: list[Any] = params.get("expand", [])
        shown = expand(self._box, done, wanted)
        return (fault.status, fault.error().body()) if fault.kind == "error_after" else (200, shown)

    def _match(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        for route in ROUTES:
            match = route.pattern.match(path) if route.method == method else None
            if match:
                return route, match.groups()
        loaded = self._match_loaded(path) if method == "GET" else None
        if loaded:
            return loaded
        raise ApiError(
            f"Unrecognized request URL ({method}: {path}). This sandbox has the part of the API that its README lists.",
            status=404,
        )

    def _match_loaded(self, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """A type that is known from recordings alone: its list, or one object by its id."""
        if objects.has_kind(self._box, path):
            return _route("GET", "", lambda box, params: objects.list_kind(box, path, params), objects.LIST), ()
        folder, object_id = path.rsplit("/", 1)
        kind = objects.kind_of(folder)
        found = self._box.store.get(object_id, kind) or {}
        return (_route("GET", "", _get(kind)), (object_id,)) if "_loaded" in found else None
