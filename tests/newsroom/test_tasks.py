"""docs/tasks.md names every task, its queue and its sweep; beat names only tasks that exist."""

import re

import pytest
from celery import current_app
from django.conf import settings

OURS = ("newsroom.", "articles.", "members.", "newsletters.")


@pytest.fixture(scope="module")
def rows():
    text = (settings.BASE_DIR / "docs" / "tasks.md").read_text(encoding="utf-8")
    table = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[1:] for cells in table}


@pytest.fixture(scope="module")
def registered():
    current_app.loader.import_default_modules()
    return {name for name in current_app.tasks if name.startswith(OURS)}


def test_the_page_names_every_task_and_no_other(rows, registered):
    assert set(rows) == registered


def test_each_line_says_queue_waking_sweep_and_why(rows):
    for name, cells in rows.items():
        assert len(cells) == 4, name
        assert all(cells), name


def test_no_task_runs_where_it_was_asked_for():
    """In tests as in production a worker takes it from the broker."""
    assert not current_app.conf.task_always_eager
    assert settings.CELERY_BROKER_URL.startswith("redis://")


def test_the_queue_is_the_one_it_is_sent_to(rows):
    for name, cells in rows.items():
        queue = current_app.amqp.router.route({}, name)["queue"]
        assert getattr(queue, "name", queue) == cells[0], name


def test_beat_calls_only_tasks_that_exist_and_as_often_as_the_page_says(rows, registered):
    for line in settings.CELERY_BEAT_SCHEDULE.values():
        assert line["task"] in registered
        period = line["schedule"]
        if isinstance(period, float):
            assert f"beat, {period:.0f} s" in rows[line["task"]][1]
        else:
            assert rows[line["task"]][1].startswith("beat, ")


def test_what_a_sweep_is_named_for_exists(rows, registered):
    for name, cells in rows.items():
        for sweep in re.findall(r"`(sweep_\w+)`", cells[2]):
            assert any(task.endswith(f".{sweep}") for task in registered), name


def test_every_task_says_why_it_may_run_twice(registered):
    for name in registered:
        assert current_app.tasks[name].__doc__, name


def test_sweeps_do_not_heap_up_while_no_worker_runs():
    for line in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(line["schedule"], float):
            assert line["options"]["expires"] >= line["schedule"]
