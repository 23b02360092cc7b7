"""Paying a checkout session: by card or wallet, after a confirmation at the bank, by debit, or with nothing due."""

from __future__ import annotations

from typing import Any

from .billing import start_subscription
from .checkout import retrieve_session
from .core import Sandbox
from .customers import email
from .discounts import redeem
from .errors import ApiError, card_error, missing_param
from .params import merge_metadata
from .payments import ask_person, attach_method, card_of, charge_intent, fail_unconfirmed, is_asked, make_method
from .shapes.catalogue import make_customer
from .shapes.payments import make_payment_intent
from .shapes.sessions import customer_details
from .store import Obj

WALLETS = ("apple_pay", "google_pay")


def takes_wallets(session: Obj) -> bool:
    """Wallets hold cards. Their sheet has no place for the shop's own questions."""
    is_card = session["amount_total"] > 0 and "card" in session["payment_method_types"]
    return is_card and not session["custom_fields"]


def known_email(box: Sandbox, session: Obj) -> str | None:
    """The address that the session or its customer fixes; None when the reader types one."""
    if session["customer"]:
        address = box.find("customer", session["customer"]).get("email")
        return str(address) if address else None
    return session["customer_email"] or None


def pay_session(
    box: Sandbox, session_id: str, *, address: str | None, name: str | None, number: str, wallet: str | None = None
) -> tuple[Obj, ApiError | None]:
    """Completes the session, or leaves it open with the bank's refusal as the second value.

    A wallet brings an address of its own, whatever the session or its customer fixes.
    It also stays open, without a refusal, while the bank wants the person to confirm: see `bank_page`.
    The refusal is answered, not raised: the failed attempt has left rows and events that must be kept.
    """
    session = retrieve_session(box, {}, session_id)
    if session["status"] != "open":
        raise ApiError(f"This Checkout Session is {session['status']}.", code="checkout_session_not_open")
    if wallet and not takes_wallets(session):
        raise ApiError("This session is not paid by a wallet.", param="wallet")
    known = known_email(box, session)
    address = (address or known) if wallet else (known or address)
    address = email("email", address) if address else None
    if session["amount_total"] == 0:
        return _complete(box, session, None, _details(address, name)), None
    method = make_method(box, number, email=address, name=name, wallet=wallet)
    _check_kind(session, method)
    card = card_of(method)
    if not address and not (card and card.code):
        raise missing_param("email")
    box.save(method)
    if is_asked(method):
        return _ask(box, session, method, _details(address, name)), None
    return _attempt(box, session, method, _details(address, name))


def _details(address: str | None, name: str | None) -> Obj:
    return {"email": address, "name": name}


def _check_kind(session: Obj, method: Obj) -> None:
    if method["type"] not in session["payment_method_types"]:
        kinds = ", ".join(session["payment_method_types"])
        raise ApiError(f"This session is paid by {kinds}, not by {method['type']}.", param="number")


def _ask(box: Sandbox, session: Obj, method: Obj, details: Obj) -> Obj:
    intent = _intent_of(box, session)
    ask_person(box, intent, method, return_url=session["url"])
    _note_intent(session, intent)
    session["_asked"] = {"method": method["id"], **details}
    return box.save(session)


def bank_page(box: Sandbox, session: Obj) -> str | None:
    """Where the person goes to confirm; None when nothing is to be confirmed."""
    intent = box.store.get(session.get("_intent", ""))
    is_open = session["status"] == "open" and intent and intent["status"] == "requires_action"
    return str(intent["next_action"]["redirect_to_url"]["url"]) if intent and is_open else None


def confirm_session(box: Sandbox, session: Obj, *, is_confirmed: bool) -> tuple[Obj, ApiError | None]:
    """What the person answered at the bank. A refusal there leaves the session open for another card."""
    asked = session.pop("_asked")
    if session["status"] != "open":
        raise ApiError(f"This Checkout Session is {session['status']}.", code="checkout_session_not_open")
    if not is_confirmed:
        fail_unconfirmed(box, box.find("payment_intent", session["_intent"]))
        return box.save(session), ApiError("The person did not confirm.", status=402, code="authentication")
    method = box.find("payment_method", asked["method"])
    return _attempt(box, session, method, _details(asked["email"], asked["name"]), is_proven=True)


