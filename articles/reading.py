"""Fetching what a reader may see, in few queries.

A story page shows rows of nine tables. Fetched one relation at a time that is a dozen round trips; here PostgreSQL
gathers the small ones into the story's own row as JSON, and the instances are put where `prefetch_related` would put
them, so that templates read `article.tags.all` as everywhere else. Django takes longer to build that query than
PostgreSQL to answer it, so it is built once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, Prefetch, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

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
    Series,
    Tag,
)

BEFORE = 3  # how many earlier stories of the section are fetched
Row = dict[str, Any]
M = TypeVar("M", bound=Model)

_LINE = ("id", "language", "translation_key", "headline", "deck", "slug", "published_at", "kind", "published_on")
_NAME = ("id", "language", "name", "slug")
_AUTHOR = ("id", "name", "slug", "job", "translations")
_PICTURE = ("id", "file", "width", "height", "title", "alt", "caption", "credit", "focal_x", "focal_y", "rendered_at")
_GATHERED = (
    "section_row", "series_row", "lead_row", "byline_rows", "tag_rows", "correction_rows", "picture_rows",
    "related_lines", "before_lines", "mentioned_lines", "translation_lines",
)  # fmt: skip
_LINES = ("related_lines", "before_lines", "mentioned_lines", "translation_lines")
_LANGUAGE, _DAY, _SLUG = "\x02language", date.min, "\x02slug"  # marks: no address has them
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


def published_story(language: str, day: date, slug: str) -> tuple[Article, Around] | None:
    """The story at this address with all that its page shows, in one query; None unless it is published."""
    sql, marks = _story_query()
    known = {_LANGUAGE: language, _DAY: day, _SLUG: slug}
    now = timezone.now()  # what `published()` asks for; the query holds no other time
    values = [now if isinstance(mark, datetime) else known.get(mark, mark) for mark in marks]
    story = next(iter(Article.objects.raw(sql, values)), None)
    return (story, _unpack(story)) if story is not None else None


@cache
def _story_query() -> tuple[str, tuple[Any, ...]]:
    """The SQL, and its parameters with marks in place of the address."""
    found = Article.objects.published().filter(language=_LANGUAGE, published_on=_DAY, slug=_SLUG)
    whole = found.defer("search_text", "search_vector").annotate(**_relations())
    return whole.query.sql_with_params()


def _unpack(story: Any) -> Around:
    """Puts the gathered rows where a template looks for them; the rest is what stands around the story."""
    rows = {name: [json.loads(row) for row in getattr(story, name)] for name in _GATHERED}
    story.section = _first(_make(Section, row) for row in rows["section_row"])
    story.series = _first(_make(Series, row) for row in rows["series_row"])
    story.lead_image = _first(_make_picture(row) for row in rows["lead_row"])
    keep_relation(story, "bylines", [_make_byline(story, row) for row in rows["byline_rows"]])
    keep_relation(story, "tags", [_make(Tag, row) for row in rows["tag_rows"]])
    keep_relation(story, "corrections", [_make(Correction, row) for row in rows["correction_rows"]])
    pictures = [_make_picture(row) for row in rows["picture_rows"]]
    related, before, mentioned, translations = ([_make_line(row) for row in rows[name]] for name in _LINES)
    named = {*story.related_ids, *story.mentioned_ids, *story.translation_ids}
    return Around(
        related=related,
        before=before,
        mentioned={other.pk: other for other in mentioned},
        translations=translations,
        pictures={picture.pk: picture for picture in pictures},
        hidden=named - {other.pk for other in (*related, *mentioned, *translations)},
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


def named_by_id(
    pictures: Collection[int], stories: Collection[int], *, beside: Article
) -> tuple[dict[int, Image], dict[int, Article]]:
    """Both of what a body names, as the two above have them; one query, which hangs on a story that is there."""
    if not pictures and not stories:
        return {}, {}
    named = Article.objects.filter(pk=beside.pk).values_list(
        _pictures(Image.objects.filter(pk__in=pictures)), _lines(Article.objects.published().filter(pk__in=stories))
    )
    shown, lines = next(iter(named), ((), ()))
    made = [_make_picture(row) for row in shown], [_make_line(row) for row in lines]
    return {row.pk: row for row in made[0]}, {row.pk: row for row in made[1]}


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
        "section_row": _gather(Section.objects.filter(pk=OuterRef("section")), _NAME),
        "series_row": _gather(Series.objects.filter(pk=OuterRef("series")), _NAME),
        "lead_row": _pictures(Image.objects.filter(pk=OuterRef("lead_image"))),
        "byline_rows": _bylines(),
        "tag_rows": _gather(Tag.objects.filter(articles=here).order_by("sort_key", "id"), _NAME),
        "correction_rows": _gather(Correction.objects.filter(article=here), ("id", "text", "corrected_at")),
        "picture_rows": _pictures(Image.objects.filter(used_in__article=here)),
        "related_lines": _lines(lines.filter(related_from__article=here).order_by("related_from__position")),
        "before_lines": _lines(_before(lines)),
        "mentioned_lines": _lines(lines.filter(used_in__article=here)),
        "translation_lines": _lines(_other_languages(lines)),
        "related_ids": ArraySubquery(RelatedStory.objects.filter(article=here).values("other_id")),
        "mentioned_ids": ArraySubquery(mentions.values("to_article_id")),
        "translation_ids": ArraySubquery(_other_languages(Article.objects.all()).values("pk")),
    }


def _before(lines: QuerySet[Article]) -> QuerySet[Article]:
    """The section's stories from just before this one: unlike its newest they stay the same when others are
    published, so that a publication does not change half the archive."""
    earlier = lines.filter(section=OuterRef("section"), published_at__lt=OuterRef("published_at"))
    earlier = earlier.exclude(used_in__article=OuterRef("pk"))  # the text leads there already
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


def _pictures(pictures: QuerySet[Image]) -> ArraySubquery:
    return _gather(pictures, _PICTURE, renditions=_renditions("pk"))


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


def _first(rows: Iterable[M]) -> M | None:
    return next(iter(rows), None)


def _make(model: type[M], row: Row) -> M:
    """An instance of the columns that `row` has; the others are deferred."""
    fields = _fields_of(model, tuple(row))
    return model.from_db("default", [name for name, _read in fields], [read(row[name]) for name, read in fields])


@cache
def _fields_of(model: type[Model], names: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    """Column and what makes its value of JSON's, in the order that `from_db` wants."""
    return [(column.attname, column.to_python) for column in model._meta.concrete_fields if column.attname in names]
