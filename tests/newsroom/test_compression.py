"""Public pages leave compressed, and nothing else does."""

import gzip

import brotli
import pytest

from tests.articles import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return making.story(headline="The ferry", body="<p>" + "The ferry is late again. " * 300 + "</p>")


def fetch(client, path, accepted):
    return client.get(path, headers={"Accept-Encoding": accepted})


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"), ("BR", "br"), ("br;q=0.5", "br"), ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"), ("br; q=0.0", None), ("", None), ("identity", None),
    ],
)  # fmt: skip
def test_it_sends_what_the_client_accepts(client, story, accepted, coding):
    for _from_the_store in (False, True):
        response = fetch(client, story.get_absolute_url(), accepted)
        assert response.headers.get("Content-Encoding") == coding
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers["Content-Length"] == str(len(response.content))


def test_every_coding_is_the_same_page(client, story):
    path = story.get_absolute_url()
    plain = fetch(client, path, "").content
    assert brotli.decompress(fetch(client, path, "br").content) == plain
    assert gzip.decompress(fetch(client, path, "gzip").content) == plain


def test_the_tag_is_the_pages_and_a_client_that_has_it_gets_nothing(client, story):
    path = story.get_absolute_url()
    tags = {fetch(client, path, accepted).headers["ETag"] for accepted in ("br", "gzip", "")}
    assert len(tags) == 1
    response = client.get(path, headers={"If-None-Match": tags.pop(), "Accept-Encoding": "br"})
    assert (response.status_code, response.content) == (304, b"")


def test_a_page_of_one_person_is_never_compressed(member_client):
    response = fetch(member_client, "/account/", "br, gzip")
    assert response.status_code == 200
    assert "Content-Encoding" not in response.headers


def test_small_answers_are_left_as_they_are(client, db):
    response = fetch(client, "/theme.css", "br")
    assert "Content-Encoding" not in response.headers
    assert "Vary" not in response.headers


def test_a_story_page_is_light(client, story):
    response = fetch(client, story.get_absolute_url(), "br")
    assert len(response.content) < 12_000
