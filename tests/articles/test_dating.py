"""The date of publication, corrected: the address moves with it, and nothing that led to the story is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from articles import dating
from articles.content import StoryContent
from articles.dating import correct_date
from articles.models import Article, Redirect
from articles.moving import PublishingError
from articles.publishing import add_correction, publish, unpublish
from articles.revising import save_revision
from articles.timing import latest_decisions
from newsroom.lib.models import AuditEntry
from tests.articles import making

pytestmark = pytest.mark.django_db

PRINTED = date(2024, 11, 13)
WHY = "The paper of that day had it"


def dated(story, on=PRINTED, user=None):
    return correct_date(user=user, article=story, on=on, reason=WHY)


def page_of(story):
    return reverse("admin:articles_article_correct_date", args=[story.pk])


def sent(story, **fields):
    """What the browser sends from the page as it was opened."""
    return {"seen": str(story.published_on), "on": str(PRINTED), "reason": WHY, **fields}


def test_it_moves_the_address_and_leads_the_old_one_there(client):
    story = making.story(slug="ferry")
    old = story.get_absolute_url()
    story = dated(story)
    assert story.get_absolute_url() == "/2024/11/13/ferry/"
    response = client.get(old)
    assert (response.status_code, response.url) == (301, "/2024/11/13/ferry/")
    assert client.get(response.url).status_code == 200


def test_it_leads_straight_from_every_address_of_old_to_the_last(client):
    """Dates and slugs by turns: each address that readers may hold is one step from where the story stands."""
    story = making.story(slug="ferry")
    old = [story.get_absolute_url()]
    old.append(dated(story).get_absolute_url())
    content = StoryContent.from_article(story)
    content.slug = "boat"
    save_revision(user=None, article=story, content=content)
    old.append(publish(user=None, article=Article.objects.get(pk=story.pk)).get_absolute_url())
    newest = dated(Article.objects.get(pk=story.pk), date(2024, 11, 12)).get_absolute_url()
    assert newest == "/2024/11/12/boat/" and len({*old, newest}) == 4
    assert [(client.get(path).status_code, client.get(path).url) for path in old] == [(301, newest)] * 3


def test_it_answers_where_it_came_back_to(client):
    story = making.story()
    first = story.published_on
    back = dated(dated(story), first)
    assert client.get(back.get_absolute_url()).status_code == 200
    assert client.get(f"/2024/11/13/{story.slug}/").url == back.get_absolute_url()


def test_it_keeps_the_hour_and_what_was_really_first(settings):
    settings.TIME_ZONE = "Europe/Kyiv"
    story = publish(user=None, article=making.draft(), at=datetime(2026, 7, 1, 19, 30, tzinfo=UTC))
    moved = dated(story, date(2026, 1, 5))
    assert (moved.published_on, moved.published_at) == (date(2026, 1, 5), datetime(2026, 1, 5, 20, 30, tzinfo=UTC))
    assert moved.first_published_at == story.first_published_at and moved.updated_at is not None
    assert publish(user=None, article=moved).published_on == date(2026, 1, 5)  # published anew it stays there


def test_it_takes_the_hour_after_one_that_the_clocks_skip(settings):
    settings.TIME_ZONE = "Europe/Kyiv"
    story = publish(user=None, article=making.draft(), at=datetime(2026, 7, 1, 0, 30, tzinfo=UTC))  # 03:30
    assert dated(story, date(2026, 3, 29)).published_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 04:30


def test_it_never_lies_ahead_of_now():
    """Published last night, meant for this morning: readers do not lose it until the evening."""
    with time_machine.travel(datetime(2026, 5, 5, 8, tzinfo=UTC), tick=False):
        story = publish(user=None, article=making.draft(), at=datetime(2026, 5, 4, 19, tzinfo=UTC))
        moved = dated(story, date(2026, 5, 5))
        assert moved.is_published() and moved.published_at == timezone.now()
        with pytest.raises(PublishingError, match="lies ahead"):
            dated(story, date(2026, 5, 6))


def refusals():
    out, draft = making.story(), making.draft()
    gone = unpublish(user=None, article=making.story())
    return [
        (draft, PRINTED, WHY, "never published"),
        (gone, PRINTED, WHY, "this one is unpublished"),
        (out, out.published_on, WHY, "this date already"),
        (out, PRINTED, "  ", "Say why"),
        (out, date(24, 11, 13), WHY, "four digits"),
    ]


def test_it_says_what_stands_in_the_way():
    for story, on, why, sentence in refusals():
        before = Article.objects.get(pk=story.pk).published_on
        with pytest.raises(PublishingError, match=sentence):
            correct_date(user=None, article=story, on=on, reason=why)
        assert Article.objects.get(pk=story.pk).published_on == before
    assert not AuditEntry.objects.filter(action="article.date_corrected").exists()


def test_no_story_takes_the_address_of_another_or_one_that_it_left(client):
    there = dated(making.story(slug="ferry"))
    other = making.story(slug="ferry", ago=timedelta(days=4))
    left = making.story(slug="ferry", ago=timedelta(days=9))
    old = left.get_absolute_url()
    dated(left, date(2024, 11, 1))
    for on in (PRINTED, left.published_on):
        with pytest.raises(PublishingError, match=f"/{on:%Y/%m/%d}/ferry/ is taken"):
            dated(other, on)
    assert client.get(there.get_absolute_url()).status_code == 200
    assert client.get(old).url == "/2024/11/01/ferry/"


@pytest.mark.django_db(transaction=True)
def test_the_database_lets_one_of_two_have_an_address(monkeypatch):
    """Neither sees the other's yet: the constraint decides, and whoever was later reads why not."""
    stories = [making.story(slug="ferry", ago=timedelta(days=number)) for number in (3, 5)]
    monkeypatch.setattr(dating, "is_address_taken", lambda article: False)

    def press(story):
        try:
            return dated(story).get_absolute_url()
        except PublishingError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(press, stories))
    assert said[0] == "/2024/11/13/ferry/" and "is taken" in said[1]
    assert Article.objects.filter(published_on=PRINTED).count() == 1
    assert Redirect.objects.count() == 1  # of the one that moved


