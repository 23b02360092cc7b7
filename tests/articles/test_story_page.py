"""The story page."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from articles.publishing import add_correction
from members.voting.models import Commission, Topic, TopicText
from newsletters.models import Newsletter
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")


def test_it_shows_headline_deck_body_byline_section_and_tags(client):
    story = making.story(headline="The ferry", deck="It sailed", body="<p>At night.</p>", tag_ids=[making.tag().pk])
    html = client.get(story.get_absolute_url()).content.decode()
    for words in ("The ferry", "It sailed", "<p>At night.</p>", "Olena Marsh", "/section/city/", "/tag/ferries/"):
        assert words in html


@pytest.mark.parametrize(
    ("language", "label", "moment"),
    [("en", "Explainer", "13 November 2024, 18:05 UTC"), ("uk", "Пояснення", "13 листопада 2024, 18:05 UTC")],
)
def test_it_names_its_kind_and_its_full_date(client, language, label, moment):
    ago = timezone.now() - datetime(2024, 11, 13, 18, 5, 30, tzinfo=UTC)
    story = making.story(language, ago=ago, kind="explainer")
    html = client.get(story.get_absolute_url()).content.decode()
    head = html[html.index('<header class="story-head"') : html.index('<div class="body">')]
    assert f'<p class="label">{label} · <a href=' in head
    assert re.search(rf'<time datetime="2024-11-13T18:05:3[0-9+:.]+">{moment}</time>', head)


def test_it_shows_corrections_newest_first(client):
    story = making.story()
    add_correction(user=None, article=story, text="It was Tuesday.")
    add_correction(user=None, article=story, text="It was Wednesday.")
    html = client.get(story.get_absolute_url()).content.decode()
    assert 0 < html.index("It was Wednesday.") < html.index("It was Tuesday.")


def test_it_shows_the_lead_picture_in_its_renditions(client):
    image = making.picture(alt="Two boats")
    html = client.get(making.story(lead_image_id=image.pk).get_absolute_url()).content.decode()
    assert f"renditions/{image.pk}-480.webp 480w" in html
    assert 'alt="Two boats"' in html


def test_it_shows_what_editors_chose_before_earlier_stories_of_the_section(client):
    earlier = making.story(ago=timedelta(days=2))
    chosen = making.story(ago=timedelta(days=9))
    story = making.story(related_ids=[chosen.pk])
    response = client.get(story.get_absolute_url())
    assert [other.pk for other in response.context["onward"]] == [chosen.pk, earlier.pk]
    section = re.search(r'<section class="onward.*?</section>', response.content.decode(), re.DOTALL)[0]
    for other in (chosen, earlier):
        assert f'<a href="{other.get_absolute_url()}">{other.headline}</a>' in section


def test_it_repeats_at_its_foot_nothing_that_its_related_box_shows(client):
    older, boxed, chosen = (making.story(ago=timedelta(days=days)) for days in (4, 3, 2))
    links = "".join(f'<li><a data-article="{other.pk}">x</a></li>' for other in (boxed, chosen))
    body = f'<p>a</p><section class="related" data-heading="Related"><ul>{links}</ul></section>'
    onward = client.get(making.story(body=body, related_ids=[chosen.pk]).get_absolute_url()).context["onward"]
    assert [other.pk for other in onward] == [older.pk]


def test_it_loads_the_embeds_script_only_for_an_embed(client):
    embed = '<figure class="embed" data-embed="https://youtu.be/dQw4w9WgXcQ"></figure>'
    pages = [client.get(making.story(body=body).get_absolute_url()) for body in ("<p>a</p>", embed)]
    assert ["js/embed" in page.content.decode() for page in pages] == [False, True]


def test_it_does_not_change_when_the_section_gets_a_newer_story(client):
    story = making.story(ago=timedelta(days=2))
    before = client.get(story.get_absolute_url()).content
    making.story(ago=timedelta(hours=1))
    assert client.get(story.get_absolute_url()).content == before


def test_it_names_its_translations_to_readers_and_engines(client):
    story = making.story()
    other = making.story("uk", translation_of=story, headline="Пором")
    for shown, named in ((story, other), (other, story)):
        response = client.get(shown.get_absolute_url())
        html = response.content.decode()
        assert f'hreflang="{named.language}" href="http' in html
        assert named.get_absolute_url() in html


def test_it_answers_a_translation_only_under_its_own_prefix(client):
    other = making.story("uk", headline="Пором")
    assert other.get_absolute_url().startswith("/uk/20")
    assert client.get(other.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url().removeprefix("/uk")).status_code == 404


def test_it_tells_machines_what_it_is(client, settings):
    story = making.story(headline="The </script> ferry", deck="Sailed & sailed", lead_image_id=making.picture().pk)
    html = client.get(story.get_absolute_url()).content.decode()
    told = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
    assert told["headline"] == "The </script> ferry"
    assert told["url"] == settings.SITE_URL + story.get_absolute_url()
    assert told["author"][0]["name"] == "Olena Marsh"
    assert told["image"][0].startswith(settings.SITE_URL)


@pytest.mark.parametrize("name", ["og:title", "og:description", "og:url", "og:image", "article:published_time"])
def test_it_has_what_a_shared_link_shows(client, name):
    html = client.get(making.story(lead_image_id=making.picture().pk).get_absolute_url()).content.decode()
    assert re.search(rf'<meta property="{name}" content="[^"]+">', html)


def test_it_names_one_canonical_address(client, settings):
    story = making.story()
    html = client.get(story.get_absolute_url() + "?from=mail").content.decode()
    assert f'<link rel="canonical" href="{settings.SITE_URL}{story.get_absolute_url()}">' in html


@pytest.mark.parametrize("path", ["/2024/13/01/x/", "/2024/02/30/x/", "/2024/01/01/never-written/"])
def test_it_is_not_found_where_nothing_was(client, path):
    assert client.get(path).status_code == 404


def test_it_notes_the_keys_of_all_that_it_shows(client):
    chosen, hidden = making.story(), making.draft()
    story = making.story(
        related_ids=[chosen.pk], tag_ids=[making.tag().pk], body=f'<p><a data-article="{hidden.pk}">Soon</a></p>'
    )
    keys = client.get(story.get_absolute_url()).page_keys
    section, author, tag = making.section(), making.author(), making.tag()
    wanted = {story.page_key, chosen.page_key, hidden.page_key, section.page_key, author.page_key, tag.page_key}
    assert wanted | {"settings", "menus"} <= keys


def test_it_takes_six_queries_at_most(client, django_assert_max_num_queries):
    story = _full_story()
    client.get(making.story().get_absolute_url())  # settings are kept in the cache from here on
    with django_assert_max_num_queries(6):
        assert client.get(story.get_absolute_url()).status_code == 200


def _full_story():
    others = making.stories(3)
    image, inside = making.picture(), making.picture()
    body = f'<figure data-image="{inside.pk}"></figure><p><a data-article="{others[0].pk}">x</a></p>'
    story = making.story(
        body=body * 3,
        lead_image_id=image.pk,
        tag_ids=[making.tag("a").pk, making.tag("b").pk],
        bylines=[making.by(making.author("a-b")), making.by(making.author("c-d"), "photos")],
        related_ids=[other.pk for other in others],
    )
    making.story("uk", translation_of=story)
    add_correction(user=None, article=story, text="It was Tuesday.")
    topic = Topic.objects.create(slug="why", state=Topic.State.PUBLISHED)
    TopicText.objects.create(topic=topic, language="en", question="Why?", why="Because.")
    Commission.objects.create(topic=topic, article=story, state=Commission.State.PUBLISHED, published_at=timezone.now())
    Newsletter.objects.create(slug="morning", name="Morning")
    return Article.objects.get(pk=story.pk)
