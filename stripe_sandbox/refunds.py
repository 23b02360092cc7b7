"""Giving money back: whole or in parts; and refunds that the bank sends back later."""

from __future__ import annotations

from typing import Any

from .cards import find_card
from .core import Sandbox
from .errors import ApiError
from .ledger import book
from .params import (
    EXPAND,
    PAGING,
    Schema,
    clearable,
    date_range,
    merge_metadata,
    metadata,
    one_of,
    text,
    unsupported,
    whole,
)
from .shapes.payments import make_refund
from .store import Obj

_ELSEWHERE = "currency customer instructions_email origin refund_application_fee reverse_transfer"
CREATE: Schema = {
    "charge": text,
    "payment_intent": text,
    "amount": whole,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": clearable(metadata),
    **dict.fromkeys(_ELSEWHERE.split(), unsupported),
    **EXPAND,
}
UPDATE: Schema = {"metadata": clearable(metadata), **EXPAND}
LIST: Schema = {"charge": text, "payment_intent": text, "created": date_range, **PAGING}
FAILURE_REASONS = ("lost_or_stolen_card", "expired_or_canceled_card", "declined", "insufficient_funds", "unknown")
FAILS_AFTER_DAYS = 1


def create_refund(box: Sandbox, params: Obj) -> Obj:
    """The whole rest, or `amount` of it. Raises charge_already_refunded, charge_disputed or that it is too much."""
    charge = _charge_to_refund(box, params)
    amount = _amount_to_refund(charge, params.get("amount"))
    notes = merge_metadata({}, params.get("metadata"))
    refund = make_refund(box.now(), charge=charge, amount=amount, reason=params.get("reason"), metadata=notes)
    refund["balance_transaction"] = book(box, "refund", refund, -amount, note="REFUND FOR CHARGE")["id"]
    if _is_sent_back(box, charge):
        refund["_fails_at"] = box.now() + FAILS_AFTER_DAYS * 86400
    box.save(refund)
    box.emit("refund.created", refund)
    _count(box, charge, amount)
    return refund


def _charge_to_refund(box: Sandbox, params: Obj) -> Obj:
    if ("charge" in params) == ("payment_intent" in params):
        raise ApiError("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in params:
        charge = box.find_param("charge", params["charge"], param="charge")
    else:
        intent = box.find_param("payment_intent", params["payment_intent"], param="payment_intent")
        if not intent["latest_charge"]:
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = box.find("charge", intent["latest_charge"])
    if not charge["paid"]:
        raise ApiError(f"Charge {charge['id']} did not succeed and cannot be refunded.", param="charge")
    if charge["disputed"] and not _is_refundable(box, charge):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    return charge


def _is_refundable(box: Sandbox, charge: Obj) -> bool:
    found = box.store.find("dispute", {"charge": charge["id"]}, limit=1)
    return bool(found and found[0]["is_charge_refundable"])


def _amount_to_refund(charge: Obj, asked: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = left if asked is None else asked
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise ApiError(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    return amount


def _is_sent_back(box: Sandbox, charge: Obj) -> bool:
    method = box.store.get(charge["payment_method"]) or {}
    return method.get("type") == "card" and find_card(method["_number"]).is_refund_failing


def _count(box: Sandbox, charge: Obj, amount: int) -> None:
    """A refund sent back counts again as money received, without another charge.refunded."""
    refunded = charge["amount_refunded"] + amount
    event = "charge.refunded" if amount > 0 else "charge.updated"
    box.change(charge, event, amount_refunded=refunded, refunded=refunded == charge["amount"])


def update_refund(box: Sandbox, params: Obj, refund_id: str) -> Obj:
    refund = box.find("refund", refund_id)
    return box.change(refund, "refund.updated", metadata=merge_metadata(refund["metadata"], params.get("metadata")))


def fail_refund(box: Sandbox, refund: Obj, *, reason: str) -> Obj:
    """The bank sends the money back: it is on the account's balance again. Raises for one that has failed already."""
    if refund["status"] == "failed":
        raise ApiError(f"Refund {refund['id']} has already failed.")
    refund.pop("_fails_at", None)
    booked = book(box, "refund_failure", refund, refund["amount"], note="REFUND FAILURE")
    changes: dict[str, Any] = {"failure_balance_transaction": booked["id"], "failure_reason": reason}
    box.change(refund, "refund.updated", status="failed", **changes)
    box.emit("refund.failed", refund)
    _count(box, box.find("charge", refund["charge"]), -refund["amount"])
    return refund


def send_back(box: Sandbox, refund: Obj) -> Obj:
    """What becomes of a refund to the card that never takes one."""
    return fail_refund(box, refund, reason="expired_or_canceled_card")
