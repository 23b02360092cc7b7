"""Feeds with the whole text: RSS 2.0 and JSON Feed 1.1. A reader's program is a reader."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.feedgenerator import Rss201rev2Feed

from articles.models import Article, Author
from articles.models.articles import ArticleQuerySet
from articles.reading import authors_of
from articles.rendering import load_named, plain_picture, render_body, whole_address
from newsroom.lib.site_settings import site_settings

LENGTH = 20
JSON_FEED = "https://jsonfeed.org/version/1.1"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
CREATOR = "http://purl.org/dc/elements/1.1/"


@dataclass(frozen=True)
class Item:
    story: Article
    url: str
    html: str
    authors: list[Author]


@dataclass(frozen=True)
class Feed:
    title: str
    description: str
    language: str
    url: str  # of the page that lists the same
    items: list[Item]

    @property
    def changed_at(self) -> datetime | None:
        times = (item.story.updated_at or item.story.published_at for item in self.items)
        return max((time for time in times if time is not None), default=None)


def build_feed(stories: ArticleQuerySet, *, language: str, path: str, title: str = "", about: str = "") -> Feed:
    """The newest of `stories` with bodies for reading elsewhere; four queries. `path` is the page with the same."""
    site = site_settings()
    rows = stories.select_related("section", "lead_image").prefetch_related(authors_of())
    newest = list(rows.defer("search_text", "search_vector").order_by("-published_at", "-id")[:LENGTH])
    name = site.text("name", language)
    return Feed(
        title=f"{name}: {title}" if title else name,
        description=about or site.text("tagline", language) or name,
        language=language,
        url=whole_address(path),
        items=_make_items(newest),
    )


def _make_items(stories: list[Article]) -> list[Item]:
    named = load_named(story.body for story in stories)
    return [
        Item(
            story,
            whole_address(story.get_absolute_url()),
            _lead(story) + render_body(story.body, named, is_for_feed=True),
            list({byline.author.pk: byline.author for byline in story.bylines.all()}.values()),
        )
        for story in stories
    ]


def _lead(story: Article) -> str:
    return f"<figure>{plain_picture(story.lead_image)}</figure>" if story.lead_image else ""


class _FullTextRss(Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": CONTENT, "xmlns:dc": CREATOR}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["creators"]:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("content:encoded", item["html"])


def write_rss(feed: Feed, address: str) -> str:
    """`address` is the feed's own."""
    rss = _FullTextRss(
        feed.title, feed.url, feed.description, language=feed.language, feed_url=whole_address(address)
    )  # fmt: skip
    for item in feed.items:
        rss.add_item(
            item.story.headline, item.url, item.story.deck, unique_id=item.url, unique_id_is_permalink=True,
            pubdate=item.story.published_at, categories=_sections(item.story), html=_xml_text(item.html),
            creators=[author.shown_name for author in item.authors],
        )  # fmt: skip
    return rss.writeString("utf-8")


def write_json(feed: Feed, address: str) -> str:
    """https://www.jsonfeed.org/version/1.1/"""
    return json.dumps(
        {
            "version": JSON_FEED,
            "title": feed.title,
            "home_page_url": feed.url,
            "feed_url": whole_address(address),
            "description": feed.description,
            "language": feed.language,
            "items": [_json_item(item) for item in feed.items],
        },
        ensure_ascii=False,
    )


def _json_item(item: Item) -> dict[str, Any]:
    story = item.story
    known = {
        "id": item.url,
        "url": item.url,
        "title": story.headline,
        "summary": story.deck,
        "content_html": item.html,
        "date_published": _iso(story.published_at),
        "date_modified": _iso(story.updated_at),
        "image": whole_address(story.lead_image.file.url) if story.lead_image else "",
        "authors": [
            {"name": author.shown_name, "url": whole_address(author.get_absolute_url())} for author in item.authors
        ],
        "tags": _sections(story),
        "language": story.language,
    }
    return {name: value for name, value in known.items() if value}


def _sections(story: Article) -> list[str]:
    return [story.section.name] if story.section else []


def _iso(time: datetime | None) -> str:
    return time.isoformat(timespec="seconds") if time else ""


def _xml_text(html: str) -> str:
    """XML 1.0 has no place for most control characters, which HTML may hold."""
    return "".join(character for character in html if character >= " " or character in "\t\n\r")
