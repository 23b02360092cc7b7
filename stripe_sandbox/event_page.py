"""Events for people: on the dashboard in a line each, on a page of their own with every attempt and its answer."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from .core import Sandbox, public
from .dashboard_texts import WORDS
from .deliveries import attempts_of, rows_of
from .markup import Html, fill, render, table
from .store import Obj

_RECENT = 40
_STATES = {"failed": "failed_for_good"}


def show_moment(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _state(row: sqlite3.Row, words: dict[str, str]) -> Html:
    if row["state"] is None:
        return fill("$text", text=words["unheard"])
    text = words[_STATES.get(row["state"], row["state"])]
    return (
        fill("$text", text=text) if row["state"] == "delivered" else fill('<span class="bad">$text</span>', text=text)
    )


def _next_try(row: sqlite3.Row) -> str:
    return show_moment(row["next_at"]) if row["state"] == "pending" else "–"


def _again(event_id: str, kind: str, language: str) -> Html:
    words = WORDS[language]
    return fill(
        '<form method="post" action="/events/$id/deliver?lang=$language">'
        '<button aria-label="$label">$text</button></form>',
        id=event_id,
        language=language,
        label=words["again_label"].format(type=kind),
        text=words["again"],
    )


def list_events(box: Sandbox, language: str) -> Html:
    """The newest events, a line for each endpoint."""
    words = WORDS[language]
    found = box.store.run(
        "SELECT e.*, d.state, d.attempts, d.next_at, d.last_status, d.last_error FROM (SELECT id AS event, created, "
        "seq, json_extract(body, '$.type') AS type, json_extract(body, '$.data.object.id') AS about FROM objects "
        "WHERE kind = 'event' ORDER BY created DESC, seq DESC LIMIT ?) e "
        "LEFT JOIN deliveries d ON d.event = e.event ORDER BY e.created DESC, e.seq DESC, d.id",
        (_RECENT,),
    )
    return table(
        words["events"], words["event_heads"].split("|"), [_line(row, language) for row in found], words["none"]
    )


def _line(row: sqlite3.Row, language: str) -> list[Any]:
    words = WORDS[language]
    link = fill('<a href="/events/$id?lang=$language">$type</a>', id=row["event"], language=language, type=row["type"])
    return [
        show_moment(row["created"]),
        link,
        f"{str(row['about'])[:14]}…",
        _state(row, words),
        row["attempts"] or 0,
        row["last_status"] or row["last_error"] or "–",
        _next_try(row),
        _again(row["event"], row["type"], language),
    ]


def show_event(box: Sandbox, event_id: str, language: str) -> tuple[str, Html]:
    """The page's title and content. Raises 404."""
    words, event = WORDS[language], box.find("event", event_id)
    content = render(
        "event.html",
        type=event["type"],
        id=event_id,
        moment=show_moment(event["created"]),
        again=_again(event_id, event["type"], language),
        other_language="en" if language == "uk" else "uk",
        language_link=words["language"],
        deliveries_label=words["deliveries"],
        deliveries=_deliveries(box, event_id, words),
        attempts_label=words["attempts"],
        attempts=_attempts(box, event_id, words),
        sent_label=words["sent"],
        sent=json.dumps(public(event), indent=2, ensure_ascii=False),
        back=words["back"],
        language=language,
    )
    return str(event["type"]), content


def _address(box: Sandbox, endpoint_id: str) -> str:
    endpoint: Obj = box.store.get(endpoint_id) or {}
    return str(endpoint.get("url", endpoint_id))


def _deliveries(box: Sandbox, event_id: str, words: dict[str, str]) -> Html:
    rows = [
        [
            _address(box, row["endpoint"]),
            _state(row, words),
            row["attempts"],
            row["last_status"] or row["last_error"] or "–",
            _next_try(row),
        ]
        for row in rows_of(box.store, event_id)
    ]
    return table(words["deliveries"], words["delivery_heads"].split("|"), rows, words["none"])


def _attempts(box: Sandbox, event_id: str, words: dict[str, str]) -> Html:
    rows = [
        [
            show_moment(row["at"]),
            _address(box, row["endpoint"]),
            row["status"] or row["error"],
            fill('<span class="said">$text</span>', text=row["answer"] or "–"),
            words["milliseconds"].format(count=row["took_ms"]),
        ]
        for row in attempts_of(box.store, event_id)
    ]
    return table(words["attempts"], words["attempt_heads"].split("|"), rows, words["none"])
