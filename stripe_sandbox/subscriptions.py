"""The API's side of subscriptions and their items: list, change, cancel."""

from __future__ import annotations

import copy
from typing import Any

from .billing import end_subscription, schedule_end
from .changes import carry_out, plan_change
from .core import Sandbox, public
from .discounts import SUBSCRIPTION, change_discounts, end_discount
from .errors import ApiError, missing_object
from .expand import list_page, page_of
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
from .prices import price_data, price_of
from .store import Obj, Within

STATUSES = ("active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid")
FEEDBACK = one_of(
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
)
DETAILS = nested(comment=clearable(text), feedback=clearable(FEEDBACK))
PRORATION = one_of("always_invoice", "create_prorations", "none")
# Stripe also has pending_if_incomplete; here it is refused by name.
BEHAVIOR = one_of("allow_incomplete", "default_incomplete", "error_if_incomplete")
ANCHOR = nested(type=required(one_of("now", "unchanged")))
_ITEM: dict[str, Any] = {"price": text, "price_data": price_data, "quantity": whole, "metadata": clearable(metadata)}
UPDATE: Schema = {
    "cancel_at_period_end": flag,
    "cancel_at": clearable(whole),
    "cancellation_details": DETAILS,
    "default_payment_method": text,
    "description": clearable(text),
    "items": many(nested(id=text, deleted=flag, **_ITEM)),
    "metadata": clearable(metadata),
    "off_session": flag,
    "pause_collection": clearable(
        nested(behavior=required(one_of("keep_as_draft", "mark_uncollectible", "void")), resumes_at=whole)
    ),
    "payment_behavior": BEHAVIOR,
    "proration_behavior": PRORATION,
    "proration_date": whole,
    "billing_cycle_anchor": ANCHOR,
    "discounts": SUBSCRIPTION,
    "trial_end": unsupported,
    **EXPAND,
}
CANCEL: Schema = {"cancellation_details": DETAILS, "invoice_now": flag, "prorate": flag, **EXPAND}
LIST: Schema = {
    "customer": text,
    "price": text,
    "status": one_of("all", "ended", *STATUSES),
    "plan": text,
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "created": date_range,
    "current_period_end": date_range,
    "current_period_start": date_range,
    **dict.fromkeys(("automatic_tax", "customer_account", "test_clock"), unsupported),
    **PAGING,
}
ITEM_LIST: Schema = {"subscription": required(text), **PAGING}
ITEM_UPDATE: Schema = {
    **_ITEM,
    "proration_behavior": PRORATION,
    "proration_date": whole,
    "payment_behavior": BEHAVIOR,
    "off_session": flag,
    **EXPAND,
}


def list_subscriptions(box: Sandbox, params: Obj) -> Obj:
    """Without a status all but the canceled, as Stripe has it."""
    status = params.get("status")
    groups: dict[Any, Any] = {
        "ended": ["canceled", "incomplete_expired"],
        None: [name for name in STATUSES if name != "canceled"],
    }
    where: Obj = {key: params[key] for key in ("customer", "collection_method") if key in params}
    if status != "all":
        where["status"] = groups.get(status, status)
    for name in ("price", "plan", "current_period_start", "current_period_end"):
        if name in params:
            place = f"{name}.id" if name in ("price", "plan") else name
            where[f"items.data#{name}"] = Within(place, params[name])
    return list_page(box, "subscription", "/v1/subscriptions", params, where)


def update_subscription(box: Sandbox, params: Obj, subscription_id: str) -> Obj:
    """One customer.subscription.updated for all that changes. Raises for a canceled subscription."""
    subscription = box.find("subscription", subscription_id)
    if subscription["status"] == "canceled" and set(params) - {"metadata", "cancellation_details", "expand"}:
        raise ApiError("A canceled subscription can only update its cancellation_details and metadata.")
    before = copy.deepcopy(subscription)
    if "default_payment_method" in params:
        box.find_param("payment_method", params["default_payment_method"], param="default_payment_method")
    _set_end(box, subscription, params)
    for name in ("default_payment_method", "description", "pause_collection"):
        if name in params:
            subscription[name] = params[name]
    if subscription["pause_collection"]:
        subscription["pause_collection"].setdefault("resumes_at", None)
    subscription["metadata"] = merge_metadata(subscription["metadata"], params.get("metadata"))
    if "discounts" in params:
        change_discounts(box, subscription, params["discounts"])
    if params.get("items") or params.get("billing_cycle_anchor", {}).get("type") == "now":
        _change_items(box, subscription, params, params.get("items", []))
    return _save_change(box, subscription, before)


