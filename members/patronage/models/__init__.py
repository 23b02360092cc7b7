from members.patronage.models.campaigns import Campaign
from members.patronage.models.changes import SupportChange
from members.patronage.models.defence import CheckoutBreaker, Decline, SpentToken
from members.patronage.models.events import Checkout, StripeEvent
from members.patronage.models.mirror import Dispute, Payment, Refund, StripeCustomer, Subscription
from members.patronage.models.notes import MemberNote
from members.patronage.models.reconciling import Drift, Kind, Reconciliation, WebhookAlarm
from members.patronage.models.refunding import RefundRequest
from members.patronage.models.rights import Donation, Gift, Period
from members.patronage.models.tiers import Price, Tier

__all__ = [
    "Campaign", "Checkout", "CheckoutBreaker", "Decline", "Dispute", "Donation", "Drift", "Gift", "Kind", "MemberNote",
    "Payment", "Period", "Price", "Reconciliation", "Refund", "RefundRequest", "SpentToken", "StripeCustomer",
    "StripeEvent", "Subscription", "SupportChange", "Tier", "WebhookAlarm",
]  # fmt: skip
