"""An invoice's life: drafted, finalized against the customer's balance, paid or tried again."""

from __future__ import annotations

from .cards import DECLINED
from .core import Sandbox
from .customer_balances import book
from .discounts import discount_invoice
from .errors import ApiError
from .params import PAGING, Schema, date_range, nested, one_of, text, unsupported
from .payments import charge_intent
from .refusals import next_refusal
from .shapes.billing import make_invoice, make_invoice_payment
from .shapes.payments import make_payment_intent
from .store import Obj

LIST: Schema = {
    "customer": text,
    "subscription": text,
    "status": one_of("draft", "open", "paid", "uncollectible", "void"),
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "customer_account": unsupported,
    "due_date": date_range,
    "created": date_range,
    **PAGING,
}
PAYMENT_LIST: Schema = {
    "invoice": text,
    "status": one_of("open", "paid", "canceled"),
    "payment": nested(
        type=one_of("payment_intent", "charge", "payment_record"), payment_intent=text, payment_record=unsupported
    ),
    "created": date_range,
    **PAGING,
}
# Stripe's smart retries choose their own days; these are fixed so that a test can rely on them.
RETRY_AFTER_DAYS = (3, 5, 7)


def sketch_invoice(
    box: Sandbox, subscription: Obj, *, reason: str, lines: list[Obj], period: tuple[int, int], discounts: list[Obj]
) -> Obj:
    """A draft that is not kept."""
    customer = box.find("customer", subscription["customer"])
    invoice = make_invoice(
        box.now(), customer=customer, subscription=subscription, reason=reason, lines=lines, period=period
    )
    discount_invoice(box, invoice, discounts)
    return invoice


def draft_invoice(
    box: Sandbox, subscription: Obj, *, reason: str, lines: list[Obj], period: tuple[int, int], discounts: list[Obj]
) -> Obj:
    invoice = sketch_invoice(box, subscription, reason=reason, lines=lines, period=period, discounts=discounts)
    box.save(invoice)
    box.emit("invoice.created", invoice)
    return invoice


def apply_balance(invoice: Obj, balance: int) -> tuple[int, int]:
    """What is due after the customer's balance (negative is credit), and the balance afterwards."""
    due = max(invoice["total"] + balance, 0)
    return due, balance + invoice["total"] - due


def finalize_invoice(box: Sandbox, invoice: Obj) -> Obj:
    """Gives the number, applies the customer's balance and opens it."""
    customer = box.find("customer", invoice["customer"])
    start = customer["balance"]
    due, end = apply_balance(invoice, start)
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    invoice.update(
        amount_due=due,
        amount_remaining=due,
        effective_at=box.now(),
        ending_balance=end,
        hosted_invoice_url=f"{box.base_url}/invoices/{invoice['id']}",
        number=number,
        starting_balance=start,
        status="open",
    )
    invoice["status_transitions"]["finalized_at"] = box.now()
    if end != start:
        book(box, customer, end - start, code=invoice["currency"], kind="applied_to_invoice", invoice=invoice["id"])
    customer.update(
        balance=end, next_invoice_sequence=customer["next_invoice_sequence"] + 1, currency=invoice["currency"]
    )
    box.save(customer)
    box.save(invoice)
    box.emit("invoice.finalized", invoice)
    return invoice


def pay_invoice(
    box: Sandbox,
    invoice: Obj,
    method: Obj,
    *,
    intent: Obj | None = None,
    is_proven: bool = False,
    decline: bool = False,
) -> str:
    """One attempt: `paid`, `failed` or, for a debit, `processing`. `intent` continues an earlier attempt.

    Where the bank wants a person who is not there, that is a failure, and invoice.payment_action_required says so.
    """
    if invoice["amount_remaining"] == 0:
        _mark_paid(box, invoice)
        return "paid"
    payment, intent = payment_of(box, invoice, intent)
    if intent["status"] == "processing":
        raise ApiError(f"Invoice {invoice['id']} is being paid by a debit; wait for the bank's answer.")
    refusal = DECLINED if decline else None
    if not is_proven:
        refusal = refusal or next_refusal(box, invoice)
    charge = charge_intent(box, intent, method, is_proven=is_proven, refusal=refusal)
    box.save(payment)
    invoice.update(attempt_count=invoice["attempt_count"] + 1, attempted=True)
    if charge["paid"]:
        _mark_paid(box, invoice, payment)
        return "paid"
    if charge["status"] == "pending":
        invoice["next_payment_attempt"] = None
        box.save(invoice)
        return "processing"
    fail_invoice(box, invoice, is_person_wanted=charge["failure_code"] == "authentication_required")
    return "failed"


def settle_invoice(box: Sandbox, invoice: Obj, payment: Obj) -> None:
    """What a debit paid after all."""
    _mark_paid(box, invoice, payment)


def payment_of(box: Sandbox, invoice: Obj, intent: Obj | None = None) -> tuple[Obj, Obj]:
    """The invoice's payment with its intent: that of an earlier attempt, or new ones that are not yet kept."""
    found = box.store.find("invoice_payment", {"invoice": invoice["id"]}, limit=1)
    if found:
        return found[0], box.find("payment_intent", found[0]["payment"]["payment_intent"])
    is_first = invoice["billing_reason"] == "subscription_create"
    intent = intent or make_payment_intent(
        box.now(),
        amount=invoice["amount_remaining"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description="Subscription creation" if is_first else "Subscription update",
        setup_future_usage="off_session" if is_first else None,
    )
    intent["statement_descriptor"] = _statement_of(box, invoice)
    return make_invoice_payment(box.now(), invoice=invoice, intent=intent), intent


def _statement_of(box: Sandbox, invoice: Obj) -> str | None:
    """The text of the newest product on it that has one."""
    for line in reversed(invoice["lines"]["data"]):
        details = (line["pricing"] or {}).get("price_details") or {}
        product = box.store.get(details.get("product") or "")
        if product and product["statement_descriptor"]:
            return str(product["statement_descriptor"])
    return None


def _mark_paid(box: Sandbox, invoice: Obj, payment: Obj | None = None) -> None:
    paid = invoice["amount_remaining"]
    invoice.update(amount_paid=paid, amount_remaining=0, auto_advance=False, next_payment_attempt=None, status="paid")
    invoice["status_transitions"]["paid_at"] = box.now()
    box.save(invoice)
    if payment:
        payment.update(amount_paid=paid, status="paid")
        payment["status_transitions"]["paid_at"] = box.now()
        box.save(payment)
    box.emit("invoice.paid", invoice)
    box.emit("invoice.payment_succeeded", invoice)
    if payment:
        box.emit("invoice_payment.paid", payment)


def fail_invoice(box: Sandbox, invoice: Obj, *, is_person_wanted: bool = False) -> None:
    tried = invoice["attempt_count"]
    days = RETRY_AFTER_DAYS[tried - 1] if tried <= len(RETRY_AFTER_DAYS) else None
    invoice.update(next_payment_attempt=box.now() + days * 86400 if days else None, auto_advance=days is not None)
    box.save(invoice)
    box.emit("invoice.payment_failed", invoice)
    if is_person_wanted:
        box.emit("invoice.payment_action_required", invoice)
