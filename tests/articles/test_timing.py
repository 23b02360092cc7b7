"""Beside the revisions stands what was decided about a story's times: no revision holds it."""

from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from articles.content import PageContent
from articles.publishing import unpublish
from articles.revising import create_page, save_revision
from articles.scheduling import schedule, schedule_unpublishing, set_embargo, unschedule
from articles.timing import decisions_between, latest_decisions
from tests.articles.written import make_content, publish_story, write_story


def in_hours(number):
    return timezone.now() + timedelta(hours=number)


def test_it_tells_each_decision_with_its_person_and_reason(editor):
    article = write_story(editor)
    set_embargo(user=editor, article=article, until=in_hours(5))
    set_embargo(user=editor, article=article, until=in_hours(6), reason="The minister asked")
    schedule(user=editor, article=article, at=in_hours(7))
    article.refresh_from_db()
    unschedule(user=editor, article=article)
    newest, moved = latest_decisions(article)[0], latest_decisions(article)[2]
    assert newest.sentence == "no longer scheduled" and newest.who == str(editor)
    assert moved.sentence.startswith("embargo until ") and moved.why == "The minister asked"
    assert len(latest_decisions(article)) == 4


def test_it_tells_of_publishing_and_taking_down(editor):
    article = publish_story(editor)
    schedule_unpublishing(user=editor, article=article, at=in_hours(2))
    schedule_unpublishing(user=editor, article=article, at=None)
    unpublish(user=editor, article=article, note="A court said so")
    told = [(decision.sentence.split(" 2")[0][:16], decision.why) for decision in latest_decisions(article)]
    assert told == [("taken down", "A court said so"), ("stays up", ""), ("to be taken down", ""), ("published", "")]


def test_between_two_stands_what_the_newer_ones_own_button_did(editor):
    """A button saves and then acts: the act belongs to what was saved with it."""
    article = write_story(editor)
    first = article.latest_revision
    set_embargo(user=editor, article=article, until=in_hours(3))
    second = save_revision(user=editor, article=article, content=make_content(deck="Second"))
    article.refresh_from_db()
    schedule(user=editor, article=article, at=in_hours(4))
    third = save_revision(user=editor, article=article, content=make_content(deck="Third"))
    assert [decision.sentence[:10] for decision in decisions_between(article, first, second)] == ["to go live"]
    assert decisions_between(article, second, third) == []
    assert decisions_between(article, third, third) == []


def test_the_pages_show_the_times(editor_client, editor):
    article = write_story(editor)
    old = article.latest_revision
    new = save_revision(user=editor, article=article, content=make_content(deck="Second"))
    address = reverse("admin:articles_article_compare", args=[article.pk])
    page = editor_client.get(address, {"old": old.pk, "new": new.pk}).content.decode()
    assert "Nothing was decided about its times" in page and "restoring one changes none of them" in page
    article.refresh_from_db()
    schedule(user=editor, article=article, at=in_hours(4))
    page = editor_client.get(address, {"old": old.pk, "new": new.pk}).content.decode()
    assert "To go live" in page and "Nothing was decided" not in page
    assert (
        "To go live"
        in editor_client.get(reverse("admin:articles_article_revisions", args=[article.pk])).content.decode()
    )


def test_a_page_has_no_times(editor_client, editor):
    page = create_page(user=editor, language="en", content=PageContent(headline="About", slug="about"))
    number = page.latest_revision_id
    address = reverse("admin:articles_page_compare", args=[page.pk])
    shown = editor_client.get(address, {"old": number, "new": number}).content.decode()
    assert latest_decisions(page) == [] and "changes none of them" not in shown


def test_a_revision_is_read_nowhere_but_beside_its_story(editor_client, editor):
    revision = publish_story(editor).latest_revision
    with pytest.raises(NoReverseMatch):
        reverse("admin:articles_revision_change", args=[revision.pk])
    assert editor_client.get(f"/admin/articles/revision/{revision.pk}/change/").status_code == 404
    assert "/articles/revision/" not in editor_client.get("/admin/").content.decode()
