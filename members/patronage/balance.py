"""Credit on a customer's balance at Stripe, as our rows tell it: what is left to spend. How it comes and goes is
`credit`'s concern. What somebody moved by hand at Stripe's dashboard stands in no bill of ours, and is not in it."""

from django.db.models import Sum

from members.patronage.credit import due_credit
from members.patronage.models import Payment, Subscription
from members.patronage.models.refunding import CreditTaking
from newsroom.lib.money import Money

HAVE_MOVED_IT = ("paid", "open", "uncollectible")  # bills; of one that is called off Stripe puts it back


def credit_left(subscription: Subscription) -> Money:
    """What its customer's next payments are taken from first; without what goes with money that went back."""
    bills = Payment.objects.filter(
        subscription__customer=subscription.customer_id, status__in=HAVE_MOVED_IT, currency=subscription.currency
    )
    left = -(bills.aggregate(total=Sum("balance_change"))["total"] or 0)
    if left > 0:
        takings = CreditTaking.objects.filter(subscription__customer=subscription.customer_id)
        taken = takings.exclude(state=CreditTaking.State.FAILED).aggregate(total=Sum("amount"))["total"] or 0
        left -= taken + due_credit(subscription)
    return Money(max(0, left), subscription.currency)


def after_credit(subscription: Subscription, money: Money) -> Money:
    """What is taken of a bill of `money`."""
    return Money(max(0, money.amount - credit_left(subscription).amount), money.currency)
