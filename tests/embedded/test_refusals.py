"""Each refusal is one line that says what is wrong and what to do, and leaves nothing running."""

import os
import socket

import psutil
import pytest

from newsroom.embedded.probes import explain_database, explain_redis
from tests.embedded.old_servers import old_postgres, old_redis


def refuse(launcher, *words, **environ):
    """The one line on stderr."""
    status, _, err = launcher.finish(*words, **environ)
    assert status == 1
    assert len(err.splitlines()) == 1, err
    return err


def test_it_refuses_a_second_launcher_on_one_folder(launcher):
    first = launcher.start("with", "--", "sh", "-c", "echo up; exec sleep 600")
    try:
        assert first.stdout.readline() == "up\n"
        assert f"in use by process {first.pid} (with sh): stop that one first" in refuse(launcher, "with", "true")
        assert first.poll() is None
    finally:
        first.terminate()
        first.communicate(timeout=15)


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


@pytest.mark.parametrize(
    ("name", "server", "version", "reason"),
    [
        ("DATABASE_URL", old_postgres, "14.19", "it is PostgreSQL 14, and 15 or later is needed"),
        ("REDIS_URL", old_redis, "6.2.14", "it is Redis 6.2.14, and 7 or later is needed"),
    ],
)
def test_it_refuses_a_server_that_is_too_old(launcher, name, server, version, reason):
    with server(version) as url:
        line = refuse(launcher, "run", **{name: url})
    assert line.startswith(f"{name} is set but cannot be used")
    assert reason in line


@pytest.mark.parametrize(("server", "explain"), [(old_postgres, explain_database), (old_redis, explain_redis)])
def test_it_takes_the_oldest_that_will_do(server, explain):
    with server("15.0" if server is old_postgres else "7.0.15") as url:
        assert explain(url) is None


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
