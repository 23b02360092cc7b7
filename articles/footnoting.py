"""Footnotes stand in the text where they belong; readers get numbers, and the notes at the end with a way back."""

from __future__ import annotations

import re

from django.utils.html import format_html
from django.utils.translation import gettext as _

_NOTE = re.compile(r'<small class="footnote">(.*?)</small>', re.DOTALL)


def number_footnotes(html: str, *, has_links: bool = True) -> str:
    """`has_links` is False where several stories share a page (a feed's reader), in which numbers would collide."""
    notes: list[str] = []

    def write_mark(match: re.Match[str]) -> str:
        notes.append(match[1])
        return _mark(len(notes), has_links)

    marked = _NOTE.sub(write_mark, html)
    if not notes:
        return html
    entries = "".join(_entry(number, note, has_links) for number, note in enumerate(notes, start=1))
    heading = _("Notes")
    return f'{marked}<section class="footnotes"><h2>{heading}</h2><ol>{entries}</ol></section>'


def _mark(number: int, has_links: bool) -> str:
    if not has_links:
        return f"<sup>[{number}]</sup>"
    label = _("Note %(number)s") % {"number": number}
    return format_html(
        '<sup class="note-mark"><a href="#note-{0}" id="note-mark-{0}" aria-label="{1}">{0}</a></sup>', number, label
    )


def _entry(number: int, note: str, has_links: bool) -> str:
    if not has_links:
        return f"<li>{note}</li>"
    label = _("Back to note %(number)s in the text") % {"number": number}
    back = format_html('<a class="note-back" href="#note-mark-{}" aria-label="{}">↩</a>', number, label)
    return f'<li id="note-{number}" tabindex="-1">{note} {back}</li>'
