import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from articles.admin.forms import LocalTimeField
from articles.models import Article
from articles.moving import PublishingError
from articles.publishing import publish
from articles.revising import save_revision
from articles.scheduling import (
    late_stories,
    publish_due,
    schedule,
    schedule_unpublishing,
    set_embargo,
    unschedule,
)
from newsroom.lib.models import AuditEntry, Letter
from tests.articles.test_admin_stories import fields
from tests.articles.written import make_content, publish_story, write_story

pytestmark = pytest.mark.django_db


def hour(n=1):
    return timezone.now() + timedelta(hours=n)


def make_due(article, minutes=0, field="publish_at"):
    Article.objects.filter(pk=article.pk).update(**{field: timezone.now() - timedelta(minutes=minutes)})


def scheduled(user=None, minutes=0, **fields):
    article = schedule(user=user, article=write_story(user, **fields), at=hour())
    make_due(article, minutes)
    return article


def test_it_publishes_what_is_due_in_order(editor):
    scheduled(editor, 1, headline="Late"), scheduled(editor, 2, headline="Early")
    assert publish_due() == 2
    actions = AuditEntry.objects.filter(action="article.published").order_by("pk")
    assert [entry.target_label for entry in actions] == ["Early", "Late"] and publish_due() == 0


def test_it_publishes_at_once_what_came_due_in_an_outage_and_tells_who_chose_the_time(editor, publisher):
    for minutes in (61, 75, 90):
        scheduled(editor, minutes, headline=f"{minutes} minutes late")
    assert publish_due() == 3 and publish_due() == 0
    assert [entry.target_label for entry in late_stories(hour(-1))] == [f"{n} minutes late" for n in (61, 75, 90)]
    letters = Letter.objects.order_by("pk").values_list("to_email", "subject")
    assert list(letters) == [(editor.email, f"Published late: {n} minutes late") for n in (90, 75, 61)]


def test_the_desks_first_page_owns_up_for_a_day(editor, editor_client, writer_client):
    scheduled(editor, 90, headline="Fog & <mist>")
    publish_due()
    words = "“Fog &amp; &lt;mist&gt;” came out late, "
    page = editor_client.get("/admin/").content.decode()
    (warning,) = re.findall('<p class="desk-warning">([^<]*)</p>', page)
    came = date_format(timezone.localtime(late_stories(hour(-1))[0].at), "j E, H:i")
    assert warning == f"{words}{came}: the clock had stood still."
    assert words not in writer_client.get("/admin/").content.decode()
    AuditEntry.objects.filter(action="article.published_late").update(at=hour(-25))
    assert words not in editor_client.get("/admin/").content.decode()


def test_it_says_nothing_of_a_story_that_is_in_time(editor):
    scheduled(editor, 1)
    publish_due()
    assert not late_stories(hour(-1)) and not Letter.objects.filter(subject__contains="late").exists()


def test_it_tells_the_storys_writer_and_who_chose_the_time_once_each(editor, writer):
    article = schedule(user=editor, article=write_story(writer, headline="Fog"), at=hour())
    make_due(article, 90)
    publish_due()
    letters = Letter.objects.order_by("to_email").values_list("to_email", "subject")
    assert list(letters) == [(person.email, "Published late: Fog") for person in (editor, writer)]


def test_it_puts_aside_what_can_no_longer_be_published_and_says_so(editor):
    article = scheduled(editor)
    save_revision(user=editor, article=article, content=make_content(headline=""))
    assert publish_due() == 0
    article.refresh_from_db()
    letter = Letter.objects.get(to_email=editor.email)
    assert article.state == "in_review" and "Write a headline." in letter.text


def test_it_goes_on_with_the_next_after_one_that_cannot(editor):
    broken, sound = scheduled(editor, 2), scheduled(editor, 1, headline="Sound")
    save_revision(user=editor, article=broken, content=make_content(headline=""))
    assert publish_due() == 1 and Article.objects.get(pk=sound.pk).is_published()


def test_it_takes_a_story_off_the_schedule(editor):
    article = schedule(user=editor, article=write_story(editor), at=hour())
    assert unschedule(user=editor, article=article).publish_at is None


def test_it_takes_down_by_the_clock(editor):
    article = schedule_unpublishing(user=editor, article=publish_story(editor), at=hour())
    make_due(article, field="unpublish_at")
    assert publish_due() == 1 and publish_due() == 0
    article.refresh_from_db()
    assert (article.state, article.unpublish_at) == ("unpublished", None)


