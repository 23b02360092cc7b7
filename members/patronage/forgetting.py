"""Forgetting what a giver typed: the address of somebody else, a name, a few words."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from members.accounts.models import Member
from members.patronage.handing_over import forget_recipient
from members.patronage.models import Checkout, Gift

UNPAID_KEPT = timedelta(days=30)  # a bank may take weeks to pay
TAKEN_KEPT = timedelta(days=90)  # for questions
OTHERS_KEPT = timedelta(days=2 * 365)  # one that waits does so for a year
NEVER_PAID = (Checkout.State.EXPIRED, Checkout.State.FAILED)
BLANK = {"giver_name": "", "recipient_email": "", "message": ""}


def forget_gifts() -> int:
    """Blanks what is of no more use; answers of how many gifts. The gift itself stays: it was money, and may be
    somebody's rights. Safe to run twice."""
    now, state = timezone.now(), Gift.State
    unpaid = Q(state=state.NEW, created_at__lt=now - UNPAID_KEPT)
    taken = Q(state=state.TAKEN, redeemed_at__lt=now - TAKEN_KEPT)
    over = Q(state__in=(state.LAPSED, state.WITHDRAWN), created_at__lt=now - OTHERS_KEPT)
    return Gift.objects.filter(unpaid | taken | over).exclude(**BLANK).update(**BLANK)


def forget_gifts_of(member: Member) -> None:
    """The name and words of a giver who is erased, and the address of a recipient who is. Of a gift that can no longer
    be paid all goes. Called before her letters are taken away."""
    given = Gift.objects.filter(Q(giver=member) | Q(checkout__member=member))
    given.update(giver_name="", message="")
    given.filter(state=Gift.State.NEW, checkout__state__in=NEVER_PAID).update(**BLANK)
    Gift.objects.filter(redeemed_by=member).update(recipient_email="", message="")
    if member.email:
        forget_recipient(member.email)
