"""The front page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from members.voting.models import Candidate, Commission, Round, Topic, TopicText
from newsletters.models import Newsletter
from newsroom.site.home import build_home
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")


def test_it_says_so_when_nothing_is_published(client):
    response = client.get("/")
    assert response.status_code == 200
    assert response.context["lead"] is None


def test_it_is_led_by_the_newest_story(client):
    stories = making.stories(6)
    context = client.get("/").context
    assert context["lead"].pk == stories[0].pk
    assert [story.pk for story in context["seconds"]] == [story.pk for story in stories[1:5]]


def test_it_is_led_by_what_editors_chose_however_old(client):
    chosen = making.story(ago=timedelta(days=90), is_front_lead=True)
    making.stories(16)
    assert client.get("/").context["lead"].pk == chosen.pk


def test_it_shows_each_section_with_its_newest(client):
    making.stories(5)
    sea = making.section("sea")
    stories = [making.story(section_id=sea.pk, ago=timedelta(days=day)) for day in (7, 8)]
    group = next(group for group in build_home("en")["sections"] if group["section"] == sea)
    assert [group["led"].pk, *(story.pk for story in group["listed"])] == [story.pk for story in stories]


def test_it_leaves_out_sections_without_a_place_or_a_story():
    making.section("empty")
    making.story(section_id=making.section("hidden", is_on_front=False).pk, ago=timedelta(days=9))
    making.stories(5)
    assert build_home("en")["sections"] == []


def test_it_shows_no_story_twice():
    for slug in ("city", "sea", "port"):
        making.stories(6, section_id=making.section(slug).pk)
    _commissioned(making.story(ago=timedelta(days=3)))
    home = build_home("en")
    shown = [home["lead"], *home["seconds"], *home["answered"]]
    shown += [story for group in home["sections"] for story in (group["led"], *group["listed"])]
    assert len({story.pk for story in shown}) == len(shown)
    assert len(home["answered"]) == 1


def test_it_is_each_languages_own(client):
    making.story()
    other = making.story("uk", headline="Пором")
    assert client.get("/uk/").context["lead"].pk == other.pk


def test_it_shows_what_readers_ask():
    now = timezone.now()
    round_ = Round.objects.create(number=1, state="open", opens_at=now, closes_at=now + timedelta(days=9))
    Candidate.objects.create(round=round_, topic=_topic("why"))
    assert build_home("en")["asked"]["topics"][0]["question"] == "Why?"


def test_it_offers_newsletters():
    letter = Newsletter.objects.create(slug="morning", name="Morning")
    assert build_home("en")["newsletters"] == [letter]


def test_it_takes_the_same_few_queries_whatever_it_shows(client, django_assert_max_num_queries):
    for slug in ("city", "sea", "port", "culture"):
        making.stories(4, section_id=making.section(slug).pk, lead_image_id=making.picture().pk)
    _commissioned(Article.objects.order_by("pk")[0])
    client.get("/search/")
    with django_assert_max_num_queries(10):
        assert client.get("/").status_code == 200


def _topic(slug):
    topic = Topic.objects.create(slug=slug, state=Topic.State.OPEN)
    TopicText.objects.create(topic=topic, language="en", question="Why?", why="Because.")
    return topic


def _commissioned(story):
    Commission.objects.create(topic=_topic("asked"), article=story, state="published", published_at=timezone.now())
