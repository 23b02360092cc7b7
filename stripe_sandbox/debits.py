"""What comes of a direct debit days later: paid or sent back, and who must hear of it."""

from __future__ import annotations

import copy

from .bank_accounts import find_account
from .billing import follow_invoice
from .core import Sandbox
from .disputes import open_dispute
from .errors import ApiError
from .invoices import fail_invoice, settle_invoice
from .payments import fail_charge, settle_charge
from .store import Obj

FEE = 35
_REFUSED = {
    "code": "payment_intent_payment_attempt_failed",
    "message": "The payment failed: the customer's bank could not process the debit.",
    "type": "invalid_request_error",
}


def settle_debit(box: Sandbox, charge: Obj, *, is_paying: bool | None = None) -> Obj:
    """The bank's answer; by default what the account is made to do. Raises for a charge that is not pending."""
    if charge["status"] != "pending":
        raise ApiError(f"Charge {charge['id']} is {charge['status']}; only a pending debit can be settled.")
    intent = box.find("payment_intent", charge["payment_intent"])
    is_paid = charge["_is_paying"] if is_paying is None else is_paying
    if is_paid:
        settle_charge(box, intent, charge, fee=FEE)
    else:
        charge.update(status="failed", failure_code="generic_could_not_process", failure_message=_REFUSED["message"])
        charge.update(captured=False, amount_captured=0)
        fail_charge(box, intent, charge, box.find("payment_method", charge["payment_method"]), dict(_REFUSED))
    _tell_invoice(box, intent, is_paid=is_paid)
    _tell_session(box, intent, is_paid=is_paid)
    if is_paid:
        _dispute(box, charge)
    return charge


def _tell_invoice(box: Sandbox, intent: Obj, *, is_paid: bool) -> None:
    found = box.store.find("invoice_payment", {"payment.payment_intent": intent["id"]}, limit=1)
    if not found:
        return
    invoice = box.find("invoice", found[0]["invoice"])
    subscription = box.find("subscription", invoice["parent"]["subscription_details"]["subscription"])
    before = copy.deepcopy(subscription)
    if is_paid:
        settle_invoice(box, invoice, found[0])
    else:
        fail_invoice(box, invoice)
    if subscription["status"] != "canceled":
        follow_invoice(box, subscription, invoice, is_paid=is_paid, before=before)


def _tell_session(box: Sandbox, intent: Obj, *, is_paid: bool) -> None:
    """Only the debit of the session itself: renewals have none."""
    for session in box.store.find("checkout.session", {"_intent": intent["id"], "payment_status": "unpaid"}, limit=1):
        session["payment_status"] = "paid" if is_paid else "unpaid"
        box.save(session)
        box.emit(f"checkout.session.async_payment_{'succeeded' if is_paid else 'failed'}", session)


def _dispute(box: Sandbox, charge: Obj) -> None:
    account = find_account(box.find("payment_method", charge["payment_method"])["_number"])
    if account.dispute:
        open_dispute(box, charge, reason=account.dispute)
