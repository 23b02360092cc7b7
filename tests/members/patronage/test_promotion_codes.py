"""Codes that make support cheaper: offered when the publisher wants it, and what they leave to pay told as Stripe has
it; rights do not depend on the price."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from members.patronage import changing, checkout, dunning, pausing, rights
from members.patronage.client import stripe_api
from members.patronage.fetching import discount_of, fetch_invoice, fetch_subscription
from members.patronage.mirroring import mirror_invoice, mirror_subscription
from members.patronage.models import Checkout, Drift, Kind, Payment, Period, Price, Subscription, SupportChange, Tier
from members.patronage.reconciling import begin_reconciliation, step_reconciliation
from newsroom.lib.models import Letter
from newsroom.lib.money import Money
from newsroom.lib.site_settings import save_site_settings, site_settings
from tests.members.patronage.conftest import receive
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox(begin_at):  # noqa: F811
    return begin_at("2026-03-02T08:00:00Z")


def switch(is_on=True):
    row = site_settings()
    row.takes_promotion_codes = is_on
    save_site_settings(row)
    cache.clear()  # what a commit would do


def make_code(word="SPRING", **terms):
    coupon = stripe_api().coupons.create({"duration": "forever", **terms})
    return stripe_api().promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": word}
    )  # fmt: skip


@pytest.fixture
def patron_by(begin, sandbox, member):
    """Begun with a code typed on Stripe's page, paid, all events received; `order` -1 turns them round."""

    def make(order=1, frequency="month", amount=500, **terms):
        switch()
        make_code(**terms)
        row = begin(frequency, amount, member=member)
        sandbox.control(f"sessions/{row.stripe_id}/code", code="spring")
        sandbox.pay(row.stripe_id)
        receive(sandbox.events()[::order])
        return Subscription.objects.get()

    return make


def words(member, name="members:my-support"):
    client = Client()
    sign_in(client, member)
    return " ".join(client.get(reverse(name)).content.decode().split())


def test_it_asks_for_codes_when_the_publisher_wants_it_and_for_lasting_support_only(begin):
    def takes(row):
        return stripe_api().checkout.sessions.retrieve(row.stripe_id).allow_promotion_codes

    assert not takes(begin("month"))
    switch()
    assert takes(begin("month")) and takes(begin("year", 5000)) and not takes(begin("once"))


def test_the_support_page_says_where_a_code_is_typed(prices):
    said = "A promotion code is typed there too"
    assert said not in Client().get("/support/").content.decode()
    switch()
    assert said in Client().get("/support/").content.decode()


def test_it_says_nothing_of_codes_to_who_could_type_none(bought, member):
    row = bought("month", member=member)
    assert "people who pay" in Letter.objects.get(kind="members/patron_welcome").text
    session = Checkout.objects.get().stripe_id
    assert row and "promotion code" not in Client().get(f"/support/thanks/?session={session}").content.decode()


def test_it_asks_again_with_the_same_parameters_after_the_switch_was_turned(begin):
    switch()
    row = begin("month")
    Checkout.objects.update(stripe_id="", state="new", created_at=row.created_at - timedelta(minutes=3))
    switch(False)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().stripe_id == row.stripe_id


@pytest.mark.parametrize("order", [1, -1])
def test_it_gives_the_whole_period_for_less(patron_by, member, order):
    row = patron_by(order=order, percent_off=20)
    period, payment = Period.objects.get(), Payment.objects.get()
    assert (payment.amount, row.amount, row.percent_off, row.discount_ends_at) == (400, 500, 20, None)
    assert (period.ends_at - period.starts_at).days == 31 and rights.is_patron(member)
    assert "€4" in Letter.objects.get(kind="members/receipt").subject
    page = words(member)
    assert "You give €5 a month." in page and "is only €4 by your promotion code." in page and "<td>€4</td>" in page


def test_it_gives_the_period_for_nothing_and_no_receipt(patron_by, member):
    row = patron_by(percent_off=100)
    checkout_row, payment = Checkout.objects.get(), Payment.objects.get()
    session = stripe_api().checkout.sessions.retrieve(checkout_row.stripe_id)
    assert session.payment_status == "no_payment_required" and checkout_row.state == "paid"
    assert (payment.status, payment.amount, payment.period.revoked_at) == ("paid", 0, None)
    assert rights.is_patron(member) and row.status == "active"
    assert set(Letter.objects.values_list("kind", flat=True)) == {"members/patron_welcome"}
    welcome = Letter.objects.get()
    for text in (welcome.text, welcome.html):
        assert "Nothing was taken for the time that has begun" in text and "people who pay" not in text
    page = words(member)
    assert "nothing is taken on" in page and "You give €5 a month." in page and "What you gave" not in page
    thanks = Client().get(f"/support/thanks/?session={checkout_row.stripe_id}")
    assert thanks.context["is_waiting"] is False
    assert "a promotion code left nothing to pay, there is no receipt" in thanks.content.decode()


