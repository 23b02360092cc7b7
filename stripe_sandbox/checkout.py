"""Checkout sessions: made by the API, paid or declined on the page, expired by the clock."""

from __future__ import annotations

from typing import Any

from .billing import start_subscription
from .cards import Card, find_card
from .core import Sandbox
from .customers import email
from .errors import ApiError, card_error, missing_param
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
from .payments import attach_method, charge_intent
from .prices import price_data, price_of
from .shapes.catalogue import make_customer
from .shapes.payments import make_payment_intent, make_payment_method
from .shapes.sessions import customer_details, make_line_item, make_session
from .store import Obj

# Stripe's own list; it has no Ukrainian, so neither has `locale` here: with `auto` the browser decides.
_LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
_UNSUPPORTED = (
    "after_expiration automatic_tax branding_settings consent_collection custom_fields discounts invoice_creation "
    "name_collection optional_items payment_method_configuration payment_method_options phone_number_collection "
    "saved_payment_method_options setup_intent_data shipping_address_collection shipping_options tax_id_collection "
    "wallet_options"
)
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
        statement_descriptor=text,
        statement_descriptor_suffix=text,
        capture_method=unsupported,
    ),
    "expires_at": whole,
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "locale": one_of(*_LOCALES.split()),
    "ui_mode": one_of("elements", "embedded_page", "form", "hosted_page"),
    "allow_promotion_codes": flag,
    "billing_address_collection": one_of("auto", "required"),
    "payment_method_types": many(text),
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


def create_session(box: Sandbox, params: Obj) -> Obj:
    """An open session with its address. Raises what Stripe raises for contradictory parameters."""
    now = box.now()
    _check_create(params, now)
    if "customer" in params:
        box.find_param("customer", params["customer"], param="customer")
    lines = [_line(box, given, f"line_items[{n}]") for n, given in enumerate(params["line_items"])]
    _check_lines(params["mode"], lines)
    given: Obj = {key: params[key] for key in _SHOWN_AS_GIVEN.split() if key in params}
    given["expires_at"] = params.get("expires_at", now + 86400)
    given["metadata"] = merge_metadata({}, params.get("metadata"))
    session = make_session(now, mode=params["mode"], lines=lines, given=given)
    session["custom_text"].update(params.get("custom_text", {}))
    session["url"] = f"{box.base_url}/c/pay/{session['id']}"
    session["_customer_update"] = params.get("customer_update", {})
    session["_subscription_data"] = params.get("subscription_data", {})
    session["_payment_intent_data"] = params.get("payment_intent_data", {})
    return box.save(session)


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
    other = {"payment": "subscription_data", "subscription": "payment_intent_data"}[mode]
    if other in params:
        raise ApiError(f"You can not pass `{other}` in `{mode}` mode.", param=other)
    if mode == "subscription" and "customer_creation" in params:
        raise ApiError("`customer_creation` can only be used in `payment` and `setup` mode.", param="customer_creation")
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


def _check_lines(mode: str, lines: list[Obj]) -> None:
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
    check_total(sum(line["amount_total"] for line in lines), lines[0]["currency"], param="line_items")


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


def expire_overdue(box: Sandbox) -> None:
    """What the clock does every few seconds."""
    for session in box.store.find("checkout.session", {"status": "open"}, limit=-1):
        if is_overdue(box, session):
            _expire(box, session)


def known_email(box: Sandbox, session: Obj) -> str | None:
    """The address that the session or its customer fixes; None when the reader types one."""
    if session["customer"]:
        address = box.find("customer", session["customer"]).get("email")
        return str(address) if address else None
    return session["customer_email"] or None


