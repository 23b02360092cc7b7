"""Money: integer minor units plus a currency, and the one formatter.

Exponents and least amounts are Stripe's (docs: "Zero-decimal currencies", "Minimum and maximum charge amounts").
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language
from django.utils.translation import gettext as _


class MoneyError(ValueError):
    """The text can be shown to a person."""


@dataclass(frozen=True)
class Currency:
    code: str
    symbol: str
    exponent: int
    least: int  # Stripe's smallest charge, minor units


CURRENCIES = {
    currency.code: currency
    for currency in (
        Currency("eur", "€", 2, 50),
        Currency("usd", "$", 2, 50),
        Currency("gbp", "£", 2, 30),
        Currency("uah", "₴", 2, 2000),
        Currency("pln", "zł", 2, 200),
        Currency("chf", "CHF", 2, 50),
        Currency("jpy", "¥", 0, 50),
    )
}


def currency_of(code: str) -> Currency:
    """Raises MoneyError for a currency that we do not take."""
    try:
        return CURRENCIES[code.lower()]
    except KeyError:
        raise MoneyError(_("We cannot take the currency “%(code)s”.") % {"code": code[:8]}) from None


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (cents) of a lower-case currency code."""

    amount: int
    currency: str

    def __str__(self) -> str:
        return format_money(self)

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount).scaleb(-currency_of(self.currency).exponent)


def format_money(money: Money, *, language: str | None = None) -> str:
    """As the language writes it: `€5`, `€5.50` in English, `5 €`, `5,50 €` elsewhere; no needless zeros."""
    currency = currency_of(money.currency)
    whole, rest = divmod(abs(money.amount), 10**currency.exponent)
    sign = "−" if money.amount < 0 else ""
    is_english = (language or get_language() or "en").startswith("en")
    digits = f"{whole:,}".replace(",", "," if is_english else "\u00a0")
    if rest:
        digits += ("." if is_english else ",") + f"{rest:0{currency.exponent}d}"
    if is_english and len(currency.symbol) == 1:
        return f"{sign}{currency.symbol}{digits}"
    return f"{sign}{digits}\u00a0{currency.symbol}"


def parse_amount(text: str, currency_code: str) -> Money:
    """What a person typed ("5", "5.50", "5,50") as Money. Raises MoneyError with a sentence for the form."""
    currency = currency_of(currency_code)
    cleaned = re.sub(r"[\s\u00a0]", "", text).replace(",", ".")
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        raise MoneyError(_("Please write the amount in digits, for example 5 or 7.50.")) from None
    if not value.is_finite() or value > 1_000_000 or value <= 0:
        raise MoneyError(_("Please choose an amount between the smallest we can take and one million."))
    minor = value.scaleb(currency.exponent)
    if minor != minor.to_integral_value():
        raise MoneyError(_("This currency has no smaller coins: please round the amount."))
    return Money(int(minor), currency.code)