@pytest.mark.parametrize("frequency", ["month", "year"])
def test_going_on_after_a_pause_begins_a_new_period_for_nothing(patron_by, sandbox, member, frequency):
    """No money is due, and no time is left either."""
    patron_by(frequency=frequency, amount={"month": 500, "year": 5000}[frequency], percent_off=100)
    pausing.pause_support(member=member)
    sandbox.advance("380d")
    receive(sandbox.events())
    assert not rights.is_patron(member)
    assert f"A new {frequency} begins today. By your promotion code nothing is charged now." in words(
        member, "members:resume-support"
    )
    pausing.resume_support(member=member)
    receive(sandbox.events())
    assert rights.is_patron(member)
    row = Subscription.objects.get()
    assert rights.patron_until(member) >= row.current_period_end > sandbox.now() + timedelta(days=27)


def test_it_ends_with_the_code(patron_by, sandbox, member):
    row = patron_by(percent_off=50, duration="repeating", duration_in_months=2)
    assert row.discount_ends_at == row.created_at.replace(month=5)
    assert "good until 2 May 2026" in words(member) and "is only €2.50 by your" in words(member)
    for _month in range(2):
        sandbox.advance("31d")
        receive(sandbox.events())
    row.refresh_from_db()
    assert (row.percent_off, row.next_money) == (None, Money(500, "eur"))
    assert list(Payment.objects.order_by("id").values_list("amount", flat=True)) == [250, 250, 500]
    assert "promotion code" not in words(member)


def test_it_says_nothing_of_a_code_that_was_good_once(patron_by, member):
    row = patron_by(percent_off=20, duration="once")
    assert (Payment.objects.get().amount, row.percent_off) == (400, None)
    assert "promotion code" not in words(member)


def test_it_takes_an_amount_off(patron_by, member):
    row = patron_by(amount_off=150, currency="eur")
    assert (row.amount_off, row.next_money, Payment.objects.get().amount) == (150, Money(350, "eur"), 350)


def test_it_tells_the_amount_that_really_failed(patron_by, sandbox, member):
    row = patron_by(percent_off=20)
    sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=9)
    sandbox.advance("31d")
    receive(sandbox.events())
    dunning.sweep_dunning()
    assert "€4" in Letter.objects.get(kind="members/payment_failed").text
    assert "The last payment of €4 did not go through" in words(member)
    sandbox.advance("15d")
    dunning.sweep_dunning()
    receive(sandbox.events())
    dunning.sweep_dunning()
    letter = Letter.objects.get(kind="members/support_ended")
    assert "could not take your €4," in letter.text and "could not take your €4," in letter.html


def test_it_tells_the_bill_that_failed_of_a_code_for_one_bill(patron_by, sandbox, member):
    """Which is gone from the terms as soon as the bill is made."""
    row = patron_by(amount_off=100, currency="eur", duration="once")
    coupon = stripe_api().coupons.create({"percent_off": 50, "duration": "once"})
    stripe_api().subscriptions.update(row.stripe_id, {"discounts": [{"coupon": coupon.id}]})
    sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=9)
    sandbox.advance("31d")
    receive(sandbox.events())
    dunning.sweep_dunning()
    letter, said = Letter.objects.get(kind="members/payment_failed"), "€2.50"
    assert f"The {said} due on" in letter.text and f"The {said} due on" in letter.html
    assert f"The last payment of {said} did not go through" in words(member)
    assert f"Your payment of {said} did not go through" in words(member, "members:fix-payment")


def test_it_leaves_the_code_alone_where_an_answer_does_not_name_it(patron_by):
    row = patron_by(percent_off=20)
    mirror_invoice(fetch_invoice(Payment.objects.get().stripe_id))
    row.refresh_from_db()
    assert row.percent_off == 20
    stripe_api().subscriptions.update(row.stripe_id, {"discounts": ""})
    mirror_subscription(fetch_subscription(row.stripe_id))
    row.refresh_from_db()
    assert row.percent_off is None


