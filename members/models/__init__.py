"""One app label and one migrations folder; the models live in their rooms."""

from members.accounts.models import AddressChange, Member, StaffLink
from members.patronage.models import (
    Campaign,
    Checkout,
    Declaration,
    DeclaredEffect,
    Dispute,
    Donation,
    Double,
    Drift,
    Gift,
    GiftLink,
    MemberNote,
    Payment,
    Period,
    Price,
    PriceMove,
    Reconciliation,
    Refund,
    RefundRequest,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
    SupportMove,
    Tier,
    WebhookAlarm,
)
from members.voting.models import Ballot, Candidate, Commission, Round, Topic, TopicText, Vote

__all__ = [
    "AddressChange", "Ballot", "Campaign", "Candidate", "Checkout", "Commission", "Declaration", "DeclaredEffect",
    "Dispute", "Donation", "Double", "Drift", "Gift", "GiftLink", "Member", "MemberNote", "Payment", "Period",
    "Price", "PriceMove", "Reconciliation", "Refund", "RefundRequest", "Round", "StaffLink", "StripeCustomer",
    "StripeEvent", "Subscription", "SupportChange", "SupportMove", "Tier", "Topic", "TopicText", "Vote",
    "WebhookAlarm",
]  # fmt: skip
