"""The alarm about webhooks: raised once, told once, over by itself."""

from datetime import timedelta

import pytest
import stripe
from django.urls import reverse
from django.utils import timezone

from members.patronage import watching
from members.patronage.client import stripe_api
from members.patronage.models import Drift, Payment, Reconciliation, RefundRequest, StripeEvent, WebhookAlarm
from newsroom.lib.health import read_notes
from newsroom.lib.models import Letter

from .conftest import receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(watching, "LATE_AFTER", timedelta(seconds=-5))


def test_it_alarms_once_when_events_do_not_arrive(sandbox, begin, publisher, at_once):
    sandbox.pay(begin("month").stripe_id)
    watching.check_webhooks()
    watching.check_webhooks()
    letter = Letter.objects.get(kind="members/webhook_alarm")
    assert WebhookAlarm.objects.get().kind == "silent" and letter.to_email == publisher.email
    assert read_notes() == {"webhooks": "silent"}


def test_it_finds_a_single_one_that_is_missing_pages_back(sandbox, begin, publisher, at_once, monkeypatch):
    """A busy account has made more events than one answer holds since the one that was lost."""
    monkeypatch.setattr(watching, "PAGE", 2)
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    sandbox.forget()
    sandbox.pay(begin("month").stripe_id)
    made = sandbox.events()
    needed = [event for event in made if event["type"] in watching.HANDLERS.keys() - watching.OPTIONAL]
    lost = needed[0]
    assert made.index(lost) < len(made) - 6
    receive([event for event in made if event != lost])
    assert watching.missing_events() == [lost["id"]]
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().kind == "silent"
    monkeypatch.setattr(watching, "MOST_PAGES", 2)
    assert watching.missing_events() == []  # bounded
    monkeypatch.setattr(watching, "MOST_PAGES", 20)
    receive([lost])
    assert watching.missing_events() == []


def test_it_is_over_when_the_events_came(sandbox, begin, publisher, at_once):
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    sandbox.forget()
    sandbox.pay(begin("month").stripe_id)
    watching.check_webhooks()
    receive(sandbox.events())
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().ended_at and read_notes() == {}


def test_it_gives_a_late_event_its_time(sandbox, begin, publisher):
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    sandbox.pay(begin("month").stripe_id)
    watching.check_webhooks()
    assert not WebhookAlarm.objects.exists()


def test_it_alarms_when_an_event_was_given_up(sandbox, publisher):
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    StripeEvent.objects.create(event_id="evt_1", type="invoice.paid", object_id="in_1", state="failed", attempts=14)
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().kind == "failing"
    StripeEvent.objects.update(state="done")
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().ended_at


@pytest.fixture
def failing(sandbox):
    """An event that was tried three times in vain."""
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    return StripeEvent.objects.create(
        event_id="evt_1", type="invoice.paid", object_id="in_1", state="failed", attempts=3
    )


def came(minutes):
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(minutes=minutes))


def test_it_alarms_when_an_event_has_failed_for_an_hour_and_no_sooner(failing, publisher):
    came(minutes=50)
    watching.check_webhooks()
    assert not WebhookAlarm.objects.exists()
    came(minutes=70)
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().kind == "failing" and "an hour" in Letter.objects.get().text


def test_it_alarms_once_while_a_failing_event_is_tried_again(failing, publisher):
    came(minutes=70)
    for state in ("failed", "claimed", "failed"):
        StripeEvent.objects.update(state=state)
        watching.check_webhooks()
    assert WebhookAlarm.objects.get().ended_at is None and Letter.objects.count() == 1


def test_it_alarms_when_stripe_refuses_the_key_until_it_takes_one(sandbox, publisher, settings):
    good, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "rk_test_revoked"
    watching.check_webhooks()
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().kind == "refused" and read_notes() == {"webhooks": "refused"}
    assert "does not accept our key" in Letter.objects.get().text
    settings.STRIPE_SECRET_KEY = good
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().ended_at and read_notes() == {}


def test_it_alarms_when_the_key_may_not_do_what_it_has_to(monkeypatch, publisher):
    def refuse(*_given):
        raise stripe.PermissionError("The provided key does not have the required permissions.")

    monkeypatch.setattr(type(stripe_api().events), "list", refuse)
    watching.check_webhooks()
    assert WebhookAlarm.objects.get().kind == "refused"


def test_it_raises_no_alarm_about_a_key_that_was_never_set(publisher, settings):
    settings.STRIPE_SECRET_KEY = ""
    watching.check_webhooks()
    assert not WebhookAlarm.objects.exists()


def test_it_keeps_the_note_of_failing_events_while_stripe_does_not_answer(failing, sandbox, publisher):
    came(minutes=70)
    sandbox.control("faults", kind="error", path="/v1/events", count=9)
    watching.check_webhooks()
    sandbox.control("faults", count=0)
    assert read_notes() == {"webhooks": "failing", "stripe": "it does not answer: APIError http_status=500"}
    watching.check_webhooks()
    assert read_notes() == {"webhooks": "failing"}


def test_it_says_nothing_about_events_while_stripe_does_not_answer(sandbox, begin, publisher, at_once):
    sandbox.control("faults", kind="error", path="/v1/events", count=9)
    watching.check_webhooks()
    sandbox.control("faults", count=0)
    assert not WebhookAlarm.objects.exists()


def test_the_desks_first_page_counts_what_a_person_must_look_at(manager_client, writer_client, bought, member):
    said = ("Of 1 refund nobody knows", "1 support of somebody who was erased still runs",
            "Of 1 thing Stripe says something else", "The comparison with Stripe of")  # fmt: skip
    bought("month", member=member)
    assert not [one for one in said if one in manager_client.get("/admin/").content.decode()]
    run = Reconciliation.objects.create(state="failed", finished_at=timezone.now())
    Drift.objects.create(kind="invoice", stripe_id="in_1", says={"amount": [500, 1]}, found_in=run)
    RefundRequest.objects.create(
        payment=Payment.objects.get(), amount=500, currency="eur", reason="duplicate", asked_by=member, state="unknown"
    )
    type(member).objects.filter(pk=member.pk).update(erased_at=timezone.now())
    page = manager_client.get("/admin/").content.decode()
    assert [one for one in said if one not in page] == []
    assert not [one for one in said if one in writer_client.get("/admin/").content.decode()]


def test_it_shows_on_the_desks_first_page(manager_client, writer_client, db):
    WebhookAlarm.objects.create(kind="silent")
    assert "events do not arrive" in manager_client.get(reverse("admin:index")).content.decode()
    assert "events do not arrive" not in writer_client.get(reverse("admin:index")).content.decode()
