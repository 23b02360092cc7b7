"""What is not published is on no public address: not by its words, not by its own address."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from articles.publishing import unpublish
from articles.scheduling import schedule
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")

SECRET = "Zanzibarian"
PUBLIC = [
    "/", "/section/city/", "/tag/ferries/", "/series/the-port/", "/author/olena-marsh/", "/corrections/", "/feed/",
    "/feed.json", "/section/city/feed/", "/section/city/feed.json", "/tag/ferries/feed/", "/tag/ferries/feed.json",
    "/author/olena-marsh/feed/", "/author/olena-marsh/feed.json", "/sitemap.xml", "/sitemap-lists.xml",
    "/sitemap-1.xml", "/news-sitemap.xml", "/search/?q=whisper", "/search/?q=Zanzibar",
]  # fmt: skip


def _fields():
    return {
        "headline": f"{SECRET} headline", "deck": f"{SECRET} whisper", "body": f"<p>{SECRET} whisper</p>",
        "slug": SECRET.lower(), "tag_ids": [making.tag().pk], "series_id": making.series().pk,
    }  # fmt: skip


def _draft():
    return making.draft(**_fields())


def _scheduled():
    return schedule(user=None, article=_draft(), at=timezone.now() + timedelta(hours=1))


def _embargoed():
    story = making.story(**_fields())
    Article.objects.filter(pk=story.pk).update(embargo_until=timezone.now() + timedelta(hours=1))
    return story


def _ahead_of_its_time():
    story = making.story(**_fields())
    Article.objects.filter(pk=story.pk).update(published_at=timezone.now() + timedelta(hours=1))
    return story


def _unpublished():
    story = making.story(**_fields())
    unpublish(user=None, article=story)
    return story


HIDDEN = [_draft, _scheduled, _embargoed, _ahead_of_its_time, _unpublished]


@pytest.mark.parametrize("make_hidden", HIDDEN)
def test_it_is_on_no_public_address(client, make_hidden):
    hidden = make_hidden()
    box = f'<section class="related" data-heading="x"><ul><li><a data-article="{hidden.pk}">y</a></li></ul></section>'
    shown = making.story(
        "en", body=box, related_ids=[hidden.pk], tag_ids=[making.tag().pk], series_id=making.series().pk
    )
    making.story("uk", translation_of=hidden)
    for path in [*PUBLIC, shown.get_absolute_url(), *(f"/uk{path}" for path in ("/", "/feed/", "/sitemap-1.xml"))]:
        response = client.get(path)
        assert SECRET.lower() not in response.content.decode().lower(), path


@pytest.mark.parametrize("make_hidden", HIDDEN)
def test_its_own_address_shows_nothing(client, make_hidden):
    hidden = Article.objects.get(pk=make_hidden().pk)
    day = hidden.published_on or timezone.localdate()
    response = client.get(f"/{day:%Y/%m/%d}/{SECRET.lower()}/")
    assert response.status_code == (410 if make_hidden is _unpublished else 404)
    assert f"{SECRET} headline" not in response.content.decode()


def test_a_hidden_translation_is_not_named(client):
    story = making.story()
    making.draft("uk", translation_of=story, headline=SECRET)
    html = client.get(story.get_absolute_url()).content.decode()
    assert 'hreflang="uk" href="http' not in html


def test_a_draft_page_is_not_found(client):
    from articles.content import PageContent
    from articles.revising import create_page

    create_page(user=None, content=PageContent(headline=SECRET, body="<p>x</p>", slug="hidden"))
    assert client.get("/hidden/").status_code == 404


def test_both_twins_of_the_rule_agree():
    for make_hidden in HIDDEN:
        hidden = Article.objects.get(pk=make_hidden().pk)
        assert not hidden.is_published()
        assert not Article.objects.published().filter(pk=hidden.pk).exists()
