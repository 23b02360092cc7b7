"""The store of whole pages: what is stored, under which name, when it goes, and what happens without Redis."""

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django_redis import get_redis_connection
from redis import RedisError

from newsroom.lib import page_cache
from newsroom.lib.models import Outbox
from newsroom.lib.page_cache import PageCacheMiddleware, drop_pages, known_query, note_keys, public_page, purge
from newsroom.lib.site_settings import save_site_settings, site_settings
from newsroom.site.followups import follow_up
from tests.articles import making


class Page:
    """A public view behind the middleware, which counts how often it was rendered."""

    def __init__(self, body="words " * 400, while_rendering=lambda: None, **headers):
        self.times, self.body, self.while_rendering, self.headers = 0, body, while_rendering, headers
        self.behind = PageCacheMiddleware(public_page(self.render))

    def render(self, request):
        self.times += 1
        note_keys("story:1")
        self.while_rendering()
        return HttpResponse(f"{request.GET.urlencode()}\n{self.body}", headers=self.headers)

    def get(self, path="/", method="get", **headers):
        return self.behind(getattr(RequestFactory(headers=headers), method)(path))


@pytest.fixture
def now(django_capture_on_commit_callbacks):
    """Does what follows the commit."""

    def do(verb, *args):
        with django_capture_on_commit_callbacks(execute=True):
            verb(*args)

    return do


pytestmark = pytest.mark.django_db


def test_it_renders_once_and_answers_the_same_bytes():
    page = Page()
    first, second = page.get(), page.get()
    assert page.times == 1
    assert first.content == second.content
    assert dict(first.headers) == dict(second.headers)


def test_it_answers_head_from_the_store_and_stores_none():
    page = Page()
    page.get(method="head")
    assert page.times == 1
    page.get()
    page.get(method="head")
    assert page.times == 2


def test_it_renders_again_once_a_key_was_purged(now):
    page = Page()
    page.get()
    now(purge, ["story:2"])
    page.get()
    assert page.times == 1
    now(purge, ["story:1"])
    page.get()
    assert page.times == 2


def test_it_does_not_store_what_was_rendered_from_rows_read_before_a_purge(now):
    page = Page(while_rendering=lambda: now(purge, ["story:1"]))
    page.get()
    page.while_rendering = lambda: None
    page.get()
    page.get()
    assert page.times == 2


def test_it_purges_only_what_was_committed():
    page = Page()
    page.get()
    with transaction.atomic():
        purge(["story:1"])
        transaction.set_rollback(True)
    page.get()
    assert page.times == 1


def test_it_stores_one_page_whatever_the_campaign_in_the_address(stored_names):
    page = Page()
    bodies = {page.get(path).content for path in ("/", "/?utm_source=a", "/?fbclid=b&page=", "/?x=1&x=2")}
    assert (page.times, len(bodies), len(stored_names())) == (1, 1, 1)


def test_it_tells_pages_apart_by_what_they_know(stored_names):
    page = Page()
    for path in ("/?page=2", "/?page=2&utm_source=x", "/?page=1&page=2", "/?page=3", "/?q=a&page=2", "/?page=2&q=a"):
        page.get(path)
    assert page.times == 3
    assert page.get("/?page=2").content.startswith(b"page=2\n")


def test_it_hides_unknown_parameters_from_the_page_it_stores():
    assert known_query(RequestFactory().get("/?evil=1&page=2")) == "page=2"
    assert b"evil" not in Page().get("/?evil=1").content


def test_it_stores_no_more_made_up_addresses_than_a_number(monkeypatch, stored_names):
    monkeypatch.setattr(page_cache, "MOST_VARIANTS", 5)
    page = Page()
    for number in range(9):
        assert page.get(f"/?page={number + 2}").status_code == 200
    page.get("/other/")
    assert len(stored_names()) == 6


