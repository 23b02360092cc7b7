"""Money that went back: refunds and disputes, and the rights that go with them."""

from django.db import transaction
from django.db.models import Sum

from members.patronage.credit import owe_credit, paid_from
from members.patronage.disputing import tell_desk
from members.patronage.errors import Foreign
from members.patronage.fetching import (
    Fetched,
    Object,
    due_of,
    fetch_invoice,
    fetch_payment_intent,
    id_of,
    invoice_id_of_intent,
    is_withdrawn,
)
from members.patronage.granting import DISPUTED, GIVEN_BACK, REFUNDED, settle_grace, settle_rights
from members.patronage.handing_over import settle_gift
from members.patronage.mirroring import mirror_invoice, mirror_payment_intent, write_row
from members.patronage.models import Dispute, Payment, Refund, Subscription
from members.patronage.refused_refunds import note_sent_back
from newsroom.lib.audit import record

__all__ = [
    "DISPUTED", "REFUNDED", "lock_payment", "mirror_dispute", "mirror_refund", "mirror_refunds_of_charge",
    "payment_behind", "settle_money",
]  # fmt: skip


def mirror_refund(fetched: Fetched) -> Refund:
    """A refund as a row; a payment refunded in full gives no rights any more, and gives them again when the refund
    fails. Asks Stripe for the payment where it is not known yet. Raises Foreign."""
    payment = payment_behind(fetched.data)
    with transaction.atomic():
        payment = lock_payment(payment)
        refund = fetched.data
        row, is_taken, before = write_row(
            Refund, fetched, payment=payment, amount=refund["amount"], currency=refund["currency"],
            status=refund["status"] or "", reason=refund["reason"] or "",
        )  # fmt: skip
        if is_taken:
            note_sent_back(row, refund, was=before.status if before else "")
            settle_money(payment)
    return row


def mirror_refunds_of_charge(fetched: Fetched) -> list[Refund]:
    """All refunds of a charge, as `charge.refunded` names it."""
    refunds = (fetched.data.get("refunds") or {}).get("data", [])
    return [mirror_refund(fetched.part(refund)) for refund in refunds]


def lock_payment(payment: Payment) -> Payment:
    """The subscription's row first, as everywhere: who locks in one order waits for nobody in a circle."""
    if payment.subscription_id:
        Subscription.objects.select_for_update(no_key=True).get(pk=payment.subscription_id)
    return Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)


def _note_refunded(payment: Payment) -> None:
    total = payment.refunds.filter(status__in=GIVEN_BACK).aggregate(total=Sum("amount"))["total"] or 0
    if total == payment.refunded:
        return
    went_back = total > payment.refunded  # else a refund failed or was written off, which stands at the refund
    payment.refunded = total
    payment.save(update_fields=["refunded"])
    if went_back:
        record("payment.refunded", actor_label="stripe", target=payment, refunded=total)


def settle_money(payment: Payment) -> None:
    """What is left of a payment, and the rights, gift and grace that follow from it. Called with its row locked."""
    _note_refunded(payment)
    _settle(payment)


def _settle(payment: Payment) -> None:
    settle_rights(payment)
    settle_gift(payment)
    if payment.subscription:
        for other in paid_from(payment):
            settle_rights(other)
        settle_grace(payment.subscription)
        owe_credit(payment.subscription)


def mirror_dispute(fetched: Fetched) -> Dispute:
    """A dispute as a row; one whose money is gone takes the rights with it, one that is won gives them back."""
    payment = payment_behind(fetched.data)
    with transaction.atomic():
        payment = lock_payment(payment)
        dispute = fetched.data
        row, is_taken, _before = write_row(
            Dispute, fetched, payment=payment, amount=dispute["amount"], currency=dispute["currency"],
            status=dispute["status"], reason=dispute["reason"] or "", evidence_due_at=due_of(dispute),
            is_withdrawn=is_withdrawn(dispute),
        )  # fmt: skip
        if is_taken:
            record("payment.disputed", actor_label="stripe", target=payment, status=row.status)
            tell_desk(row)
            _settle(payment)
    return row


def payment_behind(data: Object) -> Payment:
    """The payment that a refund, dispute or charge is about. When its own event has not been through yet, it is
    fetched here, so that the order in which events come in does not matter. Raises Foreign."""
    intent_id = id_of(data["payment_intent"])
    if not intent_id:
        raise Foreign("This was not paid through a checkout of ours.")
    known = Payment.objects.filter(payment_intent_id=intent_id).first()
    if known is not None:
        return known
    payment = _fetch_payment(intent_id)
    if payment is None:
        raise Foreign("The payment behind this is not one of ours.")
    return payment


def _fetch_payment(intent_id: str) -> Payment | None:
    invoice_id = invoice_id_of_intent(intent_id)
    if invoice_id:
        return mirror_invoice(fetch_invoice(invoice_id))
    return mirror_payment_intent(fetch_payment_intent(intent_id))
