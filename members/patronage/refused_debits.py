"""A single gift from a bank account that the bank refused days later: the thanks page had said that there is nothing to
do, so its giver is told. Of lasting support `dunning` writes."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from members.patronage.models import Checkout, Gift
from newsroom.lib.letters import write_letter

TOLD_WITHIN = timedelta(days=30)  # the slowest bank has answered by then; what is older came by a repair


def tell_refused(checkout: Checkout) -> None:
    """Once per checkout, and only while it is news."""
    member = checkout.member
    if checkout.frequency != Checkout.Frequency.ONCE or timezone.now() - checkout.created_at > TOLD_WITHIN:
        return
    if member is None or not member.email:
        return
    is_gift = Gift.objects.filter(checkout=checkout).exists()
    with translation.override(member.language):
        again = settings.SITE_URL + reverse("members:give" if is_gift else "members:support")
    write_letter(
        "members/debit_refused", cause=f"debit-refused:{checkout.pk}", to_email=member.email, language=member.language,
        member_id=member.pk,
        context={
            "member": member, "money": checkout.money, "checkout": checkout, "is_gift": is_gift, "again_url": again,
        },
    )  # fmt: skip
