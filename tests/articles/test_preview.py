"""Reading a draft by its link."""

import pytest

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


def test_nobody_keeps_indexes_or_learns_it(client):
    headers = client.get(link(making.draft())).headers
    assert "no-store" in headers["Cache-Control"]
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["Referrer-Policy"] == "no-referrer"


def test_it_is_never_answered_from_the_store(client):
    story = making.draft()
    path = link(story)
    assert client.get(path).status_code == 200
    revoke_preview_links(user=None, article=story)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "ї", "%FF"])
def test_it_is_not_found_without_a_valid_link(client, token):
    assert client.get(f"/preview/{token}/").status_code == 404
