"""Never less than the least, whatever is sent by hand: another amount for running support, and support for somebody
else, in each currency; what no currency changes, in three. Nothing of it reaches Stripe."""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from members.patronage import changing, giving
from members.patronage.errors import AmountRefused
from members.patronage.models import Checkout, Gift, Price, StripeCustomer, Subscription, SupportChange
from members.patronage.tiers import MOST, Offers
from newsroom.lib.money import CURRENCIES, Money
from tests.members.patronage.conftest import OUR_PAGE
from tests.members.patronage.gifts import FRIEND

pytestmark = pytest.mark.django_db
CHANGE = reverse("members:change-support")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
each_currency = pytest.mark.parametrize("code", CURRENCIES)
# with two decimals, with none, and one whose readers write it with a comma
some_currencies = pytest.mark.parametrize("code", ["eur", "jpy", "uah"])


@pytest.fixture
def silence(monkeypatch):
    """Whoever asks Stripe for anything fails the test."""

    def ask(*_args, **_options):
        pytest.fail("Stripe was asked.")

    for place in ("changing.stripe_api", "changing.fetch_subscription", "giving.ask_for_page"):
        monkeypatch.setattr(f"members.patronage.{place}", ask)


@pytest.fixture
def lowest(tier):
    """The lowest price of a month in each currency, by code: ten times what Stripe takes at least."""
    for code, currency in CURRENCIES.items():
        Price.objects.create(tier=tier, amount=currency.least * 10, currency=code, interval="month")
        Price.objects.create(tier=tier, amount=currency.least * 100, currency=code, interval="year")
    return {code: currency.least * 10 for code, currency in CURRENCIES.items()}


@pytest.fixture
def gives(lowest, tier, member):
    """The member gives three times the lowest, in a currency."""

    def make(code):
        now = timezone.now()
        customer = StripeCustomer.objects.create(member=member, stripe_id=f"cus_{uuid.uuid4().hex}")
        return Subscription.objects.create(
            member=member, customer=customer, tier=tier, status="active", amount=lowest[code] * 3, currency=code,
            interval="month", current_period_start=now, current_period_end=now + timedelta(days=30),
            stripe_id=f"sub_{uuid.uuid4().hex}", fetched_at=now, created_at=now,
        )  # fmt: skip

    return make


def typed_below(least, code):
    """The largest amount that is too little, and others, as a person could write them."""
    below = str(Money(least - 1, code).decimal)
    return [
        below, below.replace(".", ","), below.translate(ARABIC), below.translate(FULLWIDTH), f" {below} ", "0", "0.00",
        "0,0", "-0", "٠", "-5", "−5", "-1000000", "1e-2", "0.001", "0,001", "NaN", "Infinity", "-Infinity", "5 €", "",
        "½", "²", "0x1F4", "1/2", "five", "+", "--5", "1.2.3",
    ]  # fmt: skip


TOO_MUCH = ["1000001", "999999999999", "1e9", "1e99999999"]
FINER_THAN_A_COIN = ["100000.001", "100000,005", "99999.9999"]
SENT_BY_HAND = ["0", "1", "-1", "-500", "00", "", "5.00", "5,00", "٥٠٠", "５００", "5e5", "+500", " ", "null", "9" * 10]


def refused(client, data):
    """Its page again, and nothing written down."""
    cache.clear()  # the limit of a form is not this test's subject
    answer = client.post(CHANGE, data)
    return answer.status_code == 422 and not SupportChange.objects.exists()


@some_currencies
def test_a_change_refuses_what_is_typed(gives, lowest, member_client, silence, code):
    gives(code)
    wrong = typed_below(lowest[code], code) + TOO_MUCH + FINER_THAN_A_COIN
    sent = [{"frequency": "month", "amount_month": "other", "other_amount": text} for text in wrong]
    assert [data for data in sent if not refused(member_client, data)] == []


@some_currencies
def test_a_change_refuses_what_is_sent_by_hand_as_if_it_were_offered(gives, lowest, member_client, silence, code):
    gives(code)
    wrong = [*SENT_BY_HAND, str(lowest[code] - 1), str(MOST + 1)]
    for frequency, other in (("month", "year"), ("year", "month")):
        sent = [{"frequency": frequency, f"amount_{frequency}": text} for text in wrong]
        sent += [{"frequency": frequency, f"amount_{other}": str(lowest[code] * 200)}]
        assert [data for data in sent if not refused(member_client, data)] == []


