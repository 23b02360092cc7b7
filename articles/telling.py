"""Mail to those whom something that happened to a story concerns: one each for each event, and none to who did it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from articles import acting
from articles.content import latest_story_content
from articles.models import Article
from newsroom.lib.letters import write_letter
from newsroom.lib.models import AuditEntry


def writers_of(article: Article) -> Iterable[Any]:
    """Who began the story, and who has an account among those whose names stand over it."""
    return acting.writers_of(article, authors_of(article))


def authors_of(article: Article) -> list[int]:
    """As last written, live or not."""
    return [entry["author_id"] for entry in latest_story_content(article).bylines]


def tell_writers(event: str, article: Article, *, act: AuditEntry, words: str = "") -> None:
    tell(writers_of(article), event, article, act=act, words=words)


def tell(people: Iterable[Any], event: str, article: Article, *, act: AuditEntry, words: str = "") -> None:
    """`event` is one that `templates/articles/email/story_event.txt` has a sentence for; `act` is what the audit wrote
    of it, by which each person gets one letter however often this runs."""
    address = settings.SITE_URL + reverse("admin:articles_article_change", args=[article.pk])
    for person in people:
        if person.pk == act.actor_id or not person.email:
            continue
        write_letter(
            "articles/story_event",
            cause=f"story-event:{act.pk}:{person.pk}",
            to_email=person.email,
            language=person.language,
            member_id=person.pk,
            context={
                "event": event, "headline": article.working_headline, "who": act.actor_label, "words": words,
                "desk_url": address, "article": article,
            },
        )  # fmt: skip
