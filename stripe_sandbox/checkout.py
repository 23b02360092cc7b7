"""Checkout sessions: made by the API, paid or declined on the page, expired by the clock."""

from __future__ import annotations

from . import custom_fields
from .core import Sandbox
from .customers import email
from .discounts import CHECKOUT, buyer_of, discount_session, find_offer
from .errors import ApiError, missing_param
from .expand import list_page, page_of
from .money import check_total, currency
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
from .shapes.sessions import make_line_item, make_session
from .statements import descriptor, refuse_whole_for_cards, suffix
from .store import Obj

# Stripe's own list; it has no Ukrainian, so neither has `locale` here: with `auto` the browser decides.
_LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
_UNSUPPORTED = (
    "after_expiration automatic_tax branding_settings consent_collection invoice_creation "
    "name_collection optional_items payment_method_configuration payment_method_options phone_number_collection "
    "saved_payment_method_options setup_intent_data shipping_address_collection shipping_options tax_id_collection "
    "wallet_options"
)
METHODS = ("card", "sepa_debit")
MESSAGE = clearable(nested(message=required(text)))
CREATE: Schema = {
    "mode": required(one_of("payment", "setup", "subscription")),
    "line_items": many(
        nested(price=text, price_data=price_data, quantity=whole, metadata=metadata, adjustable_quantity=unsupported)
    ),
    "success_url": text,
    "cancel_url": text,
    "customer": text,
    "customer_email": email,
    "customer_creation": one_of("always", "if_required"),
    "customer_update": nested(
        address=one_of("auto", "never"), name=one_of("auto", "never"), shipping=one_of("auto", "never")
    ),
    "client_reference_id": text,
    "currency": currency,
    "metadata": metadata,
    "subscription_data": nested(
        metadata=metadata,
        description=text,
        trial_end=unsupported,
        trial_period_days=unsupported,
        proration_behavior=unsupported,
    ),
    "payment_intent_data": nested(
        metadata=metadata,
        description=text,
        receipt_email=text,
        setup_future_usage=one_of("off_session", "on_session"),
        statement_descriptor=descriptor,
        statement_descriptor_suffix=suffix,
        capture_method=unsupported,
    ),
    "expires_at": whole,
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "locale": one_of(*_LOCALES.split()),
    "ui_mode": one_of("elements", "embedded_page", "form", "hosted_page"),
    "allow_promotion_codes": flag,
    "custom_fields": custom_fields.SCHEMA,
    "discounts": CHECKOUT,
    "billing_address_collection": one_of("auto", "required"),
    "payment_method_types": many(one_of(*METHODS)),
    "payment_method_collection": one_of("always", "if_required"),
    "adaptive_pricing": nested(enabled=flag),
    "custom_text": nested(
        submit=MESSAGE, after_submit=MESSAGE, shipping_address=MESSAGE, terms_of_service_acceptance=MESSAGE
    ),
    "origin_context": one_of("mobile_app", "web"),
    **dict.fromkeys(_UNSUPPORTED.split(), unsupported),
    **EXPAND,
}
LIST: Schema = {
    "customer": text,
    "customer_details": nested(email=text),
    "payment_intent": text,
    "payment_link": unsupported,
    "customer_account": unsupported,
    "subscription": text,
    "status": one_of("complete", "expired", "open"),
    "created": date_range,
    **PAGING,
}
UPDATE: Schema = {"metadata": clearable(metadata), **EXPAND}
_SHOWN_AS_GIVEN = (
    "allow_promotion_codes billing_address_collection cancel_url client_reference_id customer customer_creation "
    "customer_email locale metadata origin_context payment_method_types submit_type success_url"
)


def switch_methods(box: Sandbox, wanted: str) -> list[str]:
    """As in the dashboard's settings: what sessions offer that name nothing themselves. Raises for what is not here."""
    kinds = wanted.split(",")
    if not set(kinds) <= set(METHODS) or not kinds:
        raise ApiError(f"Ways to pay are {', '.join(METHODS)}.", param="types")
    box.store.set_setting("methods", ",".join(kinds))
    return kinds


def methods_on(box: Sandbox, money: str) -> list[str]:
    """Those that take the currency; cards take each."""
    kinds = box.store.setting("methods", "card").split(",")
    return [kind for kind in kinds if kind != "sepa_debit" or money == "eur"] or ["card"]


def create_session(box: Sandbox, params: Obj) -> Obj:
    """An open session with its address. Raises what Stripe raises for contradictory parameters."""
    now = box.now()
    _check_create(params, now)
    if "customer" in params:
        box.find_param("customer", params["customer"], param="customer")
    lines = [_line(box, given, f"line_items[{n}]") for n, given in enumerate(params["line_items"])]
    _check_lines(params, lines)
    given: Obj = {key: params[key] for key in _SHOWN_AS_GIVEN.split() if key in params}
    given["expires_at"] = params.get("expires_at", now + 86400)
    given.setdefault("payment_method_types", methods_on(box, lines[0]["currency"]))
    given["custom_fields"] = custom_fields.make_fields(params.get("custom_fields", []))
    given["metadata"] = merge_metadata({}, params.get("metadata"))
    session = make_session(now, mode=params["mode"], lines=lines, given=given)
    session["custom_text"].update(params.get("custom_text", {}))
    session["url"] = f"{box.base_url}/c/pay/{session['id']}"
    session["_customer_update"] = params.get("customer_update", {})
    session["_subscription_data"] = params.get("subscription_data", {})
    session["_payment_intent_data"] = params.get("payment_intent_data", {})
    _discount(box, session, params.get("discounts", []))
    return box.save(session)


