"""A renewal that is not paid yet and has not failed: Stripe takes an hour before it charges, a bank days. Whoever ends
or pauses meanwhile is not told that nothing more is taken."""

import pytest
from django.test import Client
from django.urls import reverse

from members.patronage import checkout
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Payment, Period, Subscription
from newsroom.lib.money import Money
from tests.members.patronage.conftest import OUR_PAGE, receive
from tests.members.patronage.declaring import END, declare, mailed_link, page_of, press, receipts
from tests.members.patronage.life import let_debit
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

ACCOUNT, READER = "DE89370400440532013000", "reader@example.org"
SUPPORT, PAUSE, STOP = (reverse(f"members:{name}") for name in ("my-support", "pause-support", "end-support"))
STILL = "is under way already and is still taken."


@pytest.fixture
def sandbox(prices, begin_at):  # noqa: F811
    return begin_at("2026-12-29T10:00:00Z")


@pytest.fixture
def renewed(sandbox):
    """By a bank account that has paid once and is asked again."""
    checkout.open_checkout(member=None, frequency="month", money=Money(500, "eur"), language="en")
    sandbox.pay(let_debit(checkout.Checkout.objects.latest("id")).stripe_id, READER, card=ACCOUNT)
    sandbox.advance("6d")
    receive(sandbox.events())
    subscription = Subscription.objects.get()
    sandbox.control(f"subscriptions/{subscription.stripe_id}/renew")
    return subscription


@pytest.fixture
def client(renewed):
    client = Client()
    sign_in(client, renewed.member)
    return client


def in_the_hour(subscription):
    """Stripe has begun the period and written no bill yet that we would hear of."""
    mirror_subscription(fetch_subscription(subscription.stripe_id))
    assert Payment.objects.count() == 1
    return subscription


def words(client, address):
    return words_of(client.get(address))


def words_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("is_heard_of", [False, True])
def test_who_ends_meanwhile_is_told_what_is_still_taken(renewed, client, sandbox, is_heard_of):
    in_the_hour(renewed)
    if is_heard_of:
        receive(sandbox.events())
        assert Payment.objects.filter(status="open").count() == 1
    before = words(client, STOP)
    assert "The payment of €5 for the time until" in before and STILL in before and "Nothing more" not in before
    said = words_of(client.post(STOP, {}, **OUR_PAGE, follow=True))
    assert said.count(STILL) == 2 and "It is the last one: the support ends on" in said  # the message, and the fact
    assert "othing more" not in said and "Thank you for what you gave." in said


def test_once_it_is_paid_nothing_more_is_taken(renewed, client, sandbox):
    client.post(STOP, {}, **OUR_PAGE, follow=True)
    sandbox.advance("6d")
    receive(sandbox.events())
    assert Payment.objects.filter(status="paid").count() == 2 and not Period.objects.filter(grace_from__isnull=False)
    said = words(client, SUPPORT)
    assert STILL not in said and "nothing more is taken" in said


def test_who_pauses_meanwhile_is_told_too(renewed, client):
    in_the_hour(renewed)
    said = words(client, PAUSE)
    assert f"{STILL} After it nothing is taken until you go on." in said and "paid for" not in said


def test_so_is_who_declares_the_end_without_signing_in(renewed):
    in_the_hour(renewed)
    declare(END, READER)
    link = mailed_link()
    assert STILL in " ".join(page_of(link).split())
    press(link)
    assert STILL in " ".join(receipts().get().text.split())
