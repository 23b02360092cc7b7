"""The second at which an embargo lifts: until then a story is nowhere but at the desk and behind its preview links, and
then it is everywhere, though every page lies in the store."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.models import Article
from articles.previews import create_preview_link
from articles.scheduling import publish_due, schedule, set_embargo
from tests.articles import making

pytestmark = pytest.mark.django_db

SECRET = "Zanzibarian"
SECOND = timedelta(seconds=1)
STORED = [
    "/", "/section/city/", "/tag/ferries/", "/series/the-port/", "/author/olena-marsh/", "/feed/", "/feed.json",
    "/section/city/feed/", "/tag/ferries/feed.json", "/author/olena-marsh/feed/", "/sitemap-1.xml", "/news-sitemap.xml",
]  # fmt: skip


def embargoed_until(moment):
    """And scheduled for the same second."""
    story = making.draft(
        headline=f"{SECRET} headline", body=f"<p>{SECRET} whisper</p>", slug=SECRET.lower(),
        tag_ids=[making.tag().pk], series_id=making.series().pk,
    )  # fmt: skip
    story = set_embargo(user=None, article=story, until=moment)
    return schedule(user=None, article=story, at=moment)


def beside(story):
    """Stories that are out and name it: in a box, in a line, as related, as a translation."""
    box = f'<section class="related"><ul><li><a data-article="{story.pk}">y</a></li></ul></section>'
    yield making.story(body=box).get_absolute_url()
    yield making.story(related_ids=[story.pk]).get_absolute_url()
    yield making.story("uk", translation_of=story).get_absolute_url()


def naming(client, paths):
    return [path for path in paths if SECRET.lower() in client.get(path).content.decode().lower()]


def tick(run_commits):
    """As the clock does; how many came out."""
    with run_commits(execute=True):
        return publish_due()


def test_it_lifts_at_its_second_and_not_before(client, django_capture_on_commit_callbacks, django_assert_num_queries):
    moment = timezone.now().replace(microsecond=0) + timedelta(hours=2)
    with time_machine.travel(moment - timedelta(hours=1), tick=False) as clock:
        story = embargoed_until(moment)
        stored = [*STORED, *beside(story)]
        preview = f"/preview/{create_preview_link(user=None, article=story)}/"
        clock.move_to(moment - SECOND)
        own = f"/{timezone.localdate(moment):%Y/%m/%d}/{SECRET.lower()}/"
        assert tick(django_capture_on_commit_callbacks) == 0
        assert naming(client, [*stored, "/search/?q=whisper"]) == [] and client.get(own).status_code == 404
        with django_assert_num_queries(0):
            assert naming(client, stored) == []  # from the store
        assert naming(client, [preview]) == [preview]  # an outsider who was given the link

        clock.move_to(moment)
        assert tick(django_capture_on_commit_callbacks) == 1
        everywhere = [*stored, "/search/?q=whisper", own]
        assert naming(client, everywhere) == everywhere
        story = Article.objects.get(pk=story.pk)
        assert (story.published_at, story.get_absolute_url()) == (moment, own)


def test_an_embargo_alone_keeps_a_story_whose_time_has_come(client):
    """Whatever its state says: the rule of visibility asks the embargo itself."""
    moment = timezone.now().replace(microsecond=0) + timedelta(hours=2)
    story = making.story(headline=SECRET)
    Article.objects.filter(pk=story.pk).update(embargo_until=moment)
    for now, status in ((moment - SECOND, 404), (moment, 200)):
        with time_machine.travel(now, tick=False):
            assert client.get(story.get_absolute_url()).status_code == status
            assert Article.objects.get(pk=story.pk).is_published() is (status == 200)
