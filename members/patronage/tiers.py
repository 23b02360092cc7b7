"""What is offered: tiers and their prices, and which tier an amount belongs to."""

from django.db import transaction
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.errors import AmountRefused, NotAllowed
from members.patronage.models import Checkout, Price, Tier
from members.patronage.models.tiers import Interval
from newsroom.lib.audit import record
from newsroom.lib.money import CURRENCIES, Currency, Money, MoneyError, currency_of, writing_of
from newsroom.lib.page_cache import purge
from newsroom.lib.site_settings import site_settings

PAGE_KEY = "tiers"
MOST = 99_999_999  # Stripe's largest charge, in minor units of every currency


class Offers:
    """All offered prices, read in one query; cheapest first."""

    def __init__(self) -> None:
        offered = Price.objects.filter(is_active=True, tier__is_active=True)
        self.prices = list(offered.select_related("tier").order_by("amount", "id"))

    def currencies(self) -> list[str]:
        """The newsroom's own first, then others that have a price; those that we take."""
        codes = [site_settings().currency, *(price.currency for price in self.prices)]
        return [code for code in dict.fromkeys(code.lower() for code in codes) if code in CURRENCIES]

    def of(self, currency: str, interval: str) -> list[Price]:
        return [price for price in self.prices if (price.currency, price.interval) == (currency, interval)]

    def tier_for(self, money: Money, interval: str) -> Tier | None:
        """The dearest tier that the amount reaches; None below the lowest."""
        reached = [price.tier for price in self.of(money.currency, interval) if price.amount <= money.amount]
        return reached[-1] if reached else None

    def least(self, currency: str, frequency: str) -> int:
        """Minor units: Stripe's smallest charge, and for lasting support the lowest price."""
        least = writing_of(currency).least
        prices = self.of(currency, frequency)
        return max(least, prices[0].amount) if prices else least

    def check(self, money: Money, frequency: str) -> Tier | None:
        """The tier that the amount buys; None for a single gift. Raises AmountRefused with a sentence."""
        _take_currency(money)
        least = Money(self.least(money.currency, frequency), money.currency)
        if money.amount < least.amount:
            raise AmountRefused(_("The least we can take is %(money)s.") % {"money": least})
        if money.amount > MOST:
            raise AmountRefused(
                _("That is more than a card can pay at once. Please write to us, so that we can thank you in person.")
            )
        if frequency == Checkout.Frequency.ONCE:
            return None
        if frequency not in Interval.values or (tier := self.tier_for(money, frequency)) is None:
            raise AmountRefused(_("This is not offered in this currency. Please choose another one."))
        return tier


def _take_currency(money: Money) -> Currency:
    """Raises AmountRefused for one that we do not take."""
    try:
        return currency_of(money.currency)
    except MoneyError as error:
        raise AmountRefused(str(error)) from error


def check_price(money: Money) -> None:
    """Raises AmountRefused, with a sentence, for what Stripe would not take at every renewal."""
    least = Money(_take_currency(money).least, money.currency)
    if money.amount < least.amount:
        raise AmountRefused(_("The least we can take is %(money)s.") % {"money": least})
    if money.amount > MOST:
        raise AmountRefused(_("The most a card can pay at once is %(money)s.") % {"money": Money(MOST, money.currency)})


def tier_for(amount: int, currency: str, interval: str) -> Tier | None:
    """The dearest offered tier that `amount` (minor units) reaches."""
    return Offers().tier_for(Money(amount, currency), interval)


def _require(user: Member) -> None:
    if not user.has_perm("members.change_tier"):
        raise NotAllowed(_("Only membership managers may change what is offered."))


def replace_price(*, user: Member, tier: Tier, money: Money, interval: str) -> Price:
    """Offers `money` per `interval` from now on; the price before it is kept for those who bought it. The same price
    again changes nothing. Raises NotAllowed, AmountRefused."""
    _require(user)
    check_price(money)
    with transaction.atomic():
        Tier.objects.select_for_update().get(pk=tier.pk)
        current = tier.prices.filter(currency=money.currency, interval=interval, is_active=True).first()
        if current is not None and current.amount == money.amount:
            return current
        tier.prices.filter(currency=money.currency, interval=interval, is_active=True).update(is_active=False)
        price = Price.objects.create(tier=tier, amount=money.amount, currency=money.currency, interval=interval)
        record("price.replaced", actor=user, target=tier, price=str(price))
        purge([PAGE_KEY])
    return price


def withdraw_price(*, user: Member, price: Price) -> None:
    """No longer offered; whoever pays it goes on paying it. Raises NotAllowed."""
    _require(user)
    with transaction.atomic():
        Price.objects.filter(pk=price.pk).update(is_active=False)
        record("price.withdrawn", actor=user, target=price.tier, price=str(price))
        purge([PAGE_KEY])
