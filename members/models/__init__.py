"""One app label and one migrations folder; the models live in their rooms."""

from members.accounts.models import Member, StaffLink
from members.patronage.models import (
    Campaign,
    Checkout,
    CheckoutBreaker,
    Decline,
    Dispute,
    Donation,
    Drift,
    Gift,
    MemberNote,
    Payment,
    Period,
    Price,
    Reconciliation,
    Refund,
    RefundRequest,
    SpentToken,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
    Tier,
    WebhookAlarm,
)
from members.voting.models import Ballot, Candidate, Commission, Round, Topic, TopicText, Vote

__all__ = [
    "Ballot", "Campaign", "Candidate", "Checkout", "CheckoutBreaker", "Commission", "Decline", "Dispute", "Donation",
    "Drift", "Gift", "Member", "MemberNote", "Payment", "Period", "Price", "Reconciliation", "Refund", "RefundRequest",
    "Round", "SpentToken", "StaffLink", "StripeCustomer", "StripeEvent", "Subscription", "SupportChange", "Tier",
    "Topic", "TopicText", "Vote", "WebhookAlarm",
]  # fmt: skip
