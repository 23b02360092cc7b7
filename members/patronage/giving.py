"""Support for somebody else, from the giver's decision to Stripe's page."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.checkout import ask_for_page, session_end
from members.patronage.client import refuse_on_hold, stripe_api
from members.patronage.errors import AmountRefused
from members.patronage.models import Checkout, Gift, Tier
from members.patronage.models.tiers import Interval
from members.patronage.tiers import MOST, Offers
from newsroom.lib.money import Money, currency_of
from newsroom.lib.site_settings import site_settings

LENGTHS = (3, 6, 12)  # months
A_YEAR = 12


def gift_prices(offers: Offers, currency: str, months: int) -> list[tuple[Tier, Money]]:
    """Each tier with what so many months of it cost, cheapest first: a year at the yearly price where there is one,
    else months at the monthly price. Tiers that are not offered so, or whose price no card can pay, are left out."""
    monthly = {price.tier_id: (price.tier, price.amount * months) for price in offers.of(currency, Interval.MONTH)}
    if months == A_YEAR:
        monthly |= {price.tier_id: (price.tier, price.amount) for price in offers.of(currency, Interval.YEAR)}
    least = currency_of(currency).least
    prices = [(tier, Money(amount, currency)) for tier, amount in monthly.values() if least <= amount <= MOST]
    return sorted(prices, key=lambda row: (row[1].amount, row[0].position))


def begin_gift(
    *,
    member: Member | None,
    offers: Offers,
    tier_key: str,
    months: int,
    currency: str,
    recipient_email: str,
    language: str,
    message: str = "",
    giver_name: str = "",
    hand_over_on: date | None = None,
) -> str:
    """Writes gift and checkout down and returns the address of Stripe's page to pay on. Called outside any transaction,
    as `open_checkout`. Raises AmountRefused for what is not offered, NotConfigured, StripeResting, StripeRefused."""
    found = [row for row in gift_prices(offers, currency, months) if row[0].key == tier_key]
    if not found:
        raise AmountRefused(_("This is not offered in this currency. Please choose another one."))
    tier, money = found[0]
    stripe_api()  # without a key nothing is begun
    refuse_on_hold()
    with transaction.atomic():
        checkout = Checkout.objects.create(
            member=member, frequency=Checkout.Frequency.ONCE, amount=money.amount, currency=money.currency,
            language=language, statement_text=site_settings().statement_text, expires_at=session_end(),
        )  # fmt: skip
        Gift.objects.create(
            checkout=checkout, tier=tier, months=months, recipient_email=recipient_email, message=message,
            giver_name=giver_name, hand_over_on=hand_over_on,
        )  # fmt: skip
    return ask_for_page(checkout)
