from members.patronage.models.campaigns import Campaign
from members.patronage.models.changes import SupportChange
from members.patronage.models.events import Checkout, StripeEvent
from members.patronage.models.mirror import Dispute, Payment, Refund, StripeCustomer, Subscription
from members.patronage.models.rights import Donation, Gift, Period
from members.patronage.models.tiers import Price, Tier

__all__ = [
    "Campaign", "Checkout", "Dispute", "Donation", "Gift", "Payment", "Period", "Price", "Refund", "StripeCustomer",
    "StripeEvent", "Subscription", "SupportChange", "Tier",
]  # fmt: skip
