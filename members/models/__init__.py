"""One app label and one migrations folder; the models live in their rooms."""

from members.accounts.models import Member, StaffLink
from members.patronage.models import (
    Campaign,
    Checkout,
    Dispute,
    Donation,
    Gift,
    Payment,
    Period,
    Price,
    Refund,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
    Tier,
)
from members.voting.models import Ballot, Candidate, Commission, Round, Topic, TopicText, Vote

__all__ = [
    "Ballot", "Campaign", "Candidate", "Checkout", "Commission", "Dispute", "Donation", "Gift", "Member", "Payment",
    "Period", "Price", "Refund", "Round", "StaffLink", "StripeCustomer", "StripeEvent", "Subscription",
    "SupportChange", "Tier", "Topic", "TopicText", "Vote",
]  # fmt: skip
