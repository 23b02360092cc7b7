"""The door for Stripe's events and the inbox behind it."""

import json
import re
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from members.patronage import fetching, inbox
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Payment, Period, StripeEvent
from newsroom.lib.models import Hold
from tests.members.patronage.conftest import deliver, receive, sign, states, work

pytestmark = pytest.mark.django_db


def event(kind="invoice.paid", object_id="in_1", **fields):
    return {
        "id": "evt_1", "object": "event", "type": kind, "livemode": False, "created": 1,
        "data": {"object": {"id": object_id}}, **fields,
    }  # fmt: skip


def test_it_stores_and_answers_200():
    answer = deliver(event())
    assert answer.status_code == 200
    row = StripeEvent.objects.get()
    assert (row.event_id, row.object_id, row.state) == ("evt_1", "in_1", StripeEvent.State.WAITING)


@pytest.mark.parametrize("signing", [{"secret": "whsec_other"}, {"moment": int(time.time()) - 3600}])
def test_it_refuses_a_bad_or_old_signature_and_stores_nothing(signing):
    assert deliver(event(), **signing).status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "t=x,v1=y", "t=1,v1="])
def test_it_refuses_a_broken_header(header):
    answer = Client().post("/stripe/webhook/", b"{}", content_type="application/json", HTTP_STRIPE_SIGNATURE=header)
    assert answer.status_code == 400 and not StripeEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff\xfe", b'{"object": "event"}', b'{"id": 1, "object": "event"}'])
def test_it_refuses_what_is_no_event_though_signed(body):
    answer = Client().post("/stripe/webhook/", body, content_type="application/json", HTTP_STRIPE_SIGNATURE=sign(body))
    assert answer.status_code == 400 and not StripeEvent.objects.exists()


def test_it_refuses_a_body_too_large():
    body = json.dumps(event(padding="x" * 600_000)).encode()
    answer = Client().post("/stripe/webhook/", body, content_type="application/json", HTTP_STRIPE_SIGNATURE=sign(body))
    assert answer.status_code == 413


@pytest.mark.parametrize(("length", "status"), [("many", 400), ("-1", 400), ("²", 400), ("9" * 5000, 413)])
def test_it_survives_a_length_that_is_no_number(length, status):
    answer = Client().post("/stripe/webhook/", b"{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == status and not StripeEvent.objects.exists()


def test_it_takes_no_get():
    assert Client().get("/stripe/webhook/").status_code == 405


def test_it_stores_one_row_with_one_insert(django_assert_num_queries):
    with django_assert_num_queries(1):
        deliver(event())
    deliver(event())
    assert StripeEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"kind": "customer.tax_id.created"}, "ignored"),
        ({"livemode": True}, "ignored"),
        ({"account": "acct_other"}, "foreign"),
        ({"object_id": None}, "ignored"),
    ],
)
def test_it_keeps_what_is_not_for_us_and_does_nothing(changes, state):
    assert deliver(event(**changes)).status_code == 200
    assert StripeEvent.objects.get().state == state and not inbox.due_events()


def test_it_leaves_alone_what_others_sold(sandbox, db):
    price = {"currency": "eur", "unit_amount": 900, "product_data": {"name": "A mug"}}
    params = {
        "mode": "payment",
        "success_url": "https://example.org/",
        "line_items": [{"price_data": price, "quantity": 1}],
    }
    session = stripe_api().checkout.sessions.create(params)
    sandbox.pay(session.id)
    receive(sandbox.events())
    assert states()["checkout.session.completed"] == "foreign" and states()["payment_intent.succeeded"] == "foreign"
    assert not Payment.objects.exists()


