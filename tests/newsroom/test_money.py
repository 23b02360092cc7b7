import pytest

from newsroom.lib.money import Money, MoneyError, format_money, parse_amount


@pytest.mark.parametrize(
    ("money", "language", "written"),
    [
        (Money(500, "eur"), "en", "€5"), (Money(550, "eur"), "en", "€5.50"), (Money(123456, "usd"), "en", "$1,234.56"),
        (Money(9900, "uah"), "uk", "99\u00a0₴"), (Money(550, "eur"), "uk", "5,50\u00a0€"),
        (Money(500, "jpy"), "en", "¥500"),
        (Money(-500, "eur"), "en", "−€5"), (Money(1000, "chf"), "en", "10\u00a0CHF"),
        (Money(1234500, "kwd"), "en", "1,234.500\u00a0KWD"), (Money(1250, "CAD"), "uk", "12,50\u00a0CAD"),
        (Money(900, "krw"), "en", "900\u00a0KRW"), (Money(5, "???"), "en", "0.05\u00a0???"),
    ],
)  # fmt: skip
def test_it_writes_money_as_the_language_does(money, language, written):
    assert format_money(money, language=language) == written


@pytest.mark.parametrize(("text", "amount"), [("5", 500), ("5.50", 550), ("5,50", 550), (" 1 000 ", 100000)])
def test_it_reads_what_people_type(text, amount):
    assert parse_amount(text, "eur") == Money(amount, "eur")


@pytest.mark.parametrize("text", ["", "five", "-5", "0", "NaN", "Infinity", "1e9", "٥x"])
def test_it_refuses_what_is_no_amount_with_a_sentence(text):
    with pytest.raises(MoneyError, match=r"\w+ \w+"):
        parse_amount(text, "eur")


@pytest.mark.parametrize("text", ["1,000", "1.000", "10,000", "1,000.50", "1.000,50", "0.500", "5.555", "5.0000"])
@pytest.mark.parametrize("currency", ["eur", "jpy"])
def test_it_refuses_what_may_be_a_thousand_or_one(text, currency):
    with pytest.raises(MoneyError, match=r"\w+ \w+"):
        parse_amount(text, currency)


def test_it_says_how_a_thousand_is_written():
    with pytest.raises(MoneyError, match="1000"):
        parse_amount("1,000", "eur")
    assert parse_amount("1000", "eur").amount == parse_amount("1 000,00", "eur").amount == 100_000
    assert parse_amount("1000", "jpy").amount == 1000


def test_it_has_the_decimals_of_any_currency():
    assert str(Money(1500, "kwd").decimal) == "1.500" and str(Money(1500, "jpy").decimal) == "1500"


def test_it_knows_no_cents_of_yen():
    with pytest.raises(MoneyError, match="smaller coins"):
        parse_amount("5.5", "jpy")


def test_it_names_a_currency_it_cannot_take():
    with pytest.raises(MoneyError, match="xyz"):
        parse_amount("5", "xyz")
