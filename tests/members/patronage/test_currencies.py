"""Each journey of money in each currency: from the form to the statement, one with no smaller coins among them."""

from uuid import uuid4

import pytest
from django.urls import reverse

from members.patronage import rights, tasks
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Donation, Gift, Payment, Period, Price, Subscription, SupportChange
from newsroom.lib.models import Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import OUR_PAGE, receive
from tests.members.patronage.gifts import FRIEND, letters
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db

# What is given a month, what instead, and what of it goes back, as typed; minor units beside each.
TYPED = {
    "usd": (("7.50", 750), ("12", 1200), ("2.25", 225)),
    "uah": (("220,50", 22_050), ("450", 45_000), ("100.50", 10_050)),
    "jpy": (("1200", 1200), ("1 900", 1900), ("300", 300)),
}
WRITTEN = {"usd": ("$7.50", "$12", "$2.25"), "uah": ("220.50", "450", "100.50"), "jpy": ("¥1,200", "¥1,900", "¥300")}
PRICES = {"usd": 500, "uah": 20_000, "jpy": 800}


@pytest.fixture(params=TYPED)
def currency(request):
    return request.param


@pytest.fixture
def sandbox(prices, currency, begin_at):  # noqa: F811
    Price.objects.create(tier=prices, amount=PRICES[currency], currency=currency, interval="month")
    return begin_at("2026-03-02T08:00:00Z")


@pytest.fixture
def patronage(sandbox, currency, member_client):
    """Typed on the support page, paid at Stripe, all events received."""
    data = {"frequency": "month", "currency": currency, "amount_month": "other", "other_amount": TYPED[currency][0][0]}
    assert member_client.post("/support/", data, **OUR_PAGE).status_code == 303
    sandbox.pay(Checkout.objects.get().stripe_id)
    receive(sandbox.events())
    return Subscription.objects.get()


def at_stripe(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id)["items"].data[0].price.unit_amount


def test_it_takes_at_the_checkout_what_was_typed(patronage, sandbox, currency, member):
    amount = TYPED[currency][0][1]
    (charge,) = sandbox.all("charges")
    assert (charge["amount"], charge["currency"]) == (amount, currency) == (patronage.amount, patronage.currency)
    payment = Payment.objects.get()
    assert payment.money == Money(amount, currency) and rights.is_patron(member)
    assert WRITTEN[currency][0] in Letter.objects.get(kind="members/receipt").subject


def test_it_takes_a_single_gift(prices, sandbox, currency, client):
    typed, amount = TYPED[currency][1]
    data = {"frequency": "once", "currency": currency, "amount_once": "other", "other_amount": typed}
    assert client.post("/support/", data, **OUR_PAGE).status_code == 303
    sandbox.pay(Checkout.objects.get().stripe_id)
    receive(sandbox.events())
    donation = Donation.objects.get()
    assert (donation.amount, donation.currency, sandbox.all("charges")[0]["amount"]) == (amount, currency, amount)
    assert WRITTEN[currency][1] in Letter.objects.get(kind="members/receipt").subject


def test_it_shows_and_makes_a_change(patronage, sandbox, currency, member_client):
    typed, amount = TYPED[currency][1]
    data = {"frequency": "month", "amount_month": "other", "other_amount": typed}
    answer = member_client.post(reverse("members:change-support"), data)
    page, change = member_client.get(answer["Location"]).content.decode(), SupportChange.objects.get()
    assert WRITTEN[currency][1] in page and str(change.due_money) in page
    assert abs(change.due_now - (amount - patronage.amount)) <= 2  # in the first moments of the month
    member_client.post(answer["Location"])
    receive(sandbox.events())
    assert at_stripe(patronage) == amount == Subscription.objects.get().amount
    assert sorted(row["amount"] for row in sandbox.all("charges")) == sorted([patronage.amount, change.due_now])


def test_it_gives_months_to_somebody_else(prices, sandbox, currency, client):
    data = {"months": "3", "tier_3": "lantern", "currency": currency, "recipient_email": FRIEND}
    assert (
        str(Money(3 * PRICES[currency], currency)) in client.get(f"/support/gift/?currency={currency}").content.decode()
    )
    assert client.post("/support/gift/", data, **OUR_PAGE).status_code == 303
    gift = Gift.objects.get()
    sandbox.pay(gift.checkout.stripe_id)
    receive(sandbox.events())
    assert Payment.objects.get().money == Money(3 * PRICES[currency], currency)
    assert letters().get().to_email == FRIEND and Gift.objects.get().state == "given"


def test_it_gives_a_part_back_at_the_desk(patronage, sandbox, currency, manager_client):
    payment = Payment.objects.get()
    address = reverse("admin:members_payment_refund", args=[payment.pk])
    shown = manager_client.get(address).context["form"].initial["amount"]
    assert shown == str(payment.money.decimal) and ("." in shown) == (currency != "jpy")
    typed, amount = TYPED[currency][2]
    data = {"key": str(uuid4()), "amount": typed, "reason": "requested_by_customer"}
    assert manager_client.post(address, data).status_code == 302
    payment.refresh_from_db()
    assert payment.refunded == amount == sandbox.all("refunds")[0]["amount"] and Period.objects.get().revoked_at is None


def test_it_refuses_parts_of_the_least_coin_at_the_desk(patronage, sandbox, currency, manager_client):
    address = reverse("admin:members_payment_refund", args=[Payment.objects.get().pk])
    for typed in ("5.009", "5.5" if currency == "jpy" else "5.001", "1,000"):
        data = {"key": str(uuid4()), "amount": typed, "reason": "requested_by_customer"}
        answer = manager_client.post(address, data)
        assert answer.status_code == 200 and answer.context["form"].errors["amount"]
    assert not sandbox.all("refunds")


def test_it_writes_of_a_renewal_that_failed(patronage, sandbox, currency, member):
    sandbox.control(f"subscriptions/{patronage.stripe_id}/fail", count=9)
    sandbox.advance("31d")
    receive(sandbox.events())
    tasks.sweep_dunning()
    letter = Letter.objects.get(kind="members/payment_failed")
    assert WRITTEN[currency][0] in letter.text and rights.is_patron(member)


def test_it_stands_in_the_statement(patronage, sandbox, currency, member_client):
    intent = Payment.objects.get().payment_intent_id
    stripe_api().refunds.create({"payment_intent": intent, "amount": TYPED[currency][2][1]})
    receive(sandbox.events())
    page = member_client.get(reverse("members:giving", args=[2026])).content.decode()
    kept = Money(TYPED[currency][0][1] - TYPED[currency][2][1], currency)
    assert f"Given in {currency.upper()}" in page and f"<strong>{kept}</strong>" in page
    assert all(text in page for text in (WRITTEN[currency][0], WRITTEN[currency][2]))
