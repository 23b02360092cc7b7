"""A dispute, with the empty file of evidence that belongs to it."""

from __future__ import annotations

from ..core import new_id
from ..store import Obj

_TEXTS = (
    "access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal customer_email_address "
    "customer_name customer_purchase_ip duplicate_charge_explanation duplicate_charge_id product_description "
    "refund_policy_disclosure refund_refusal_explanation service_date shipping_address shipping_carrier shipping_date "
    "shipping_tracking_number uncategorized_text"
)
_FILES = (
    "cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt "
    "refund_policy service_documentation shipping_documentation uncategorized_file"
)
TEXTS = tuple(_TEXTS.split())
FILES = tuple(_FILES.split())
_NETWORK_CODE = {"fraudulent": "10.4", "product_not_received": "13.1"}


def make_dispute(now: int, *, charge: Obj, amount: int, reason: str, is_inquiry: bool, due_by: int) -> Obj:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys([*TEXTS, *FILES]), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": is_inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": _NETWORK_CODE.get(reason),
        "payment_intent": charge["payment_intent"],
        **_method(charge, is_inquiry=is_inquiry, code=_NETWORK_CODE.get(reason)),
        "reason": reason,
        "status": "warning_needs_response" if is_inquiry else "needs_response",
    }


def _method(charge: Obj, *, is_inquiry: bool, code: str | None) -> Obj:
    """Of a debit Stripe tells nothing here."""
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return {}
    brand = details["card"]["brand"]
    case = "inquiry" if is_inquiry else "chargeback"
    card = {"brand": brand, "case_type": case, "network": brand, "network_reason_code": code}
    return {"payment_method_details": {"card": card, "type": "card"}}
