"""Addresses of old: moved, gone, never known."""

import pytest
from django.urls import reverse

from articles import taxonomy
from articles.content import PageContent, StoryContent
from articles.models import Article, Redirect, Section, Tag
from articles.moving import PublishingError
from articles.publishing import publish, publish_page, unpublish, unpublish_page
from articles.revising import find_or_make_tags, save_page_revision, save_revision
from articles.taxonomy import save_listed
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")


def move(story, slug):
    content = StoryContent.from_article(story)
    content.slug = slug
    save_revision(user=None, article=story, content=content)
    return publish(user=None, article=story)


def test_it_leads_from_a_storys_old_address_to_its_new(client):
    story = making.story(slug="first")
    old = story.get_absolute_url()
    new = move(story, "second").get_absolute_url()
    response = client.get(old)
    assert (response.status_code, response.url) == (301, new)


def test_it_leads_straight_to_the_last_of_many_addresses(client):
    story = making.story(slug="first")
    old = story.get_absolute_url()
    newest = move(move(story, "second"), "third").get_absolute_url()
    assert client.get(old).url == newest


def test_it_answers_at_an_address_that_it_moved_back_to(client):
    story = making.story(slug="first")
    back = move(move(story, "second"), "first")
    assert client.get(back.get_absolute_url()).status_code == 200


def test_it_says_why_a_story_is_gone(client):
    story = making.story(headline="The ferry")
    unpublish(user=None, article=story, note="We could not <stand> by it.")
    response = client.get(story.get_absolute_url())
    assert response.status_code == 410
    assert "We could not &lt;stand&gt; by it." in response.content.decode()
    assert b"The ferry" not in response.content


def test_it_says_that_a_story_is_gone_at_its_older_addresses_too(client):
    story = making.story(slug="first")
    old = story.get_absolute_url()
    unpublish(user=None, article=move(story, "second"), note="We could not stand by it.")
    response = client.get(old)
    assert response.status_code == 410 and b"We could not stand by it." in response.content


def test_it_is_gone_without_a_redirect_row(client):
    story = making.story()
    unpublish(user=None, article=story)
    Redirect.objects.all().delete()
    assert client.get(story.get_absolute_url()).status_code == 410


def test_it_is_back_when_it_is_published_again(client):
    story = making.story()
    unpublish(user=None, article=story, note="Soon.")
    publish(user=None, article=story)
    assert client.get(story.get_absolute_url()).status_code == 200


def test_it_tells_nothing_of_what_was_never_public(client):
    story = making.story()
    Article.objects.filter(pk=story.pk).update(state="draft", first_published_at=None)
    assert client.get(story.get_absolute_url()).status_code == 404


def test_it_follows_pages_too(client):
    page = making.page("about")
    save_page_revision(user=None, page=page, content=PageContent(headline="A", body="<p>b</p>", slug="about-us"))
    page = publish_page(user=None, page=page)
    assert client.get("/about/").url == "/about-us/"
    unpublish_page(user=None, page=page, note="Closed.")
    for address in ("/about-us/", "/about/"):
        response = client.get(address)
        assert response.status_code == 410 and b"Closed." in response.content


def test_no_other_page_takes_an_address_of_old(client):
    page = making.page("about")
    save_page_revision(user=None, page=page, content=PageContent(headline="A", body="<p>b</p>", slug="about-us"))
    page = publish_page(user=None, page=page)
    with pytest.raises(PublishingError, match="led elsewhere"):
        making.page("about")
    assert making.page("about", language="uk").get_absolute_url() == "/uk/about/"
    save_page_revision(user=None, page=page, content=PageContent(headline="A", body="<p>b</p>", slug="about"))
    assert publish_page(user=None, page=page).get_absolute_url() == "/about/"
    assert client.get("/about-us/").url == "/about/"


@pytest.mark.parametrize("old", ["/old-name/", "/archive/2009/ferry/", "/uk/2009/"])
def test_it_follows_addresses_that_editors_wrote_down(client, old):
    Redirect.objects.create(old_path=old, new_path="/about/")
    response = client.get(old)
    assert (response.status_code, response.url) == (301, "/about/")


def test_it_never_leads_in_a_circle(client):
    Redirect.objects.create(old_path="/about/", new_path="/about/")
    assert client.get("/about/").status_code == 404


def test_the_page_on_other_ways_stands_under_support(client):
    making.page("other-ways", headline="Other ways")
    assert b"Other ways" in client.get("/support/other-ways/").content
    assert client.get("/other-ways/").url == "/support/other-ways/"


