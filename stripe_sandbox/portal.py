"""The customer's portal: sessions made by the API, and what its page may do."""

from __future__ import annotations

from .billing import schedule_end
from .core import Sandbox
from .errors import ApiError
from .params import EXPAND, Schema, nested, one_of, required, text, unsupported
from .shapes.sessions import make_portal_session
from .store import Obj

_LOCALES = (
    "auto bg cs da de el en en-AU en-CA en-GB en-IE en-IN en-NZ en-SG es "
    "es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms "
    "mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
FLOW = nested(
    type=required(one_of("subscription_cancel")),
    subscription_cancel=nested(subscription=required(text), retention=unsupported),
    after_completion=unsupported,
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
    given: Obj = {key: params[key] for key in ("return_url", "configuration", "locale") if key in params}
    if "flow_data" in params:
        wanted = params["flow_data"]["subscription_cancel"]["subscription"]
        box.find_param("subscription", wanted, param="flow_data[subscription_cancel][subscription]")
        given["flow"] = {
            "after_completion": {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"},
            "subscription_cancel": {"retention": None, "subscription": wanted},
            "subscription_update": None,
            "subscription_update_confirm": None,
            "type": "subscription_cancel",
        }
    return box.save(make_portal_session(box.now(), customer=params["customer"], base_url=box.base_url, **given))


def set_ending(box: Sandbox, portal_id: str, subscription_id: str, *, is_ending: bool) -> Obj:
    """Stop at the period's end, or go on after all. Raises 404 for somebody else's subscription."""
    portal = box.find("billing_portal.session", portal_id)
    subscription = box.find("subscription", subscription_id)
    if subscription["customer"] != portal["customer"]:
        raise ApiError(f"No such subscription: '{subscription_id}'", status=404, code="resource_missing", param="id")
    if subscription["status"] == "canceled":
        raise ApiError("This subscription has already ended.")
    changes = schedule_end(box, subscription, is_ending=is_ending)
    return box.change(subscription, "customer.subscription.updated", **changes)
