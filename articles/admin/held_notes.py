"""A note that was typed and not taken yet stands in its box again, whatever else became of the form.

It is no part of the story and of none of its revisions: the person's own session holds it until it is taken or its box
is sent empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from articles.models import Article
from articles.reviewing import LONGEST_NOTE
from articles.revising import Form
from newsroom.lib.row_keys import read_key, read_keys

KEY = "held_notes"
MOST = 20  # stories in one session; the one held longest goes


@dataclass(frozen=True)
class HeldNote:
    """What the box holds, and for whom. `form` sent it: what the browser kept of that form has done its work."""

    text: str = ""
    to: tuple[int, ...] = ()
    form: Form | None = None


def hold_note(request: HttpRequest, row: Any) -> None:
    """Of a form that was sent; an empty box holds nothing. Pages have no notes."""
    if not isinstance(row, Article):
        return
    text = request.POST.get("note_text", "")[: 2 * LONGEST_NOTE]  # a refused one is kept whole
    if text.strip():
        _write(request, row, text=text, to=read_keys(",".join(request.POST.getlist("note_to"))))
    elif str(row.pk) in request.session.get(KEY, {}):
        _write(request, row)


def let_go(request: HttpRequest, row: Any) -> None:
    """It was taken."""
    _write(request, row, text="")


def held_note(request: HttpRequest, row: Any) -> HeldNote:
    held = request.session.get(KEY, {}).get(str(row.pk)) if isinstance(row, Article) else None
    if not held:
        return HeldNote()
    return HeldNote(held["text"], tuple(held["to"]), Form(*held["form"]) if held["form"][0] else None)


def _write(request: HttpRequest, row: Article, **values: Any) -> None:
    """Into the session; without any value it holds nothing of this story."""
    held = {key: value for key, value in request.session.get(KEY, {}).items() if key != str(row.pk)}
    if values:
        form = [request.POST.get("session_key", "")[:40], read_key(request.POST.get("sequence")) or 0]
        held[str(row.pk)] = {"text": "", "to": [], "form": form, **values}
    request.session[KEY] = dict(list(held.items())[-MOST:])
