"""Credit at Stripe that a change left: a year of which the unused time is counted towards months to come. What each
invoice moved on the customer's balance stands in its Payment, so that our rows say what is left and of whose money.

Money that goes back takes the credit that it had become with it: what is to be taken is owed here, in the transaction
that learns of it, and taken at Stripe by `credit_taking`.
"""

from uuid import uuid4

from django.db.models import QuerySet, Sum

from members.patronage.models import Payment, Subscription
from members.patronage.models.refunding import CreditTaking
from newsroom.lib.outbox import owe

CREDIT = "support.credit"  # the kind of the Outbox row


def leaving_change(subscription: Subscription) -> Payment | None:
    """The last bill that left credit."""
    return _in_order(subscription).filter(balance_change__lt=0).last()


def funds_of(payment: Payment) -> QuerySet[Payment]:
    """The payments whose unused time became the credit that paid this one, or that this one left: those whose time ran
    on when the change was made."""
    before = _in_order(payment.subscription).filter(created_at__lte=payment.created_at)
    change = before.filter(balance_change__lt=0).last()
    if change is None:
        return Payment.objects.none()
    return before.filter(amount__gt=0, created_at__lte=change.created_at, period__ends_at__gt=change.created_at)


def paid_from(payment: Payment) -> QuerySet[Payment]:
    """Bills of the same support that may have been paid by credit out of this payment: nothing else paid them."""
    own = _in_order(payment.subscription).filter(created_at__gte=payment.created_at)
    return own.filter(amount=0).exclude(balance_change=0)


def due_credit(subscription: Subscription) -> int:
    """Minor units of the subscription's currency that are to be taken off the customer's balance; below zero what is to
    be put back, since the money is here again. Who gave 50 and got 10 back may spend 40 of it."""
    change = leaving_change(subscription)
    if change is None:
        return 0
    own, takings = _in_order(subscription), subscription.credit_takings.exclude(state=CreditTaking.State.FAILED)
    until = {"created_at__lte": change.created_at}
    left = -_sum(own.filter(**until), "balance_change") - _sum(takings.filter(**until), "amount")
    spent = _sum(own.filter(created_at__gt=change.created_at), "balance_change")
    kept = sum(kept_of(payment) for payment in funds_of(change))
    return max(0, left - max(kept, spent)) - _sum(takings.exclude(**until), "amount")


def kept_of(payment: Payment) -> int:
    """What is here of it: neither given back nor lost in a dispute."""
    return max(0, payment.amount - payment.refunded - _sum(payment.disputes.of_money_gone(), "amount"))


def owe_credit(subscription: Subscription) -> None:
    """Where there is any to be taken or put back: each time anew, since whoever follows up what was owed before may
    have reckoned already. Called in a transaction, with the subscription's row locked."""
    if due_credit(subscription):
        owe(CREDIT, str(uuid4()), subscription_id=subscription.pk)


def _in_order(subscription: Subscription | None) -> QuerySet[Payment]:
    paid = Payment.objects.filter(subscription=subscription, subscription__isnull=False, status="paid")
    return paid.order_by("created_at", "pk")


def _sum(rows: QuerySet, name: str) -> int:  # type: ignore[type-arg]
    return rows.aggregate(total=Sum(name))["total"] or 0
