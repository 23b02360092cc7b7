"""Objects as Stripe has them now, under the pinned version, as plain dictionaries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import stripe
from django.db import connection

from members.patronage.client import asking_stripe, stripe_api
from members.patronage.models.mirror import BY_ITS_MONEY

Object = dict[str, Any]
METHOD = "default_payment_method"  # of a subscription: the card or account that pays
SUBSCRIPTION_OF_INVOICE = "parent.subscription_details.subscription"
COUPONS = "discounts.source.coupon"  # of a subscription; below an invoice it would lie deeper than Stripe expands
LIMITS = [f"{COUPONS}.applies_to", f"{COUPONS}.currency_options"]  # left out unless asked for, as deep as may be


@dataclass(frozen=True)
class Fetched:
    """`asked_at` is taken before the question, from the one clock that all workers share: of two answers the one asked
    for later wins, since each change sends an event after itself."""

    data: Object
    asked_at: datetime

    def part(self, data: Object) -> "Fetched":
        """An expanded object of the same answer."""
        return Fetched(data, self.asked_at)


def shared_clock() -> datetime:
    """The database's. A worker whose own clock runs ahead would else have the last word for as long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def ask(question: Callable[[], stripe.StripeObject]) -> Fetched:
    """Raises StripeResting, StripeRefused, NotConfigured."""
    asked_at = shared_clock()
    with asking_stripe():
        return Fetched(question().to_dict(), asked_at)


def fetch_session(session_id: str) -> Fetched:
    expand = [
        f"subscription.{COUPONS}",
        f"subscription.{METHOD}",
        "invoice.payments",
        "payment_intent.latest_charge",
    ]
    return ask(lambda: stripe_api().checkout.sessions.retrieve(session_id, {"expand": expand}))


def fetch_subscription(subscription_id: str) -> Fetched:
    expand = ["customer", METHOD, *LIMITS]
    return ask(lambda: stripe_api().subscriptions.retrieve(subscription_id, {"expand": expand}))


def fetch_invoice(invoice_id: str) -> Fetched:
    expand = ["payments", f"{SUBSCRIPTION_OF_INVOICE}.{METHOD}"]
    return ask(lambda: stripe_api().invoices.retrieve(invoice_id, {"expand": expand}))


def fetch_payment_intent(intent_id: str) -> Fetched:
    return ask(lambda: stripe_api().payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]}))


def fetch_charge(charge_id: str) -> Fetched:
    return ask(lambda: stripe_api().charges.retrieve(charge_id, {"expand": ["refunds"]}))


def fetch_refund(refund_id: str) -> Fetched:
    return ask(lambda: stripe_api().refunds.retrieve(refund_id))


def fetch_dispute(dispute_id: str) -> Fetched:
    return ask(lambda: stripe_api().disputes.retrieve(dispute_id))


def invoice_id_of_intent(intent_id: str) -> str:
    """The invoice that an intent paid; empty when it paid none."""
    params = {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1}
    found = ask(lambda: stripe_api().invoice_payments.list(params)).data["data"]
    return id_of(found[0]["invoice"]) if found else ""


def id_of(value: object) -> str:
    """The id of what may be expanded, be an id, or be missing."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return str(value or "")


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)


def due_of(dispute: Object) -> datetime | None:
    """By when it wants evidence; none where the bank takes none, for which Stripe says 0."""
    return moment((dispute.get("evidence_details") or {}).get("due_by") or None)


def balance_change(invoice: Object) -> int:
    """By how much it moved the customer's balance (below zero: credit). Nothing before it is finalized."""
    end = invoice.get("ending_balance")
    return 0 if end is None else end - (invoice.get("starting_balance") or 0)


def is_withdrawn(dispute: Object) -> bool:
    """Whether its money left the balance and did not come back, of those whose state does not say so: settled by the
    network before they began (https://docs.stripe.com/disputes/get-started/prevention), or appealed against."""
    moved = sum(row["amount"] for row in dispute.get("balance_transactions") or [] if isinstance(row, dict))
    return dispute["status"] in BY_ITS_MONEY and moved < 0


def is_ending(subscription: Object) -> bool:
    """Whether nothing is taken after the time that is paid. Who stops in Stripe's portal sets the day alone, not the
    flag; a day further off, which the dashboard can set, has payments before it.
    https://docs.stripe.com/billing/subscriptions/billing-mode/compare"""
    paid_until = max(item["current_period_end"] for item in subscription["items"]["data"])
    day = subscription["cancel_at"]
    return bool(subscription["cancel_at_period_end"] or (day and day <= paid_until))


def discount_of(subscription: Object, *, product_id: str = "") -> dict[str, Any]:
    """What a code takes off, as our row has it; of several, which Stripe's dashboard alone can give, the first. Empty
    when the answer does not say, so that nothing is written over what an earlier one said. `product_id` is what would
    be paid instead."""
    given = subscription.get("discounts")
    if not given:
        none = {"percent_off": None, "amount_off": None, "discount_ends_at": None, "discount_fits": True}
        return {} if given is None else none
    coupon = given[0]["source"]["coupon"] if isinstance(given[0], dict) else None
    if not isinstance(coupon, dict):
        return {}
    price = subscription["items"]["data"][0]["price"]
    percent, amount = coupon["percent_off"], _amount_off(coupon, price["currency"])
    if percent is None and amount is None:
        return {}
    products = (coupon["applies_to"] or {}).get("products") if "applies_to" in coupon else None
    is_good = not products or (product_id or id_of(price["product"])) in products
    return {
        "percent_off": None if percent is None else Decimal(str(percent)), "amount_off": amount,
        "discount_ends_at": moment(given[0]["end"]), **({"discount_fits": is_good} if "applies_to" in coupon else {}),
    }  # fmt: skip


def _amount_off(coupon: Object, currency: str) -> int | None:
    """In `currency`: a coupon may be worth an amount in each of several. None where the answer does not say."""
    if coupon["amount_off"] is None or coupon.get("currency", currency) == currency:
        return coupon["amount_off"]
    return ((coupon.get("currency_options") or {}).get(currency) or {}).get("amount_off")
