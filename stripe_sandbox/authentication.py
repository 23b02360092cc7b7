"""The bank's page: the person confirms a payment or does not, and goes back to where they came from."""

from __future__ import annotations

from .billing import collect_invoice, method_of
from .checkout_payment import confirm_session
from .core import Sandbox
from .errors import ApiError
from .invoices import payment_of
from .payments import ask_person, fail_unconfirmed, is_asked
from .store import Obj


def answer_bank(box: Sandbox, intent_id: str, *, is_confirmed: bool) -> str | None:
    """Pays what waited for this intent, or leaves it unpaid; answers the refusal in a word, or None.

    Raises 400 when the intent waits for nobody (any more).
    """
    intent = box.find("payment_intent", intent_id)
    if intent["status"] != "requires_action":
        raise ApiError(
            f"This PaymentIntent has a status of {intent['status']}; nothing is to be confirmed.",
            code="payment_intent_unexpected_state",
        )
    sessions = box.store.find("checkout.session", {"_intent": intent_id, "status": "open"}, limit=1)
    if sessions:
        error = confirm_session(box, sessions[0], is_confirmed=is_confirmed)[1]
        return str(error.extra.get("decline_code") or error.code) if error else None
    return _confirm_invoice(box, intent, is_confirmed=is_confirmed)


def _confirm_invoice(box: Sandbox, intent: Obj, *, is_confirmed: bool) -> str | None:
    if not is_confirmed:
        fail_unconfirmed(box, intent)
        return "authentication"
    found = box.store.find("invoice_payment", {"payment.payment_intent": intent["id"]}, limit=1)
    if not found:
        raise ApiError("The checkout session that this payment belonged to has expired.")
    invoice = box.find("invoice", found[0]["invoice"])
    return _collect(box, invoice, is_proven=True)


def pay_open_invoice(box: Sandbox, invoice: Obj) -> tuple[str | None, str | None]:
    """The person pays an open invoice themselves: (the bank's page, if it asks; the refusal in a word, if any)."""
    if invoice["status"] != "open":
        raise ApiError(f"Invoice {invoice['id']} is {invoice['status']}, only an open one can be paid.")
    method = method_of(box, _subscription_of(box, invoice))
    if not is_asked(method):
        return None, _collect(box, invoice, is_proven=False)
    payment, intent = payment_of(box, invoice)
    if intent["status"] != "requires_action":
        ask_person(box, intent, method, return_url=str(invoice["hosted_invoice_url"]))
        box.save(payment)
    return str(intent["next_action"]["redirect_to_url"]["url"]), None


def _subscription_of(box: Sandbox, invoice: Obj) -> Obj:
    return box.find("subscription", invoice["parent"]["subscription_details"]["subscription"])


def _collect(box: Sandbox, invoice: Obj, *, is_proven: bool) -> str | None:
    subscription = _subscription_of(box, invoice)
    if collect_invoice(box, subscription, invoice, is_proven=is_proven) != "failed":
        return None
    error = payment_of(box, invoice)[1]["last_payment_error"]
    return str(error.get("decline_code") or error["code"])
