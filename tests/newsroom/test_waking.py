"""Waking a worker: into the right queue, after the commit, and never failing what is committed."""

import json
from base64 import b64decode
from functools import partial
from threading import Event
from time import monotonic

import pytest
import structlog
from celery import Celery, current_app
from django.db import transaction
from django_redis import get_redis_connection

from newsroom.lib import waking
from newsroom.lib.waking import SENDER, wake

pytestmark = pytest.mark.django_db
URGENT, LETTER = "newsroom.lib.tasks.send_urgent_letter", "newsroom.lib.tasks.send_letter"
EVENTS = "members.patronage.tasks.work_off_events"


@pytest.fixture
def queued():
    """Tasks and their ids that wait in a queue, read from the broker; the queue is emptied."""
    broker = get_redis_connection()

    def read(queue):
        messages = [json.loads(raw) for raw in iter(partial(broker.rpop, queue), None)]
        return [(one["headers"]["task"], json.loads(b64decode(one["body"]))[0]) for one in messages]

    for queue in ("urgent", "events", "default", "bulk"):
        read(queue)
    return read


@pytest.mark.parametrize(
    ("task", "queue"),
    [(URGENT, "urgent"), (LETTER, "default"), ("newsletters.tasks.deliver_edition", "bulk"),
     ("members.patronage.tasks.sweep_events", "urgent"), (EVENTS, "events")],
)  # fmt: skip
def test_it_wakes_on_the_queue_of_the_task(queued, django_capture_on_commit_callbacks, task, queue):
    with django_capture_on_commit_callbacks(execute=True):
        wake(task, 7)
    assert queued(queue) == [(task, [7])]


def test_it_wakes_nobody_for_what_was_undone(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        wake(LETTER, 7)
        transaction.set_rollback(True)
    assert queued("default") == []


def test_a_broker_that_is_down_fails_nothing_and_soon(monkeypatch, django_capture_on_commit_callbacks):
    alone = Celery("alone", broker="redis://127.0.0.1:1/0", set_as_current=False)
    alone.conf.update(broker_transport_options=current_app.conf.broker_transport_options)
    monkeypatch.setattr(waking, "current_app", alone)
    began = monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        wake(LETTER, 7)
    assert monotonic() - began < 3


@pytest.fixture
def as_web(settings):
    settings.IS_WEB = True


def test_a_web_process_sends_each_once_and_in_order(as_web, queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for number in (1, 2, 1, 3):
            wake(LETTER, number)
    SENDER.finish(10)
    sent = queued("default")
    assert [one for one in sent if one == (LETTER, [2])] == [(LETTER, [2])]
    assert [number for _task, (number,) in sent][:2] == [1, 2] and sent[-1] == (LETTER, [3])


def test_a_task_without_ids_rests_between_two_sendings_and_holds_up_nobody(
    as_web, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(waking, "_send", lambda name, args, queue: sent.append((name, *args)))
    monkeypatch.setattr(waking, "REST", 2.0)
    with django_capture_on_commit_callbacks(execute=True):
        wake(EVENTS)
    SENDER.finish(0.5)
    with django_capture_on_commit_callbacks(execute=True):
        for number in (1, 2, 3):
            wake(EVENTS)
            wake(LETTER, number)
    SENDER.finish(10)
    assert sent == [(EVENTS,), (LETTER, 1), (LETTER, 2), (LETTER, 3), (EVENTS,)]


def test_the_requests_id_follows_into_the_task(as_web, django_capture_on_commit_callbacks):
    broker = get_redis_connection()
    broker.delete("default")
    with structlog.contextvars.bound_contextvars(request_id="r-7"), django_capture_on_commit_callbacks(execute=True):
        wake(LETTER, 7)
    SENDER.finish(10)
    assert json.loads(broker.rpop("default"))["headers"]["__django_structlog__"]["request_id"] == "r-7"


def test_a_request_does_not_wait_for_a_silent_broker(as_web, monkeypatch, django_capture_on_commit_callbacks):
    answers = Event()
    monkeypatch.setattr(waking, "_send", lambda *one: answers.wait(30))
    began = monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        wake(LETTER, 7)
    assert monotonic() - began < 5
    answers.set()
    SENDER.finish(10)


def test_what_does_not_fit_is_left_to_the_sweeps(as_web, monkeypatch, caplog, django_capture_on_commit_callbacks):
    monkeypatch.setattr(waking, "MOST_WAITING", 0)
    with django_capture_on_commit_callbacks(execute=True):
        wake(LETTER, 7)
    assert "too many wait" in caplog.text