@some_currencies
def test_a_change_takes_no_other_currency_and_rhythm(gives, lowest, member_client, silence, code):
    gives(code)
    cheap = "jpy" if code != "jpy" else "eur"
    low = {"amount_month": str(lowest[code] - 1), "currency": cheap}
    sent = [{"frequency": word, **low} for word in ("once", "week", "MONTH", "", "month\x00", "month")]
    assert [data for data in sent if not refused(member_client, data)] == []


@each_currency
def test_the_verb_refuses_it_too(gives, lowest, member, silence, code):
    gives(code)
    for amount in (lowest[code] - 1, 1, 0, -1, -lowest[code], MOST + 1, 10**15):
        with pytest.raises(AmountRefused):
            changing.propose_change(member=member, money=Money(amount, code), interval="month")
    with pytest.raises(AmountRefused):
        changing.propose_change(member=member, money=Money(lowest[code] * 10 - 1, code), interval="year")


@each_currency
def test_the_least_itself_is_taken_however_it_is_written(gives, lowest, member_client, monkeypatch, code):
    """Or all of the above could pass by refusing everything."""
    gives(code)
    asked = []

    def propose(*, member, money, interval, subscription):
        asked.append((money, interval))
        raise AmountRefused("enough")

    monkeypatch.setattr("members.patronage.account_views.propose_change", propose)
    least = str(Money(lowest[code], code).decimal)
    ways = [least, least.replace(".", ","), least.translate(ARABIC), least.translate(FULLWIDTH)]
    for text in ways:
        member_client.post(CHANGE, {"frequency": "month", "amount_month": "other", "other_amount": text})
    member_client.post(CHANGE, {"frequency": "month", "amount_month": str(lowest[code])})
    assert asked == [(Money(lowest[code], code), "month")] * 5


def send_gift(client, code, **data):
    cache.clear()
    data = {"months": "3", "tier_3": "lantern", "currency": code, "recipient_email": FRIEND, **data}
    return client.post("/support/gift/", data, **OUR_PAGE)


def is_refused(client, code, **data):
    is_again = send_gift(client, code, **data).status_code == 422
    return is_again and not Gift.objects.exists() and not Checkout.objects.exists()


@some_currencies
def test_a_gift_refuses_another_length_or_tier(lowest, client, silence, code):
    digits = ["0", "-3", "1", "2", "4", "3.0", "3,0", "0.3", "٣", "３", "3e0", "+3", " 3", "9" * 20]
    lengths = [*digits, "", "NaN", "three"]
    assert [text for text in lengths if not is_refused(client, code, months=text, **{f"tier_{text}": "lantern"})] == []
    keys = ["", "0", "-1", "LANTERN", "lantern ", "none", "٠"]
    assert [key for key in keys if not is_refused(client, code, tier_3=key)] == []
    assert is_refused(client, code, months="6")  # the tier stands beside another length


@each_currency
def test_a_gift_below_the_least_is_not_offered(tier, client, silence, code):
    """Of a price so small that three months of it are less than Stripe takes; and of one that no card can pay."""
    least = CURRENCIES[code].least
    price = Price.objects.create(tier=tier, amount=(least - 1) // 3, currency=code, interval="month")
    assert is_refused(client, code)
    Price.objects.filter(pk=price.pk).update(amount=MOST // 3 + 1)
    assert is_refused(client, code)
    Price.objects.filter(pk=price.pk).update(amount=least, is_active=False)
    assert is_refused(client, code)
    with pytest.raises(AmountRefused):
        giving.begin_gift(
            member=None, offers=Offers(), tier_key="lantern", months=3, currency=code, recipient_email=FRIEND,
            language="en",
        )  # fmt: skip


@each_currency
def test_a_gift_costs_its_price_whatever_amount_is_sent_along(lowest, client, monkeypatch, code):
    monkeypatch.setattr("members.patronage.giving.ask_for_page", lambda checkout: "https://stripe.example/")
    by_hand = {"amount": "1", "other_amount": "0.01", "amount_month": "1", "price": "0", "unit_amount": "-5"}
    assert send_gift(client, code, **by_hand).status_code == 303
    assert Checkout.objects.get().money == Money(lowest[code] * 3, code)


@pytest.mark.parametrize("code", ["", "xxx", "EURO", "btc", "€", "eu", "еur", "٣٤٥"])
def test_a_gift_takes_no_currency_that_is_not_offered(lowest, client, silence, code):
    assert is_refused(client, code)
