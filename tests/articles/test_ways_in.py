"""One sanitiser on every way into a story: the form, a verb (import, shell, API), a revision written by hand, a live
row set in a shell; and what came into the table past all of them is cleaned where it is shown."""

import re

import pytest
from django.db import connection
from django.db.models import Value
from django.urls import reverse

from articles.content import PageContent
from articles.models import Article, Revision
from articles.publishing import publish, publish_page
from articles.revising import create_page
from tests.articles import making
from tests.articles.written import publish_story, write_story

pytestmark = pytest.mark.django_db
HOSTILE = (
    '<p onclick="x()">a<script>x()</script> <a href="javascript:x()">b</a></p><iframe src="//evil.example"></iframe>'
)
CLEAN = "<p>a b</p>"


def rewrite_by_hand(row):
    """As a shell or a careless import might."""
    Revision.objects.filter(pk=row.latest_revision_id).update(
        content={**row.latest_revision.content, "body": HOSTILE}
    )  # fmt: skip
    return type(row).objects.get(pk=row.pk)


def test_it_cleans_what_the_form_sends(editor_client):
    editor_client.post(reverse("admin:articles_article_add"), {"headline": "a", "kind": "news", "body": HOSTILE})
    assert Article.objects.get().latest_revision.content["body"] == CLEAN


def test_it_cleans_what_a_verb_is_given():
    assert write_story(body=HOSTILE).latest_revision.content["body"] == CLEAN
    assert publish_story(body=HOSTILE).body == CLEAN


def test_it_cleans_a_revision_that_was_written_by_hand(editor):
    assert publish(user=editor, article=rewrite_by_hand(write_story())).body == CLEAN
    page = create_page(user=None, language="en", content=PageContent(headline="a", body="<p>a</p>", slug="about"))
    assert publish_page(user=None, page=rewrite_by_hand(page)).body == CLEAN


def test_it_shows_no_such_revision_unclean_to_the_desk(editor_client):
    article = rewrite_by_hand(write_story())
    html = editor_client.get(reverse("admin:articles_article_preview", args=[article.pk])).content.decode()
    assert CLEAN in html and "x()" not in html


def by_save(row, body):
    row.body = body
    row.save()


def by_create(row, body):
    return Article.objects.create(body=body, language="en")


def by_bulk_create(row, body):
    return Article.objects.bulk_create([Article(body=body, language="en")])[0]


def by_update(row, body):
    type(row).objects.filter(pk=row.pk).update(body=body)


def by_bulk_update(row, body):
    row.body = body
    type(row).objects.bulk_update([row], ["body"])


@pytest.mark.parametrize("way", [by_save, by_create, by_bulk_create, by_update, by_bulk_update])
def test_it_cleans_what_a_shell_sets_on_a_live_row(way):
    row = publish_story()
    made = way(row, HOSTILE) or row
    assert Article.objects.get(pk=made.pk).body == CLEAN


def test_it_saves_a_row_whose_body_was_not_read():
    row = publish_story()
    Article.objects.defer("body").get(pk=row.pk).save()
    assert Article.objects.get(pk=row.pk).body == row.body


def by_sql(row):
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET body = %s WHERE id = %s", [HOSTILE, row.pk])


def by_an_expression(row):
    type(row).objects.filter(pk=row.pk).update(body=Value(HOSTILE))


@pytest.mark.parametrize("way", [by_sql, by_an_expression])
def test_it_shows_nothing_unclean_that_came_past_every_method(way, client):
    story, page = publish_story(), making.page("about")
    way(story), way(page)
    assert Article.objects.get().body == HOSTILE
    for address in (story.get_absolute_url(), page.get_absolute_url(), "/feed/", "/feed.json"):
        html = client.get(address).content.decode()
        assert "a b" in html and not re.search(r"x\(\)|evil\.example", html), address
