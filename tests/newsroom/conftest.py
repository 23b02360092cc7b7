"""What the tests of the house need: a real mail server that can be told to refuse, letters."""

import pytest
from django_redis import get_redis_connection

from newsroom.lib.models import Letter
from tests.newsletters.conftest import post_office  # noqa: F401  the same mail server


@pytest.fixture
def stored_names():
    """The names of the pages that are stored now."""

    def read():
        return sorted(name.decode() for name in get_redis_connection().scan_iter(match="*:page:*"))

    return read


@pytest.fixture
def make_letter(db):
    def make(address="reader@example.org", **fields):
        given = {"subject": "Good morning", "text": "The words.\n", "html": "<p>The words.</p>", "language": "en"}
        return Letter.objects.create(
            **{"cause": f"test:{Letter.objects.count()}", "kind": "test", "to_email": address, **given, **fields}
        )

    return make