def test_it_takes_down_by_the_clock_with_the_note_that_was_left_for_readers(editor_client, editor, client):
    article = publish_story(editor)
    at = f"{timezone.localtime(hour(2)):%Y-%m-%dT%H:%M}"
    sent = {"verb": "take_down_at", "unpublish_at": at, "take_down_note": "The permit has <run> out."}
    address = reverse("admin:articles_article_change", args=[article.pk])
    page = editor_client.post(address, fields(article, **sent), follow=True).content.decode()
    assert "The permit has &lt;run&gt; out.</textarea>" in page
    make_due(article, field="unpublish_at")
    publish_due()
    response = client.get(article.get_absolute_url())
    assert response.status_code == 410 and "The permit has &lt;run&gt; out." in response.content.decode()
    assert Article.objects.get(pk=article.pk).unpublish_note == ""


def test_it_forgets_the_note_when_the_story_stays(editor):
    article = schedule_unpublishing(user=editor, article=publish_story(editor), at=hour(), note="Soon.")
    article = schedule_unpublishing(user=editor, article=article, at=None, note="Soon.")
    assert (article.unpublish_at, article.unpublish_note) == (None, "")


def test_it_comes_and_goes_in_one_sweep_after_a_long_outage(editor):
    article = schedule(user=editor, article=write_story(editor), at=hour(1))
    schedule_unpublishing(user=editor, article=article, at=hour(2))
    make_due(article, 90), make_due(article, 30, "unpublish_at")
    assert publish_due() == 2
    article.refresh_from_db()
    assert article.state == "unpublished" and article.first_published_at is not None


def test_it_lets_no_story_go_before_it_comes(editor):
    article = schedule(user=editor, article=write_story(editor), at=hour(2))
    with pytest.raises(PublishingError, match="after the story is out"):
        schedule_unpublishing(user=editor, article=article, at=hour(1))
    schedule_unpublishing(user=editor, article=article, at=hour(3))
    with pytest.raises(PublishingError, match="go before it comes"):
        schedule(user=editor, article=article, at=hour(4))


def test_it_refuses_a_time_of_leaving_for_a_draft(editor):
    with pytest.raises(PublishingError, match="Publish or schedule the story first"):
        schedule_unpublishing(user=editor, article=write_story(editor), at=hour())


def test_it_keeps_an_embargo(editor):
    article = set_embargo(user=editor, article=write_story(editor), until=hour(2))
    with pytest.raises(PublishingError, match="embargo"):
        publish(user=editor, article=article)
    with pytest.raises(PublishingError, match="after the embargo"):
        schedule(user=editor, article=article, at=hour(1))
    assert schedule(user=editor, article=article, at=hour(3)).state == "scheduled"


@pytest.mark.parametrize("until", [None, 5])
def test_it_locks_an_embargo_and_keeps_the_reason_for_a_change(editor, until):
    article = set_embargo(user=editor, article=write_story(editor), until=hour(2))
    new = hour(until) if until else None
    with pytest.raises(PublishingError, match="say why"):
        set_embargo(user=editor, article=article, until=new, reason="  ")
    set_embargo(user=editor, article=article, until=new, reason="The ministry moved it.")
    assert AuditEntry.objects.filter(action="article.embargo_set").first().details["reason"] == "The ministry moved it."


def test_it_refuses_an_embargo_that_is_over(editor):
    with pytest.raises(PublishingError, match="lies ahead"):
        set_embargo(user=editor, article=write_story(editor), until=hour(-1))


@pytest.mark.django_db(transaction=True)
def test_it_publishes_a_due_story_once_with_two_clocks():
    for number in range(4):
        scheduled(headline=f"Story {number}")

    def tick(_number):
        try:
            return publish_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(tick, range(2))) == 4
    assert AuditEntry.objects.filter(action="article.published").count() == 4


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-03-28T12:00", datetime(2026, 3, 28, 10, tzinfo=UTC)),  # the day before the clocks go forward
        ("2026-03-29T02:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T04:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # the next minute
        ("2026-10-25T03:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # it comes twice; the first is meant
        ("2026-10-25T04:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_it_reads_times_in_the_newsrooms_zone(typed, moment):
    with timezone.override("Europe/Kyiv"):
        field = LocalTimeField()
        assert field.clean(typed) == moment
        assert field.prepare_value(moment).isoformat(timespec="minutes") == typed


def test_it_refuses_an_hour_that_the_clocks_skip():
    from django.core.exceptions import ValidationError

    with timezone.override("Europe/Kyiv"), pytest.raises(ValidationError, match="does not exist"):
        LocalTimeField().clean("2026-03-29T03:30")
    with pytest.raises(ValidationError, match="a day and a time"):
        LocalTimeField().clean("tomorrow")
