"""The clock after the machine's time was set back: its file says that everything ran hours from now. And beside a slow
Redis."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery import current_app

from newsroom.lib import clock
from newsroom.lib.clock import SteadyScheduler

HOURS = timedelta(hours=5)


@pytest.fixture
def open_clock(tmp_path):
    """Beat's scheduler on the project's own schedule and on one file, which it keeps from start to start."""
    opened = []

    def make():
        opened.append(SteadyScheduler(app=current_app, schedule_filename=str(tmp_path / "schedule")))
        return opened[-1]

    yield make
    opened[-1].close()


def set_back(scheduler):
    """What an entry and the order of the entries hold when the time is set back by hours."""
    for entry in scheduler.schedule.values():
        entry.last_run_at += HOURS
    scheduler._heap = [event._replace(time=event.time + HOURS.total_seconds()) for event in scheduler._heap]


def test_it_goes_on_when_the_time_is_set_back(open_clock):
    scheduler = open_clock()
    scheduler.tick()
    set_back(scheduler)
    assert 0 < scheduler.tick() <= 10
    assert all(entry.last_run_at <= entry.default_now() for entry in scheduler.schedule.values())


def test_it_goes_on_after_a_restart(open_clock):
    first = open_clock()
    first.tick()
    set_back(first)
    first.close()
    assert 0 < open_clock().tick() <= 10


def test_it_keeps_what_lies_behind(open_clock):
    scheduler = open_clock()
    entry = scheduler.schedule["purge-personal-data"]
    entry.last_run_at = behind = entry.default_now() - timedelta(minutes=1)
    scheduler.tick()
    assert entry.last_run_at == behind


@pytest.mark.parametrize(("seconds", "waited"), [(0.05, []), (0.5, [2.0]), (60.0, [5.0])])
def test_it_sends_no_faster_than_workers_can_take(open_clock, monkeypatch, seconds, waited):
    """By what sending costs."""
    scheduler, moments, pauses = open_clock(), iter([100.0, 100.0 + seconds]), []
    watch = SimpleNamespace(monotonic=lambda: next(moments), sleep=pauses.append)
    monkeypatch.setattr(clock, "time", watch)
    monkeypatch.setattr(SteadyScheduler, "apply_async", lambda *given, **named: None)
    scheduler.apply_entry(scheduler.schedule["heartbeat"])
    assert pauses == pytest.approx(waited)


def test_beat_is_told_to_use_it():
    assert current_app.conf.beat_scheduler == "newsroom.lib.clock:SteadyScheduler"
