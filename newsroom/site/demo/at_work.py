"""Stories that are not out: what a desk looks like on a Thursday. Written by the demo's staff, through their verbs."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from articles.lending import lend_publishing
from articles.models import Article, PublishingLoan
from articles.publishing import publish, unpublish
from articles.reviewing import request_changes, submit_for_review
from articles.revising import create_article
from articles.scheduling import schedule
from members.accounts.models import Member
from newsroom.lib.models import Letter
from newsroom.site.demo.house import key_of
from newsroom.site.demo.reading import Text, read_texts
from newsroom.site.demo.stories import content_of, done_already

SCHEDULED_IN = timedelta(hours=15)
LOAN_IN, LOAN_LASTS = timedelta(days=20), timedelta(days=6)


def is_at_work(text: Text) -> bool:
    return bool(text["state"])


def seed_stories_at_work(*, writer: Member, editor: Member) -> None:
    """Each once; what a visitor has done with one since stays."""
    for text in filter(is_at_work, read_texts("stories")):
        key = key_of("Story", text["key"])
        if Article.objects.filter(translation_key=key).exists():
            continue
        article = create_article(user=writer, language=text["language"], content=content_of(text, {}, {}))
        Article.objects.filter(pk=article.pk).update(translation_key=key)
        _bring_to(text, article, writer=writer, editor=editor)


def seed_loan(*, publisher: Member, writer: Member) -> None:
    """While the editor is away, which is not yet."""
    first = timezone.localdate() + LOAN_IN
    if not PublishingLoan.objects.exists():
        lend_publishing(user=publisher, writer=writer, from_on=first, until_on=first + LOAN_LASTS)


def _bring_to(text: Text, article: Article, *, writer: Member, editor: Member) -> None:
    state = text["state"]
    if state in ("in_review", "changes_requested"):
        submit_for_review(user=writer, article=article)
    if state == "changes_requested":
        request_changes(user=editor, article=article, text=text["note"])
    if state == "scheduled":
        schedule(user=editor, article=article, at=timezone.now() + SCHEDULED_IN)
    if state == "taken_down":
        publish(user=None, article=article, at=timezone.now() - timedelta(days=float(text["days_ago"])))
        unpublish(user=editor, article=article, note=text["note"])
        done_already([article.pk])
    # Nobody is written to about what happened before they came.
    Letter.objects.filter(kind="articles/story_event", state=Letter.State.QUEUED).delete()
