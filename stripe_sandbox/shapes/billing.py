"""Subscription with its items, invoice with its lines, and the payment that ties an invoice to an intent.

As the pinned version has them: the period sits on the items, an invoice names its subscription under `parent`
and its money under `payments`.
"""

from __future__ import annotations

from typing import Any

from ..core import new_id
from ..store import Obj
from .catalogue import plan_of

# What stays empty in a subscription that has just begun.
_BLANK_SUBSCRIPTION = (
    "application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds", "cancel_at",
    "canceled_at", "days_until_due", "default_payment_method", "default_source", "ended_at", "latest_invoice",
    "next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection", "pending_invoice_item_interval",
    "pending_setup_intent", "pending_update", "schedule", "test_clock", "transfer_data", "trial_end", "trial_start",
)  # fmt: skip


def make_subscription(
    now: int, *, customer: str, currency: str, metadata: dict[str, str], description: str | None
) -> Obj:
    """Incomplete until its first invoice is paid; the items are put in by the caller."""
    return {
        "id": new_id("sub"),
        "object": "subscription",
        **dict.fromkeys(_BLANK_SUBSCRIPTION),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "customer": customer,
        "default_tax_rates": [],
        "description": description,
        "discounts": [],
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "items": {"object": "list", "data": [], "has_more": False, "url": ""},
        "livemode": False,
        "metadata": metadata,
        "payment_settings": {
            "payment_method_options": {"card": {"network": None, "request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "save_default_payment_method": "off",
        },
        "start_date": now,
        "status": "incomplete",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }


def make_item(
    now: int, *, subscription: str, price: Obj, quantity: int, start: int, end: int, metadata: dict[str, str]
) -> Obj:
    return {
        "id": new_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": metadata,
        "plan": plan_of(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    }


def make_line(item: Obj, *, amount: int, description: str, start: int, end: int, proration: bool) -> Obj:
    """A line of an invoice, or one waiting for the next; `amount` may be negative for unused time."""
    price = item["price"]
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": not proration,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": new_id("ii") if proration else None,
                "proration": proration,
                "proration_details": {"credited_items": None} if proration else None,
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": end, "start": start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subtotal": amount,
        "taxes": [],
    }


# What stays empty in a draft.
_BLANK_INVOICE = (
    "account_tax_ids", "application", "automatically_finalizes_at", "custom_fields", "default_payment_method",
    "default_source", "description", "due_date", "effective_at", "ending_balance", "footer", "from_invoice",
    "hosted_invoice_url", "invoice_pdf", "last_finalization_error", "latest_revision", "next_payment_attempt",
    "number", "on_behalf_of", "receipt_number", "rendering", "shipping_cost", "shipping_details",
    "statement_descriptor", "test_clock",
)  # fmt: skip


def make_invoice(
    now: int, *, customer: Obj, subscription: Obj, reason: str, lines: list[Obj], period: tuple[int, int]
) -> Obj:
    """A draft. Its balance and number come when it is finalized."""
    invoice_id = new_id("in")
    return {
        "id": invoice_id,
        "object": "invoice",
        **dict.fromkeys(_BLANK_INVOICE),
        "account_country": "DE",
        "account_name": "Sandbox",
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {**dict.fromkeys(("disabled_reason", "liability", "provider", "status")), "enabled": False},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        **_customer_fields(customer),
        **_sums(sum(line["amount"] for line in lines)),
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": {
            "object": "list",
            "data": [{**line, "invoice": invoice_id} for line in lines],
            "has_more": False,
            "url": f"/v1/invoices/{invoice_id}/lines",
        },
        "livemode": False,
        "metadata": {},
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
            "type": "subscription_details",
        },
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": period[1],
        "period_start": period[0],
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "webhooks_delivered_at": now,
    }


def _sums(total: int) -> dict[str, Any]:
    """A draft's money, in minor units; a sum below zero is owed to nobody."""
    return {
        **dict.fromkeys(("total", "total_excluding_tax", "subtotal", "subtotal_excluding_tax"), total),
        **dict.fromkeys(("amount_due", "amount_remaining"), max(total, 0)),
        **dict.fromkeys(("amount_overpaid", "amount_paid", "amount_shipping", "starting_balance"), 0),
        **dict.fromkeys(("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount"), 0),
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def _customer_fields(customer: Obj) -> dict[str, Any]:
    return {
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
    }


def make_invoice_payment(now: int, *, invoice: Obj, intent: Obj) -> Obj:
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_remaining"],
        "created": now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
