"""What a Revision's `content` holds: every field of a story or page as plain values, relations by id."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self, TypedDict

from articles.models import Article, Byline, Page, Revision
from articles.sanitising import clean_body
from newsroom.lib.slugs import make_slug


class BylineEntry(TypedDict):
    author_id: int
    role: str  # one of Byline.Role


class _Snapshot:
    """To and from JSON. Keys that are missing take their default and unknown ones are dropped, so that a revision of
    any age can be read."""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        known = {item.name for item in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: value for name, value in values.items() if name in known})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload]


@dataclass(kw_only=True)
class StoryContent(_Snapshot):
    """A story as somebody has written it. `slug` may be empty: publishing makes one from the headline."""

    headline: str = ""
    deck: str = ""
    body: str = ""
    kind: str = Article.Kind.NEWS
    section_id: int | None = None
    series_id: int | None = None
    tag_ids: list[int] = field(default_factory=list)
    new_tags: list[str] = field(default_factory=list)  # of an autosave: names that become tags when it is saved
    bylines: list[BylineEntry] = field(default_factory=list)
    lead_image_id: int | None = None
    lead_caption: str = ""
    lead_credit: str = ""
    slug: str = ""
    related_ids: list[int] = field(default_factory=list)
    is_front_lead: bool = False

    @classmethod
    def from_article(cls, article: Article) -> Self:
        """What is live."""
        plain = ("headline", "deck", "body", "kind", "section_id", "series_id", "lead_image_id", "lead_caption")
        return cls(
            **{name: getattr(article, name) for name in (*plain, "lead_credit", "slug", "is_front_lead")},
            tag_ids=list(article.tags.order_by("sort_key").values_list("pk", flat=True)),
            bylines=[BylineEntry(author_id=row.author_id, role=row.role) for row in article.bylines.all()],
            related_ids=list(article.related_rows.values_list("other_id", flat=True)),
        )

    def cleaned(self) -> Self:
        """As it is stored: the body safe, the words trimmed, each relation once and in order."""
        values = self.to_json() | {
            "headline": " ".join(self.headline.split())[:250],
            "deck": self.deck.strip(),
            "body": clean_body(self.body),
            "lead_caption": self.lead_caption.strip()[:500],
            "lead_credit": self.lead_credit.strip()[:200],
            "slug": make_slug(self.slug),
            "tag_ids": list(dict.fromkeys(self.tag_ids)),
            "new_tags": list(dict.fromkeys(self.new_tags)),
            "related_ids": list(dict.fromkeys(self.related_ids)),
            "bylines": _each_once(self.bylines),
        }
        return self.from_json(values)


def _each_once(entries: list[BylineEntry]) -> list[BylineEntry]:
    pairs = dict.fromkeys((entry["author_id"], entry.get("role") or Byline.Role.WORDS) for entry in entries)
    return [BylineEntry(author_id=author, role=str(role)) for author, role in pairs]


@dataclass(kw_only=True)
class PageContent(_Snapshot):
    """A page as somebody has written it."""

    headline: str = ""
    deck: str = ""
    body: str = ""
    slug: str = ""

    @classmethod
    def from_page(cls, page: Page) -> Self:
        return cls(headline=page.headline, deck=page.deck, body=page.body, slug=page.slug)

    def cleaned(self) -> Self:
        return type(self)(
            headline=" ".join(self.headline.split())[:250],
            deck=self.deck.strip(),
            body=clean_body(self.body),
            slug=make_slug(self.slug),
        )


def content_of(revision: Revision) -> StoryContent | PageContent:
    kind: type[StoryContent] | type[PageContent] = StoryContent if revision.article_id else PageContent
    return kind.from_json(revision.content)


def latest_story_content(article: Article) -> StoryContent:
    """What was written last, live or not."""
    if article.latest_revision is None:
        return StoryContent.from_article(article)
    return StoryContent.from_json(article.latest_revision.content)


def latest_page_content(page: Page) -> PageContent:
    if page.latest_revision is None:
        return PageContent.from_page(page)
    return PageContent.from_json(page.latest_revision.content)
