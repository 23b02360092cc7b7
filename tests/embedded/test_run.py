"""`run`: the application's processes on the services, from the first line to the last."""

import signal
import time
import urllib.request

import psutil
import pytest

from tests.embedded.conftest import wait_until


def ask(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return int(answer.read())


def test_it_greets_with_addresses_and_sign_ins(running):
    assert f"http://localhost:{running.port}/admin/" in running.greeting
    assert f"http://localhost:{running.port}/inbox/" in running.greeting
    assert "editor@example.org signs in with 123456" in running.greeting


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_within_ten_seconds_leaving_no_process_and_no_lock(running, launcher, number):
    began = time.monotonic()
    running.send_signal(number)
    assert running.wait(10) == 0
    assert time.monotonic() - began < 10
    assert launcher.processes() == []
    assert not (launcher.var / "lock").exists()
    assert list((launcher.var / "run").iterdir()) == []


def test_it_ends_at_once_when_asked_twice(running, launcher):
    running.send_signal(signal.SIGINT)
    wait_until(lambda: "Stopping" in running.stdout.readline())
    running.send_signal(signal.SIGINT)
    running.wait(2)
    wait_until(lambda: launcher.processes() == [])


def test_it_starts_a_process_again_that_ends(running):
    former = ask(running.port)
    psutil.Process(former).kill()
    wait_until(lambda: "starting it again" in running.stdout.readline())
    assert wait_until(lambda: ask_or_none(running.port)) != former


def ask_or_none(port):
    try:
        return ask(port)
    except OSError:
        return None


def test_it_says_which_process_could_not_start(launcher, free_port):
    status, _, err = launcher.finish("run", PORT=str(free_port), BROKEN_WEB="yes")
    assert status == 1
    assert "the reason of its end" in err
    assert "web ended with status 1 while starting" in err


def test_it_says_which_command_failed(launcher, free_port):
    status, _, err = launcher.finish("run", PORT=str(free_port), BROKEN_COMMAND="migrate")
    assert status == 1
    assert err.splitlines()[0] == "the reason of the failure"
    assert "`manage.py migrate` failed" in err


def test_it_can_be_stopped_while_it_starts(launcher, free_port):
    process = launcher.start("run", PORT=str(free_port))
    process.stdout.readline()
    process.terminate()
    assert process.wait(10) == 0
    assert launcher.processes() == []
    process.communicate()