def _change_items(box: Sandbox, subscription: Obj, params: Obj, items: list[Obj]) -> None:
    proration = params.get("proration_behavior", "create_prorations")
    change = plan_change(
        box,
        subscription,
        _with_prices(box, items),
        proration=proration,
        at=params.get("proration_date"),
        is_restarting=params.get("billing_cycle_anchor", {}).get("type") == "now",
    )
    payment = params.get("payment_behavior", "allow_incomplete")
    carry_out(box, subscription, change, proration=proration, payment=payment)


def delete_discount(box: Sandbox, params: Obj, subscription_id: str) -> Obj:
    """Ends what is taken off; what an invoice had taken off stays."""
    subscription = box.find("subscription", subscription_id)
    if not subscription["discounts"]:
        raise ApiError("This subscription has no discount.", status=404, code="resource_missing")
    before, discount_id = copy.deepcopy(subscription), subscription["discounts"][0]
    discount = box.find("discount", discount_id)
    end_discount(box, subscription, discount_id)
    _save_change(box, subscription, before)
    return {**discount, "deleted": True}


def _set_end(box: Sandbox, subscription: Obj, params: Obj) -> None:
    if "cancel_at_period_end" in params and "cancel_at" in params:
        raise ApiError(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.", param="cancel_at"
        )
    if "cancel_at_period_end" in params and params["cancel_at_period_end"] != subscription["cancel_at_period_end"]:
        subscription.update(schedule_end(box, subscription, is_ending=params["cancel_at_period_end"]))
    if "cancel_at" in params:
        subscription.update(schedule_end(box, subscription, is_ending=False), cancel_at=params["cancel_at"])
        subscription["canceled_at"] = box.now() if params["cancel_at"] else None
    if "cancellation_details" in params:
        subscription["cancellation_details"] = {
            **subscription["cancellation_details"],
            **params["cancellation_details"],
        }


def _with_prices(box: Sandbox, items: list[Obj]) -> list[tuple[Obj, Obj | None]]:
    named = [("price" in item or "price_data" in item) for item in items]
    return [(item, price_of(box, item, f"items[{n}]") if named[n] else None) for n, item in enumerate(items)]


def _save_change(box: Sandbox, subscription: Obj, before: Obj) -> Obj:
    box.save(subscription)
    if public(subscription) != public(before):
        box.emit("customer.subscription.updated", subscription, before=before)
    return subscription


def cancel_subscription(box: Sandbox, params: Obj, subscription_id: str) -> Obj:
    subscription = box.find("subscription", subscription_id)
    return end_subscription(
        box, subscription, reason="cancellation_requested", details=params.get("cancellation_details")
    )


def _owner_of(box: Sandbox, item_id: str) -> Obj:
    holding = box.store.find("subscription", {"items.data": Within("id", item_id)}, limit=1)
    if holding:
        return holding[0]
    raise missing_object("subscription_item", item_id)


def list_items(box: Sandbox, params: Obj) -> Obj:
    subscription = box.find_param("subscription", params["subscription"], param="subscription")
    return page_of(subscription["items"]["data"], "/v1/subscription_items", params)


def retrieve_item(box: Sandbox, params: Obj, item_id: str) -> Obj:
    items: list[Obj] = _owner_of(box, item_id)["items"]["data"]
    return next(item for item in items if item["id"] == item_id)


def update_item(box: Sandbox, params: Obj, item_id: str) -> Obj:
    subscription = _owner_of(box, item_id)
    before = copy.deepcopy(subscription)
    _change_items(box, subscription, params, [{**params, "id": item_id}])
    _save_change(box, subscription, before)
    return retrieve_item(box, {}, item_id)
