"""A row before the question: crashes, lost answers, two tabs."""

import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from members.patronage import checkout, dunning
from members.patronage.client import stripe_api
from members.patronage.errors import AlreadyPatron, StripeRefused, StripeResting
from members.patronage.fetching import fetch_session
from members.patronage.models import Checkout, Period, Subscription, Tier
from newsroom.lib.limits import THANKS
from newsroom.lib.money import Money

pytestmark = pytest.mark.django_db
EUR5 = Money(500, "eur")


def older(**age):
    Checkout.objects.update(created_at=timezone.now() - timedelta(**age))


def test_it_makes_one_session_however_often_it_asks(begin):
    row = begin("month")
    Checkout.objects.filter(pk=row.pk).update(stripe_id="", state=Checkout.State.NEW)  # died before writing it down
    older(minutes=3)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().stripe_id == row.stripe_id
    assert Checkout.objects.get().state == Checkout.State.OPEN


def test_it_asks_again_for_what_was_begun_before_the_clock_was_set_back(begin):
    row = begin("month")
    Checkout.objects.filter(pk=row.pk).update(stripe_id="", state=Checkout.State.NEW)
    older(hours=-5)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().stripe_id == row.stripe_id


def test_it_reads_a_lost_answer_back(prices, sandbox, monkeypatch):
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    checkout.make_product(prices)
    from members.patronage import client

    client._make_client.cache_clear()
    sandbox.control("faults", count=1, lose_answer=1)
    with pytest.raises(StripeResting):
        checkout.open_checkout(member=None, frequency="month", money=EUR5, language="en")
    client._make_client.cache_clear()
    assert Checkout.objects.get().state == Checkout.State.NEW and not Checkout.objects.get().stripe_id
    older(minutes=3)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().stripe_id.startswith("cs_")


def test_it_gives_up_after_two_hours(prices, settings, monkeypatch):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    with pytest.raises(StripeResting):
        checkout.open_checkout(member=None, frequency="month", money=EUR5, language="en")
    older(hours=3)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().state == Checkout.State.FAILED


def test_it_closes_what_was_never_paid(begin, sandbox):
    row = begin("month")
    stripe_api().checkout.sessions.expire(row.stripe_id)
    older(hours=25)
    Checkout.objects.update(checked_at=None)
    checkout.sweep_checkouts()
    row.refresh_from_db()
    assert row.state == Checkout.State.EXPIRED and row.finished_at


