"""Tables as readers get them: scrolled by themselves on a phone, every heading with what it heads."""

from __future__ import annotations

import re

from django.utils.html import format_html
from django.utils.translation import gettext as _

_TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)
_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_HEAD = re.compile(r"<th\b")


def write_tables(html: str) -> str:
    return _TABLE.sub(_write_table, html)


def _write_table(match: re.Match[str]) -> str:
    """The region takes the focus, so that a keyboard can scroll it."""
    rows = _ROW.sub(_write_row, match[1])
    begin = format_html('<div class="table" role="region" tabindex="0" aria-label="{}"><table>', _("Table"))
    return f"{begin}{rows}</table></div>"


def _write_row(match: re.Match[str]) -> str:
    """A row of headings heads its columns; a heading among plain cells heads its row."""
    head = '<th scope="row"' if "<td" in match[1] else '<th scope="col"'
    return f"<tr>{_HEAD.sub(head, match[1])}</tr>"
