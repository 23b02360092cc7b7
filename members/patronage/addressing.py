"""Stripe's customers follow a member's address, once the member has proved it."""

from members.accounts.models import Member
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.errors import StripeRefused
from members.patronage.models import StripeCustomer


def tell_stripe_address(*, member_id: int) -> None:
    """The follow-up of a proved address: Stripe writes its receipts to the address that holds now. Safe to run twice.
    Raises StripeResting and NotConfigured, and is tried again."""
    member = Member.objects.get(pk=member_id)
    if not member.email:
        return  # erased meanwhile, at Stripe too
    own = StripeCustomer.objects.of_our_account().filter(member=member)
    for customer in own.order_by("id"):
        try:
            with asking_stripe():
                stripe_api().customers.update(customer.stripe_id, {"email": member.email})
        except StripeRefused:
            continue  # deleted there