LISTS = {
    "section": ("/section/city/", ["", "feed/", "feed.json"]),
    "tag": ("/tag/ferries/", ["", "feed/", "feed.json"]),
    "series": ("/series/the-port/", [""]),
    "author": ("/author/olena-marsh/", ["", "feed/", "feed.json"]),
}


def make_listed(kind):
    making.story(tag_ids=[making.tag().pk], series_id=making.series().pk)
    return getattr(making, kind)()


def rename(row, slug):
    row.slug = slug
    save_listed(user=None, row=row)
    return row


@pytest.mark.parametrize("kind", LISTS)
def test_it_follows_lists_and_their_feeds_wherever_they_move(client, kind, django_capture_on_commit_callbacks):
    old, below = LISTS[kind]
    row = make_listed(kind)
    assert client.get(old).status_code == 200  # and lies in the store
    with django_capture_on_commit_callbacks(execute=True):
        rename(row, "second")
        new = rename(row, "third").get_absolute_url()
    for first in (old, f"/{kind}/second/"):
        for part in below:
            response = client.get(first + part)
            assert (response.status_code, response.url) == (301, new + part)
            assert client.get(response.url).status_code == 200
    assert client.get(f"/{kind}/fourth/feed/").status_code == 404


def test_it_follows_an_author_in_every_language(client):
    rename(make_listed("author"), "olena")
    assert client.get("/uk/author/olena-marsh/").url == "/uk/author/olena/"
    assert client.get("/author/olena-marsh/feed.json").url == "/author/olena/feed.json"


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_answers_where_it_moved_back_to(client, kind):
    row = make_listed(kind)
    first = row.slug
    rename(rename(row, "second"), first)
    assert client.get(row.get_absolute_url()).status_code == 200
    assert client.get(f"/{kind}/second/").url == row.get_absolute_url()


@pytest.mark.parametrize("kind", LISTS)
def test_no_other_list_takes_an_address_of_old(editor_client, kind):
    row = rename(make_listed(kind), "second")
    old = LISTS[kind][0].split("/")[2]
    form = {"name": "Other", "slug": old, "language": "en", "description": "", "position": 0, "translations": "{}"}
    response = editor_client.post(reverse(f"admin:articles_{kind}_add"), form)
    assert "are led elsewhere from it" in response.content.decode()
    with pytest.raises(PublishingError, match="led elsewhere"):
        save_listed(user=None, row=type(row)(name="Other", slug=old))
    assert type(row).objects.count() == 1


@pytest.mark.parametrize("verb", ["add", "change"])
def test_the_later_of_two_who_move_addresses_at_once_reads_why_not(editor_client, monkeypatch, verb):
    tag = make_listed("tag")
    answers = iter([False, True])  # as the form looks, and when it is saved
    monkeypatch.setattr(taxonomy, "leads_elsewhere", lambda row: next(answers))
    address = reverse(f"admin:articles_tag_{verb}", args=[tag.pk] if verb == "change" else [])
    form = {"name": "Other", "slug": "other", "language": "en", "description": ""}
    response = editor_client.post(address, form)
    assert response.status_code == 302 and response["Location"] == address
    page = editor_client.get(address).content.decode()
    assert "are led elsewhere from it" in page and "successfully" not in page
    assert list(Tag.objects.values_list("slug", flat=True)) == [tag.slug]


def test_a_tag_that_is_typed_anew_gets_another_address(client):
    tag = rename(make_listed("tag"), "boats")
    Tag.objects.filter(pk=tag.pk).update(name="Boats")
    (made,) = find_or_make_tags(names=["Ferries"], language="en")
    assert Tag.objects.get(pk=made).slug == "ferries-2" and client.get("/tag/ferries/").url == "/tag/boats/"


def test_the_desk_renames_a_section_and_deletes_one_that_is_not_used(editor_client, client):
    section = making.section()
    form = {"name": "Town", "slug": "town", "language": "en", "description": "", "position": 0}
    editor_client.post(reverse("admin:articles_section_change", args=[section.pk]), form)
    assert client.get("/section/city/").url == "/section/town/"
    left = Redirect.objects.get()
    page = editor_client.get(reverse("admin:articles_redirect_change", args=[left.pk])).content.decode()
    assert "Town" in page and f"{left.pk}/delete/" not in page and 'name="_save"' not in page
    editor_client.post(reverse("admin:articles_section_delete", args=[section.pk]), {"post": "yes"})
    assert not Section.objects.exists() and client.get("/section/city/").status_code == 404
