"""Feeds with the whole text."""

import json
from xml.etree import ElementTree

import pytest
from django.core.cache import cache

from articles.feeds import LENGTH
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")

FEEDS = ["/feed/", "/section/city/feed/", "/tag/ferries/feed/", "/author/olena-marsh/feed/"]
JSON_FEEDS = [path.replace("feed/", "feed.json") for path in FEEDS]
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"


def items(response):
    return ElementTree.fromstring(response.content).findall("channel/item")


@pytest.mark.parametrize("path", FEEDS)
def test_it_has_the_whole_text_and_the_storys_address(client, path, settings):
    story = making.story(headline="A & b", body="<p>All of it.</p>", tag_ids=[making.tag().pk])
    (item,) = items(client.get(path))
    assert item.findtext("title") == "A & b"
    assert item.findtext("link") == settings.SITE_URL + story.get_absolute_url()
    assert item.findtext(ENCODED) == "<p>All of it.</p>"
    assert item.findtext("{http://purl.org/dc/elements/1.1/}creator") == "Olena Marsh"


@pytest.mark.parametrize("path", JSON_FEEDS)
def test_it_has_the_same_as_json(client, path, settings):
    story = making.story(body="<p>All of it.</p>", tag_ids=[making.tag().pk], lead_image_id=making.picture().pk)
    response = client.get(path)
    feed = json.loads(response.content)
    assert response.headers["Content-Type"].startswith("application/feed+json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == settings.SITE_URL + path
    assert feed["items"][0]["url"] == settings.SITE_URL + story.get_absolute_url()
    assert feed["items"][0]["content_html"].endswith("<p>All of it.</p>")


def test_it_leads_with_the_storys_picture(client, settings):
    image = making.picture()
    making.story(lead_image_id=image.pk)
    (item,) = items(client.get("/feed/"))
    assert item.findtext(ENCODED).startswith(f'<figure><img src="{settings.SITE_URL}{image.file.url}"')


def test_it_holds_the_newest(client):
    stories = making.stories(LENGTH + 2)
    titles = [item.findtext("title") for item in items(client.get("/feed/"))]
    assert titles == [story.headline for story in stories[:LENGTH]]


def test_it_keeps_only_its_own(client):
    making.story(section_id=making.section("sea").pk, bylines=[making.by(making.author("tobin-alder"))])
    making.section(), making.tag(), making.author()
    for path in FEEDS[1:]:
        assert items(client.get(path)) == []


def test_it_speaks_its_language(client):
    making.story()
    making.story("uk", headline="Пором")
    response = client.get("/uk/feed/")
    assert [item.findtext("title") for item in items(response)] == ["Пором"]
    assert ElementTree.fromstring(response.content).findtext("channel/language") == "uk"


def test_it_is_well_formed_whatever_the_body_holds(client):
    making.story(body="<p>a\x0bb ]]> &lt;</p>")
    assert items(client.get("/feed/"))[0].findtext(ENCODED) == "<p>ab ]]&gt; &lt;</p>"


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_it_sends_nothing_to_who_has_it_already(client, header):
    making.story()
    asked = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[header]
    known = client.get("/feed/").headers[header]
    cache.clear()
    again = client.get("/feed/", headers={asked: known})
    assert (again.status_code, again.content) == (304, b"")


def test_it_sends_again_what_changed(client):
    making.story()
    known = client.get("/feed/").headers["ETag"]
    making.story()
    cache.clear()
    assert client.get("/feed/", headers={"If-None-Match": known}).status_code == 200


def test_it_is_not_found_for_an_unknown_list(client):
    for path in (*FEEDS[1:], *JSON_FEEDS[1:]):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [*FEEDS, *JSON_FEEDS])
def test_it_takes_few_queries(client, path, django_assert_max_num_queries):
    others = making.stories(2)
    body = f'<figure data-image="{making.picture().pk}"></figure><p><a data-article="{others[0].pk}">x</a></p>'
    making.stories(3, body=body, tag_ids=[making.tag().pk])
    client.get("/search/")
    with django_assert_max_num_queries(5):
        assert client.get(path).status_code == 200
