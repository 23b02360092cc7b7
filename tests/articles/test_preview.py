"""Reading a draft by its link."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.content import StoryContent
from articles.previews import create_preview_link, revoke_preview_links
from articles.revising import save_revision
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")


def link(story):
    return f"/preview/{create_preview_link(user=None, article=story)}/"


def test_it_shows_a_draft(client):
    image, other = making.picture(), making.story()
    body = f'<p>Not yet. <a data-article="{other.pk}">x</a></p><figure data-image="{image.pk}"></figure>'
    story = making.draft(headline="The ferry", body=body, tag_ids=[making.tag().pk], lead_image_id=image.pk)
    html = client.get(link(story)).content.decode()
    for words in ("The ferry", "Not yet.", "Olena Marsh", "/tag/ferries/", other.get_absolute_url(), "-480.webp"):
        assert words in html


def test_it_shows_what_was_written_last_of_a_published_story(client):
    story = making.story(headline="Live")
    content = StoryContent.from_article(story)
    content.headline = "Written since"
    save_revision(user=None, article=story, content=content)
    assert b"Written since" in client.get(link(story)).content
    assert b"Written since" not in client.get(story.get_absolute_url()).content


def test_it_changes_nothing_live(client):
    story = making.story(tag_ids=[making.tag().pk])
    content = StoryContent.from_article(story)
    content.tag_ids, content.bylines = [], []
    save_revision(user=None, article=story, content=content)
    client.get(link(story))
    assert (story.tags.count(), story.bylines.count()) == (1, 1)


def test_it_speaks_the_storys_language(client):
    html = client.get(link(making.draft("uk"))).content.decode()
    assert '<html lang="uk">' in html


def assert_for_nobody_else(response):
    assert "no-store" in response.headers["Cache-Control"] and "private" in response.headers["Cache-Control"]
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_nobody_keeps_indexes_or_learns_it(client):
    assert_for_nobody_else(client.get(link(making.draft())))


@pytest.mark.parametrize(("language", "words"), [("en", "has closed this link"), ("uk", "Редакція закрила")])
def test_it_says_that_it_was_revoked_and_is_never_answered_from_the_store(client, language, words):
    story = making.draft(language, headline="The ferry")
    path = link(story)
    assert client.get(path).status_code == 200
    revoke_preview_links(user=None, article=story)
    assert_over(client.get(path), words)
    assert client.get(link(story)).status_code == 200  # a new one


def test_it_says_when_it_has_expired(client):
    path = link(making.draft(headline="The ferry"))
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=-5)):
        assert client.get(path).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert_over(client.get(path), "This link has expired.")


def assert_over(response, words):
    html = response.content.decode()
    assert response.status_code == 410 and words in html and "The ferry" not in html
    assert_for_nobody_else(response)


@pytest.mark.parametrize("token", ["x", "ї", "%FF"])
def test_it_is_not_found_without_a_valid_link(client, token):
    assert client.get(f"/preview/{token}/").status_code == 404
