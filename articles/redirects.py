"""What stands at an address of ours where nothing is published now."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from articles.models import Article, Page, Redirect
from articles.models.publication import State

_FEED = re.compile(r"(?P<list>/.+/)(?P<feed>feed/|feed\.json)")


@dataclass(frozen=True)
class Moved:
    """The text lives on at another address."""

    url: str


@dataclass(frozen=True)
class Gone:
    """It was public once and was taken down; `note` is what the editors say about it, maybe nothing."""

    note: str = ""


def find_redirect(path: str) -> Moved | Gone | None:
    """What an address that was once ours leads to; None when we know nothing of it."""
    row = _row_at(path)
    if row is None:
        return _find_moved_feed(path)
    if row.listed is not None:
        return _moved_list(row, path)
    target = row.text
    if target is not None and target.is_published() and target.get_absolute_url() != path:
        return Moved(target.get_absolute_url())
    if row.new_path and row.new_path != path:
        return Moved(row.new_path)
    is_gone = bool(row.gone_note) or (target is not None and target.unpublished_at is not None)
    return Gone(row.gone_note or _note_on(target)) if is_gone else None


def _row_at(path: str) -> Redirect | None:
    followed = ("article", "page", "section", "tag", "series", "author")
    return Redirect.objects.select_related(*followed).filter(old_path=path).first()


def _moved_list(row: Redirect, path: str) -> Moved | None:
    url = row.listed.get_absolute_url()
    return Moved(url) if url != path else None


def _find_moved_feed(path: str) -> Moved | None:
    """A list's feeds stand below it and move with it: who reads by feed never sees the list."""
    feed = _FEED.fullmatch(path)
    row = _row_at(feed["list"]) if feed else None
    if feed is None or row is None or row.listed is None:
        return None
    return Moved(row.listed.get_absolute_url() + feed["feed"])


def _note_on(target: Article | Page | None) -> str:
    """What was said when it was taken down, which stands at its last address."""
    if target is None:
        return ""
    row = Redirect.objects.filter(old_path=target.get_absolute_url()).first()
    return row.gone_note if row else ""


def find_gone_story(language: str, day: datetime.date, slug: str) -> Gone | None:
    """A story that stood at this address and was taken down. One that was never public leaves no trace."""
    taken_down = Article.objects.filter(
        language=language, published_on=day, slug=slug, first_published_at__isnull=False, unpublished_at__isnull=False
    ).exclude(state=State.PUBLISHED)
    return Gone() if taken_down.exists() else None
