"""The customer's portal: sessions made by the API, and what a person may do there."""

from __future__ import annotations

from typing import Any

from .billing import end_subscription, schedule_end
from .core import Sandbox
from .errors import ApiError, card_error, missing_param
from .params import EXPAND, Schema, nested, one_of, required, text, unsupported
from .payments import attach_method, card_of, make_method
from .portal_configurations import default_configuration
from .shapes.sessions import make_portal_session
from .store import Obj

_LOCALES = (
    "auto bg cs da de el en en-AU en-CA en-GB en-IE en-IN en-NZ en-SG es "
    "es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms "
    "mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
FLOW = nested(
    type=required(one_of("payment_method_update", "subscription_cancel")),
    subscription_cancel=nested(subscription=required(text), retention=unsupported),
    after_completion=nested(
        type=required(one_of("hosted_confirmation", "portal_homepage", "redirect")),
        hosted_confirmation=nested(custom_message=text),
        redirect=nested(return_url=required(text)),
    ),
)
CREATE: Schema = {
    "customer": required(text),
    "return_url": text,
    "configuration": text,
    "locale": one_of(*_LOCALES.split()),
    "flow_data": FLOW,
    "after_expiration": unsupported,
    "on_behalf_of": unsupported,
    **EXPAND,
}


def create_portal_session(box: Sandbox, params: Obj) -> Obj:
    box.find_param("customer", params["customer"], param="customer")
    configuration = default_configuration(box)
    if "configuration" in params:
        configuration = box.find_param("billing_portal.configuration", params["configuration"], param="configuration")
    given: Obj = {key: params[key] for key in ("return_url", "locale") if key in params}
    given.setdefault("return_url", configuration["default_return_url"])
    if "flow_data" in params:
        given["flow"] = _flow(box, params["flow_data"])
    session = make_portal_session(
        box.now(), customer=params["customer"], base_url=box.base_url, configuration=configuration["id"], **given
    )
    box.save(session)
    box.emit("billing_portal.session.created", session)
    return session


def _flow(box: Sandbox, given: Obj) -> Obj:
    after: Obj = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    after.update(given.get("after_completion", {}))
    if after["type"] == "hosted_confirmation":
        after["hosted_confirmation"] = {"custom_message": None, **(after["hosted_confirmation"] or {})}
    if after["type"] == "redirect" and not after["redirect"]:
        raise missing_param("flow_data[after_completion][redirect]")
    cancel = None
    if given["type"] == "subscription_cancel":
        if "subscription_cancel" not in given:
            raise missing_param("flow_data[subscription_cancel]")
        wanted = given["subscription_cancel"]["subscription"]
        box.find_param("subscription", wanted, param="flow_data[subscription_cancel][subscription]")
        cancel = {"retention": None, "subscription": wanted}
    return {
        "after_completion": after,
        "subscription_cancel": cancel,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": given["type"],
    }


def features_of(box: Sandbox, portal: Obj) -> Obj:
    features: Obj = box.find("billing_portal.configuration", portal["configuration"])["features"]
    return features


def set_ending(box: Sandbox, portal: Obj, subscription_id: str, *, is_ending: bool) -> Obj:
    """Stop (at the period's end or at once, as configured), or go on after all. As at Stripe, whose portal sets the day
    alone and not the flag where the billing mode is flexible, as it is here.

    Raises 404 for somebody else's subscription, and for what the portal does not offer.
    """
    subscription = box.find("subscription", subscription_id)
    terms = features_of(box, portal)["subscription_cancel"]
    if subscription["customer"] != portal["customer"] or not terms["enabled"]:
        raise ApiError(f"No such subscription: '{subscription_id}'", status=404, code="resource_missing", param="id")
    if subscription["status"] == "canceled":
        raise ApiError("This subscription has already ended.")
    if is_ending and terms["mode"] == "immediately":
        return end_subscription(box, subscription, reason="cancellation_requested")
    changes = {**schedule_end(box, subscription, is_ending=is_ending), "cancel_at_period_end": False}
    return box.change(subscription, "customer.subscription.updated", **changes)


def method_of_customer(box: Sandbox, customer: Obj) -> Obj | None:
    """What pays next: the running subscription's method, or else the customer's own."""
    ids = [sub["default_payment_method"] for sub in _running(box, customer["id"])]
    ids.append(customer["invoice_settings"]["default_payment_method"])
    known = [method_id for method_id in ids if method_id]
    return box.store.get(known[0]) if known else None


def _running(box: Sandbox, customer_id: str) -> list[Obj]:
    found = box.store.find("subscription", {"customer": customer_id}, limit=-1)
    return [subscription for subscription in found if subscription["status"] != "canceled"]


def save_card(box: Sandbox, portal: Obj, number: str) -> Obj:
    """The customer's new card, for every running subscription too.

    The bank is not asked to confirm here: that comes with the next payment. Raises for a card that the bank refuses.
    """
    if not features_of(box, portal)["payment_method_update"]["enabled"]:
        raise ApiError("This portal does not change cards.", status=404, code="resource_missing")
    customer = box.find("customer", portal["customer"])
    method = make_method(box, number, email=customer["email"], name=customer["name"])
    card = card_of(method)
    if card and card.code and not card.can_be_saved:
        raise card_error(str(card.message), code=card.code, decline_code=card.decline_code, charge=None)
    attach_method(box, method, customer)
    settings: dict[str, Any] = {**customer["invoice_settings"], "default_payment_method": method["id"]}
    box.change(customer, "customer.updated", invoice_settings=settings)
    for subscription in _running(box, customer["id"]):
        box.change(subscription, "customer.subscription.updated", default_payment_method=method["id"])
    return method
