from members.patronage.models.campaigns import Campaign
from members.patronage.models.changes import SupportChange
from members.patronage.models.defence import CheckoutBreaker, Decline, SpentToken
from members.patronage.models.doubles import Double
from members.patronage.models.events import Checkout, StripeEvent
from members.patronage.models.gifts import Gift, GiftLink
from members.patronage.models.leaving import Declaration, DeclaredEffect
from members.patronage.models.mirror import Dispute, Payment, Refund, StripeCustomer, Subscription
from members.patronage.models.moves import PriceMove, SupportMove
from members.patronage.models.notes import MemberNote
from members.patronage.models.reconciling import Drift, Kind, Reconciliation, WebhookAlarm
from members.patronage.models.refunding import CreditTaking, RefundRequest
from members.patronage.models.rights import Donation, Period
from members.patronage.models.tiers import Price, Tier

__all__ = [
    "Campaign", "Checkout", "CheckoutBreaker", "CreditTaking", "Declaration", "DeclaredEffect", "Decline", "Dispute",
    "Donation", "Double", "Drift", "Gift", "GiftLink", "Kind", "MemberNote", "Payment", "Period", "Price", "PriceMove",
    "Reconciliation", "Refund", "RefundRequest", "SpentToken", "StripeCustomer", "StripeEvent", "Subscription",
    "SupportChange", "SupportMove", "Tier", "WebhookAlarm",
]  # fmt: skip
