"""Fetching what a reader may see, in few queries.

A story page shows rows of nine tables. Fetched one relation at a time that is a dozen round trips; here PostgreSQL
gathers the small ones into the story's own row as JSON, and the instances are put where `prefetch_related` would put
them, so that templates read `article.tags.all` as everywhere else.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, Prefetch, QuerySet
from django.db.models.functions import JSONObject

from articles.models import (
    Article,
    Author,
    BodyReference,
    Byline,
    Correction,
    Image,
    RelatedStory,
    Rendition,
    Section,
    Tag,
)

BEFORE = 3  # how many earlier stories of the section are fetched
Row = dict[str, Any]
M = TypeVar("M", bound=Model)

_LINE = ("id", "language", "translation_key", "headline", "deck", "slug", "published_at", "kind", "published_on")
_NAME = ("id", "language", "name", "slug")
_AUTHOR = ("id", "name", "slug", "job", "translations")
_PICTURE = ("id", "file", "width", "height", "title", "alt", "caption", "credit", "focal_x", "focal_y", "rendered_at")
_RENDITION = ("id", "width", "height", "format", "file")


@dataclass
class Around:
    """What a story page shows of other rows; only what a reader may see."""

    related: list[Article] = field(default_factory=list)
    before: list[Article] = field(default_factory=list)
    mentioned: dict[int, Article] = field(default_factory=dict)  # by the body
    translations: list[Article] = field(default_factory=list)
    pictures: dict[int, Image] = field(default_factory=dict)  # of the body
    hidden: set[int] = field(default_factory=set)  # stories that would be shown if they were published


def published_story(language: str, day: datetime.date, slug: str) -> tuple[Article, Around] | None:
    """The story at this address with all that its page shows, in one query; None unless it is published."""
    found = Article.objects.published().filter(language=language, published_on=day, slug=slug)
    story = found.for_lists().annotate(**_relations()).defer("search_text", "search_vector").first()
    if story is None:
        return None
    finish_pictures([story])
    keep_relation(story, "bylines", [_make_byline(story, row) for row in story.byline_rows])
    keep_relation(story, "tags", [_make(Tag, row) for row in story.tag_rows])
    keep_relation(story, "corrections", [_make(Correction, row) for row in story.correction_rows])
    pictures = [_make_picture(row) for row in story.picture_rows]
    related = [_make_line(row) for row in story.related_lines]
    mentioned = [_make_line(row) for row in story.mentioned_lines]
    translations = [_make_line(row) for row in story.translation_lines]
    shown = (*related, *mentioned, *translations)
    known = {*story.related_ids, *story.mentioned_ids, *story.translation_ids}
    return story, Around(
        related=related,
        before=[_make_line(row) for row in story.before_lines],
        mentioned={other.pk: other for other in mentioned},
        translations=translations,
        pictures={picture.pk: picture for picture in pictures},
        hidden=known - {other.pk for other in shown},
    )


def stories_by_id(ids: Collection[int]) -> dict[int, Article]:
    """Those of `ids` that are published, as lines of text; one query."""
    if not ids:
        return {}
    found = Article.objects.published().filter(pk__in=ids).select_related("section")
    return {story.pk: story for story in found.defer("body", "search_text", "search_vector")}


def pictures_by_id(ids: Collection[int]) -> dict[int, Image]:
    """With their renditions; one query."""
    if not ids:
        return {}
    pictures = list(Image.objects.filter(pk__in=ids).annotate(rendition_rows=_renditions("pk")))
    for picture in pictures:
        _keep_renditions(picture, picture.rendition_rows)
    return {picture.pk: picture for picture in pictures}


def with_pictures(stories: QuerySet[Article]) -> QuerySet[Article]:
    """A list with the renditions of its lead pictures, in the list's own query; `finish_pictures` unpacks them."""
    return stories.annotate(rendition_rows=_renditions("lead_image"))


def finish_pictures(stories: Iterable[Article]) -> list[Article]:
    stories = list(stories)
    for story in stories:
        if story.lead_image is not None:
            _keep_renditions(story.lead_image, story.rendition_rows)  # type: ignore[attr-defined]
    return stories


def authors_of() -> Prefetch:
    """For `prefetch_related` on a list of stories: bylines with their authors, in one query."""
    return Prefetch("bylines", Byline.objects.select_related("author").order_by("position", "id"))


