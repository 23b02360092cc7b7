"""The front page: what leads, what is new, what readers asked, the sections. No story stands on it twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from articles.models import Article, Section
from articles.reading import finish_pictures, with_pictures
from members.voting.showing import answered_stories, leading_topics
from newsletters.showing import offered
from newsroom.lib.page_cache import note_keys

SECONDS = 4  # stories beside the one that leads
LATEST = 8
LISTED = 4  # stories under a section's first
ANSWERED = 3


def build_home(language: str) -> dict[str, Any]:
    """The context of articles/home.html: `lead`, `seconds`, `latest`, `sections` ({section, led, listed}), `asked`,
    `answered`, `newsletters`. The same number of queries however large the archive."""
    note_keys(f"home:{language}")
    newest = _newest(language)
    lead = next((story for story in newest if story.is_front_lead), None) or next(iter(newest), None)
    seconds = [story for story in newest if story is not lead][:SECONDS]
    taken = {story.pk for story in (lead, *seconds) if story is not None}
    answered = [story for story in answered_stories(language, SECONDS + ANSWERED + 1) if story.pk not in taken]
    taken |= {story.pk for story in answered[:ANSWERED]}
    return {
        "lead": lead,
        "seconds": seconds,
        "latest": [story for story in newest if story.pk not in taken][:LATEST],
        "sections": list(_sections(language, taken)),
        "asked": leading_topics(language),
        "answered": answered[:ANSWERED],
        "newsletters": offered(language),
    }


def _newest(language: str) -> list[Article]:
    """The newest, and the one that editors chose to lead even when it is older."""
    stories = _shown(language)
    found = finish_pictures(stories[: SECONDS + LATEST + 1])
    if not any(story.is_front_lead for story in found):
        found += finish_pictures(stories.filter(is_front_lead=True)[:1])
    return found


def _shown(language: str) -> QuerySet[Article]:
    return with_pictures(Article.objects.published().in_language(language).for_lists())


def _sections(language: str, taken: set[int]) -> Iterator[dict[str, Any]]:
    """Each section that has a place on the front, with its newest stories that do not stand above."""
    newest = Article.objects.published().filter(section=OuterRef("pk")).order_by("-published_at", "-id")
    enough = ArraySubquery(newest.values("pk")[: len(taken) + LISTED + 1])
    sections = list(Section.objects.filter(language=language, is_on_front=True).annotate(story_ids=enough))
    wanted = {pk for section in sections for pk in section.story_ids} - taken
    stories = {story.pk: story for story in finish_pictures(_shown(language).filter(pk__in=wanted))}
    for section in sections:
        note_keys(section.page_key)
        own = [stories[pk] for pk in section.story_ids if pk in stories][: LISTED + 1]
        if own:
            yield {"section": section, "led": own[0], "listed": own[1:]}