def _attempt(
    box: Sandbox, session: Obj, method: Obj, details: Obj, *, is_proven: bool = False
) -> tuple[Obj, ApiError | None]:
    card = card_of(method)
    if card and card.code:
        intent = _intent_of(box, session)
        charge = charge_intent(box, intent, method, is_proven=is_proven)
        _note_intent(session, intent)
        error = card_error(str(card.message), code=str(card.code), decline_code=card.decline_code, charge=charge["id"])
        return box.save(session), error
    return _complete(box, session, method, details, is_proven=is_proven), None


def _note_intent(session: Obj, intent: Obj) -> None:
    session["_intent"] = intent["id"]
    if session["mode"] == "payment":
        session["payment_intent"] = intent["id"]


def _intent_of(box: Sandbox, session: Obj) -> Obj:
    """The intent of an earlier attempt, or a new one with what the request asked for; the amount as it is now."""
    if "_intent" in session:
        intent = box.find("payment_intent", session["_intent"])
        intent["amount"] = session["amount_total"]
        return intent
    data: dict[str, Any] = dict(session["_payment_intent_data"])
    data["metadata"] = merge_metadata({}, data.get("metadata"))
    if session["mode"] == "subscription":
        data.update(description="Subscription creation", setup_future_usage="off_session")
    kinds = list(session["payment_method_types"])
    amount, currency = session["amount_total"], session["currency"]
    return make_payment_intent(
        box.now(), amount=amount, currency=currency, customer=session["customer"], payment_method_types=kinds, **data
    )


def _complete(box: Sandbox, session: Obj, method: Obj | None, details: Obj, *, is_proven: bool = False) -> Obj:
    customer = box.store.get(session["customer"]) if session["customer"] else None
    if customer:
        _complement(box, session, customer, details)
    session["customer_details"] = customer_details(details["email"], details["name"])
    finish = _complete_subscription if session["mode"] == "subscription" else _complete_payment
    finish(box, session, customer, method, is_proven)
    redeem(box, session["_discounts"])
    session.update(status="complete", payment_status=_payment_status(box, session), url=None)
    box.save(session)
    box.emit("checkout.session.completed", session)
    return session


def _payment_status(box: Sandbox, session: Obj) -> str:
    if session["amount_total"] == 0:
        return "no_payment_required"
    return "paid" if box.find("payment_intent", session["_intent"])["status"] == "succeeded" else "unpaid"


def _complement(box: Sandbox, session: Obj, customer: Obj, details: Obj) -> None:
    """A known customer without an address gets the one typed; the name only where the request asked for it."""
    changes = {} if customer["email"] else {"email": details["email"]}
    if details["name"] and session["_customer_update"].get("name") == "auto":
        changes["name"] = details["name"]
    box.change(customer, "customer.updated", **changes)


def _make_customer(box: Sandbox, session: Obj) -> Obj:
    details = session["customer_details"]
    customer = make_customer(box.now(), email=details["email"], name=details["name"])
    box.save(customer)
    box.emit("customer.created", customer)
    return customer


def _complete_subscription(
    box: Sandbox, session: Obj, customer: Obj | None, method: Obj | None, is_proven: bool
) -> None:
    customer = customer or _make_customer(box, session)
    if method:
        attach_method(box, method, customer)
    intent = _intent_of(box, session) if method else None
    if intent:
        intent["customer"] = customer["id"]
        session["_intent"] = intent["id"]
    subscription, invoice = start_subscription(
        box,
        customer=customer,
        lines=session["_line_items"],
        data=session["_subscription_data"],
        method=method,
        intent=intent,
        is_proven=is_proven,
        discounts=session["_discounts"],
        session_id=session["id"],
    )
    session.update(customer=customer["id"], subscription=subscription["id"], invoice=invoice["id"])


def _complete_payment(box: Sandbox, session: Obj, customer: Obj | None, method: Obj | None, is_proven: bool) -> None:
    """What costs nothing has no intent, but always a customer."""
    if customer is None and (session["customer_creation"] == "always" or method is None):
        customer = _make_customer(box, session)
    session["customer"] = customer["id"] if customer else None
    if method is None:
        return
    if customer and session["_payment_intent_data"].get("setup_future_usage"):
        attach_method(box, method, customer)
    intent = _intent_of(box, session)
    intent["customer"] = session["customer"]
    charge_intent(box, intent, method, is_proven=is_proven)
    _note_intent(session, intent)


def show_card_error(error: ApiError) -> str:
    """The reason in a word, for texts in other languages."""
    return str(error.extra.get("decline_code") or error.code or "generic_decline")
