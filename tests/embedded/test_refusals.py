"""Each refusal is one line that says what is wrong and what to do, and leaves nothing running."""

import os
import socket

import psutil
import pytest


def refuse(launcher, *words, **environ):
    """The one line on stderr."""
    status, _, err = launcher.finish(*words, **environ)
    assert status == 1
    assert len(err.splitlines()) == 1, err
    return err


def test_it_refuses_a_second_launcher_on_one_folder(launcher):
    first = launcher.start("with", "--", "sh", "-c", "echo up; read line")
    first.stdout.readline()
    first_ends = launcher.start("with", "--", "sleep", "600")
    assert first.wait(20) == 1 or first_ends.wait(20) == 1
    first_ends.terminate()
    first_ends.communicate()


def test_it_names_who_holds_the_folder(running, launcher):
    line = refuse(launcher, "run")
    assert f"in use by process {running.pid} (run on port {running.port}): stop that one first" in line


def test_it_refuses_a_port_that_is_taken(launcher):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refuse(launcher, "run", PORT=str(port))
    assert line.startswith(f"Port {port} is taken by {psutil.Process().name()} (process {os.getpid()})")
    assert f"PORT={port + 1} make run" in line


def test_it_names_another_newsroom_that_has_the_port(running, fresh_launcher):
    line = refuse(fresh_launcher, "run", PORT=str(running.port))
    assert f"is taken by another Newsroom (process {running.pid} in {fresh_launcher.checkout}): stop it" in line


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_it_refuses_a_port_that_is_none(launcher, port):
    assert "set a number from 1 to 65535" in refuse(launcher, "run", PORT=port)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DATABASE_URL", "postgres://me:hidden@127.0.0.1:1/x", "Connection refused"),
        ("DATABASE_URL", "mysql://me:hidden@127.0.0.1/x", "not of the form postgres://"),
        ("REDIS_URL", "redis://:hidden@127.0.0.1:1/0", "Connection refused"),
        ("REDIS_URL", "hidden", "not of the form redis://"),
    ],
)
def test_it_refuses_a_server_that_does_not_answer(launcher, name, value, reason):
    line = refuse(launcher, "run", **{name: value})
    assert line.startswith(f"{name} is set but cannot be used")
    assert reason in line
    assert "unset it" in line
    assert "hidden" not in line


@pytest.mark.parametrize("words", [["run"], ["test", "true"], ["with", "true"]])
def test_it_refuses_production(launcher, words):
    assert "start the processes named in Procfile" in refuse(launcher, *words, NEWSROOM_MODE="production")


def test_it_refuses_a_database_folder_that_is_half_made(fresh_launcher):
    (fresh_launcher.var / "postgres" / "data" / "base").mkdir(parents=True)
    (fresh_launcher.var / "postgres" / "data").chmod(0o755)
    assert "delete it" in refuse(fresh_launcher, "with", "true")


def test_it_refuses_damaged_keys(fresh_launcher):
    fresh_launcher.var.mkdir()
    (fresh_launcher.var / "keys.json").write_text('{"secret')
    assert "keys.json is damaged: delete it" in refuse(fresh_launcher, "with", "true")


def test_it_refuses_a_data_folder_that_is_a_file(fresh_launcher):
    fresh_launcher.var.touch()
    assert "cannot be used" in refuse(fresh_launcher, "with", "true")
    fresh_launcher.var.unlink()


def test_it_refuses_a_command_that_does_not_exist(launcher):
    assert "`no-such-command` cannot be run" in refuse(launcher, "with", "no-such-command")
