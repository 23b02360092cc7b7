"""When a public page forgets what it said."""

import pytest
from django.core.cache import cache
from django.test import Client
from redis import ConnectionError as RedisDown

from articles.publishing import unpublish
from members.voting import commissioning, moderating, rounds, showing
from members.voting.models import Ballot
from tests.articles.making import author, draft, story
from tests.members.voting.making import cast, promise


@pytest.fixture
def read(db):
    return lambda path="/topics/": Client().get(path).content.decode()


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_the_first_ballot_shows_at_once_and_the_next_within_the_clocks_minute(
    read, commit, patron, make_patron, open_round, bridge
):
    read()
    with commit():
        cast(patron, open_round, {bridge: 1})
    assert "<strong>1</strong> vote" in read()
    with commit():
        cast(make_patron("other@example.org"), open_round, {bridge: 2})
    assert "<strong>1</strong> vote" in read()
    with commit():
        showing.refresh_counts()
    assert "<strong>3</strong> votes" in read()


def test_the_clock_leaves_pages_alone_when_nobody_voted(read, commit, patron, open_round, bridge):
    cast(patron, open_round, {bridge: 1})
    Ballot.objects.update(changed_at="2024-01-01T00:00Z")
    with commit() as callbacks:
        showing.refresh_counts()
    assert callbacks == []


def test_a_ballot_stands_while_the_cache_rests(patron, open_round, bridge, monkeypatch):
    def rest(*args):
        raise RedisDown

    monkeypatch.setattr(cache, "add", rest)
    assert cast(patron, open_round, {bridge: 1}).spent == 1


@pytest.mark.parametrize("path", ["/topics/", "/topics/bridge/", "/topics/board/"])
def test_commissioning_linking_and_naming_show_at_once(read, commit, editor, bridge, path):
    read(path)
    with commit():
        commission = commissioning.commission_topic(user=editor, topic=bridge)
    assert "reported" in read(path)
    with commit():
        commissioning.name_reporter(user=editor, commission=commission, reporter=author("tobin-aldercott"))
    assert "Tobin Aldercott" in read(path)


def test_closing_a_round_shows_at_once(read, commit, editor, open_round):
    assert "Round" in read()
    with commit():
        rounds.close_round(user=editor, round_=open_round)
    assert "No round is open" in read()


def test_a_mended_question_shows_at_once(read, commit, editor, open_round, bridge):
    read(), read("/topics/bridge/")
    with commit():
        moderating.edit_texts(user=editor, topic=bridge, texts={"en": ("Who has the keys of the bridge?", "")})
    for path in ("/topics/", "/topics/bridge/"):
        assert "Who has the keys of the bridge?" in read(path)


def test_the_line_of_honour_comes_and_goes_on_every_language_of_the_story(read, commit, editor, bridge):
    article = story()
    translated = story("uk", translation_of=article)
    paths = [article.get_absolute_url(), translated.get_absolute_url()]
    commission = promise(bridge)
    assert not any('class="honour"' in read(path) for path in paths)
    with commit():
        commissioning.link_story(user=editor, commission=commission, article=article)
    assert all('class="honour"' in read(path) for path in paths)
    with commit():
        commissioning.link_story(user=editor, commission=commission, article=draft())
    assert not any('class="honour"' in read(path) for path in paths)


def test_a_story_taken_down_leaves_the_board(read, commit, bridge):
    article = story(headline="The man with the lamp")
    promise(bridge, state="published", article=article)
    assert "The man with the lamp" in read("/topics/board/")
    with commit():
        unpublish(user=None, article=article)
    assert "The man with the lamp" not in read("/topics/board/")
