from datetime import timedelta

import pytest
from django.utils import timezone

from articles import presence
from articles.presence import end_presence, note_presence
from tests.articles.written import write_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(writer):
    return write_story(writer)


def test_it_shows_who_else_is_there(article, writer, editor):
    note_presence(user=writer, row=article, session_key="a")
    (other,) = note_presence(user=editor, row=article, session_key="b")
    assert (other.name, other.is_self) == (str(writer), False) and other.since <= timezone.now()


def test_it_shows_ones_own_other_tab(article, writer):
    note_presence(user=writer, row=article, session_key="a")
    (other,) = note_presence(user=writer, row=article, session_key="b")
    assert other.is_self


def test_it_keeps_the_time_of_coming(article, writer, editor):
    note_presence(user=writer, row=article, session_key="a")
    (first,) = note_presence(user=editor, row=article, session_key="b")
    note_presence(user=writer, row=article, session_key="a")
    assert note_presence(user=editor, row=article, session_key="b") == [first]


def test_it_lets_go_who_closes_the_form(article, writer, editor):
    note_presence(user=writer, row=article, session_key="a")
    end_presence(user=writer, row=article, session_key="a")
    assert note_presence(user=editor, row=article, session_key="b") == []


def test_it_lets_go_who_is_not_heard_of(article, writer, editor, monkeypatch):
    note_presence(user=writer, row=article, session_key="a")
    later = timezone.now() + timedelta(seconds=presence.LEASE_SECONDS + 1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert note_presence(user=editor, row=article, session_key="b") == []


def test_it_knows_one_story_from_another(article, writer, editor):
    note_presence(user=writer, row=write_story(writer), session_key="a")
    assert note_presence(user=editor, row=article, session_key="b") == []


def test_it_shows_nobody_while_redis_is_down(article, writer, editor, settings):
    note_presence(user=editor, row=article, session_key="b")
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert note_presence(user=writer, row=article, session_key="a") == []
    end_presence(user=writer, row=article, session_key="a")
