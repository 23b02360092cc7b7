"""The support page's choices, as its template takes them."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from articles.models import Page
from articles.models.pages import OTHER_WAYS_SLUG
from members.patronage.forms import OTHER
from members.patronage.models import Checkout, Price
from members.patronage.models.tiers import Interval
from members.patronage.tiers import Offers
from newsroom.lib.money import Money
from newsroom.lib.site_settings import site_settings

Frequency = Checkout.Frequency
AGAIN = re.compile(r"(?P<frequency>month|year)-(?P<amount>[1-9][0-9]{0,8})")


def support_choices(offers: Offers, currency: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """`typed` is what was sent before, if anything; it is shown as it was."""
    offered = [frequency for frequency in Frequency if frequency == Frequency.ONCE or offers.of(currency, frequency)]
    chosen = typed.get("frequency") or (Frequency.MONTH if Frequency.MONTH in offered else offered[0])
    return {
        "frequencies": [_frequency(offers, currency, frequency, str(chosen), typed) for frequency in offered],
        "currency": currency,
        "currencies": [
            {"code": code, "label": code.upper(), "is_chosen": code == currency} for code in offers.currencies()
        ],
        "other_amount": typed.get("other_amount", ""),
        "hint_lowest": _hint(offers, currency),
        "story": typed.get("story", ""),
        "has_other_ways": has_other_ways(),
    }


def has_other_ways() -> bool:
    """Whether editors have written that page in the reader's language. It is purged as menus are."""
    language = get_language() or settings.LANGUAGE_CODE
    return Page.objects.published().in_language(language).filter(slug=OTHER_WAYS_SLUG).exists()


def read_again(words: str, offers: Offers, currency: str) -> dict[str, str]:
    """What `Subscription.again` says, as if it had been typed; nothing where it says what is not offered any more."""
    found = AGAIN.fullmatch(words)
    if found is None or not (prices := offers.of(currency, found["frequency"])):
        return {}
    amount = int(found["amount"])
    steps = {*(price.amount for price in prices), site_settings().coffee.get(currency)}
    return {
        "frequency": found["frequency"], f"amount_{found['frequency']}": found["amount"],
        "other_amount": "" if amount in steps else str(Money(amount, currency).decimal),
    }  # fmt: skip


def _frequency(
    offers: Offers, currency: str, frequency: Frequency, chosen: str, typed: Mapping[str, Any]
) -> dict[str, Any]:
    is_once = frequency == Frequency.ONCE
    prices = offers.of(currency, Interval.MONTH if is_once else frequency)
    marked = typed.get(f"amount_{frequency}") or (str(prices[0].amount) if prices else OTHER)
    amounts = [_amount(price, marked, is_once=is_once) for price in prices]
    least = Money(offers.least(currency, frequency), currency)
    _put_coffee(amounts, least, marked)
    return {
        "value": frequency.value,
        "label": str(frequency.label).capitalize(),
        "is_chosen": frequency == chosen,
        "amounts": amounts,
        "other_is_chosen": not any(amount["is_chosen"] for amount in amounts),
        "least": least,
    }


def _amount(price: Price, marked: str, *, is_once: bool) -> dict[str, Any]:
    return {
        "value": price.amount,
        "label": str(price.money),
        "pitch": "" if is_once else price.tier.shown_pitch,
        "points": [] if is_once else price.tier.shown_points,
        "is_chosen": str(price.amount) == marked,
    }


def _put_coffee(amounts: list[dict[str, Any]], least: Money, marked: str) -> None:
    """The lowest step is what a cup of coffee costs, where the newsroom says so and we may take it: a step that is
    there gets the words, one below all others is put before them."""
    price = site_settings().coffee.get(least.currency)
    lowest = amounts[0]["value"] if amounts else price
    if not price or price < least.amount or price > lowest:
        return
    if not amounts or price < lowest:
        step = {"value": price, "label": str(Money(price, least.currency)), "is_chosen": str(price) == marked}
        amounts.insert(0, step)
    amounts[0]["is_coffee"] = True


def _hint(offers: Offers, currency: str) -> str:
    prices = offers.of(currency, Interval.MONTH)
    if not prices:
        return ""
    least = Money(offers.least(currency, Interval.MONTH), currency)
    return _("From %(money)s a month you are a patron and vote on what we report.") % {"money": least}
