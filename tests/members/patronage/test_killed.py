"""A worker's process ended by SIGKILL at each step of an event's way, and another that finishes: one effect."""

import os
import re
import signal
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from members.patronage import inbox
from members.patronage.client import stripe_api
from members.patronage.models import Donation, Gift, Payment, Period, StripeEvent, Subscription
from newsroom.lib.models import Letter
from newsroom.lib.steps import VARIABLE, step
from tests.members.patronage.conftest import deliver, work
from tests.members.patronage.dying import in_a_process
from tests.members.patronage.gifts import begin_gift

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = (
    "event.claimed", "object.fetched", "subscription.written", "payment.written", "period.granted", "letters.written",
    "event.applied", "event.finished",
)  # fmt: skip


def die_at(step_name, job):
    """The signal that ended it, 0 where it came to its end."""

    def work_to_the_step():
        os.environ[VARIABLE] = step_name
        job()

    return in_a_process(work_to_the_step)


def end_state():
    periods = Period.objects.values_list("starts_at", "ends_at", "revoked_at", "tier__key")
    return (
        list(periods), list(Payment.objects.values_list("status", "amount", "paid_at")),
        list(Subscription.objects.values_list("status", "current_period_end")),
        sorted(Letter.objects.values_list("kind", flat=True)),
    )  # fmt: skip


@pytest.mark.parametrize("dies_at", STEPS)
def test_another_worker_finishes_what_one_died_over(begin, sandbox, dies_at):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    paid = next(event for event in sandbox.events() if event["type"] == "invoice.paid")
    assert deliver(paid).status_code == 200
    assert die_at(dies_at, lambda: inbox.process_event(paid["id"])) == signal.SIGKILL
    assert Letter.objects.count() in (0, 2)
    StripeEvent.objects.update(claimed_at=timezone.now() - timedelta(minutes=6))
    work()
    periods, payments, subscriptions, letters = end_state()
    assert StripeEvent.objects.get().state == "done"
    assert (len(periods), len(payments), len(subscriptions)) == (1, 1, 1)
    assert (payments[0][:2], subscriptions[0][0]) == (("paid", 500), "active")
    assert letters == ["members/patron_welcome", "members/receipt"]


def test_no_step_of_the_code_is_left_out():
    """One that is added later has to stand in a table here."""
    files = (settings.BASE_DIR / "members/patronage").rglob("*.py")
    named = {name for path in files for name in re.findall(r"\bstep\(\"([\w.]+)\"\)", path.read_text())}
    assert named == {"event.stored", *STEPS, *(name for _kind, name in OF_OTHERS)}


ALWAYS = ("event.claimed", "object.fetched", "event.applied", "event.finished")
OF_OTHERS = [
    *[("once", name) for name in (*ALWAYS, "payment.written")],
    *[("gift", name) for name in (*ALWAYS, "payment.written", "gift.paid")],
    *[("refund", name) for name in ALWAYS],
]


@pytest.fixture
def happen(begin, support, sandbox):
    """What a single event tells: somebody gave once, or months to a friend, or got the money back. The event's type."""

    def make(kind):
        if kind == "refund":
            support("month")
            stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id})
            return "charge.refunded"
        row = begin("once", 700) if kind == "once" else begin_gift()[1].checkout
        sandbox.pay(row.stripe_id)
        return "payment_intent.succeeded"

    return make


def stands():
    """All that such an event may bring, each counted."""
    gifts = list(Gift.objects.values_list("state", flat=True))
    revoked = list(Period.objects.values_list("revoked_why", flat=True))
    return gifts, revoked, Donation.objects.count(), list(Payment.objects.values_list("status", "refunded"))


ENDS = {
    "once": (([], [], 1, [("succeeded", 0)]), ["receipt", "thanks"]),
    "gift": ((["given"], [], 0, [("succeeded", 0)]), ["gift", "receipt"]),
    "refund": (([], ["refunded"], 0, [("paid", 500)]), ["patron_welcome", "receipt"]),
}


@pytest.mark.parametrize(("kind", "dies_at"), OF_OTHERS)
def test_another_worker_finishes_other_events_too(happen, sandbox, kind, dies_at):
    wanted = happen(kind)
    event = next(event for event in sandbox.events() if event["type"] == wanted)
    assert deliver(event).status_code == 200
    assert die_at(dies_at, lambda: inbox.process_event(event["id"])) == signal.SIGKILL
    StripeEvent.objects.update(claimed_at=timezone.now() - timedelta(minutes=6))
    work()
    state, letters = ENDS[kind]
    assert stands() == state and not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    assert sorted(Letter.objects.values_list("kind", flat=True)) == [f"members/{name}" for name in letters]


def test_an_event_that_was_stored_and_not_answered_is_stored_once(begin, sandbox):
    """The web process dies between the row and the waking: Stripe delivers again, and the sweep finds the row."""
    row = begin("once", 700)
    sandbox.pay(row.stripe_id)
    paid = next(event for event in sandbox.events() if event["type"] == "payment_intent.succeeded")
    assert die_at("event.stored", lambda: deliver(paid)) == signal.SIGKILL
    assert inbox.due_events() == [paid["id"]]
    assert deliver(paid).status_code == 200
    work()
    assert StripeEvent.objects.count() == 1 and Payment.objects.get().status == "succeeded"
    assert Letter.objects.count() == 2


def test_a_step_is_nothing_in_production(monkeypatch):
    monkeypatch.setenv("NEWSROOM_MODE", "production")
    monkeypatch.setenv(VARIABLE, "event.claimed")
    assert step("event.claimed") is None


def test_an_event_that_ends_each_worker_is_left_for_a_person(begin, sandbox):
    row = begin("once", 700)
    sandbox.pay(row.stripe_id)
    deliver(next(event for event in sandbox.events() if event["type"] == "payment_intent.succeeded"))
    long_ago = timezone.now() - timedelta(minutes=6)
    StripeEvent.objects.update(state="claimed", claimed_at=long_ago, attempts=inbox.GIVE_UP_AFTER)
    assert not inbox.due_events()
    inbox.give_up_events()
    event = StripeEvent.objects.get()
    assert event.state == "failed" and "Each worker" in event.error
