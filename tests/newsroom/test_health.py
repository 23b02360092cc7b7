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
    assert response.json() == {"database": "up", "redis": "down: ConnectionError", "worker": silent, "bulk": silent}


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
