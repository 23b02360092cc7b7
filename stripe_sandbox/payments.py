"""Charging a card and giving money back: payment intents, charges, refunds."""

from __future__ import annotations

from .cards import Card, find_card
from .core import Sandbox
from .errors import ApiError
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
from .shapes.payments import make_balance_transaction, make_charge, make_refund
from .store import Obj

REFUND_CREATE: Schema = {
    "charge": text,
    "payment_intent": text,
    "amount": whole,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": clearable(metadata),
    **EXPAND,
}
REFUND_UPDATE: Schema = {"metadata": metadata, **EXPAND}
REFUND_LIST: Schema = {"charge": text, "payment_intent": text, "created": date_range, **PAGING}
INTENT_LIST: Schema = {"customer": text, "customer_account": unsupported, "created": date_range, **PAGING}
CHARGE_LIST: Schema = {
    "customer": text,
    "payment_intent": text,
    "transfer_group": text,
    "created": date_range,
    **PAGING,
}


def attach_method(box: Sandbox, method: Obj, customer: Obj) -> None:
    method["customer"] = customer["id"]
    box.save(method)
    box.emit("payment_method.attached", method)


def charge_intent(box: Sandbox, intent: Obj, method: Obj, card: Card | None = None) -> Obj:
    """One attempt. The answer is the charge, succeeded or failed; the intent is saved either way.

    A new intent is one that the store does not know yet: its payment_intent.created goes out first.
    """
    card = card or find_card(method["_number"])
    if box.store.get(intent["id"]) is None:
        box.save(intent)
        box.emit("payment_intent.created", intent)
    charge = make_charge(box.now(), intent=intent, method=method, card=card)
    if charge["paid"]:
        charge["receipt_url"] = f"{box.base_url}/receipts/{charge['id']}"
        charge["balance_transaction"] = _book(box, "charge", charge, charge["amount"])
        _settle(box, intent, method, charge)
    else:
        _fail(box, intent, method, charge, card)
    return charge


def _settle(box: Sandbox, intent: Obj, method: Obj, charge: Obj) -> None:
    box.save(charge)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=method["id"],
        last_payment_error=None,
    )
    box.save(intent)
    box.emit("charge.succeeded", charge)
    box.emit("payment_intent.succeeded", intent)


def _fail(box: Sandbox, intent: Obj, method: Obj, charge: Obj, card: Card) -> None:
    error: Obj = {"charge": charge["id"], "code": card.code, "message": card.message, "type": "card_error"}
    if card.decline_code:
        error["decline_code"] = card.decline_code
    box.save(charge)
    box.emit("charge.failed", charge)
    shown = {key: value for key, value in method.items() if not key.startswith("_")}
    intent.update(
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        last_payment_error={**error, "payment_method": shown},
    )
    box.save(intent)
    box.emit("payment_intent.payment_failed", intent)


def _book(box: Sandbox, kind: str, source: Obj, amount: int) -> str:
    """The account's ledger line; the fee is that of a European card, 1.5 % and 25 minor units."""
    fee = round(amount * 0.015) + 25 if amount > 0 else 0
    return str(box.save(make_balance_transaction(box.now(), kind=kind, source=source, amount=amount, fee=fee))["id"])


def create_refund(box: Sandbox, params: Obj) -> Obj:
    """The whole rest, or `amount` of it. Raises charge_already_refunded or the error of too large an amount."""
    charge = _charge_to_refund(box, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise ApiError(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    notes = merge_metadata({}, params.get("metadata"))
    refund = make_refund(box.now(), charge=charge, amount=amount, reason=params.get("reason"), metadata=notes)
    refund["balance_transaction"] = _book(box, "refund", {**refund, "description": "REFUND FOR CHARGE"}, -amount)
    box.save(refund)
    box.emit("refund.created", refund)
    refunded = charge["amount_refunded"] + amount
    box.change(charge, "charge.refunded", amount_refunded=refunded, refunded=refunded == charge["amount"])
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
    return charge


def update_refund(box: Sandbox, params: Obj, refund_id: str) -> Obj:
    refund = box.find("refund", refund_id)
    return box.change(refund, "refund.updated", metadata=merge_metadata(refund["metadata"], params.get("metadata")))
