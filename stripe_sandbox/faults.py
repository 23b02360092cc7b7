"""What is to go wrong, on demand: the next so many requests or events meet it, and each that did is on record."""

from __future__ import annotations

import fnmatch
import random
import sqlite3
from dataclasses import dataclass

from .errors import ApiError, rate_limited
from .params import Schema, flag, one_of, text, whole
from .store import Obj, Store

# Nothing is done in the first five; `error_kept` begins the work, so its 500 stays under the idempotency key.
BEFORE = ("error", "error_kept", "rate_limit", "silence", "cut")
# Everything is done, and the caller is not told so.
AFTER = ("error_after", "silence_after", "cut_after", "cut_midway")
OF_EVENTS = ("late_events", "doubled_events", "shuffled_events")
KINDS = (*BEFORE, *AFTER, "slow", *OF_EVENTS)
SHUFFLED_WITHIN_MS = 2000
SET: Schema = {
    "kind": one_of(*KINDS),
    "count": whole,
    "method": one_of("GET", "POST", "DELETE"),
    "path": text,
    "type": text,
    "delay_ms": whole,
    "status": whole,
    "lose_answer": flag,
}


@dataclass(frozen=True)
class Fault:
    """`status` is that of an error. A fault of the kind `none` does nothing."""

    kind: str = "none"
    delay_ms: int = 0
    status: int = 500

    @property
    def keeps_error(self) -> bool:
        return self.kind in ("error_kept", "error_after")

    def refusal(self) -> ApiError | None:
        """What is answered in place of the work."""
        if self.kind == "rate_limit":
            return rate_limited()
        return self.error() if self.kind == "error" else None

    def error(self) -> ApiError:
        return ApiError("A failure that was asked for at /_sandbox/faults.", status=self.status, kind="api_error")


NONE = Fault()


def add_fault(store: Store, params: Obj) -> Obj:
    """For `count` of the next requests (or events) that fit; 0 clears all. The other parameters may imply the kind."""
    count = params.get("count", 1)
    if count < 1:
        store.run("DELETE FROM faults")
        return list_faults(store)
    kind = params.get("kind") or _implied(params)
    store.run(
        "INSERT INTO faults (kind, remaining, method, path, type, delay_ms, status) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            kind, count, params.get("method"), params.get("path"), params.get("type"),
            params.get("delay_ms", 0), params.get("status", 500),
        ),
    )  # fmt: skip
    return list_faults(store)


def _implied(params: Obj) -> str:
    if params.get("lose_answer"):
        return "cut_after"
    if "status" in params:
        return "error"
    if "delay_ms" in params:
        return "slow"
    raise ApiError(f"Say which kind of fault is meant: {', '.join(KINDS)}.", param="kind")


def list_faults(store: Store) -> Obj:
    """Those that wait, and those that were met, oldest first."""
    waiting = store.run("SELECT * FROM faults WHERE remaining > 0 ORDER BY id")
    met = store.run("SELECT kind, at, method, path, request, event FROM met_faults ORDER BY id")
    return {"waiting": [dict(row) for row in waiting], "met": [dict(row) for row in met]}


def meet_request(store: Store, *, method: str, path: str, request: str, moment: float) -> Fault:
    """The first fault that waits for such a request, counted off and recorded."""
    with store.transaction():
        for row in _waiting(store):
            is_meant = row["method"] in (None, method) and fnmatch.fnmatchcase(path, row["path"] or "*")
            if row["kind"] not in OF_EVENTS and is_meant:
                _count_off(store, row, moment, method=method, path=path, request=request)
                return Fault(row["kind"], row["delay_ms"], row["status"])
    return NONE


def meet_event(store: Store, event: Obj, moment: float) -> list[float]:
    """When each copy of the event is to be delivered: one now, unless faults have it otherwise."""
    moments = [moment]
    for row in _waiting(store):
        if row["kind"] in OF_EVENTS and fnmatch.fnmatchcase(event["type"], row["type"] or "*"):
            _count_off(store, row, moment, event=event["id"])
            moments = _bend(row, moments)
    return moments


def _bend(row: sqlite3.Row, moments: list[float]) -> list[float]:
    if row["kind"] == "doubled_events":
        return moments * 2
    if row["kind"] == "late_events":
        return [one + row["delay_ms"] / 1000 for one in moments]
    within = (row["delay_ms"] or SHUFFLED_WITHIN_MS) / 1000
    return [one + random.uniform(0, within) for one in moments]  # noqa: S311 - an order, not a secret


def _waiting(store: Store) -> list[sqlite3.Row]:
    return store.run("SELECT * FROM faults WHERE remaining > 0 ORDER BY id")


def _count_off(store: Store, row: sqlite3.Row, moment: float, **met: str) -> None:
    store.run("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    store.run(
        "INSERT INTO met_faults (kind, at, method, path, request, event) VALUES (?, ?, ?, ?, ?, ?)",
        (row["kind"], moment, met.get("method"), met.get("path"), met.get("request"), met.get("event")),
    )
