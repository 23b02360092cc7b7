"""Charging a card or an account: payment intents and their charges."""

from __future__ import annotations

from .bank_accounts import find_account, is_iban
from .cards import Card, find_card, unconfirmed
from .core import Sandbox, public
from .disputes import open_dispute
from .ledger import book, card_fee
from .params import PAGING, Schema, date_range, text, unsupported
from .shapes.payments import make_charge, make_debit_charge, make_debit_method, make_payment_method
from .store import Obj

INTENT_LIST: Schema = {"customer": text, "customer_account": unsupported, "created": date_range, **PAGING}
CHARGE_LIST: Schema = {
    "customer": text,
    "payment_intent": text,
    "transfer_group": text,
    "created": date_range,
    **PAGING,
}
# Stripe's own test accounts settle in minutes; days leave a test or a demo the time to look at `processing`.
DEBIT_DAYS = 5


def make_method(
    box: Sandbox,
    number: str,
    *,
    email: str | None,
    name: str | None,
    customer: str | None = None,
    wallet: str | None = None,
) -> Obj:
    """A payment method, not yet kept, for a test card, in a wallet or not, or a test IBAN. Raises for other numbers."""
    if is_iban(number):
        account = find_account(number)
        return make_debit_method(box.now(), account=account, customer=customer, email=email, name=name)
    card = find_card(number)
    return make_payment_method(box.now(), card=card, customer=customer, email=email, name=name, wallet=wallet)


def attach_method(box: Sandbox, method: Obj, customer: Obj) -> None:
    method["customer"] = customer["id"]
    box.save(method)
    box.emit("payment_method.attached", method)


def card_of(method: Obj) -> Card | None:
    """None for a bank account."""
    return find_card(method["_number"]) if method["type"] == "card" else None


def is_asked(method: Obj) -> bool:
    """Whether the bank wants the person to confirm before it pays."""
    card = card_of(method)
    return bool(card and (card.asks == "always" or (card.asks == "once" and not method.get("_is_set_up"))))


def know_intent(box: Sandbox, intent: Obj) -> None:
    """A new intent is one that the store does not know yet: its payment_intent.created goes out first."""
    if box.store.get(intent["id"]) is None:
        box.save(intent)
        box.emit("payment_intent.created", intent)


def ask_person(box: Sandbox, intent: Obj, method: Obj, *, return_url: str) -> None:
    """Leaves the intent in requires_action, with the address of the bank's page; nothing is charged yet."""
    know_intent(box, intent)
    address = f"{box.base_url}/authenticate/{intent['id']}"
    intent.update(
        status="requires_action",
        payment_method=method["id"],
        last_payment_error=None,
        next_action={"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": address}},
    )
    box.save(intent)
    box.emit("payment_intent.requires_action", intent)


def fail_unconfirmed(box: Sandbox, intent: Obj) -> None:
    """The person did not confirm: the intent wants another method, no charge was made."""
    method = box.store.get(intent["payment_method"])
    error = {
        "code": "payment_intent_authentication_failure",
        "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a "
        "new PaymentMethod to attempt to fulfill this PaymentIntent again.",
        "payment_method": public(method),
        "type": "invalid_request_error",
    }
    intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=error)
    box.save(intent)
    box.emit("payment_intent.payment_failed", intent)


def charge_intent(
    box: Sandbox, intent: Obj, method: Obj, *, is_proven: bool = False, refusal: Card | None = None
) -> Obj:
    """One attempt; answers the charge, which is succeeded, failed or, for a debit, pending.

    `is_proven`: the person has confirmed at the bank. A card that asks and was not confirmed is refused.
    `refusal`: the bank refuses as it would this card, whatever the method.
    """
    know_intent(box, intent)
    if method["type"] == "sepa_debit":
        return _begin_debit(box, intent, method, is_refused=refusal is not None)
    card = refusal or find_card(method["_number"])
    if is_proven and not card.code:
        method["_is_set_up"] = True
        box.save(method)
    elif is_asked(method) and not is_proven and refusal is None:
        card = unconfirmed(card)
    charge = make_charge(box.now(), intent=intent, method=method, card=card, is_proven=is_proven)
    if charge["paid"]:
        settle_charge(box, intent, charge, fee=card_fee(charge["amount"]))
        if card.dispute:
            open_dispute(box, charge, reason=card.dispute, is_inquiry=card.is_inquiry)
    else:
        error: Obj = {"code": card.code, "message": card.message, "type": "card_error"}
        if card.decline_code:
            error["decline_code"] = card.decline_code
        fail_charge(box, intent, charge, method, error)
    return charge


def _begin_debit(box: Sandbox, intent: Obj, method: Obj, *, is_refused: bool) -> Obj:
    charge = make_debit_charge(box.now(), intent=intent, method=method)
    charge["_settles_at"] = box.now() + DEBIT_DAYS * 86400
    charge["_is_paying"] = find_account(method["_number"]).is_paying and not is_refused
    box.save(charge)
    box.emit("charge.pending", charge)
    intent.update(
        status="processing",
        latest_charge=charge["id"],
        payment_method=method["id"],
        last_payment_error=None,
        next_action=None,
    )
    box.save(intent)
    box.emit("payment_intent.processing", intent)
    return charge


def settle_charge(box: Sandbox, intent: Obj, charge: Obj, *, fee: int) -> None:
    charge.update(paid=True, status="succeeded", receipt_url=f"{box.base_url}/receipts/{charge['id']}")
    charge["balance_transaction"] = book(box, "charge", charge, charge["amount"], fee=fee)["id"]
    box.save(charge)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
        last_payment_error=None,
        next_action=None,
    )
    box.save(intent)
    box.emit("charge.succeeded", charge)
    box.emit("payment_intent.succeeded", intent)


def fail_charge(box: Sandbox, intent: Obj, charge: Obj, method: Obj, error: Obj) -> None:
    box.save(charge)
    box.emit("charge.failed", charge)
    intent.update(
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        next_action=None,
        last_payment_error={**error, "charge": charge["id"], "payment_method": public(method)},
    )
    box.save(intent)
    box.emit("payment_intent.payment_failed", intent)
