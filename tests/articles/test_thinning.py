from datetime import timedelta

import pytest
from django.utils import timezone

from articles.autosaving import autosave
from articles.models import Revision
from articles.restoring import name_revision
from articles.revising import Form, save_revision
from articles.tasks import thin_autosaves as task
from articles.thinning import thin_autosaves
from tests.articles.written import make_content, write_story

pytestmark = pytest.mark.django_db
NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def article(writer):
    return write_story(writer)


def left(article, user, ago, tab=None):
    """An autosave that was written `ago`, before today's noon."""
    kept = autosave(
        user=user, row=article, content=make_content(deck=f"{ago}"), based_on=None, form=Form(tab or f"tab {ago}", 1)
    )
    Revision.objects.filter(pk=kept.pk).update(created_at=NOON - ago)
    return kept


def kept():
    return set(Revision.objects.autosaved())


def test_it_keeps_all_of_a_day(article, writer):
    rows = {left(article, writer, timedelta(minutes=number)) for number in (1, 2, 3)}
    assert thin_autosaves(now=NOON) == 0 and kept() == rows


def test_it_keeps_one_an_hour_for_a_week(article, writer):
    newest = left(article, writer, timedelta(days=2, minutes=1))
    left(article, writer, timedelta(days=2, minutes=30))
    before = left(article, writer, timedelta(days=2, minutes=61))
    assert thin_autosaves(now=NOON) == 1 and kept() == {newest, before}


def test_it_keeps_one_a_day_for_a_month(article, writer):
    newest = left(article, writer, timedelta(days=9))
    left(article, writer, timedelta(days=9, hours=3))
    before = left(article, writer, timedelta(days=10))
    assert thin_autosaves(now=NOON) == 1 and kept() == {newest, before}


def test_it_keeps_none_past_a_month(article, writer):
    left(article, writer, timedelta(days=31))
    assert thin_autosaves(now=NOON) == 1 and kept() == set()


def test_it_counts_each_writer_for_themselves(article, writer, editor):
    rows = {left(article, user, timedelta(days=9), user.name) for user in (writer, editor)}
    assert thin_autosaves(now=NOON) == 0 and kept() == rows


def test_it_keeps_what_was_saved_or_named(article, writer):
    named = name_revision(user=writer, row=article, revision=left(article, writer, timedelta(days=90)), name="Long")
    save_revision(user=writer, article=article, content=make_content(deck="Second"))
    Revision.objects.update(created_at=NOON - timedelta(days=400))
    assert thin_autosaves(now=NOON) == 0
    assert Revision.objects.count() == 3 and named in Revision.objects.saved()


def test_it_keeps_what_another_is_based_on(article, writer):
    base = left(article, writer, timedelta(days=90))
    Revision.objects.filter(pk=article.latest_revision_id).update(based_on=base)
    assert thin_autosaves(now=NOON) == 0


def test_it_runs_twice(article, writer):
    left(article, writer, timedelta(days=90))
    task()
    task()
    assert kept() == set()