def test_it_finds_a_payment_whose_events_never_came(begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    older(hours=25)
    Checkout.objects.update(checked_at=None)
    checkout.sweep_checkouts()
    assert Period.objects.count() == 1


def test_it_makes_a_product_once_per_tier(begin):
    begin("month")
    first = Tier.objects.get().stripe_product_id
    begin("year", 5000)
    assert first.startswith("prod_") and Tier.objects.get().stripe_product_id == first


def test_it_leaves_a_product_of_the_other_mode_behind(prices, begin):
    Tier.objects.update(stripe_product_id="prod_of_test_mode")
    assert begin("month").stripe_id.startswith("cs_")
    assert Tier.objects.get().stripe_product_id != "prod_of_test_mode"


def test_it_records_a_refusal(prices, sandbox, monkeypatch):
    monkeypatch.setattr(checkout, "_name_of_gift", lambda language: "")
    with pytest.raises(StripeRefused):
        checkout.open_checkout(member=None, frequency="once", money=EUR5, language="en")
    assert Checkout.objects.get().state == Checkout.State.FAILED and Checkout.objects.get().error


def test_it_uses_the_member_s_customer(bought, member):
    row = bought("month", member=member)
    customer = row.member.stripe_customers.get().stripe_id
    checkout.open_checkout(member=member, frequency="once", money=EUR5, language="en")
    session = stripe_api().checkout.sessions.retrieve(Checkout.objects.latest("id").stripe_id)
    assert session.customer == customer


def test_it_lets_no_second_tab_buy_a_second_time(begin, sandbox, member):
    first = begin("month", member=member)
    second = begin("month", member=member)
    first.refresh_from_db()
    assert first.state == Checkout.State.EXPIRED and second.state == Checkout.State.OPEN
    sandbox.pay(second.stripe_id)
    with pytest.raises(AlreadyPatron):
        checkout.open_checkout(member=member, frequency="year", money=Money(5000, "eur"), language="en")
    assert Period.objects.filter(member=member).count() == 1


def test_it_counts_no_support_of_the_other_mode(bought, begin, member, settings):
    """A copy of the live database beside a test key, or the other way round."""
    bought("month", member=member)
    Subscription.objects.update(livemode=True, status="past_due")
    assert checkout.running_subscription(member) is None and dunning.owing_subscription(member) is None
    assert begin("month", member=member).state == Checkout.State.OPEN
    settings.STRIPE_LIVEMODE = True
    assert checkout.running_subscription(member) == dunning.owing_subscription(member) == Subscription.objects.get()


def test_it_thanks_at_once_though_no_event_has_come(begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    for _tab in range(2):
        page = Client().get(f"/support/thanks/?session={row.stripe_id}")
        assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    assert Period.objects.count() == 1 and "reader@example.org" not in page.content.decode()
    assert "sessionid" not in page.cookies and "session" not in page.cookies


def test_it_tells_a_member_of_their_account_and_anybody_else_of_the_typed_address(
    begin, sandbox, member, member_client, stranger_client
):
    row = begin("month", member=member)
    sandbox.pay(row.stripe_id)
    address, own = f"/support/thanks/?session={row.stripe_id}", "The receipt goes to the address of your account."
    assert own in member_client.get(address).content.decode()
    for client in (stranger_client, Client()):
        page = client.get(address).content.decode()
        assert own not in page and "sign in with that address" in page


@pytest.mark.parametrize("session", ["", "cs_test_unknown0000", "'; DROP TABLE", "cs_" + "x" * 500])
def test_it_is_friendly_to_an_unknown_session(db, session):
    page = Client().get("/support/thanks/", {"session": session})
    assert page.status_code == 200 and page.context["is_unknown"]


def test_it_asks_stripe_about_one_session_a_dozen_times_and_says_on_what_it_knows(begin, sandbox, monkeypatch):
    row, asked = begin("month"), []

    def ask(session_id):
        asked.append(session_id)
        return fetch_session(session_id)

    monkeypatch.setattr(checkout, "fetch_session", ask)
    pages = [Client().get(f"/support/thanks/?session={row.stripe_id}") for _time in range(THANKS.count + 5)]
    assert {page.status_code for page in pages} == {200} and pages[-1].context["is_waiting"]
    assert asked == [row.stripe_id] * THANKS.count


def test_it_thanks_without_asking_while_nothing_can_be_counted(begin, sandbox, settings):
    row = begin("month")
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    page = Client().get(f"/support/thanks/?session={row.stripe_id}")
    assert page.status_code == 200 and page.context["is_waiting"]


def test_it_thanks_though_it_cannot_write_now(begin, sandbox, monkeypatch):
    """Another transaction stood in the way: the webhook's worker writes the same."""
    row = begin("month")
    sandbox.pay(row.stripe_id)

    def give_way(fetched):
        raise OperationalError("deadlock detected")

    with monkeypatch.context() as patch:
        patch.setattr(checkout, "mirror_checkout_session", give_way)
        page = Client().get(f"/support/thanks/?session={row.stripe_id}")
    assert page.status_code == 200 and page.context["is_waiting"] and not page.context["is_unknown"]
    assert not Client().get(f"/support/thanks/?session={row.stripe_id}").context["is_waiting"]


def test_it_promises_nothing_before_the_payment(begin, sandbox):
    row = begin("month")
    page = Client().get(f"/support/thanks/?session={row.stripe_id}")
    assert page.context["is_waiting"] and not Period.objects.exists()


def test_it_refuses_a_key_that_is_not_ours(begin):
    from members.patronage.errors import NotYetHere
    from members.patronage.fetching import fetch_session
    from members.patronage.mirroring import mirror_checkout_session

    fetched = fetch_session(begin("month").stripe_id)
    Checkout.objects.update(key=uuid.uuid4())
    with pytest.raises(NotYetHere):
        mirror_checkout_session(fetched)


@pytest.mark.parametrize("frequency", ["once", "month", "year"])
def test_it_leaves_the_ways_to_pay_to_the_dashboard(begin, frequency):
    row = begin(frequency, 5000)
    params = checkout._session_params(row, product_id="prod_1", customer_id="")
    named = {name for name in params if name.startswith("payment_method")}
    assert not named and not set(params.get("payment_intent_data", {})) & {"payment_method_types", "payment_method"}
