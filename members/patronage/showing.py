"""The support page's choices, as its template takes them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from members.patronage.forms import OTHER
from members.patronage.models import Checkout, Price
from members.patronage.models.tiers import Interval
from members.patronage.tiers import Offers
from newsroom.lib.money import CURRENCIES, Money

Frequency = Checkout.Frequency


def support_choices(offers: Offers, currency: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """`typed` is what was sent before, if anything; it is shown as it was."""
    offered = [frequency for frequency in Frequency if frequency == Frequency.ONCE or offers.of(currency, frequency)]
    chosen = typed.get("frequency") or (Frequency.MONTH if Frequency.MONTH in offered else offered[0])
    return {
        "frequencies": [_frequency(offers, currency, frequency, str(chosen), typed) for frequency in offered],
        "currency": currency,
        "currencies": [
            {"code": code, "label": code.upper(), "is_chosen": code == currency}
            for code in offers.currencies()
            if code in CURRENCIES
        ],
        "other_amount": typed.get("other_amount", ""),
        "hint_lowest": _hint(offers, currency),
        "story": typed.get("story", ""),
    }


def _frequency(
    offers: Offers, currency: str, frequency: Frequency, chosen: str, typed: Mapping[str, Any]
) -> dict[str, Any]:
    is_once = frequency == Frequency.ONCE
    prices = offers.of(currency, Interval.MONTH if is_once else frequency)
    marked = typed.get(f"amount_{frequency}") or (str(prices[0].amount) if prices else OTHER)
    amounts = [_amount(price, marked, with_pitch=not is_once) for price in prices]
    return {
        "value": frequency.value,
        "label": str(frequency.label).capitalize(),
        "is_chosen": frequency == chosen,
        "amounts": amounts,
        "other_is_chosen": not any(amount["is_chosen"] for amount in amounts),
    }


def _amount(price: Price, marked: str, *, with_pitch: bool) -> dict[str, Any]:
    return {
        "value": price.amount,
        "label": str(price.money),
        "pitch": price.tier.shown_pitch if with_pitch else "",
        "is_chosen": str(price.amount) == marked,
    }


def _hint(offers: Offers, currency: str) -> str:
    prices = offers.of(currency, Interval.MONTH)
    if not prices:
        return ""
    least = Money(offers.least(currency, Interval.MONTH), currency)
    return _("From %(money)s a month you are a patron and vote on what we report.") % {"money": least}
