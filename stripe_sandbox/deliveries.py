"""The ledger of deliveries: one row for each event and endpoint, one line for each attempt.

A row is written in the transaction that made the event, so a delivery that was due when the process died is due when
it comes back. `next_at` is the sandbox's clock, `at` of an attempt too.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass

from .faults import meet_event
from .store import Obj, Store

# Twelve attempts within three days, which is how long Stripe tries in live mode; the first ones are closer together.
BACKOFF = (1, 5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
OPEN = ("pending", "failed")
ANSWER_KEPT = 500


@dataclass(frozen=True)
class Answer:
    """`status` is None when there was no answer; then `error` says why. `body` is the beginning of what was said."""

    status: int | None
    error: str | None = None
    body: str = ""
    took_ms: int = 0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def listening(store: Store, kind: str) -> list[str]:
    """The enabled endpoints that asked for this type of event, the oldest first."""
    found = store.find("webhook_endpoint", {"status": "enabled"}, limit=-1)[::-1]
    return [one["id"] for one in found if {"*", kind} & set(one["enabled_events"])]


def schedule(store: Store, event: Obj, endpoints: list[str], moment: float) -> None:
    for due in meet_event(store, event, moment) if endpoints else ():
        for endpoint in endpoints:
            add_row(store, event["id"], endpoint, due)


def add_row(store: Store, event_id: str, endpoint_id: str, moment: float) -> int:
    sql = "INSERT INTO deliveries (event, endpoint, state, next_at) VALUES (?, ?, 'pending', ?) RETURNING id"
    return int(store.run(sql, (event_id, endpoint_id, moment))[0]["id"])


def rows_of(store: Store, event_id: str) -> list[sqlite3.Row]:
    return store.run("SELECT * FROM deliveries WHERE event = ? ORDER BY id", (event_id,))


def due_rows(store: Store, until: float = math.inf, limit: int = 1) -> list[sqlite3.Row]:
    sql = "SELECT * FROM deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?"
    return store.run(sql, (until, limit))


def pending_rows(store: Store) -> list[sqlite3.Row]:
    """In the order of the events, whenever each is due."""
    return store.run(
        "SELECT d.id FROM deliveries d JOIN objects o ON o.id = d.event "
        "WHERE d.state = 'pending' ORDER BY o.created, o.seq, d.id"
    )


def attempts_of(store: Store, event_id: str) -> list[sqlite3.Row]:
    return store.run("SELECT * FROM attempts WHERE event = ? ORDER BY id", (event_id,))


def cancel(store: Store, row: sqlite3.Row, reason: str) -> None:
    """Its endpoint is disabled or gone: no further tries."""
    sql = "UPDATE deliveries SET state = 'canceled', last_error = ? WHERE id = ? AND state = 'pending'"
    store.run(sql, (reason, row["id"]))
    _count(store, row["event"])


def record(store: Store, delivery_id: int, answer: Answer, moment: float) -> None:
    """One attempt and what follows from it. Nothing where the sandbox was reset while it was under way."""
    rows = store.run("SELECT * FROM deliveries WHERE id = ?", (delivery_id,))
    if not rows:
        return
    row = rows[0]
    store.run(
        "INSERT INTO attempts (delivery, event, endpoint, at, took_ms, status, error, answer) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (row["id"], row["event"], row["endpoint"], moment, answer.took_ms, answer.status, answer.error, answer.body),
    )
    if answer.is_taken:
        state, next_at, delivered_at = "delivered", row["next_at"], int(moment)
    else:
        state, next_at, delivered_at = *_after_failure(row, moment), row["delivered_at"]
    store.run(
        "UPDATE deliveries SET state = ?, attempts = attempts + 1, last_status = ?, last_error = ?, next_at = ?, "
        "delivered_at = ? WHERE id = ?",
        (state, answer.status, answer.error, next_at, delivered_at, row["id"]),
    )
    _count(store, row["event"])


def _after_failure(row: sqlite3.Row, moment: float) -> tuple[str, float]:
    """What was delivered once stays so, also when it fails on being delivered again."""
    if row["state"] != "pending":
        return row["state"], row["next_at"]
    tried = row["attempts"]
    return ("pending", moment + BACKOFF[tried]) if tried < len(BACKOFF) else ("failed", row["next_at"])


def _count(store: Store, event_id: str) -> None:
    """Stripe's pending_webhooks: endpoints that have not answered with 2xx yet."""
    event = store.get(event_id, "event")
    if event:
        waiting = {row["endpoint"] for row in rows_of(store, event_id) if row["state"] in OPEN}
        store.save({**event, "pending_webhooks": len(waiting)})