def test_it_finds_a_code_that_the_mirror_does_not_have(patron_by):
    row = patron_by(percent_off=20)
    Subscription.objects.update(percent_off=None, amount_off=100)
    begin_reconciliation(user=None)
    step_reconciliation()
    drift = Drift.objects.get(kind=Kind.SUBSCRIPTION, stripe_id=row.stripe_id)
    assert {name: said[1] for name, said in drift.says.items()} == {"percent_off": None, "amount_off": 100}


def test_it_takes_all_rights_with_a_refund_of_what_was_paid(patron_by, sandbox, member):
    patron_by(percent_off=20)
    stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id, "amount": 400})
    receive(sandbox.events())
    assert not rights.is_patron(member)


def shown(member, amount, interval="month"):
    """The change as it is shown, and its page."""
    change = changing.propose_change(member=member, money=Money(amount, "eur"), interval=interval)
    client = Client()
    sign_in(client, member)
    page = client.get(reverse("members:confirm-change", args=[change.key]))
    return change, " ".join(page.content.decode().split())


@pytest.fixture
def limited(patron_by, prices):
    """By a code for the products of one tier, whose patrons may change to another."""
    beacon = Tier.objects.create(key="beacon", name="Beacon", position=2)
    Price.objects.create(tier=beacon, amount=2000, currency="eur", interval="month")
    return patron_by(percent_off=20, applies_to={"products": [checkout.product_of(prices)]})


def test_a_code_is_for_the_tiers_it_was_made_for(limited, member, sandbox):
    assert (limited.discount_fits, limited.next_money) == (True, Money(400, "eur"))
    sandbox.advance("10d")
    change, page = shown(member, 2000)
    assert change.lasting_amount == 2000 and "<td>€20 a month</td>" in page and "code stays" not in page
    changing.confirm_change(change=change)
    assert take_all(sandbox, "22d", "31d") == [change.due_now, change.next_due, 2000]
    limited.refresh_from_db()
    assert (limited.percent_off, limited.discount_fits, limited.next_money) == (20, False, Money(2000, "eur"))
    assert "You give €20 a month." in words(member) and "promotion code" not in words(member)


def test_a_code_is_good_again_for_who_comes_back_to_its_tier(limited, member, sandbox):
    for amount in (2000, 500):
        sandbox.advance("2d")
        change, page = shown(member, amount)
        changing.confirm_change(change=change)
        receive(sandbox.events())
    assert change.lasting_amount == 400 and "€4 a month (€5 without your promotion code)" in page
    limited.refresh_from_db()
    assert (limited.discount_fits, limited.next_money) == (True, Money(400, "eur"))


def test_a_code_for_another_tier_is_no_difference_from_stripe(limited, member, sandbox):
    changing.confirm_change(change=shown(member, 2000)[0])
    receive(sandbox.events())
    begin_reconciliation(user=None)
    step_reconciliation()
    assert not Drift.objects.filter(kind=Kind.SUBSCRIPTION).exists()


@pytest.mark.parametrize(
    ("options", "amount"), [({"usd": {"amount_off": 200}}, {"amount_off": 200}), ({}, {}), (None, {})]
)
def test_an_amount_off_is_that_of_the_currency_that_is_paid(options, amount):
    """Nothing is said where the answer does not hold it, so that what an earlier one said stays."""
    coupon = {"percent_off": None, "amount_off": 150, "currency": "eur", "currency_options": options}
    price = {"currency": "usd", "product": "prod_1"}
    data = {"discounts": [{"source": {"coupon": coupon}, "end": None}], "items": {"data": [{"price": price}]}}
    assert discount_of(data).get("amount_off") == amount.get("amount_off")
    assert bool(discount_of(data)) is bool(amount)


def take_all(sandbox, *durations):
    """The change's own payment first, then those of the time that passes."""
    receive(sandbox.events())
    for duration in durations:
        sandbox.advance(duration)
        receive(sandbox.events())
    paid = Payment.objects.filter(paid_at__isnull=False).order_by("paid_at", "pk")
    return list(paid.values_list("amount", flat=True))[1:]  # what began it was paid before


@pytest.mark.parametrize("terms", [{"percent_off": 20}, {"amount_off": 150, "currency": "eur"}, {"percent_off": 100}])
def test_it_shows_before_a_change_what_is_really_charged(patron_by, member, sandbox, terms):
    patron_by(**terms)
    sandbox.advance("10d")
    change, page = shown(member, 1000)
    left = Subscription.objects.get().discounted(Money(1000, "eur"), change.next_at)
    assert change.next_money == change.lasting_money == left and left.amount < 1000
    changing.confirm_change(change=change)
    paid = take_all(sandbox, "22d", "31d")
    assert paid == [change.due_now, change.next_due, change.lasting_amount]
    assert f"{change.lasting_money} a month (€10 without your promotion code)" in page


