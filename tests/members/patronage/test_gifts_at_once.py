"""Two clicks, two people, a click and a refund, a click and a renewal, at the same moment on real transactions."""

import threading

import pytest

from members.patronage import inbox, tasks
from members.patronage.client import stripe_api
from members.patronage.errors import GiftRefused
from members.patronage.models import Gift, Period
from members.patronage.months import add_months
from members.patronage.redeeming import take_gift
from tests.members.patronage.conftest import deliver
from tests.members.patronage.gifts import FRIEND, GIVER, begin_gift, give, letters, token_in
from tests.members.patronage.test_together import at_once, drain

pytestmark = pytest.mark.django_db(transaction=True)


def together(*jobs):
    all_ready = threading.Barrier(len(jobs))

    def wait_for_all(job):
        all_ready.wait(60)
        job()

    at_once(*[lambda job=job: wait_for_all(job) for job in jobs])


@pytest.fixture
def token(prices, sandbox):
    give(sandbox)
    return token_in(letters().get())


def test_it_is_one_gift_at_sixteen_clicks_of_one_person(token, make_member):
    friend = make_member(FRIEND)
    together(*[lambda: take_gift(member=friend, token=token)] * 16)
    assert Period.objects.filter(member=friend).count() == 1
    assert letters("gift_taken").count() == letters("patron_welcome").count() == 1


def test_it_is_taken_by_one_of_eight_people(token, make_member):
    people = [make_member(f"friend{number}@example.org") for number in range(8)]
    refused = []

    def take(member):
        try:
            take_gift(member=member, token=token)
        except GiftRefused:
            refused.append(member)

    together(*[lambda member=member: take(member) for member in people])
    assert len(refused) == 7 and Period.objects.count() == 1
    assert Period.objects.get().member == Gift.objects.get().redeemed_by


def test_it_ends_without_rights_when_a_refund_races_the_click(token, sandbox, make_member):
    friend = make_member(FRIEND)
    stripe_api().refunds.create({"payment_intent": Gift.objects.get().payment.payment_intent_id})
    for event in sandbox.events():
        deliver(event)

    def take():
        try:
            take_gift(member=friend, token=token)
        except GiftRefused:
            pass

    together(take, take, lambda: drain(1), lambda: drain(2))
    while due := inbox.due_events():
        for event_id in due:
            inbox.process_event(event_id)
    assert not Period.objects.running().exists()
    assert Gift.objects.get().state in ("withdrawn", "taken")


def test_it_is_handed_over_once_by_many_workers_and_sweeps(prices, sandbox):
    _address, gift = begin_gift()
    sandbox.pay(gift.checkout.stripe_id, GIVER)
    for event in sandbox.events():
        deliver(event)
    together(*[lambda seed=seed: drain(seed) for seed in range(4)], tasks.sweep_gifts, tasks.sweep_gifts)
    assert letters().count() == letters("receipt").count() == 1


def test_it_loses_no_time_when_a_renewal_races_the_click(token, support, sandbox, make_member):
    friend = make_member(FRIEND)
    support("month", member=friend)
    sandbox.control(f"subscriptions/{friend.subscriptions.get().stripe_id}/renew")
    for event in sandbox.events():
        deliver(event)
    together(lambda: take_gift(member=friend, token=token), lambda: drain(1), lambda: drain(2))
    last = Period.objects.filter(cause="invoice").latest("ends_at")
    period = Gift.objects.get().period
    assert (period.starts_at, period.ends_at) == (last.paid_until, add_months(last.paid_until, 3))
