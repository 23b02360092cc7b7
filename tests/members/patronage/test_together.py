"""Several workers and the thanks page at once, on real transactions."""

import contextlib
import random
import threading
import urllib.error

import pytest
from django.db import connection

from members.accounts.models import Member
from members.patronage import checkout, inbox, mirroring
from members.patronage.models import Checkout, Payment, Period, StripeEvent, Subscription
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import deliver
from tests.members.patronage.gifts import GIVER, begin_gift

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    errors = []

    def run(job):
        try:
            job()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors


def drain(seed):
    dice = random.Random(seed)
    for event_id in dice.sample(
        sorted(StripeEvent.objects.values_list("event_id", flat=True)), StripeEvent.objects.count()
    ):
        inbox.process_event(event_id)


def test_it_grants_once_however_many_work_at_once(begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    for event in sandbox.events():
        deliver(event)
    at_once(
        *[lambda seed=seed: drain(seed) for seed in range(4)],
        lambda: checkout.take_session(row.stripe_id),
        lambda: checkout.take_session(row.stripe_id),
    )
    while due := inbox.due_events():
        for event_id in due:
            inbox.process_event(event_id)
    assert (Period.objects.count(), Payment.objects.count(), Subscription.objects.count()) == (1, 1, 1)
    assert Member.objects.filter(email="reader@example.org").count() == 1
    assert Letter.objects.count() == 2
    assert AuditEntry.objects.filter(action="subscription.started").count() == 1
    assert not StripeEvent.objects.exclude(state__in=["done", "ignored", "foreign"]).exists()


def test_it_stores_an_event_once_however_many_deliver_it(begin, sandbox):
    row = begin("once", 700)
    sandbox.pay(row.stripe_id)
    events = sandbox.events()
    at_once(*[lambda: [deliver(event) for event in events] for _copy in range(4)])
    assert StripeEvent.objects.count() == len(events)


def test_thirty_two_deliveries_of_one_event_have_one_effect(begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    paid = next(event for event in sandbox.events() if event["type"] == "invoice.paid")
    waking = [lambda: (deliver(paid), inbox.process_event(paid["id"])) for _copy in range(32)]
    at_once(*waking)
    event = StripeEvent.objects.get()
    assert (event.state, event.attempts) == ("done", 1)
    assert (Period.objects.count(), Payment.objects.count(), Subscription.objects.count()) == (1, 1, 1)
    assert sorted(Letter.objects.values_list("kind", flat=True)) == ["members/patron_welcome", "members/receipt"]


def test_a_refund_and_a_renewal_at_once_wait_for_nobody_in_a_circle(support, sandbox):
    """Two workers, each with half of the events, on the same rows."""
    from members.patronage.client import stripe_api

    support("month")
    subscription = Subscription.objects.get().stripe_id
    stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id})
    sandbox.control(f"subscriptions/{subscription}/renew")
    events = sandbox.events()
    for event in events:
        deliver(event)
    at_once(*[lambda seed=seed: drain(seed) for seed in range(2)])
    assert not StripeEvent.objects.filter(state__in=["waiting", "claimed", "failed"]).exists()
    first, second = Period.objects.order_by("starts_at")
    assert (first.revoked_why, second.revoked_at) == ("refunded", None)


def test_the_thanks_page_and_the_gift_s_event_wait_for_nobody_in_a_circle(prices, sandbox, monkeypatch):
    """The page holds the checkout and waits for the member that the worker has added; the worker must not need the
    checkout to go on."""
    session_id = begin_gift(None)[1].checkout.stripe_id
    sandbox.pay(session_id, GIVER)
    paid = next(event for event in sandbox.events() if event["type"] == "payment_intent.succeeded")
    deliver(paid)
    is_added, is_held = threading.Event(), threading.Event()

    def pause(name):
        if name == "payment.written" and not is_added.is_set():
            is_added.set()
            is_held.wait(60)

    payer_of = mirroring._payer_of_session
    monkeypatch.setattr(mirroring, "step", pause)
    monkeypatch.setattr(mirroring, "_payer_of_session", lambda session: is_held.set() or payer_of(session))
    at_once(lambda: inbox.process_event(paid["id"]), lambda: is_added.wait(60) and checkout.take_session(session_id))
    assert (StripeEvent.objects.get().state, Checkout.objects.get().state) == ("done", "paid")
    assert Letter.objects.filter(kind="members/gift").count() == 1


def test_it_leaves_one_subscription_of_32_checkouts_at_once(prices, sandbox, make_member):
    member = make_member("thirty-two@example.org")
    all_ready = threading.Barrier(32)

    def begin_together():
        all_ready.wait(60)
        checkout.open_checkout(member=member, frequency="month", money=Money(500, "eur"), language="en")

    at_once(*[begin_together] * 32)
    assert Checkout.objects.count() == 32
    paid = 0
    for row in Checkout.objects.all():
        with contextlib.suppress(urllib.error.HTTPError):  # it is over
            sandbox.pay(row.stripe_id)
            paid += 1
    for event in sandbox.events():
        deliver(event)
    while due := inbox.due_events():
        for event_id in due:
            inbox.process_event(event_id)
    assert paid == 1
    assert (Subscription.objects.filter(member=member).count(), Period.objects.filter(member=member).count()) == (1, 1)
