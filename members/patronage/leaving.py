"""Forgetting a member at Stripe, before we forget him ourselves."""

from django.conf import settings

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out, find_out
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.errors import ChangeUnderWay, StripeRefused
from members.patronage.models import Checkout, StripeCustomer, Subscription, SupportChange

OVER = ("canceled", "incomplete_expired")


def forget_at_stripe(*, member: Member) -> None:
    """Ends at once whatever would still take money, closes checkouts that are open, deletes the customer with cards and
    address; Stripe itself keeps what was paid. A customer that something of another seller still runs for is left
    alone. Safe to run again. Raises StripeResting, ChangeUnderWay and their like while anything is left to do."""
    for subscription in Subscription.objects.filter(member=member).exclude(status__in=OVER):
        _cancel(subscription)
    for checkout in Checkout.objects.filter(member=member, state=Checkout.State.OPEN).exclude(stripe_id=""):
        _close(checkout)
    for customer in StripeCustomer.objects.filter(member=member, livemode=settings.STRIPE_LIVEMODE, account=""):
        _delete(customer)


def _cancel(subscription: Subscription) -> None:
    waiting = subscription.changes.filter(state=SupportChange.State.ASKED).select_related("subscription").first()
    if waiting is not None:  # of which nobody knows yet whether it is done
        find_out(waiting)
        waiting.refresh_from_db()
        if waiting.state == SupportChange.State.ASKED:
            raise ChangeUnderWay("An earlier change is not answered yet.")
        subscription.refresh_from_db()
    if subscription.status not in OVER:
        carry_out(begin(subscription, SupportChange.Kind.CANCEL, actor=subscription.member))


def _close(checkout: Checkout) -> None:
    """One that was paid or has expired meanwhile cannot be closed, and need not be."""
    try:
        with asking_stripe():
            stripe_api().checkout.sessions.expire(checkout.stripe_id)
    except StripeRefused:
        return


def _delete(customer: StripeCustomer) -> None:
    try:
        with asking_stripe():
            if not stripe_api().subscriptions.list({"customer": customer.stripe_id, "limit": 1}).data:
                stripe_api().customers.delete(customer.stripe_id)
    except StripeRefused:
        return  # deleted before
