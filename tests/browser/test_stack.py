"""What the demo's own logs hold after all that was done with it, and stopping it."""

import re

import psutil
import pytest

from tests.browser.conftest import EDITOR
from tests.browser.stack import STOP_SECONDS

pytestmark = pytest.mark.stack

PROCESSES = ("web", "worker", "bulk", "beat")
# What Celery calls a worker by; every other address is somebody's.
HOSTS = re.compile(r"(?:worker|bulk|celery)@\S+")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def test_it_prints_the_editors_way_in(stack):
    assert EDITOR in stack.terminal()


@pytest.mark.usefixtures("editor_state")
def test_its_logs_hold_no_address_and_no_secret(stack):
    logs = {name: log_of(stack, name) for name in PROCESSES}
    assert all(logs.values())
    for name, text in logs.items():
        assert ADDRESS.findall(HOSTS.sub("", text)) == [], name
        assert "sk_test_" not in text and "whsec_" not in text, name


def test_it_stops_within_ten_seconds_and_leaves_no_process_and_no_lock(stack):
    running = processes_of(stack)
    for words in ("granian", "celery -A newsroom worker", "celery -A newsroom beat", "postgres", "valkey"):
        assert any(words in command for command in running), words
    seconds = stack.stop()
    assert processes_of(stack) == []
    assert not (stack.var / "lock").exists()
    assert list((stack.var / "run").iterdir()) == []
    assert seconds < STOP_SECONDS


def log_of(stack, name):
    return (stack.var / "log" / f"{name}.log").read_text(errors="replace")


def processes_of(stack):
    """The command lines of those that were started with its data folder, named there or in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            command, environ = " ".join(process.cmdline()), process.environ()
        except psutil.Error:  # it ended in between, or has ended and waits to be collected
            continue
        if str(stack.var) in f"{command} {environ.get('NEWSROOM_VAR')}":
            found.append(command)
    return found