def test_everything_that_names_it_follows_though_it_lies_in_the_store(client, django_capture_on_commit_callbacks):
    story = making.story(slug="ferry", tag_ids=[making.tag().pk], series_id=making.series().pk)
    box = f'<section class="related"><ul><li><p><a data-article="{story.pk}">x</a></p></li></ul></section>'
    beside = (
        making.story(body=box), making.story(related_ids=[story.pk]), making.story("uk", translation_of=story),
    )  # fmt: skip
    add_correction(user=None, article=story, text="Six, not seven.")
    paths = [
        "/", "/section/city/", "/tag/ferries/", "/series/the-port/", "/author/olena-marsh/", "/corrections/", "/feed/",
        "/feed.json", "/section/city/feed/", "/tag/ferries/feed.json", "/author/olena-marsh/feed/", "/sitemap-1.xml",
        *(other.get_absolute_url() for other in beside),
    ]  # fmt: skip
    old = story.get_absolute_url()
    assert [path for path in paths if old not in client.get(path).content.decode()] == []
    with django_capture_on_commit_callbacks(execute=True):
        new = dated(story).get_absolute_url()
    pages = {path: client.get(path).content.decode() for path in paths}
    assert [path for path, page in pages.items() if old in page or new not in page] == []
    assert client.get(old).url == new


def test_both_addresses_say_the_same_to_everybody(client, editor_client):
    story = making.story()
    old = story.get_absolute_url()
    for path in (old, dated(story).get_absolute_url()):
        ours, theirs = (reader.get(path) for reader in (editor_client, client))
        assert (ours.content, dict(ours.headers), len(ours.cookies)) == (theirs.content, dict(theirs.headers), 0)


def test_lists_are_ordered_by_the_new_date(client, django_capture_on_commit_callbacks):
    newest, older = making.stories(2)
    assert client.get("/section/city/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        dated(newest)
    page = client.get("/section/city/").content.decode()
    assert page.index(older.headline) < page.index(newest.headline)


def test_it_leaves_translations_at_their_own_dates(client):
    story = making.story()
    other = making.story("uk", translation_of=story)
    where = other.get_absolute_url()
    moved = dated(story)
    assert client.get(where).status_code == 200 and moved.get_absolute_url() in client.get(where).content.decode()


def test_an_embargo_that_is_over_says_nothing_of_the_date(client):
    story = making.story()
    Article.objects.filter(pk=story.pk).update(embargo_until=timezone.now() - timedelta(minutes=5))
    assert client.get(dated(story).get_absolute_url()).status_code == 200


def test_the_desk_corrects_it_and_keeps_the_reason(editor_client, editor, client):
    story = making.story(slug="ferry")
    form = editor_client.get(reverse("admin:articles_article_change", args=[story.pk])).content.decode()
    assert page_of(story) in form
    response = editor_client.post(page_of(story), sent(story), follow=True)
    assert "The old address leads to the new one" in response.content.decode()
    assert client.get("/2024/11/13/ferry/").status_code == 200
    told = latest_decisions(story)[0]
    assert told.sentence.endswith("to 13 November 2024") and (told.who, told.why) == (str(editor), WHY)
    revisions = editor_client.get(reverse("admin:articles_article_revisions", args=[story.pk])).content.decode()
    assert WHY in revisions


def test_the_desk_says_why_not_and_keeps_what_was_typed(editor_client):
    story, there = making.story(slug="ferry"), dated(making.story(slug="ferry", ago=timedelta(days=4)))
    response = editor_client.post(page_of(story), sent(story))
    page = response.content.decode()
    assert response.status_code == 422 and f"{there.get_absolute_url()} is taken" in page
    assert WHY in page and 'value="2024-11-13"' in page
    assert "Enter a day." in editor_client.post(page_of(story), sent(story, on="soon")).content.decode()


def test_the_later_of_two_editors_overwrites_nothing(editor_client):
    story = making.story()
    asked = sent(story, on="2024-11-12")
    dated(story)
    page = editor_client.post(page_of(story), asked).content.decode()
    assert "Somebody corrected the date just now." in page and "stands at /2024/11/13/" in page
    assert Article.objects.get(pk=story.pk).published_on == PRINTED
    assert 'name="seen" value="2024-11-13"' in page  # which was looked at now
    assert editor_client.post(page_of(story), {**asked, "seen": "2024-11-13"}).status_code == 302


def test_no_writer_opens_it(writer_client, writer):
    story = making.story()
    Article.objects.filter(pk=story.pk).update(created_by=writer)
    assert writer_client.get(page_of(story)).status_code == 403
    assert writer_client.post(page_of(story), sent(story)).status_code == 403
    with pytest.raises(PermissionDenied):
        dated(story, user=writer)
    assert page_of(story) not in writer_client.get(
        reverse("admin:articles_article_change", args=[story.pk])
    ).content.decode()  # fmt: skip
