"""Checkout session with its line items, and the portal session."""

from __future__ import annotations

from typing import Any

from ..core import new_id
from ..store import Obj


def make_line_item(price: Obj, product: Obj, quantity: int, metadata: dict[str, str]) -> Obj:
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": metadata,
        "price": price,
        "quantity": quantity,
    }


# What stays empty in a session that is open.
_BLANK_SESSION = (
    "after_expiration", "allow_promotion_codes", "billing_address_collection", "branding_settings", "cancel_url",
    "client_reference_id", "client_secret", "consent", "consent_collection", "currency_conversion", "customer",
    "customer_details", "customer_email", "invoice", "locale", "origin_context", "payment_intent", "payment_link",
    "payment_method_configuration_details", "permissions", "recovered_from", "saved_payment_method_options",
    "setup_intent", "shipping_address_collection", "shipping_cost", "submit_type", "subscription", "success_url",
    "url", "wallet_options",
)  # fmt: skip


def make_session(now: int, *, mode: str, lines: list[Obj], given: dict[str, Any]) -> Obj:
    """`given` are the request's values that the session shows as they came."""
    total = sum(line["amount_total"] for line in lines)
    return {
        "id": new_id("cs_test", 58),
        "object": "checkout.session",
        **dict.fromkeys(_BLANK_SESSION),
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "collected_information": {"business_name": None, "individual_name": None, "shipping_details": None},
        "created": now,
        "currency": lines[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer_creation": None if mode == "subscription" else "if_required",
        "discounts": [],
        "expires_at": now + 86400,
        "invoice_creation": None if mode == "subscription" else _no_invoice(),
        "livemode": False,
        "metadata": {},
        "mode": mode,
        "payment_method_collection": "always" if mode == "subscription" else "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        **given,
        "_line_items": lines,
    }


def _no_invoice() -> Obj:
    data: Obj = {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": None,
        "metadata": {},
        "rendering_options": None,
    }
    return {"enabled": False, "invoice_data": data}


def customer_details(email: str | None, name: str | None) -> Obj:
    return {
        "address": {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None},
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def make_portal_session(now: int, *, customer: str, base_url: str, **given: Any) -> Obj:
    session_id = new_id("bps")
    return {
        "id": session_id,
        "object": "billing_portal.session",
        "created": now,
        "customer": customer,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": None,
        "url": f"{base_url}/p/session/{session_id}",
        **given,
    }


def make_portal_configuration(now: int, *, is_default: bool) -> Obj:
    return {
        "id": new_id("bpc"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": False},
            "payment_method_update": {"enabled": False, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "options": []},
                "enabled": False,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {
                "duration": {"interval_options": [], "type": "indefinite"},
                "enabled": False,
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": [],
                "enabled": False,
                "products": [],
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": is_default,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": now,
    }