def test_it_shows_less_with_the_code_too(patron_by, prices, member, sandbox):
    patron_by(amount=1000, percent_off=20)
    sandbox.advance("10d")
    change, page = shown(member, 500)
    assert "€8 a month (€10 without your promotion code)" in page and "€4 on 2 April 2026" in page
    changing.confirm_change(change=change)
    assert take_all(sandbox, "22d") == [change.next_due] == [400]


def test_it_says_until_when_the_code_makes_it_cheaper(patron_by, member, sandbox):
    patron_by(percent_off=50, duration="repeating", duration_in_months=2)
    sandbox.advance("10d")
    change, page = shown(member, 1000)
    assert "€5 a month by your promotion code until 2 May 2026, then €10" in page and "€5 on 2 April 2026" in page
    changing.confirm_change(change=change)
    assert take_all(sandbox, "22d", "31d") == [change.due_now, 500, 1000]


def test_it_says_nothing_of_a_code_that_ends_before_the_next_payment(patron_by, member, sandbox):
    patron_by(percent_off=50, duration="repeating", duration_in_months=1)
    sandbox.advance("10d")
    change, page = shown(member, 1000)
    assert "€10 on 2 April 2026" in page and "€2.50 a month (€5 without your promotion code)" in page
    assert "by your promotion code until" not in page and "Your promotion code stays" not in page
    changing.confirm_change(change=change)
    assert take_all(sandbox, "22d") == [change.due_now, change.next_due]


def test_it_counts_the_code_into_the_year(patron_by, member, sandbox):
    patron_by(percent_off=20)
    sandbox.advance("10d")
    change, page = shown(member, 5000, "year")
    assert "€40 a year (€50 without your promotion code)" in page and "€40 on 12 March 2027" in page
    assert change.due_now < 4000
    changing.confirm_change(change=change)
    assert take_all(sandbox, "366d") == [change.due_now, 4000]


def test_it_takes_what_is_left_of_a_year_off_the_next_payments(patron_by, member, sandbox):
    patron_by(frequency="year", amount=5000, percent_off=20)
    sandbox.advance("10d")
    change, page = shown(member, 500)
    assert change.credit > 3000 and change.next_due == 0 and "nothing on 12 April 2026" in page
    changing.confirm_change(change=change)
    assert set(take_all(sandbox, "32d")) == {0}


def test_it_does_not_take_a_code_for_one_bill_for_one_that_lasts(patron_by, member, sandbox):
    row = patron_by(percent_off=20, duration="once")
    coupon = stripe_api().coupons.create({"percent_off": 50, "duration": "once"})
    stripe_api().subscriptions.update(row.stripe_id, {"discounts": [{"coupon": coupon.id}]})
    receive(sandbox.events())
    sandbox.advance("10d")
    change, page = shown(member, 1000)
    assert "€5 on 2 April 2026" in page and "<td>€10 a month</td>" in page
    changing.confirm_change(change=change)
    assert take_all(sandbox, "22d", "31d") == [change.due_now, 500, 1000]


def test_it_shows_the_whole_amount_where_no_code_is(bought, member, sandbox):
    bought("month", member=member)
    sandbox.advance("10d")
    _change, page = shown(member, 1000)
    assert "promotion code" not in page and "€10 on 2 April 2026" in page and "<td>€5 a month</td>" in page
    assert SupportChange.objects.get().next_due == 1000


@pytest.mark.parametrize("amount", ["300", "1000"])  # less begins with the next payment, more at once
def test_it_shows_before_a_change_what_the_next_payment_takes(patron_by, prices, sandbox, member, amount):
    row = patron_by(percent_off=20)
    Price.objects.create(tier=Tier.objects.create(key="cup", name="Cup"), amount=300, currency="eur", interval="month")
    client = Client()
    sign_in(client, member)
    data = {"frequency": "month", "amount_month": "other", "other_amount": str(int(amount) // 100)}
    address = client.post(reverse("members:change-support"), data)["Location"]
    page = " ".join(client.get(address).content.decode().split())
    said = Money(int(amount) * 8 // 10, "eur")
    assert f"<td>{said} on 2 April 2026</td>" in page
    client.post(address)
    sandbox.advance("31d")
    receive(sandbox.events())
    assert Payment.objects.filter(subscription=row).latest("created_at").money == said
