"""What was typed beside the text and its own button has not taken yet, a time or a note for readers, stands in its
field again, whatever else became of the form.

As with a note to colleagues (`held_notes`), the person's own session holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article
from articles.revising import Form
from newsroom.lib.row_keys import read_key

KEY = "held_fields"
MOST = 20  # rows in one session; the one held longest goes
LONGEST = 8000
LOCAL_TIME = "%Y-%m-%dT%H:%M"  # as the browser's own control writes it
# What is of no more use once the button has done its work.
TAKEN_BY = {
    "schedule": ("publish_at",),
    "publish": ("publish_at", "embargo_until", "embargo_reason"),
    "take_down_at": ("unpublish_at", "take_down_note"),
    "unpublish": ("unpublish_at", "take_down_note", "unpublish_note"),
    "embargo": ("embargo_until", "embargo_reason"),
}


@dataclass(frozen=True)
class HeldFields:
    """By name, as typed. `form` sent it: what the browser kept of that form has done its work."""

    typed: Mapping[str, str] = field(default_factory=dict)
    form: Form | None = None


def hold_fields(request: HttpRequest, row: Any) -> None:
    """Of a form that was sent: each that says something else than the row does."""
    set_already, held = _as_set(row), held_fields(request, row).typed
    sent = {name: request.POST[name][:LONGEST] for name in set_already if name in request.POST}
    kept = {name: text for name, text in {**held, **sent}.items() if text.strip() != set_already[name].strip()}
    if kept != held:
        _write(request, row, kept)


def let_go_of_fields(request: HttpRequest, row: Any, verb: str) -> None:
    """The button has taken them."""
    held = held_fields(request, row).typed
    kept = {name: text for name, text in held.items() if name not in TAKEN_BY.get(verb, ())}
    if kept != held:
        _write(request, row, kept)


def held_fields(request: HttpRequest, row: Any) -> HeldFields:
    held = request.session.get(KEY, {}).get(_name_of(row))
    if not held:
        return HeldFields()
    return HeldFields(held["typed"], Form(*held["form"]) if held["form"][0] else None)


def _as_set(row: Any) -> dict[str, str]:
    if not isinstance(row, Article):
        return {"unpublish_note": ""}
    times = {name: _local(getattr(row, name)) for name in ("publish_at", "unpublish_at", "embargo_until")}
    return {**times, "take_down_note": row.unpublish_note, "embargo_reason": "", "unpublish_note": ""}


def _local(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):{LOCAL_TIME}}" if moment else ""


def _name_of(row: Any) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def _write(request: HttpRequest, row: Any, typed: Mapping[str, str]) -> None:
    held = {name: value for name, value in request.session.get(KEY, {}).items() if name != _name_of(row)}
    if typed:
        form = [request.POST.get("session_key", "")[:40], read_key(request.POST.get("sequence")) or 0]
        held[_name_of(row)] = {"typed": dict(typed), "form": form}
    request.session[KEY] = dict(list(held.items())[-MOST:])
