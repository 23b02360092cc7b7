"""Two snapshots of a story or page side by side, field by field, with names for ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.blocks import Names, Word, entries, words_in
from articles.content import PageContent, StoryContent
from articles.differing import Block, Piece, diff_bodies, diff_words, is_same
from articles.models import Article, Author, Byline, Image, Section, Series, Tag
from articles.sanitising import body_references

Content = StoryContent | PageContent
BETWEEN = "; "


@dataclass(frozen=True)
class Part:
    """What a person sees as one field; `holds` are the snapshot's fields that it is made of."""

    name: str
    label: str | Promise
    holds: tuple[str, ...]
    is_list: bool = False


BODY = Part("body", gettext_lazy("Body"), ("body",))
PAGE_PARTS = (
    Part("headline", gettext_lazy("Headline"), ("headline",)),
    Part("deck", gettext_lazy("Deck"), ("deck",)),
    BODY,
    Part("slug", gettext_lazy("Address"), ("slug",)),
)
STORY_PARTS = (
    *PAGE_PARTS[:2],
    Part("lead_image", gettext_lazy("Lead picture"), ("lead_image_id",)),
    Part("lead_caption", gettext_lazy("Caption"), ("lead_caption",)),
    Part("lead_credit", gettext_lazy("Credit"), ("lead_credit",)),
    BODY,
    Part("bylines", gettext_lazy("By"), ("bylines",), is_list=True),
    Part("section", gettext_lazy("Section"), ("section_id",)),
    Part("kind", gettext_lazy("Kind"), ("kind",)),
    Part("tags", gettext_lazy("Tags"), ("tag_ids", "new_tags"), is_list=True),
    Part("series", gettext_lazy("Series"), ("series_id",)),
    Part("related", gettext_lazy("Related stories"), ("related_ids",), is_list=True),
    Part("front_lead", gettext_lazy("Leads the front page"), ("is_front_lead",)),
    PAGE_PARTS[3],
)


@dataclass
class Known(Names):
    """What every id in some snapshots is called; read in one query for each kind of thing."""

    sections: dict[int, str] = field(default_factory=dict)
    series: dict[int, str] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    authors: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One field in two snapshots: its words marked, or its blocks when it is the body."""

    part: Part
    pieces: list[Piece] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        return not is_same(self.pieces) or any(block.mark != "same" for block in self.blocks)


def compare(old: Content, new: Content) -> list[Difference]:
    """Every field, changed or not, in the order of the form."""
    known = find_names(old, new)
    return [
        Difference(part, blocks=diff_bodies(old.body, new.body, known))
        if part is BODY
        else Difference(part, pieces=diff_words(words_of_part(part, old, known), words_of_part(part, new, known)))
        for part in parts_of(new)
    ]


def parts_of(content: Content) -> tuple[Part, ...]:
    return STORY_PARTS if isinstance(content, StoryContent) else PAGE_PARTS


def values_of(part: Part, content: Content) -> tuple[Any, ...]:
    return tuple(getattr(content, name) for name in part.holds)


def find_names(*contents: Content) -> Known:
    stories = [content for content in contents if isinstance(content, StoryContent)]
    references = [body_references(content.body) for content in contents]
    images = {pk for found, _stories in references for pk in found} | {story.lead_image_id for story in stories}
    linked = {pk for _images, found in references for pk in found} | _all(story.related_ids for story in stories)
    return Known(
        images=_titles(Image, images, "title"),
        stories=_titles(Article, linked, "headline"),
        sections=_titles(Section, {story.section_id for story in stories}, "name"),
        series=_titles(Series, {story.series_id for story in stories}, "name"),
        tags=_titles(Tag, _all(story.tag_ids for story in stories), "name"),
        authors=_titles(Author, _all([by["author_id"] for by in story.bylines] for story in stories), "name"),
    )


def words_of_part(part: Part, content: Content, known: Known) -> list[Word]:
    if not isinstance(content, StoryContent) or part.name in ("headline", "deck", "lead_caption", "lead_credit"):
        return words_in(str(values_of(part, content)[0]))
    match part.name:
        case "lead_image":
            number = content.lead_image_id
            return [Word(known.images.get(number, _("gone")), image_id=number)] if number else []
        case "bylines":
            roles = dict(Byline.Role.choices)
            names = [
                f"{roles.get(by['role'], '')} {known.authors.get(by['author_id'], _('gone'))}" for by in content.bylines
            ]
        case "tags":
            names = [known.tags.get(pk, _("gone")) for pk in content.tag_ids] + content.new_tags
        case "related":
            names = [known.stories.get(pk, _("gone")) for pk in content.related_ids]
        case _:
            return entries([name] if (name := _plain_name(part, content, known)) else [])
    return entries(name + BETWEEN for name in names)


def _plain_name(part: Part, content: StoryContent, known: Known) -> str:
    match part.name:
        case "section":
            return known.sections.get(content.section_id or 0, "")
        case "series":
            return known.series.get(content.series_id or 0, "")
        case "kind":
            return str(dict(Article.Kind.choices).get(content.kind, content.kind))
        case "front_lead":
            return _("yes") if content.is_front_lead else _("no")
    return content.slug


def _all(lists: Iterable[Iterable[int]]) -> set[int]:
    return reduce(lambda found, more: found | set(more), lists, set())


def _titles(model: Any, wanted: set[Any], name: str) -> dict[int, str]:
    ids = {pk for pk in wanted if pk}
    return (
        {pk: title or f"{pk}" for pk, title in model.objects.filter(pk__in=ids).values_list("pk", name)} if ids else {}
    )
