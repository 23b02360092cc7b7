"""Waking a worker: into the right queue, after the commit, and never failing what is committed."""

import json
from base64 import b64decode
from functools import partial
from time import monotonic

import pytest
from celery import Celery, current_app
from django.db import transaction
from django_redis import get_redis_connection

from newsroom.lib import waking
from newsroom.lib.waking import wake

pytestmark = pytest.mark.django_db
URGENT, LETTER = "newsroom.lib.tasks.send_urgent_letter", "newsroom.lib.tasks.send_letter"


@pytest.fixture
def queued():
    """Tasks and their ids that wait in a queue, read from the broker; the queue is emptied."""
    broker = get_redis_connection()

    def read(queue):
        messages = [json.loads(raw) for raw in iter(partial(broker.rpop, queue), None)]
        return [(one["headers"]["task"], json.loads(b64decode(one["body"]))[0]) for one in messages]

    for queue in ("urgent", "default", "bulk"):
        read(queue)
    return read


@pytest.mark.parametrize(
    ("task", "queue"),
    [(URGENT, "urgent"), (LETTER, "default"), ("newsletters.tasks.deliver_edition", "bulk"),
     ("members.patronage.tasks.process_event", "urgent")],
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
