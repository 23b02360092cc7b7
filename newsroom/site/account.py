"""The account page: plain sentences about what stands, with one action beside each."""

from typing import Any

from members.accounts.models import Member
from members.patronage.models import Payment, Subscription
from members.patronage.rights import current_period
from members.voting.showing import my_votes
from newsletters.models import Signup
from newsletters.showing import offered

RUNNING = ("active", "trialing", "past_due", "paused")


def account_sentences(member: Member) -> dict[str, Any]:
    """The context of `members/account.html`, for one member and from his own rows only."""
    return {
        "member": member,
        "period": current_period(member),
        "subscription": Subscription.objects.filter(member=member, status__in=RUNNING).select_related("tier").first(),
        "payments": Payment.objects.filter(member=member, paid_at__isnull=False).order_by("-paid_at")[:12],
        "votes": my_votes(member),
        "topics": member.suggested_topics.prefetch_related("texts").order_by("-id")[:10],
        "newsletters": offered(member.language),
        "signups": Signup.objects.filter(member=member, state=Signup.State.CONFIRMED).select_related("newsletter"),
    }
