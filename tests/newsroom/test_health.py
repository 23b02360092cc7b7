import errno
import resource
from contextlib import contextmanager

import pytest
from django.db import connections
from django.test import Client

from newsroom.lib import health
from newsroom.lib.tasks import beat_heartbeat


def test_it_is_alive_without_database_or_redis_and_whatever_the_host(redis_down):
    """This test may not touch the database: it has not asked for one."""
    response = Client().get("/livez/", headers={"Host": "anything.example.com"})
    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_it_is_well_when_all_parts_are_up(client):
    beat_heartbeat()
    beat_heartbeat("bulk")
    response = client.get("/healthz/")
    assert (response.status_code, set(response.json().values())) == (200, {"up"})
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_it_names_a_worker_that_is_silent(client):
    response = client.get("/healthz/")
    assert response.status_code == 503
    assert response.json()["database"] == "up"
    assert response.json()["worker"].startswith("down: no heartbeat")
    assert response.json()["bulk"].startswith("down: no heartbeat")


@pytest.mark.django_db
def test_it_names_redis(client, redis_down):
    response = client.get("/healthz/")
    assert response.status_code == 503
    silent = "unknown: redis is down"
    assert response.json() == {
        "database": "up", "redis": "down: ConnectionError", "media": "up", "worker": silent, "bulk": silent
    }  # fmt: skip


@contextmanager
def without_room():
    """No file of this process can grow, as on a full disk, nor what pytest writes. Linux."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.django_db
def test_it_names_a_full_disk_of_media_and_leaves_nothing_there(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    with without_room():
        parts, alive = health.check_parts(), client.get("/livez/")
    assert (parts["media"], alive.status_code) == ("down: its disk is full", 200)
    assert list(settings.MEDIA_ROOT.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_it_knows_each_word_for_a_full_disk(number):
    assert health._reason(OSError(number, "said in some language")) == "its disk is full"


@pytest.mark.django_db
def test_it_makes_the_folder_of_media_before_the_first_picture(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "none" / "yet"
    assert health.check_parts()["media"] == "up"


@pytest.fixture
def database_down(django_db_blocker):
    """A connection to a port where nobody listens, in place of the test's own."""
    own = connections["default"]
    given = {**own.settings_dict, "HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {"connect_timeout": 1}}
    connections["default"] = type(own)(given, alias="default")
    with django_db_blocker.unblock():
        yield
    connections["default"].close()
    connections["default"] = own


def test_it_names_the_database_and_no_password(client, database_down):
    parts = health.check_parts()
    assert parts["database"] == "down: OperationalError"
    assert parts["redis"] == "up"
