"""What this process holds for a second of the pages that were asked for just now."""

import pytest
from django.core.cache import cache
from django.test import Client

from articles import publishing
from newsroom.lib import near_pages
from newsroom.lib.near_pages import MOST, SECONDS, NearPages
from tests.articles.making import story


@pytest.fixture
def clock(db, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(near_pages, "monotonic", lambda: now[0])
    return now


def test_it_gives_back_what_it_holds_for_a_second(clock):
    near = NearPages()
    near.hold("a", "page")
    assert near.get("a") == "page" and near.get("b") is None
    clock[0] += SECONDS
    assert near.get("a") is None


def test_it_holds_no_more_than_so_many(clock):
    near = NearPages()
    for number in range(MOST + 1):
        near.hold(str(number), number)
    assert near.get("0") is None and near.get(str(MOST)) == MOST


def test_it_answers_without_redis_within_the_second(clock, django_assert_num_queries):
    path = story().get_absolute_url()
    pages = [Client().get(path) for _ in range(2)]
    cache.clear()
    with django_assert_num_queries(0):
        pages.append(Client().get(path))
    assert {page.content for page in pages} == {pages[0].content}


def test_it_lets_go_of_what_is_purged(editor, clock, django_capture_on_commit_callbacks):
    row = story()
    path = row.get_absolute_url()
    for _ in range(2):
        Client().get(path)
    with django_capture_on_commit_callbacks(execute=True):
        publishing.unpublish(user=editor, article=row)
    assert Client().get(path).status_code == 410


def test_it_never_holds_an_address_with_a_query(clock, django_assert_max_num_queries):
    path = f"{story().get_absolute_url()}?page=2"
    for _ in range(2):
        Client().get(path)
    cache.clear()
    with django_assert_max_num_queries(9) as asked:
        Client().get(path)
    assert len(asked) > 0
