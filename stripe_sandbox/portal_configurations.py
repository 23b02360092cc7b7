"""What a portal offers: configurations made by the API, and the one that is there from the start."""

from __future__ import annotations

from typing import Any

from .core import Sandbox
from .expand import list_page
from .params import (
    EXPAND,
    PAGING,
    Schema,
    clearable,
    flag,
    many,
    merge_metadata,
    metadata,
    nested,
    one_of,
    required,
    text,
    unsupported,
)
from .shapes.sessions import make_portal_configuration
from .store import Obj

_REASONS = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex", "too_expensive",
    "unused",
)  # fmt: skip
_FEATURES = nested(
    customer_update=unsupported,
    invoice_history=nested(enabled=required(flag)),
    payment_method_update=nested(enabled=required(flag), payment_method_configuration=unsupported),
    subscription_cancel=nested(
        enabled=required(flag),
        mode=one_of("at_period_end", "immediately"),
        proration_behavior=one_of("always_invoice", "create_prorations", "none"),
        cancellation_reason=nested(
            enabled=required(flag), options=required(many(one_of(*_REASONS))), feedback_options=unsupported
        ),
    ),
    subscription_pause=unsupported,
    subscription_update=unsupported,
)
_PROFILE = nested(headline=clearable(text), privacy_policy_url=text, terms_of_service_url=text)
_FIELDS: dict[str, Any] = {
    "business_profile": _PROFILE,
    "default_return_url": clearable(text),
    "login_page": unsupported,
    "metadata": clearable(metadata),
    "name": clearable(text),
    **EXPAND,
}
CREATE: Schema = {"features": required(_FEATURES), **_FIELDS}
UPDATE: Schema = {"features": _FEATURES, "active": flag, **_FIELDS}
LIST: Schema = {"active": flag, "is_default": flag, **PAGING}


def create_configuration(box: Sandbox, params: Obj) -> Obj:
    """A feature that is not named is off, as at Stripe."""
    configuration = make_portal_configuration(box.now(), is_default=False)
    _apply(configuration, params)
    box.save(configuration)
    box.emit("billing_portal.configuration.created", configuration)
    return configuration


def update_configuration(box: Sandbox, params: Obj, configuration_id: str) -> Obj:
    configuration = box.find("billing_portal.configuration", configuration_id)
    changed: Obj = {key: dict(configuration[key]) for key in ("business_profile", "features", "metadata")}
    changed["name"], changed["active"] = configuration["name"], params.get("active", configuration["active"])
    changed["default_return_url"] = configuration["default_return_url"]
    _apply(changed, params)
    return box.change(configuration, "billing_portal.configuration.updated", updated=box.now(), **changed)


def _apply(configuration: Obj, params: Obj) -> None:
    for key in ("name", "default_return_url"):
        if key in params:
            configuration[key] = params[key]
    configuration["business_profile"].update(params.get("business_profile", {}))
    configuration["metadata"] = merge_metadata(configuration["metadata"], params.get("metadata"))
    for name, given in params.get("features", {}).items():
        configuration["features"][name] = {**configuration["features"][name], **given}


def list_configurations(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("active", "is_default") if key in params}
    default_configuration(box)
    return list_page(box, "billing_portal.configuration", "/v1/billing_portal/configurations", params, where)


def default_configuration(box: Sandbox) -> Obj:
    """Made when it is first wanted; everything that the page can do is on."""
    found = box.store.find("billing_portal.configuration", {"is_default": True, "_loaded": None}, limit=1)
    if found:
        return found[0]
    configuration = make_portal_configuration(box.now(), is_default=True)
    for name in ("invoice_history", "payment_method_update", "subscription_cancel"):
        configuration["features"][name]["enabled"] = True
    return box.save(configuration)