def keep_relation(instance: Model, name: str, rows: list[Any]) -> None:
    """What `prefetch_related` does with rows it fetched: `instance.name.all()` answers with them."""
    known = getattr(instance, name).all()
    known._result_cache = rows
    known._prefetch_done = True
    if not hasattr(instance, "_prefetched_objects_cache"):
        instance._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    instance._prefetched_objects_cache[name] = known  # type: ignore[attr-defined]


def _relations() -> dict[str, ArraySubquery]:
    here = OuterRef("pk")
    lines = Article.objects.published()
    mentions = BodyReference.objects.filter(article=here, to_article__isnull=False)
    return {
        "rendition_rows": _renditions("lead_image"),
        "byline_rows": _bylines(),
        "tag_rows": _gather(Tag.objects.filter(articles=here).order_by("sort_key", "id"), _NAME),
        "correction_rows": _gather(Correction.objects.filter(article=here), ("id", "text", "corrected_at")),
        "picture_rows": _pictures(),
        "related_lines": _lines(lines.filter(related_from__article=here).order_by("related_from__position")),
        "related_ids": ArraySubquery(RelatedStory.objects.filter(article=here).values("other_id")),
        "mentioned_lines": _lines(lines.filter(used_in__article=here)),
        "mentioned_ids": ArraySubquery(mentions.values("to_article_id")),
        "before_lines": _lines(_before(lines)),
        "translation_lines": _lines(_other_languages(lines)),
        "translation_ids": ArraySubquery(_other_languages(Article.objects.all()).values("pk")),
    }


def _before(lines: QuerySet[Article]) -> QuerySet[Article]:
    """The section's stories from just before this one: unlike its newest they stay the same when others are
    published, so that a publication does not change half the archive."""
    earlier = lines.filter(section=OuterRef("section"), published_at__lt=OuterRef("published_at"))
    return earlier.order_by("-published_at", "-id")[:BEFORE]


def _other_languages(stories: QuerySet[Article]) -> QuerySet[Article]:
    same_text = stories.filter(translation_key=OuterRef("translation_key"))
    return same_text.exclude(pk=OuterRef("pk")).order_by("language")


def _lines(stories: QuerySet[Article]) -> ArraySubquery:
    section = {f"section_{name}": f"section__{name}" for name in _NAME}
    return _gather(stories, _LINE, **section)


def _make_line(row: Row) -> Article:
    story = _make(Article, row)
    if row["section_id"] is not None:
        story.section = _make(Section, {name: row[f"section_{name}"] for name in _NAME})
    return story


def _bylines() -> ArraySubquery:
    author = {f"author_{name}": f"author__{name}" for name in _AUTHOR}
    return _gather(Byline.objects.filter(article=OuterRef("pk")).order_by("position", "id"), ("id", "role"), **author)


def _make_byline(story: Article, row: Row) -> Byline:
    byline = _make(Byline, row)
    byline.article = story
    byline.author = _make(Author, {name: row[f"author_{name}"] for name in _AUTHOR})
    return byline


def _pictures() -> ArraySubquery:
    return _gather(Image.objects.filter(used_in__article=OuterRef("pk")), _PICTURE, renditions=_renditions("pk"))


def _make_picture(row: Row) -> Image:
    picture = _make(Image, row)
    _keep_renditions(picture, row["renditions"])
    return picture


def _renditions(reference: str) -> ArraySubquery:
    return _gather(Rendition.objects.filter(image=OuterRef(reference)).order_by("format", "width"), _RENDITION)


def _keep_renditions(picture: Image, rows: list[Row]) -> None:
    keep_relation(picture, "renditions", [_make(Rendition, {**row, "image_id": picture.pk}) for row in rows])


def _gather(rows: QuerySet[Any], names: Iterable[str], **more: Any) -> ArraySubquery:
    return ArraySubquery(rows.values(row=JSONObject(**{name: name for name in names}, **more)))


def _make(model: type[M], row: Row) -> M:
    """An instance of the columns that `row` has; the others are deferred."""
    fields = [column for column in model._meta.concrete_fields if column.attname in row]
    values = [column.to_python(row[column.attname]) for column in fields]
    return model.from_db("default", [column.attname for column in fields], values)
