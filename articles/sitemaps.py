"""Sitemaps for search engines: https://www.sitemaps.org/protocol.html, with translations as Google reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Author, Page, Section, Series, Tag
from articles.models.articles import ArticleQuerySet
from articles.rendering import whole_address
from newsroom.lib.site_settings import site_settings

PER_FILE = 5_000
NEWS_HOURS = 48
MOST_NEWS = 1_000
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_STORY_FIELDS = ("language", "slug", "published_on", "published_at", "updated_at", "translation_key")


@dataclass(frozen=True)
class Entry:
    path: str
    changed_at: datetime | None = None
    others: Mapping[str, str] = field(default_factory=dict)  # language → path, its own included


def write_index(language: str) -> str:
    """Names the file of standing addresses and one for each 5,000 stories."""
    count = _stories(language).count()
    paths = [reverse("articles:sitemap-lists")]
    paths += [reverse("articles:sitemap-stories", args=[number + 1]) for number in range(-(-count // PER_FILE))]
    rows = "".join(f"<sitemap><loc>{escape(whole_address(path))}</loc></sitemap>\n" for path in paths)
    return f'{_HEAD}<sitemapindex xmlns="{SITEMAP}">\n{rows}</sitemapindex>\n'


def write_stories(language: str, number: int) -> str:
    """The file `number` (from 1), oldest stories first so that full files stay as they are. Empty beyond the last."""
    start = (number - 1) * PER_FILE
    stories = list(_stories(language).order_by("id").only(*_STORY_FIELDS)[start : start + PER_FILE])
    others = _translations(stories, language)
    return _write(
        Entry(path, story.updated_at or story.published_at, _with_own(language, path, others[story.translation_key]))
        for story in stories
        if (path := story.get_absolute_url())
    )


def write_lists(language: str) -> str:
    """Front, pages, and every list that has a published story."""
    return _write(_list_entries(language))


def write_news(language: str) -> str:
    """The last 48 hours: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap"""
    since = timezone.now() - timedelta(hours=NEWS_HOURS)
    newest = _stories(language).filter(published_at__gte=since).order_by("-published_at", "-id")
    name = escape(site_settings().text("name", language))
    rows = "".join(_news_row(story, name) for story in newest.only(*_STORY_FIELDS, "headline")[:MOST_NEWS])
    return f'{_HEAD}<urlset xmlns="{SITEMAP}" xmlns:news="{NEWS}">\n{rows}</urlset>\n'


def _stories(language: str) -> ArticleQuerySet:
    return Article.objects.published().in_language(language)


def _translations(stories: list[Article], language: str) -> dict[Any, dict[str, str]]:
    """By text: language → path of its published translations."""
    found: dict[Any, dict[str, str]] = defaultdict(dict)
    keys = [story.translation_key for story in stories]
    for other in (
        Article.objects.published().exclude(language=language).filter(translation_key__in=keys).only(*_STORY_FIELDS)
    ):
        found[other.translation_key][other.language] = other.get_absolute_url()
    return found


def _with_own(language: str, path: str, others: Mapping[str, str]) -> dict[str, str]:
    return {language: path, **others} if others else {}


def _list_entries(language: str) -> Iterator[Entry]:
    yield Entry(reverse("home"))
    for page in Page.objects.published().in_language(language):
        yield Entry(page.get_absolute_url(), page.updated_at or page.published_at)
    shown = _stories(language)
    named: tuple[QuerySet[Any], ...] = (
        Section.objects.filter(language=language),
        Series.objects.filter(language=language, pk__in=shown.values("series")),
        Tag.objects.filter(language=language, articles__in=shown).distinct(),
        Author.objects.filter(bylines__article__in=shown).distinct(),
    )
    for rows in named:
        for row in rows:
            yield Entry(row.get_absolute_url())


def _write(entries: Iterable[Entry]) -> str:
    rows = "".join(map(_row, entries))
    return f'{_HEAD}<urlset xmlns="{SITEMAP}" xmlns:xhtml="{XHTML}">\n{rows}</urlset>\n'


def _row(entry: Entry) -> str:
    changed = f"<lastmod>{entry.changed_at.isoformat(timespec='seconds')}</lastmod>" if entry.changed_at else ""
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(whole_address(path))}/>'
        for language, path in sorted(entry.others.items())
    )
    return f"<url><loc>{escape(whole_address(entry.path))}</loc>{changed}{others}</url>\n"


def _news_row(story: Article, name: str) -> str:
    published = story.published_at.isoformat(timespec="seconds") if story.published_at else ""
    return (
        f"<url><loc>{escape(whole_address(story.get_absolute_url()))}</loc><news:news>"
        f"<news:publication><news:name>{name}</news:name><news:language>{story.language}</news:language>"
        f"</news:publication><news:publication_date>{published}</news:publication_date>"
        f"<news:title>{escape(story.headline)}</news:title></news:news></url>\n"
    )
