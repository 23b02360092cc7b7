"""Finding stories by words."""

import pytest

from articles import search
from newsroom.lib.limits import Limit
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")


def find(client, words, path="/search/"):
    page = client.get(path, {"q": words}).context["page"]
    return [story.pk for story in page.object_list]


def test_it_finds_words_of_headline_deck_and_body_in_that_order(client):
    body = making.story(body="<p>An inspector of lifeboats came.</p>")
    deck = making.story(deck="The lifeboat inspection")
    headline = making.story(headline="Lifeboats, inspected")
    making.story(headline="Nothing of that")
    assert find(client, "lifeboat") == [headline.pk, deck.pk, body.pk]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [("ferry night", True), ('"night ferry"', True), ('"ferry night"', False), ("ferry -night", False),
     ("bus or ferry", True), ("ferries", True), ("bus", False)],
)  # fmt: skip
def test_it_reads_words_as_people_type_them(client, words, is_found):
    making.story(headline="The night ferry")
    assert bool(find(client, words)) is is_found


def test_it_finds_a_headline_with_a_slip_in_the_word(client):
    story = making.story(headline="The lighthouse keeper")
    assert find(client, "lihgthouse keper") == [story.pk]


def test_it_finds_ukrainian_words_in_another_ending(client):
    story = making.story("uk", headline="Нічний пором не пройшов перевірки")
    assert find(client, "порому", "/uk/search/") == [story.pk]


def test_it_stays_in_its_language(client):
    making.story("uk", headline="Ferry")
    assert find(client, "ferry") == []


@pytest.mark.parametrize("words", ["'", '"', "-", "or", "& | ! ( ) :*", "<->", "%", "the", "a" * 999, "ї" * 300])
def test_it_survives_whatever_is_typed(client, words):
    making.story()
    assert client.get("/search/", {"q": words}).status_code == 200


@pytest.mark.parametrize("page", ["2", "0", "x", "99999999999999999999"])
def test_it_survives_any_page(client, page):
    making.story(headline="Ferry")
    assert client.get("/search/", {"q": "ferry", "page": page}).status_code == 200


def test_it_pages_through_many(client, monkeypatch):
    monkeypatch.setattr("articles.views.searching.PER_PAGE", 2)
    stories = making.stories(3, headline="Ferry", deck="", body="<p>x</p>")
    response = client.get("/search/", {"q": "ferry", "page": "2"})
    assert [story.pk for story in response.context["page"].object_list] == [stories[2].pk]


def test_it_ranks_the_newest_of_too_many(client, monkeypatch):
    monkeypatch.setattr(search, "NEWEST", 2)
    making.story(ago=making.days(3), headline="Ferry ferry ferry")
    newest = [making.story(headline="A story", body="<p>ferry</p>") for _ in range(2)]
    assert set(find(client, "ferry")) == {story.pk for story in newest}


def test_it_shows_only_the_form_for_no_words(client):
    response = client.get("/search/", {"q": "  "})
    assert response.status_code == 200
    assert "page" not in response.context


def test_it_escapes_what_was_asked(client):
    assert b"<script>x" not in client.get("/search/", {"q": "<script>x"}).content


def test_it_is_not_stored(client):
    assert client.get("/search/", {"q": "x"}).headers["Cache-Control"] == "no-store"


def test_it_is_counted(client, monkeypatch):
    monkeypatch.setattr("articles.views.searching.SEARCH", Limit("search", 2, 60))
    codes = [client.get("/search/", {"q": "x"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_it_takes_four_queries_at_most(client, django_assert_max_num_queries):
    making.stories(4, headline="Ferry", lead_image_id=making.picture().pk)
    client.get("/search/")
    with django_assert_max_num_queries(4):
        assert find(client, "ferry")
