"""The clock that moves: what comes due on the way happens in order, at its own time, once."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from stripe_sandbox.clock import Clock
from stripe_sandbox.store import Store

START = "2026-01-31T10:00:00Z"
DAY = 86400


def at(text):
    return int(datetime.fromisoformat(text + "T10:00:00+00:00").timestamp())


@pytest.fixture
def frozen(sandbox):
    """The clock stands at the start until a test moves it."""
    sandbox.control("clock", to=START, frozen=1)
    return sandbox


def now(sandbox):
    return sandbox.api("GET", "/_sandbox/clock").json()["now"]


def test_it_starts_an_empty_sandbox_in_the_past(frozen, client):
    assert client.customers.create({}).created == at("2026-01-31")


def test_it_never_goes_back(frozen, client):
    client.customers.create({})
    answer = frozen.api("POST", "/_sandbox/clock", {"to": "2025-12-31"})
    assert (answer.status, "never goes back" in answer.body) == (400, True)


@pytest.mark.parametrize("data", [{"advance": "soon"}, {"to": "tomorrow"}, {"to": "now", "advance": "1d"}])
def test_it_refuses_what_is_no_time(frozen, data):
    assert frozen.api("POST", "/_sandbox/clock", data).status == 400


def test_it_advances_by_calendar_months(frozen):
    assert frozen.control("clock", advance="1mo")["now"] == at("2026-02-28")
    assert frozen.control("clock", advance="90")["now"] == at("2026-02-28") + 90


def test_it_renews_four_months_at_their_own_times(frozen, subscribe, client):
    subscription = subscribe()
    frozen.control("clock", advance="4mo")
    invoices = client.invoices.list({"subscription": subscription.id}).data
    due = [at(day) for day in ("2026-05-31", "2026-04-30", "2026-03-31", "2026-02-28", "2026-01-31")]
    assert [invoice.created for invoice in invoices] == due
    assert [charge.created for charge in client.charges.list().data] == due
    assert {invoice.status for invoice in invoices} == {"paid"}
    paid = client.events.list({"type": "invoice.paid"}).data
    assert [event.created for event in paid] == due


def test_it_lets_several_subscriptions_take_turns(frozen, subscribe, client):
    subscribe(interval="month")
    frozen.control("clock", advance="10d")
    subscribe(interval="week")
    frozen.control("clock", advance="2mo")
    created = [event.created for event in client.events.list({"limit": 100}).data]
    assert created == sorted(created, reverse=True)
    assert len(client.invoices.list({"limit": 100}).data) == 3 + 9


def test_it_fails_the_next_payments_and_ends_the_dunning(frozen, subscribe, client):
    subscription = subscribe()
    frozen.control(f"subscriptions/{subscription.id}/fail", count=4)
    frozen.control("clock", advance="2mo")
    ended = client.subscriptions.retrieve(subscription.id)
    failed = client.events.list({"type": "invoice.payment_failed"}).data
    first = at("2026-02-28")
    assert [event.created for event in failed] == [first + days * DAY for days in (15, 8, 3, 0)]
    assert (ended.status, ended.ended_at) == ("canceled", first + 15 * DAY)
    assert len(client.invoices.list({"subscription": subscription.id}).data) == 2


def test_it_recovers_after_a_failed_renewal(frozen, subscribe, client):
    subscription = subscribe()
    card = "4000000000009995"
    frozen.control(f"customers/{subscription.customer}/fail", count=1, card=card)
    frozen.control("clock", to="2026-03-01")
    assert client.subscriptions.retrieve(subscription.id).status == "past_due"
    assert client.charges.list().data[0].outcome.reason == "insufficient_funds"
    frozen.control("clock", advance="3d")
    assert client.subscriptions.retrieve(subscription.id).status == "active"


def test_it_ends_what_was_to_end(frozen, subscribe, client):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    frozen.control("clock", advance="3mo")
    assert client.subscriptions.retrieve(subscription.id).ended_at == at("2026-02-28")
    assert len(client.invoices.list().data) == 1


def test_it_resumes_a_paused_collection(frozen, subscribe, client):
    pause = {"behavior": "void", "resumes_at": at("2026-03-15")}
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"pause_collection": pause})
    frozen.control("clock", advance="3mo")
    assert client.subscriptions.retrieve(subscription.id).pause_collection is None
    statuses = [invoice.status for invoice in client.invoices.list({"subscription": subscription.id}).data]
    assert statuses == ["paid", "paid", "void", "paid"]


def test_it_expires_an_old_session(frozen, make_session, client):
    session = make_session()
    frozen.control("clock", advance="2d")
    assert client.events.list({"type": "checkout.session.expired"}).data[0].created == session.expires_at


def test_it_runs_with_real_time_after_a_history(frozen, subscribe, client):
    subscription = subscribe()
    frozen.control("clock", frozen=0)
    assert frozen.control("clock", to="now")["offset"] == 0
    started = datetime.fromtimestamp(subscription.created, UTC)
    today = datetime.fromtimestamp(now(frozen), UTC)
    whole = (today.year - started.year) * 12 + today.month - started.month
    assert len(client.invoices.list({"limit": 100}).data) in (whole, whole + 1)


def test_it_keeps_the_time_over_a_restart(frozen):
    reached = frozen.control("clock", advance="45d")["now"]
    frozen.stop(signal.SIGKILL)
    frozen.start()
    assert now(frozen) == reached


def test_it_catches_up_after_a_sleep(sandbox, subscribe, client):
    """A file whose clock was last seen forty days ago looks like this from inside."""
    sandbox.control("clock", to="2026-01-31T10:00:00Z")
    subscription = subscribe()
    sandbox.stop()
    with sqlite3.connect(sandbox.data) as db:
        hands = json.loads(db.execute("SELECT value FROM settings WHERE name = 'clock'").fetchone()[0])
        hands["offset"] += 40 * DAY
        db.execute("UPDATE settings SET value = ? WHERE name = 'clock'", (json.dumps(hands),))
    db.close()
    sandbox.start()
    invoices = client.invoices.list({"subscription": subscription.id}).data
    period = subscription["items"].data[0]
    assert [invoice.created for invoice in invoices] == [period.current_period_end, period.current_period_start]


def test_it_sets_aside_what_fails_and_goes_on(frozen, subscribe, client):
    broken, sound = subscribe(), subscribe()
    with sqlite3.connect(frozen.data, timeout=10) as db:
        db.execute("DELETE FROM objects WHERE id = ?", (broken.customer,))
    db.close()
    moved = frozen.control("clock", advance="1mo")
    assert [one["id"] for one in moved["stuck"]] == [broken.id]
    assert len(client.invoices.list({"subscription": sound.id}).data) == 2


def advance_and_lose(sandbox, **move):
    """Begins an advance whose answer never comes, since the process is killed."""

    def ask():
        with contextlib.suppress(OSError, http.client.HTTPException):
            sandbox.control("clock", **move)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def check_a_whole_year(sandbox, client, subscriptions):
    assert now(sandbox) == at("2027-01-31")
    for subscription in subscriptions:
        made = client.invoices.list({"subscription": subscription, "limit": 100}).data
        assert len({invoice.created for invoice in made}) == len(made) == 13
        assert {invoice.status for invoice in made} == {"paid"}


@pytest.mark.parametrize("renewals", [1, 7, 20])
def test_it_goes_on_after_a_kill_between_two_steps(frozen, subscribe, client, receiver, renewals):
    """The receiver keeps the advance waiting at a known point, and there the process is killed."""
    subscriptions = [subscribe().id for _ in range(3)]
    frozen.control("webhooks/drain")
    receiver.taken.clear()
    is_there, may_go_on = threading.Event(), threading.Event()

    def wait_at_the_point(event):
        if len(receiver.events("invoice.paid")) == renewals:
            is_there.set()
            may_go_on.wait(30)

    receiver.before_answer = wait_at_the_point
    frozen.control("webhooks/resume")
    thread = advance_and_lose(frozen, advance="1y")
    assert is_there.wait(30)
    assert frozen.api("GET", "/_sandbox/clock").json()["advancing_to"] == at("2027-01-31")
    frozen.stop(signal.SIGKILL)
    may_go_on.set()
    thread.join()
    frozen.start()
    check_a_whole_year(frozen, client, subscriptions)


@pytest.mark.parametrize("renewals", [1, 7, 20])
def test_it_goes_on_after_a_kill_at_any_moment(frozen, subscribe, client, wait_for, renewals):
    subscriptions = [subscribe().id for _ in range(3)]
    thread = advance_and_lose(frozen, advance="1y")
    wait_for(lambda: len(frozen.events("invoice.paid")) >= 3 + renewals)
    frozen.stop(signal.SIGKILL)
    thread.join()
    frozen.start()
    check_a_whole_year(frozen, client, subscriptions)


def test_it_holds_deliveries_back_and_drains_them_in_order(frozen, subscribe, receiver):
    subscribe()
    frozen.control("clock", advance="2mo", hold=1)
    assert receiver.taken == []
    drained = frozen.control("webhooks/drain")["deliveries"]
    assert {one["status"] for one in drained} == {200}
    created = [json.loads(body)["created"] for _, body in receiver.taken]
    assert created == sorted(created)
    assert len(receiver.events("invoice.paid")) == 3


def test_it_delivers_each_event_before_the_next_thing_happens(frozen, subscribe, receiver):
    subscribe()
    frozen.control("webhooks/resume")
    frozen.control("clock", advance="3mo")
    kinds = [event["created"] for event in receiver.events("invoice.paid")]
    assert kinds == [at(day) for day in ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")]


def test_it_waits_for_a_tick_before_it_moves(tmp_path):
    clock = Clock(Store(tmp_path / "sandbox.sqlite3"))
    is_ticking, may_end = threading.Event(), threading.Event()

    def tick():
        with clock.held():
            is_ticking.set()
            may_end.wait(30)

    thread = threading.Thread(target=tick)
    thread.start()
    assert is_ticking.wait(30)
    threading.Timer(0.1, may_end.set).start()
    with clock.held():
        assert may_end.is_set()
    thread.join()


def test_it_answers_while_the_clock_is_moved(frozen, subscribe, client, receiver):
    subscribe()
    is_there, may_go_on = threading.Event(), threading.Event()
    receiver.before_answer = lambda event: is_there.set() or may_go_on.wait(30)
    frozen.control("webhooks/resume")
    thread = threading.Thread(target=frozen.control, args=["clock"], kwargs={"advance": "1y"})
    thread.start()
    assert is_there.wait(30)
    made = client.customers.create({}).created
    refused = frozen.api("POST", "/_sandbox/clock", {"advance": "1d"}).status
    may_go_on.set()
    thread.join()
    assert (made, refused, now(frozen)) == (at("2026-01-31"), 409, at("2027-01-31"))