def pay_session(
    box: Sandbox, session_id: str, *, address: str | None, name: str | None, number: str
) -> tuple[Obj, ApiError | None]:
    """Completes the session, or leaves it open with the bank's refusal as the second value.

    The refusal is answered, not raised: the failed attempt has left rows and events that must be kept.
    """
    session = retrieve_session(box, {}, session_id)
    if session["status"] != "open":
        raise ApiError(f"This Checkout Session is {session['status']}.", code="checkout_session_not_open")
    address = known_email(box, session) or address
    card = find_card(number)
    if not address and not card.code:
        raise missing_param("email")
    customer = box.store.get(session["customer"]) if session["customer"] else None
    address = email("email", address) if address else None
    method = box.save(make_payment_method(box.now(), card=card, customer=None, email=address, name=name))
    if card.code:
        return session, _decline(box, session, customer, method, card)
    if customer:
        _complement(box, session, customer, address, name)
    session["customer_details"] = customer_details(address, name)
    if session["mode"] == "subscription":
        _complete_subscription(box, session, customer, method)
    else:
        _complete_payment(box, session, customer, method)
    session.update(status="complete", payment_status="paid", url=None)
    box.save(session)
    box.emit("checkout.session.completed", session)
    return session, None


def _decline(box: Sandbox, session: Obj, customer: Obj | None, method: Obj, card: Card) -> ApiError:
    intent = _intent_of(box, session, customer)
    charge = charge_intent(box, intent, method, card)
    session["_intent"] = intent["id"]
    if session["mode"] == "payment":
        session["payment_intent"] = intent["id"]
    box.save(session)
    return card_error(str(card.message), code=str(card.code), decline_code=card.decline_code, charge=charge["id"])


def _intent_of(box: Sandbox, session: Obj, customer: Obj | None) -> Obj:
    """The intent of an earlier attempt, or a new one with what the request asked for."""
    if "_intent" in session:
        return box.find("payment_intent", session["_intent"])
    data: dict[str, Any] = dict(session["_payment_intent_data"])
    data["metadata"] = merge_metadata({}, data.get("metadata"))
    if session["mode"] == "subscription":
        data.update(description="Subscription creation", setup_future_usage="off_session")
    return make_payment_intent(
        box.now(),
        amount=session["amount_total"],
        currency=session["currency"],
        customer=customer["id"] if customer else None,
        **data,
    )


def _complement(box: Sandbox, session: Obj, customer: Obj, address: str | None, name: str | None) -> None:
    """A known customer without an address gets the one typed; the name only where the request asked for it."""
    changes = {} if customer["email"] else {"email": address}
    if name and session["_customer_update"].get("name") == "auto":
        changes["name"] = name
    box.change(customer, "customer.updated", **changes)


def _make_customer(box: Sandbox, method: Obj) -> Obj:
    details = method["billing_details"]
    customer = make_customer(box.now(), email=details["email"], name=details["name"])
    box.save(customer)
    box.emit("customer.created", customer)
    return customer


def _complete_subscription(box: Sandbox, session: Obj, customer: Obj | None, method: Obj) -> None:
    customer = customer or _make_customer(box, method)
    attach_method(box, method, customer)
    intent = _intent_of(box, session, customer) if "_intent" in session else None
    if intent:
        intent["customer"] = customer["id"]
    subscription, invoice = start_subscription(
        box,
        customer=customer,
        lines=session["_line_items"],
        data=session["_subscription_data"],
        method=method,
        intent=intent,
    )
    session.update(customer=customer["id"], subscription=subscription["id"], invoice=invoice["id"])


def _complete_payment(box: Sandbox, session: Obj, customer: Obj | None, method: Obj) -> None:
    if customer is None and session["customer_creation"] == "always":
        customer = _make_customer(box, method)
    if customer and session["_payment_intent_data"].get("setup_future_usage"):
        attach_method(box, method, customer)
    intent = _intent_of(box, session, customer)
    intent["customer"] = customer["id"] if customer else None
    charge_intent(box, intent, method)
    session.update(customer=intent["customer"], payment_intent=intent["id"])


def show_card_error(error: ApiError) -> str:
    """The reason in a word, for texts in other languages."""
    return str(error.extra.get("decline_code") or error.code or "generic_decline")
