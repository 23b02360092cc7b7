"""Addresses of old: moved, gone, never known."""

import pytest

from articles.content import PageContent, StoryContent
from articles.models import Article, Redirect
from articles.publishing import publish, publish_page, unpublish, unpublish_page
from articles.revising import save_page_revision, save_revision
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
