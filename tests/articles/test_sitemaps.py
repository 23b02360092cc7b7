"""What search engines are told."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from articles import sitemaps
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")

NS = {"s": sitemaps.SITEMAP, "x": sitemaps.XHTML, "n": sitemaps.NEWS}


def places(response):
    return [place.text for place in ElementTree.fromstring(response.content).iterfind(".//s:loc", NS)]


def test_its_index_names_files_that_answer(client, settings):
    making.story()
    files = places(client.get("/sitemap.xml"))
    assert [name.removeprefix(settings.SITE_URL) for name in files] == ["/sitemap-lists.xml", "/sitemap-1.xml"]
    for name in files:
        assert client.get(name.removeprefix(settings.SITE_URL)).status_code == 200


def test_it_splits_stories_into_files(client, settings, monkeypatch):
    monkeypatch.setattr(sitemaps, "PER_FILE", 2)
    stories = making.stories(3)
    assert len(places(client.get("/sitemap.xml"))) == 3
    assert places(client.get("/sitemap-2.xml")) == [settings.SITE_URL + stories[2].get_absolute_url()]


def test_it_names_the_translations_of_a_story(client, settings):
    story = making.story()
    other = making.story("uk", translation_of=story)
    tree = ElementTree.fromstring(client.get("/sitemap-1.xml").content)
    links = {link.get("hreflang"): link.get("href") for link in tree.iterfind(".//x:link", NS)}
    assert links == {row.language: settings.SITE_URL + row.get_absolute_url() for row in (story, other)}


def test_it_lists_pages_and_lists_with_stories(client, settings):
    making.page()
    making.tag("empty")
    making.story(tag_ids=[making.tag().pk], series_id=making.series().pk)
    found = [place.removeprefix(settings.SITE_URL) for place in places(client.get("/sitemap-lists.xml"))]
    wanted = ["/", "/about/", "/section/city/", "/series/the-port/", "/tag/ferries/", "/author/olena-marsh/"]
    assert found == wanted


def test_it_tells_news_of_two_days(client, settings):
    new = making.story(headline="A & b")
    making.story(ago=timedelta(hours=49))
    response = client.get("/news-sitemap.xml")
    assert places(response) == [settings.SITE_URL + new.get_absolute_url()]
    assert ElementTree.fromstring(response.content).find(".//n:title", NS).text == "A & b"


def test_each_language_has_its_own(client, settings):
    making.story()
    other = making.story("uk")
    assert places(client.get("/uk/sitemap-1.xml")) == [settings.SITE_URL + other.get_absolute_url()]


def test_robots_learn_what_to_leave_and_where_sitemaps_are(client, settings):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /account/", "Disallow: /uk/account/"} <= set(lines)
    assert not [line for line in lines if "preview" in line]  # its own header forbids indexing, and has to be read
    assert f"Sitemap: {settings.SITE_URL}/uk/sitemap.xml" in lines


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap-lists.xml", "/sitemap-1.xml", "/news-sitemap.xml"])
def test_it_takes_few_queries(client, path, django_assert_max_num_queries):
    making.stories(4, tag_ids=[making.tag().pk])
    client.get("/search/")
    with django_assert_max_num_queries(6):
        assert client.get(path).status_code == 200
