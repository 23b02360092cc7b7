"""One sanitiser on every way into a story: the form, a verb (import, shell, API), a revision written by hand."""

import pytest
from django.urls import reverse

from articles.content import PageContent
from articles.models import Article, Revision
from articles.publishing import publish, publish_page
from articles.revising import create_page
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
