"""What follows when a member has proved another address: Stripe's customers, and what was sent to the address before.

Whoever reads that one may be a stranger (it was mistyped) or nobody (it is lost), so links in letters that lie there
end, and go out once more to the address that holds now.
"""

from django.db import transaction

from members.accounts.models import AddressChange, Member
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.declaring import write_anew
from members.patronage.doubles import tell_anew
from members.patronage.errors import StripeRefused
from members.patronage.models import StripeCustomer


def replace_links(*, member_id: int, change_id: int = 0) -> None:
    """The follow-up of a proved address: declarations that wait for their click, and a double that waits for a word.
    Gifts stay where their giver sent them, who would else be told an address that was not theirs to know. `change_id`
    is the change's; 0 where it was owed before changes were named. Safe to run twice: what was sent anew for a change
    stands under it."""
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
        change = AddressChange.objects.filter(pk=change_id, member=member, closed_at__isnull=False).first()
        if change is None or change.closed_at is None or member.email != change.email:
            return  # erased meanwhile, or moved once more: that change follows up
        write_anew(member=member, change_id=change.pk, until=change.closed_at)
        tell_anew(member=member, change_id=change.pk)


def tell_stripe_address(*, member_id: int, change_id: int = 0) -> None:
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
