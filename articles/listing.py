"""Lists of stories, newest first, in pages that stay fast however deep: a page begins after a given row (its time and
id) instead of counting rows from the top."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet

PER_PAGE = 20
_CURSOR = re.compile(r"(before|after)-(\d{1,17})-(\d{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoSuchPage(Exception):  # noqa: N818
    """The words that should name a page name none."""


class IsFirstPage(Exception):  # noqa: N818
    """The page asked for is the first, which has an address of its own."""


@dataclass(frozen=True)
class Cursor:
    """The place in a list just before (older than) or after (newer than) a row."""

    side: str
    at: datetime
    pk: int

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for the first page. Raises NoSuchPage for what we never wrote."""
        if not text:
            return None
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise NoSuchPage(text)
        return cls(match[1], _EPOCH + timedelta(microseconds=int(match[2])), int(match[3]))

    def __str__(self) -> str:
        return f"{self.side}-{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.pk}"

    def where(self, field: str) -> Q:
        comparison = "lt" if self.side == "before" else "gt"
        return Q(**{f"{field}__{comparison}": self.at}) | Q(**{field: self.at, f"pk__{comparison}": self.pk})

    def bound(self, field: str) -> Q:
        """Implied by `where`, but a bare comparison is one that an index can start at."""
        return Q(**{f"{field}__{'lte' if self.side == 'before' else 'gte'}": self.at})


@dataclass(frozen=True)
class ListPage:
    """One page of a list, with the names of Django's own Page, so that templates need not tell them apart."""

    object_list: Sequence[Any]
    number: str = ""
    previous_page_number: str = ""
    next_page_number: str = ""

    @property
    def has_previous(self) -> bool:
        return bool(self.previous_page_number)

    @property
    def has_next(self) -> bool:
        return bool(self.next_page_number)

    @property
    def has_other_pages(self) -> bool:
        return self.has_previous or self.has_next


Finish = Callable[[Iterable[Any]], list[Any]]


def take_page(rows: QuerySet[Any], asked: str, *, field: str = "published_at", finish: Finish = list) -> ListPage:
    """The page of `rows` that `asked` names ("" is the first), newest first by `field`; one query.

    Raises NoSuchPage for words that name no page, IsFirstPage when nothing newer remains beyond the page.
    """
    cursor = Cursor.read(asked)
    if cursor is not None:
        rows = rows.filter(cursor.bound(field), cursor.where(field))
    if cursor is not None and cursor.side == "after":
        return _newer_page(rows.order_by(field, "pk"), asked, field, finish)
    found = finish(rows.order_by(f"-{field}", "-pk")[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    if cursor is not None and not shown:
        raise NoSuchPage(asked)
    return ListPage(
        shown,
        number=asked,
        previous_page_number=_name("after", shown[0], field) if cursor else "",
        next_page_number=_name("before", shown[-1], field) if len(found) > PER_PAGE else "",
    )


def _newer_page(rows: QuerySet[Any], asked: str, field: str, finish: Finish) -> ListPage:
    found = finish(rows[: PER_PAGE + 1])
    if len(found) <= PER_PAGE:
        raise IsFirstPage
    shown = found[PER_PAGE - 1 :: -1]
    return ListPage(
        shown,
        number=asked,
        previous_page_number=_name("after", shown[0], field),
        next_page_number=_name("before", shown[-1], field),
    )


def _name(side: str, row: Model, field: str) -> str:
    return str(Cursor(side, getattr(row, field), row.pk))
