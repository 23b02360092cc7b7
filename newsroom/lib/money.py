"""Money: integer minor units plus a currency, and the one formatter.

Exponents are Stripe's (docs: "Zero-decimal currencies"). We take few currencies and can write all: support that was
sold at Stripe's dashboard may come in any.
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
    least: int  # the smallest single payment, minor units


# Stripe's smallest charge ("Minimum and maximum charge amounts") counts in the currency of the account's balance, after
# conversion: ours are worth more than 0.50 EUR, so that 20 UAH, 50 JPY or 0.50 USD are not first refused on its page.
CURRENCIES = {
    currency.code: currency
    for currency in (
        Currency("eur", "€", 2, 50),
        Currency("usd", "$", 2, 100),
        Currency("gbp", "£", 2, 60),
        Currency("uah", "₴", 2, 4000),
        Currency("pln", "zł", 2, 300),
        Currency("chf", "CHF", 2, 70),
        Currency("jpy", "¥", 0, 150),
    )
}
# https://docs.stripe.com/currencies (ISK and UGX are written with two decimals there)
ZERO_DECIMAL = frozenset({
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
})  # fmt: skip
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def currency_of(code: str) -> Currency:
    """Raises MoneyError for a currency that we do not take."""
    try:
        return CURRENCIES[code.lower()]
    except KeyError:
        raise MoneyError(_("We cannot take the currency “%(code)s”.") % {"code": code[:8]}) from None


def writing_of(code: str) -> Currency:
    """How amounts of any currency are written: one that we do not take by its code. Raises nothing, so that no payment
    of a currency we do not know stops a page, a letter or a sweep."""
    code = code.lower()
    exponent = 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2
    return CURRENCIES.get(code) or Currency(code, code.upper(), exponent, 0)


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (cents) of a lower-case currency code."""

    amount: int
    currency: str

    def __str__(self) -> str:
        return format_money(self)

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount).scaleb(-writing_of(self.currency).exponent)


def format_money(money: Money, *, language: str | None = None) -> str:
    """As the language writes it: `€5`, `€5.50` in English, `5 €`, `5,50 €` elsewhere; no needless zeros."""
    currency = writing_of(money.currency)
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
    """What a person typed ("5", "5.50", "5,50") as Money. Raises MoneyError with a sentence for the form, also for what
    may be read in two ways: "1,000" is a thousand to some and one to others."""
    currency = currency_of(currency_code)
    cleaned = re.sub(r"[\s\u00a0]", "", text).replace(",", ".")
    if re.search(r"\.\d{3,}$", cleaned):
        raise MoneyError(_("Please write a thousand as 1000, without a comma or point."))
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
