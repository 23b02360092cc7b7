"""Customers: who pays."""

from __future__ import annotations

import re
from typing import Any

from .billing import end_subscription
from .core import Sandbox
from .errors import ApiError
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
    text,
    unsupported,
    whole,
)
from .shapes.catalogue import make_customer
from .store import Obj

ADDRESS = nested(**{key: clearable(text) for key in ("city", "country", "line1", "line2", "postal_code", "state")})


def email(name: str, raw: Any) -> str:
    value = text(name, raw)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value) or len(value) > 512:
        raise ApiError(f"Invalid email address: {value}", code="email_invalid", param=name)
    return value


_FIELDS: dict[str, Any] = {
    "address": clearable(ADDRESS),
    "balance": whole,
    "description": clearable(text),
    "email": clearable(email),
    "metadata": clearable(metadata),
    "name": clearable(text),
    "phone": clearable(text),
    "preferred_locales": many(text),
    "tax_exempt": clearable(one_of("exempt", "none", "reverse")),
    "invoice_settings": nested(default_payment_method=clearable(text)),
    "shipping": unsupported,
    "source": unsupported,
    "tax": unsupported,
    "test_clock": unsupported,
}
CREATE: Schema = {**_FIELDS, "payment_method": unsupported, "tax_id_data": unsupported, "validate": flag, **EXPAND}
UPDATE: Schema = {**_FIELDS, "validate": flag, **EXPAND}
LIST: Schema = {"email": text, "test_clock": unsupported, "created": date_range, **PAGING}


def _changes(box: Sandbox, customer: Obj, params: Obj) -> Obj:
    changes = {key: value for key, value in params.items() if key not in ("expand", "validate", "invoice_settings")}
    changes["metadata"] = merge_metadata(customer["metadata"], params.get("metadata"))
    if changes.get("address"):
        blank = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
        changes["address"] = {**blank, **changes["address"]}
    if "invoice_settings" in params:
        method = params["invoice_settings"].get("default_payment_method")
        if method:
            box.find_param("payment_method", method, param="invoice_settings[default_payment_method]")
        changes["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": method}
    return changes


def create_customer(box: Sandbox, params: Obj) -> Obj:
    customer = make_customer(box.now())
    customer.update(_changes(box, customer, params))
    box.save(customer)
    box.emit("customer.created", customer)
    return customer


def retrieve_customer(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    """A deleted customer is answered too, as {"deleted": true}."""
    customer = box.find("customer", customer_id)
    return _tombstone(customer_id) if customer.get("deleted") else customer


def update_customer(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    customer = box.find_param("customer", customer_id, param="id") if box.find("customer", customer_id) else {}
    return box.change(customer, "customer.updated", **_changes(box, customer, params))


def delete_customer(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    """Also ends the customer's subscriptions at once, as Stripe does."""
    customer = box.find_param("customer", customer_id, param="id")
    for subscription in box.store.find("subscription", {"customer": customer_id}):
        if subscription["status"] != "canceled":
            end_subscription(box, subscription, reason="cancellation_requested")
    box.emit("customer.deleted", customer)
    box.save(_tombstone(customer_id))
    return _tombstone(customer_id)


def _tombstone(customer_id: str) -> Obj:
    return {"id": customer_id, "object": "customer", "deleted": True}