def test_it_stores_no_more_pages_than_a_number_and_those_anew_that_were_purged(monkeypatch, stored_names):
    """A robot in the archive fills no memory; what changes is stored on."""
    monkeypatch.setattr(page_cache, "MOST_STORED", 5)
    page = Page()
    for number in range(9):
        assert page.get(f"/{number}/").status_code == 200
    before = set(stored_names())
    assert len(before) == 5
    drop_pages(keys=["story:1"])
    assert stored_names() == []
    for number in range(9):
        page.get(f"/{8 - number}/")
    assert len(stored_names()) == 5 and set(stored_names()) != before


def test_it_does_not_look_for_very_long_addresses(stored_names):
    page = Page()
    page.get(f"/?page={'9' * 200}")
    page.get("/" + "a" * 500)
    assert stored_names() == []


@pytest.mark.parametrize("host", ["testserver:9", "TestServer", "testserver:65000"])
def test_it_is_one_page_whatever_port_the_host_header_makes_up(client, stored_names, host):
    making.story(headline="The ferry")
    answers = {client.get("/", headers={"Host": name}).content for name in ("testserver", host)}
    assert len(answers) == 1
    assert len(stored_names()) == 1


def test_it_answers_no_host_that_is_not_ours(client, stored_names):
    response = client.get("/", headers={"Host": "evil.example.com"})
    assert response.status_code == 400
    assert b"evil" not in response.content
    assert stored_names() == []


@pytest.mark.parametrize("path", ["/", "/support/", "/feed/", "/feed.json", "/sitemap.xml", "/robots.txt", "/topics/"])
def test_it_never_repeats_the_host_that_was_asked_for(client, path):
    making.story(headline="The ferry")
    content = client.get(path, headers={"Host": "testserver:4711"}).content
    assert b"4711" not in content
    assert b"testserver" not in content


def test_it_takes_cookies_and_vary_from_a_public_page():
    def view(request):
        response = HttpResponse("x", headers={"Vary": "Cookie, Accept-Language"})
        response.set_cookie("session", "secret")
        return response

    response = PageCacheMiddleware(public_page(view))(RequestFactory().get("/"))
    assert not response.cookies
    assert "Vary" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=60"


def test_it_stores_neither_what_says_no_store_nor_what_is_not_found(client, stored_names):
    Page(**{"Cache-Control": "no-store"}).get()
    client.get("/nothing-here/")
    client.get("/account/")
    assert stored_names() == []


def test_it_renders_each_time_while_redis_is_down(redis_down):
    page = Page()
    assert page.get().status_code == page.get().status_code == 200
    assert page.times == 2


def test_a_story_is_read_while_redis_is_down(client, redis_down):
    story = making.story(headline="The ferry")
    for path in ("/", story.get_absolute_url(), "/feed/"):
        assert client.get(path).status_code == 200, path


def test_it_owes_what_redis_did_not_hear_and_drops_it_later(now, settings, request):
    page = Page()
    page.get()
    request.getfixturevalue("redis_down")
    now(purge, ["story:1"])
    row = Outbox.objects.get(kind=page_cache.STALE)
    with pytest.raises(RedisError):
        follow_up(row.pk)
    row.refresh_from_db()
    assert (row.state, row.payload) == ("waiting", {"keys": ["story:1"]})


def test_the_owed_purge_drops_the_page(db):
    page = Page()
    page.get()
    row = Outbox.objects.create(kind=page_cache.STALE, key="x", payload={"keys": ["story:1"]})
    follow_up(row.pk)
    row.refresh_from_db()
    page.get()
    assert (page.times, row.state) == (2, "done")


def test_new_settings_reach_pages_at_once(client, now):
    assert b"The Lamp" not in client.get("/").content
    row = site_settings()
    row.name = "The Lamp"
    now(save_site_settings, row)
    assert b"The Lamp" in client.get("/").content


def test_it_forgets_pages_after_an_hour():
    Page().get()
    connection = get_redis_connection()
    names = list(connection.scan_iter(match="*page*"))
    lifetimes = [connection.ttl(name) for name in names if b"purges" not in name]
    assert lifetimes
    assert all(0 < seconds <= 2 * page_cache.LIFETIME_SECONDS for seconds in lifetimes)