def test_it_keeps_trying_when_our_own_row_is_missing(begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    events = [one for one in sandbox.events() if one["type"] == "checkout.session.completed"]
    Checkout.objects.all().delete()
    receive(events)
    failed = StripeEvent.objects.get()
    assert failed.state == StripeEvent.State.FAILED and failed.attempts == 1
    assert failed.next_attempt_at > timezone.now() and "not in our records" in failed.error


def test_it_fails_and_tries_again_when_stripe_is_down(begin, sandbox, settings, monkeypatch):
    row = begin("once", 700)
    sandbox.pay(row.stripe_id)
    events, base = sandbox.events(), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    receive(events)
    assert states()["payment_intent.succeeded"] == "failed"
    settings.STRIPE_API_BASE = base
    StripeEvent.objects.update(next_attempt_at=timezone.now())
    work()
    assert states()["payment_intent.succeeded"] == "done" and Payment.objects.get().paid_at


def test_it_takes_over_from_a_worker_that_died(begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    for one in sandbox.events():
        deliver(one)
    StripeEvent.objects.update(state="claimed", claimed_at=timezone.now())
    assert not inbox.due_events()
    StripeEvent.objects.update(claimed_at=timezone.now() - timedelta(minutes=6))
    work()
    assert Period.objects.count() == 1 and "claimed" not in states().values()


@pytest.mark.parametrize("state", ["waiting", "failed", "claimed"])
def test_it_finds_what_waits_after_the_clock_was_set_back(state):
    deliver(event())
    years_ahead = timezone.now() + timedelta(days=400)
    StripeEvent.objects.update(state=state, claimed_at=years_ahead, next_attempt_at=years_ahead)
    assert inbox.due_events() == ["evt_1"]


def test_it_fetches_an_object_once_for_all_its_events(begin, sandbox, monkeypatch):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    for one in sandbox.events():
        deliver(one)
    asked = []
    plain = inbox.HANDLERS["invoice.paid"].fetch
    spy = inbox.Handler(lambda key: asked.append(key) or plain(key), inbox.HANDLERS["invoice.paid"].mirror)
    for kind in [kind for kind in inbox.HANDLERS if kind.startswith("invoice.")]:
        monkeypatch.setitem(inbox.HANDLERS, kind, spy)
    work()
    assert len(asked) == 1 and StripeEvent.objects.filter(type__startswith="invoice.", state="done").count() == 4


@pytest.fixture
def three(monkeypatch):
    """Three events of three objects that wait, and a handler that says which it took; wake-ups are counted."""
    taken, woken = [], []
    monkeypatch.setitem(inbox.HANDLERS, "invoice.paid", inbox.Handler(taken.append, lambda fetched: None))
    monkeypatch.setattr(inbox, "wake", lambda *task: woken.append(task))
    for number in "123":
        deliver(event(object_id=f"in_{number}", id=f"evt_{number}"))
    woken.clear()
    return taken, woken


def test_a_run_takes_all_that_is_due_longest_waiting_first(three):
    taken, woken = three
    StripeEvent.objects.filter(object_id="in_2").update(next_attempt_at=timezone.now() - timedelta(hours=1))
    inbox.work_off_events()
    assert taken == ["in_2", "in_1", "in_3"] and woken == []


def test_a_run_ends_in_time_and_leaves_the_rest_to_the_next(three, monkeypatch):
    taken, woken = three
    monkeypatch.setattr(inbox, "RUN_SECONDS", 0)
    inbox.work_off_events()
    assert taken == ["in_1"] and woken == [(inbox.TASK,)]


def test_a_run_wakes_nobody_for_what_failed_or_is_in_other_hands(three, monkeypatch):
    _taken, woken = three
    monkeypatch.setitem(inbox.HANDLERS, "invoice.paid", inbox.Handler(lambda key: 1 / 0, lambda fetched: None))
    StripeEvent.objects.filter(object_id="in_3").update(state="claimed", claimed_at=timezone.now())
    inbox.work_off_events()
    assert sorted(StripeEvent.objects.values_list("state", flat=True)) == ["claimed", "failed", "failed"]
    assert woken == []


def test_a_run_does_nothing_and_wakes_nobody_on_hold(three):
    taken, woken = three
    Hold.objects.create(pk=1, reason="restored")
    inbox.work_off_events()
    assert taken == woken == [] and StripeEvent.objects.filter(state="waiting").count() == 3


def test_it_gives_up_after_two_days_until_a_person_replays(manager):
    deliver(event("charge.dispute.created", "dp_gone"))
    StripeEvent.objects.update(attempts=inbox.GIVE_UP_AFTER, state="failed")
    assert not inbox.due_events()
    inbox.replay_event(user=manager, event=StripeEvent.objects.get())
    assert inbox.due_events() == ["evt_1"]


def test_it_tells_the_operator_each_event_that_it_wants():
    told = (settings.BASE_DIR / "docs" / "patronage.md").read_text(encoding="utf-8")
    assert [kind for kind in inbox.HANDLERS if kind not in told] == []


def test_it_tells_the_operator_each_right_that_a_restricted_key_needs():
    """By what is asked of Stripe, and by what is expanded in its answers."""
    code = "".join(path.read_text(encoding="utf-8") for path in (settings.BASE_DIR / "members/patronage").rglob("*.py"))
    asked = {name.partition(".")[0] for name in re.findall(r"stripe_api\(\)\.((?:checkout\.)?[a-z_]+)", code)}
    rights = {
        "billing_portal": "Customer portal", "charges": "Charges", "checkout": "Checkout Sessions",
        "customers": "Customers", "disputes": "Disputes", "events": "Events",
        "invoice_payments": "Invoices", "invoices": "Invoices",
        "payment_intents": "Payment Intents", "prices": "Prices", "products": "Products", "refunds": "Refunds",
        "subscriptions": "Subscriptions",
    }  # fmt: skip
    expanded = {fetching.COUPONS: "Coupons", fetching.METHOD: "Payment Methods"}
    told = (settings.BASE_DIR / "docs" / "patronage.md").read_text(encoding="utf-8")
    listed = told.partition("The restricted key may **write**")[2].partition("and Events.")[0] + "Events"
    assert asked == set(rights)
    assert [right for right in {**rights, **expanded}.values() if right not in listed] == []


def test_it_keeps_of_an_error_no_address_and_no_row(monkeypatch):
    """Whoever runs the machines reads events."""

    def fail(_object_id):
        raise IntegrityError('it is there\nDETAIL:  Key (lower(email))=(anna@example.org) already exists, "Anna Bee".')

    monkeypatch.setitem(inbox.HANDLERS, "invoice.paid", inbox.Handler(fail, fail))
    deliver(event())
    inbox.process_event("evt_1")
    row = StripeEvent.objects.get()
    assert row.state == StripeEvent.State.FAILED and row.error.startswith("IntegrityError: it is there")
    assert "anna" not in row.error.lower()
