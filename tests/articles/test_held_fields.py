"""A time or a note for readers that was typed, when another button than its own is pressed."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from articles.models import Article, Page
from tests.articles import making
from tests.articles.test_admin_saving import TAB, at, conflict
from tests.articles.test_admin_stories import ADD, change, fields
from tests.articles.written import publish_story, write_story

pytestmark = pytest.mark.django_db
NOTE = "Withdrawn: the <board> said so."


def in_days(number):
    return f"{timezone.localtime() + timedelta(days=number):%Y-%m-%dT%H:%M}"


def shown(client, row, name):
    """What stands in the field when the form is opened again."""
    page = client.get(at("change", row)).content.decode()
    text = rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>'
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>|{text}', page, re.DOTALL)
    if found[1] is not None:
        return unescape(found[1]).strip()
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


@pytest.mark.parametrize("verb", ["save", "publish", "preview_link"])
def test_a_note_for_readers_waits_for_its_button(editor_client, editor, verb):
    story = publish_story(editor)
    editor_client.post(change(story), fields(story, verb=verb, unpublish_note=NOTE))
    assert shown(editor_client, story, "unpublish_note") == NOTE
    assert '<details class="writing-more" open>' in editor_client.get(change(story)).content.decode()
    editor_client.post(change(story), {"verb": "unpublish", "unpublish_note": NOTE})
    story.refresh_from_db()
    assert story.state == "unpublished"
    editor_client.post(change(story), fields(story, verb="publish"))
    assert shown(editor_client, story, "unpublish_note") == ""


def test_a_pages_note_for_readers_waits_too(editor_client):
    page = making.page()
    sent = {"headline": "About", "body": "<p>We</p>", "slug": "about", "based_on": page.latest_revision_id}
    editor_client.post(at("change", page), {**sent, "unpublish_note": NOTE})
    assert shown(editor_client, page, "unpublish_note") == NOTE
    assert Page.objects.get().is_published()


@pytest.mark.parametrize("name", ["publish_at", "embargo_until"])
def test_a_time_waits_for_its_button(editor_client, editor, name):
    story, chosen = write_story(editor), in_days(2)
    times = {"publish_at": "", "embargo_until": "", name: chosen}
    page = editor_client.post(change(story), fields(story, **times), follow=True).content.decode()
    assert "Not set: " in page and "Typed and not set yet." in page
    assert shown(editor_client, story, name) == chosen
    page = editor_client.post(change(story), fields(story, **times), follow=True).content.decode()
    assert "Not set: " in page  # it is still only typed
    verb = {"publish_at": "schedule", "embargo_until": "embargo"}[name]
    editor_client.post(change(story), fields(story, verb=verb, **times))
    story.refresh_from_db()
    assert getattr(story, name) is not None and shown(editor_client, story, name) == chosen
    assert "Typed and not set yet." not in editor_client.get(change(story)).content.decode()
    Article.objects.filter(pk=story.pk).update(state="draft", **{name: None})
    assert shown(editor_client, story, name) == ""


def test_when_a_story_goes_and_why_wait_for_their_button(editor_client, editor):
    story, chosen = publish_story(editor), in_days(3)
    editor_client.post(change(story), fields(story, unpublish_at=chosen, take_down_note=NOTE))
    assert shown(editor_client, story, "unpublish_at") == chosen
    assert shown(editor_client, story, "take_down_note") == NOTE
    editor_client.post(change(story), fields(story, unpublish_at="", take_down_note=""))
    assert shown(editor_client, story, "unpublish_at") == shown(editor_client, story, "take_down_note") == ""


def test_a_time_that_is_refused_stays_in_its_field(editor_client, editor):
    story, gone = write_story(editor), in_days(-1)
    editor_client.post(change(story), fields(story, verb="schedule", publish_at=gone))
    story.refresh_from_db()
    assert story.publish_at is None and shown(editor_client, story, "publish_at") == gone


def test_a_new_storys_time_waits_too(editor_client):
    chosen = in_days(2)
    editor_client.post(ADD, fields(publish_at=chosen))
    assert shown(editor_client, Article.objects.get(), "publish_at") == chosen


def test_a_time_is_carried_over_a_conflict(editor_client, writer):
    story, chosen = write_story(writer), in_days(2)
    mine = {"deck": "Mine", "publish_at": chosen}
    page = conflict(editor_client, story, writer, mine, {"deck": "Hers"}).content.decode()
    assert "they stand in their fields again" in page and shown(editor_client, story, "publish_at") == chosen


def test_an_autosave_keeps_it(editor_client, editor):
    story, chosen = write_story(editor), in_days(2)
    editor_client.post(at("autosave", story), {**fields(story, publish_at=chosen), **TAB})
    assert shown(editor_client, story, "publish_at") == chosen


def test_a_form_that_only_sent_a_time_leaves_no_copy_to_offer(editor_client, editor):
    story = write_story(editor)
    editor_client.post(change(story), fields(story))
    story.refresh_from_db()
    page = editor_client.post(change(story), fields(story, publish_at=in_days(2), **TAB), follow=True).content.decode()
    assert 'data-saved="tab" data-saved-sequence="1"' in page


def test_it_is_nobody_elses(editor_client, publisher_client, editor):
    story, other = write_story(editor), write_story(editor)
    editor_client.post(change(story), fields(story, publish_at=in_days(2)))
    assert shown(publisher_client, story, "publish_at") == shown(editor_client, other, "publish_at") == ""
