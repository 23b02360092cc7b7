"""The account page: plain sentences about what stands, with one action beside each."""

from typing import Any

from members.accounts.models import Member
from members.patronage.account_showing import support_facts
from members.patronage.receipt_views import own_payments
from members.voting.showing import my_votes
from newsletters.models import Signup
from newsletters.showing import offered


def account_sentences(member: Member) -> dict[str, Any]:
    """The context of `members/account.html`, for one member and from his own rows only."""
    return {
        "member": member,
        **support_facts(member),
        "payments": own_payments(member)[:12],
        "votes": my_votes(member),
        "topics": member.suggested_topics.prefetch_related("texts").order_by("-id")[:10],
        "newsletters": offered(member.language),
        "signups": Signup.objects.filter(member=member, state=Signup.State.CONFIRMED).select_related("newsletter"),
    }
