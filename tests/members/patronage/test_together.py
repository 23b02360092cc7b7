"""Several workers and the thanks page at once, on real transactions."""

import random
import threading

import pytest
from django.db import connection

from members.accounts.models import Member
from members.patronage import checkout, inbox
from members.patronage.models import Payment, Period, StripeEvent, Subscription
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import deliver

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
    assert not StripeEvent.objects.exclude(state__in=["done", "ignored", "foreign"]).exists()


def test_it_stores_an_event_once_however_many_deliver_it(begin, sandbox):
    row = begin("once", 700)
    sandbox.pay(row.stripe_id)
    events = sandbox.events()
    at_once(*[lambda: [deliver(event) for event in events] for _copy in range(4)])
    assert StripeEvent.objects.count() == len(events)
