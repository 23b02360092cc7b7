"""One app label and one migrations folder; the models live in their rooms."""

from members.accounts.models import Member, StaffLink
from members.patronage.models import (
    Campaign,
    Checkout,
    Dispute,
    Donation,
    Drift,
    Gift,
    GiftLink,
    MemberNote,
    Payment,
    Period,
    Price,
    Reconciliation,
    Refund,
    RefundRequest,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
    Tier,
    WebhookAlarm,
)
from members.voting.models import Ballot, Candidate, Commission, Round, Topic, TopicText, Vote

__all__ = [
    "Ballot", "Campaign", "Candidate", "Checkout", "Commission", "Dispute", "Donation", "Drift", "Gift", "GiftLink",
    "Member", "MemberNote", "Payment", "Period", "Price", "Reconciliation", "Refund", "RefundRequest", "Round",
    "StaffLink", "StripeCustomer", "StripeEvent", "Subscription", "SupportChange", "Tier", "Topic", "TopicText", "Vote",
    "WebhookAlarm",
]  # fmt: skip
