import pytest
from django.core.cache import cache
from django.db import connection

from tests.members.voting.making import make_round, make_topic

FILLED = ("members_member", "members_topic", "members_round", "members_tier", "lib_outbox", "lib_letter")


@pytest.fixture
def bridge(db):
    return make_topic("Why does the bridge open at ten past eight?", slug="bridge")


@pytest.fixture
def ferry(db):
    return make_topic("Who inspects the night ferry to the islands?", slug="ferry")


@pytest.fixture
def open_round(bridge, ferry):
    return make_round(bridge, ferry)


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """What is written is committed, for threads to meet on; people, topics and rounds are taken away after. The rows
    that migrations made (roles) stay, which a flush of everything would take as well."""
    with django_db_blocker.unblock():
        cache.clear()
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {', '.join(FILLED)} CASCADE")
            connection.close()
