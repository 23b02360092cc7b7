"""Payment method, payment intent, charge, balance transaction and refund."""

from __future__ import annotations

import hashlib
from typing import Any

from ..bank_accounts import Account
from ..cards import Card
from ..core import new_id
from ..statements import printed
from ..store import Obj

EXPIRY = {"exp_month": 12, "exp_year": 2034}
_NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def billing_details(email: str | None, name: str | None) -> Obj:
    return {"address": dict(_NO_ADDRESS), "email": email, "name": name, "phone": None, "tax_id": None}


def make_payment_method(
    now: int, *, card: Card, customer: str | None, email: str | None, name: str | None, wallet: str | None = None
) -> Obj:
    """`wallet` is `apple_pay` or `google_pay`: the device has a card number of its own, and so another fingerprint."""
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email, name),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            **EXPIRY,
            "fingerprint": _fingerprint(f"{card.number} {wallet}" if wallet else card.number, name or email),
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": {wallet: {}, "dynamic_last4": None, "type": wallet} if wallet else None,
        },
        "created": now,
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_number": card.number,
    }


def make_debit_method(now: int, *, account: Account, customer: str | None, email: str | None, name: str | None) -> Obj:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email, name),
        "created": now,
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "sepa_debit": {
            "bank_code": account.bank_code,
            "branch_code": "",
            "country": account.country,
            "fingerprint": _fingerprint(account.iban, name or email),
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": account.last4,
        },
        "type": "sepa_debit",
        "_number": account.iban,
    }


def _fingerprint(number: str, holder: str | None) -> str:
    """One test number stands for the cards of many people, so whose it is counts as well. Stripe's own test cards have
    one fingerprint per number."""
    return hashlib.sha256(f"{number} {(holder or '').strip().lower()}".encode()).hexdigest()[:16]


# What stays empty in an intent that nobody has tried.
_BLANK_INTENT = (
    "application", "application_fee_amount", "automatic_payment_methods", "canceled_at", "cancellation_reason",
    "customer", "description", "last_payment_error", "latest_charge", "next_action", "on_behalf_of",
    "payment_method", "payment_method_configuration_details", "processing", "receipt_email", "review",
    "setup_future_usage", "shipping", "source", "statement_descriptor", "statement_descriptor_suffix",
    "transfer_data", "transfer_group",
)  # fmt: skip


def make_payment_intent(now: int, *, amount: int, currency: str, **given: Any) -> Obj:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        **dict.fromkeys(_BLANK_INTENT),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_{new_id('x')[2:]}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        **given,
    }


def make_charge(now: int, *, intent: Obj, method: Obj, card: Card, is_proven: bool = False) -> Obj:
    """Succeeded, or failed when the card is one that is refused."""
    paid = card.code is None
    return {
        **_bare_charge(now, intent=intent, method=method),
        "amount_captured": intent["amount"] if paid else 0,
        "captured": paid,
        "failure_code": card.code,
        "failure_message": card.message,
        "outcome": _outcome(card),
        "paid": paid,
        "payment_method_details": {"card": _card_details(intent["amount"], method, card, is_proven), "type": "card"},
        "status": "succeeded" if paid else "failed",
    }


def make_debit_charge(now: int, *, intent: Obj, method: Obj) -> Obj:
    """Pending: the bank answers days later."""
    known = {key: method["sepa_debit"][key] for key in ("bank_code", "branch_code", "country", "fingerprint", "last4")}
    details = {**known, "expected_debit_date": None, "mandate": None}
    return {
        **_bare_charge(now, intent=intent, method=method),
        "amount_captured": intent["amount"],
        "captured": True,
        "payment_method_details": {"sepa_debit": details, "type": "sepa_debit"},
        "status": "pending",
    }


def _bare_charge(now: int, *, intent: Obj, method: Obj) -> Obj:
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": printed(intent),
        "captured": False,
        "created": now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(card: Card) -> Obj:
    paid = card.code is None
    return {
        "advice_code": None if paid else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": card.decline_code or card.code,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete." if paid else "The bank did not accept the payment.",
        "type": "authorized" if paid else "issuer_declined",
    }


_PROVEN = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def _card_details(amount: int, method: Obj, card: Card, is_proven: bool) -> Obj:
    return {
        "amount_authorized": amount if card.code is None else None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": method["card"]["checks"],
        "country": "US",
        **EXPIRY,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": method["card"]["fingerprint"],
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": dict(_PROVEN) if is_proven else None,
        "wallet": method["card"]["wallet"],
    }


def make_balance_transaction(now: int, *, kind: str, source: Obj, amount: int, fee: int, category: str) -> Obj:
    """`amount` is positive for a charge, negative for a refund; minor units."""
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": source["currency"],
            "description": "Processing fees",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 86400,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def make_refund(now: int, *, charge: Obj, amount: int, reason: str | None, metadata: dict[str, str]) -> Obj:
    kind = charge["payment_method_details"]["type"]
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "description": None,
        "destination_details": {"card": _card_destination(), "type": "card"} if kind == "card" else {"type": kind},
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _card_destination() -> Obj:
    return {
        "reference": None,
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