def _discount(box: Sandbox, session: Obj, given: list[Obj]) -> None:
    session["_discounts"] = [
        find_offer(box, offer, param=f"discounts[{n}]", buyer=buyer_of(session)) for n, offer in enumerate(given)
    ]
    discount_session(box, session)
    check_total(session["amount_total"], session["currency"], param="discounts" if given else "line_items")


def _check_create(params: Obj, now: int) -> None:
    mode = params["mode"]
    if mode == "setup" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise ApiError("This sandbox has only hosted pages in mode `payment` or `subscription`.", param="mode")
    if not params.get("line_items"):
        raise missing_param("line_items")
    if "success_url" not in params:
        raise missing_param("success_url")
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "https://").startswith(("https://", "http://")):
            raise ApiError(
                f"Not a valid URL: {name} must begin with https:// or http://", code="url_invalid", param=name
            )
    _refuse_together(params, "customer", "customer_email")
    _refuse_together(params, "allow_promotion_codes", "discounts")
    if len(params.get("discounts", [])) > 1:
        raise ApiError("You can only apply one discount to a Checkout Session.", param="discounts")
    other = {"payment": "subscription_data", "subscription": "payment_intent_data"}[mode]
    if other in params:
        raise ApiError(f"You can not pass `{other}` in `{mode}` mode.", param=other)
    if mode == "subscription" and "customer_creation" in params:
        raise ApiError("`customer_creation` can only be used in `payment` and `setup` mode.", param="customer_creation")
    refuse_whole_for_cards(params.get("payment_intent_data", {}), params.get("payment_method_types", ["card"]))
    if not now + 1800 <= params.get("expires_at", now + 1800) <= now + 86400:
        raise ApiError(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours "
            "from Checkout Session creation.",
            param="expires_at",
        )


def _refuse_together(params: Obj, first: str, second: str) -> None:
    if first in params and second in params:
        raise ApiError(f"You may only specify one of these parameters: {first}, {second}.", param=first)


def _line(box: Sandbox, given: Obj, prefix: str) -> Obj:
    price = price_of(box, given, prefix)
    quantity = given.get("quantity")
    if quantity is None:
        raise ApiError(
            "Quantity is required. Add `quantity` to this line item.",
            code="parameter_missing",
            param=f"{prefix}[quantity]",
        )
    if quantity < 1:
        raise ApiError(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=f"{prefix}[quantity]",
        )
    product = box.find("product", price["product"])
    return make_line_item(price, product, quantity, merge_metadata({}, given.get("metadata")))


def _check_lines(params: Obj, lines: list[Obj]) -> None:
    mode = params["mode"]
    is_recurring = [line["price"]["recurring"] is not None for line in lines]
    if mode == "payment" and any(is_recurring):
        raise ApiError(
            "You specified `payment` mode but passed a recurring price. "
            "Either switch to `subscription` mode or use only one-time prices.",
            param="line_items",
        )
    if mode == "subscription" and not any(is_recurring):
        raise ApiError(
            "You must provide at least one recurring price in `subscription` mode when using prices.", param="mode"
        )
    if len({line["currency"] for line in lines}) > 1:
        raise ApiError("All prices on a Checkout Session must have the same currency.", param="line_items")
    if "sepa_debit" in params.get("payment_method_types", []) and lines[0]["currency"] != "eur":
        raise ApiError("The payment method `sepa_debit` only supports the currency eur.", param="payment_method_types")


def retrieve_session(box: Sandbox, params: Obj, session_id: str) -> Obj:
    session = box.find("checkout.session", session_id)
    return _expire(box, session) if is_overdue(box, session) else session


def list_sessions(box: Sandbox, params: Obj) -> Obj:
    where: Obj = {key: params[key] for key in ("customer", "payment_intent", "subscription", "status") if key in params}
    if "customer_details" in params:
        where["customer_details.email"] = params["customer_details"]["email"]
    return list_page(box, "checkout.session", "/v1/checkout/sessions", params, where)


def list_line_items(box: Sandbox, params: Obj, session_id: str) -> Obj:
    lines = box.find("checkout.session", session_id)["_line_items"]
    return page_of(lines, f"/v1/checkout/sessions/{session_id}/line_items", params)


def update_session(box: Sandbox, params: Obj, session_id: str) -> Obj:
    session = box.find("checkout.session", session_id)
    session["metadata"] = merge_metadata(session["metadata"], params.get("metadata"))
    return box.save(session)


def expire_session(box: Sandbox, params: Obj, session_id: str) -> Obj:
    session = retrieve_session(box, {}, session_id)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return _expire(box, session)


def is_overdue(box: Sandbox, session: Obj) -> bool:
    return bool(session["status"] == "open" and session["expires_at"] <= box.now())


def _expire(box: Sandbox, session: Obj) -> Obj:
    session.update(status="expired", url=None)
    box.save(session)
    box.emit("checkout.session.expired", session)
    return session
