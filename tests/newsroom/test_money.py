import pytest

from newsroom.lib.money import Money, MoneyError, format_money, parse_amount


@pytest.mark.parametrize(
    ("money", "language", "written"),
    [
        (Money(500, "eur"), "en", "€5"), (Money(550, "eur"), "en", "€5.50"), (Money(123456, "usd"), "en", "$1,234.56"),
        (Money(9900, "uah"), "uk", "99\u00a0₴"), (Money(550, "eur"), "uk", "5,50\u00a0€"),
        (Money(500, "jpy"), "en", "¥500"),
        (Money(-500, "eur"), "en", "−€5"), (Money(1000, "chf"), "en", "10\u00a0CHF"),
    ],
)  # fmt: skip
def test_it_writes_money_as_the_language_does(money, language, written):
    assert format_money(money, language=language) == written


@pytest.mark.parametrize(("text", "amount"), [("5", 500), ("5.50", 550), ("5,50", 550), (" 1 000 ", 100000)])
def test_it_reads_what_people_type(text, amount):
    assert parse_amount(text, "eur") == Money(amount, "eur")


@pytest.mark.parametrize("text", ["", "five", "-5", "0", "NaN", "Infinity", "1e9", "5.555", "٥x"])
def test_it_refuses_what_is_no_amount_with_a_sentence(text):
    with pytest.raises(MoneyError, match=r"\w+ \w+"):
        parse_amount(text, "eur")


def test_it_knows_no_cents_of_yen():
    with pytest.raises(MoneyError, match="smaller coins"):
        parse_amount("5.5", "jpy")


def test_it_names_a_currency_it_cannot_take():
    with pytest.raises(MoneyError, match="xyz"):
        parse_amount("5", "xyz")
