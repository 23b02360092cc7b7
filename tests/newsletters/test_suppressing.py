"""Suppressed addresses stay so, whichever keys change."""

import pytest

from newsletters.addresses import is_suppressed, suppress
from newsletters.models import Suppression
from newsletters.sending import suppressed_among

pytestmark = pytest.mark.django_db
ADDRESS = "gone@example.org"


@pytest.fixture
def suppressed(settings):
    settings.SUPPRESSION_KEY = "of old"
    suppress(ADDRESS, Suppression.Reason.ERASED)


def test_it_knows_the_address_however_it_is_written(suppressed):
    assert is_suppressed(" Gone@Example.org ")
    assert not is_suppressed("other@example.org")
    assert "gone" not in Suppression.objects.get().address_hash


def test_it_does_not_hang_on_the_secret_key(suppressed, settings):
    settings.SECRET_KEY = "another"
    assert is_suppressed(ADDRESS)


def test_a_new_key_finds_what_the_old_one_hid(suppressed, settings):
    settings.SUPPRESSION_KEY = "new"
    assert not is_suppressed(ADDRESS)
    settings.SUPPRESSION_KEY_FALLBACKS = ["older still", "of old"]
    assert is_suppressed(ADDRESS)
    assert suppressed_among([ADDRESS, "other@example.org"]) == {ADDRESS}


def test_what_is_suppressed_from_now_on_is_under_the_new_key(settings):
    settings.SUPPRESSION_KEY, settings.SUPPRESSION_KEY_FALLBACKS = "new", ["of old"]
    suppress(ADDRESS, Suppression.Reason.STAFF)
    settings.SUPPRESSION_KEY_FALLBACKS = []
    assert is_suppressed(ADDRESS)
