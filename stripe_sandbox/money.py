"""Currencies: how many decimals Stripe's integers carry, the least charge, and how an amount is written.

Sources: docs.stripe.com/currencies (zero-decimal and three-decimal lists; ISK and UGX are written with two for
backwards compatibility) and its table of minimum charge amounts.
"""

from __future__ import annotations

from .errors import ApiError

_ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_TWO = (
    "aed all amd ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk dkk "
    "dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak "
    "lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln "
    "qar ron rsd sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd "
    "yer zar zmw"
)
ZERO_DECIMAL = frozenset(_ZERO.split())
TWO_DECIMAL = frozenset(_TWO.split())
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
MINIMUM = {
    "usd": 50, "eur": 50, "gbp": 30, "chf": 50, "cad": 50, "aud": 50, "nzd": 50, "sgd": 50, "brl": 50, "inr": 50,
    "dkk": 250, "nok": 300, "sek": 300, "pln": 200, "czk": 1500, "huf": 17500, "ron": 200, "bgn": 100, "mxn": 1000,
    "hkd": 400, "jpy": 50, "myr": 200, "thb": 1000, "aed": 200,
}  # fmt: skip
MAXIMUM = 99_999_999
_SYMBOL = {"eur": "€", "usd": "US$", "gbp": "£", "jpy": "¥", "uah": "₴"}


def currency(name: str, raw: object) -> str:
    """A parameter reader: Stripe takes either case and answers in lower case."""
    code = str(raw).lower()
    if code not in ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL:
        raise ApiError(
            f"Invalid currency: {code}. Stripe currently supports these currencies: eur, usd, uah and others.",
            param=name,
        )
    return code


def exponent(code: str) -> int:
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def check_total(amount: int, code: str, *, param: str) -> None:
    """Raises amount_too_small or amount_too_large; `amount` in minor units. Nothing due is allowed."""
    least = MINIMUM.get(code, 1)
    if 0 < amount < least:
        smallest = format_amount(least, code, "en")
        raise ApiError(
            f"The Checkout Session's total amount due must add up to at least {smallest} {code}",
            code="amount_too_small",
            param=param,
        )
    if amount > MAXIMUM:
        raise ApiError(f"Amount must be no more than {MAXIMUM} in {code}.", code="amount_too_large", param=param)


def format_amount(amount: int, code: str, language: str) -> str:
    """Minor units as a person reads them: €5.00 in English, 5,00 € in Ukrainian."""
    digits = exponent(code)
    number = f"{abs(amount) / 10**digits:,.{digits}f}"
    sign = "−" if amount < 0 else ""
    if language == "uk":
        number = number.replace(",", "\u00a0").replace(".", ",")
        return f"{sign}{number}\u00a0{_SYMBOL.get(code, code.upper())}"
    symbol = _SYMBOL.get(code)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number}\u00a0{code.upper()}"
