"""One app label and one migrations folder; the models live in their rooms."""

from members.accounts.models import AddressChange, Member, StaffLink
from members.patronage.models import (
    Campaign,
    Checkout,
    CheckoutBreaker,
    Declaration,
    DeclaredEffect,
    Decline,
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
    SpentToken,
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
    "AddressChange", "Ballot", "Campaign", "Candidate", "Checkout", "CheckoutBreaker", "Commission", "Declaration",
    "DeclaredEffect", "Decline", "Dispute", "Donation", "Double", "Drift", "Gift", "GiftLink", "Member",
    "MemberNote", "Payment", "Period", "Price", "PriceMove", "Reconciliation", "Refund", "RefundRequest", "Round",
    "SpentToken", "StaffLink", "StripeCustomer", "StripeEvent", "Subscription", "SupportChange", "SupportMove",
    "Tier", "Topic", "TopicText", "Vote", "WebhookAlarm",
]  # fmt: skip
