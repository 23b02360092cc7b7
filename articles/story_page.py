"""What a story page shows, of a published story or of a draft."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from articles.content import StoryContent
from articles.models import Article, Author, Byline, Image, Section, Series, Tag
from articles.reading import Around, keep_relation, pictures_by_id, stories_by_id
from articles.rendering import Named, boxed_story_ids, named_keys, picture_ids, render_body, story_ids
from articles.sanitising import clean_body

ONWARD = 3  # stories to read next
Context = dict[str, Any]


@dataclass(frozen=True)
class Edition:
    """The same story in another language."""

    language: str
    language_name: str
    url: str


def story_context(story: Article, around: Around) -> Context:
    """The context of articles/article.html for what `reading.published_story` found. Asks the database nothing."""
    story.translations = [  # type: ignore[attr-defined]
        Edition(other.language, other.language_name, other.get_absolute_url()) for other in around.translations
    ]
    story.body_html = render_body(story.body, Named(around.pictures, around.mentioned))  # type: ignore[attr-defined]
    return {"article": story, "related": around.related, "onward": _onward(story, around)}


def story_keys(story: Article, around: Around) -> set[str]:
    """The keys of all that the page shows, or would show if it were published."""
    keys = named_keys(Named(around.pictures, around.mentioned)) | {story.page_key}
    keys |= {other.page_key for other in (*_onward(story, around), *around.translations)}
    keys |= {byline.author.page_key for byline in story.bylines.all()}
    keys |= {tag.page_key for tag in story.tags.all()} | {f"story:{pk}" for pk in around.hidden}
    return keys | {part.page_key for part in _parts(story)}


def _parts(story: Article) -> list[Section | Series | Image]:
    return [part for part in (story.section, story.series, story.lead_image) if part is not None]


def draft_context(article: Article, content: StoryContent) -> Context:
    """The same page of what is being written; nothing live is touched."""
    story = _as_story(article, content)
    pictures = pictures_by_id(picture_ids(story.body) | {content.lead_image_id or 0})
    stories = stories_by_id(story_ids(story.body) | set(content.related_ids))
    story.lead_image = pictures.get(content.lead_image_id or 0)
    related = [stories[pk] for pk in content.related_ids if pk in stories]
    return story_context(story, Around(related=related, mentioned=stories, pictures=pictures))


def _onward(story: Article, around: Around) -> list[Article]:
    """What the editors chose, then the section's stories from before; none that a related box shows already."""
    seen = boxed_story_ids(story.body)
    onward: list[Article] = []
    for other in (*around.related, *around.before):
        if other.pk not in seen:
            seen.add(other.pk)
            onward.append(other)
    return onward[:ONWARD]


def _as_story(article: Article, content: StoryContent) -> Article:
    """A copy of the row that holds the draft's fields; never saved."""
    story = copy.copy(article)
    story._state = copy.copy(article._state)
    story._state.fields_cache = {}
    story._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    for name in ("headline", "deck", "kind", "lead_caption", "lead_credit"):
        setattr(story, name, getattr(content, name))
    story.body = clean_body(content.body)
    story.published_at = article.published_at or timezone.now()
    story.section = Section.objects.filter(pk=content.section_id).first()
    story.series = Series.objects.filter(pk=content.series_id).first()
    keep_relation(story, "bylines", _draft_bylines(story, content))
    keep_relation(story, "tags", list(Tag.objects.filter(pk__in=content.tag_ids)))
    return story


def _draft_bylines(story: Article, content: StoryContent) -> list[Byline]:
    authors = Author.objects.in_bulk([entry["author_id"] for entry in content.bylines])
    return [
        Byline(article=story, author=authors[entry["author_id"]], role=entry["role"])
        for entry in content.bylines
        if entry["author_id"] in authors
    ]
