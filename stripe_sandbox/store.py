"""The one SQLite file: objects, deliveries, idempotency keys, settings.

WAL and one transaction per request: what was answered is on disk after a kill -9.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .due import due_at
from .schema import EMPTIED, prepare_tables

Obj = dict[str, Any]
Place = tuple[int, int]

_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Like:
    """A condition for `find`: one of these patterns, in which * stands for anything."""

    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Within:
    """A condition for `find` on a list: one of its elements has this at that place. What follows a # in the path is
    only there to tell several such conditions apart.
    """

    place: str
    value: Any


class Store:
    """One connection behind one lock: requests take turns, which is also what makes each of them atomic."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        prepare_tables(self._db)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested uses join the outer one."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def run(self, sql: str, values: tuple[Any, ...] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def save(self, obj: Obj) -> None:
        """Insert or replace; the order of creation is kept, and when the object comes due is noted anew."""
        self.run(
            "INSERT INTO objects (id, kind, created, body, due_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body, due_at = excluded.due_at, stuck = NULL",
            (obj["id"], obj["object"], obj.get("created") or 0, json.dumps(obj), due_at(obj)),
        )

    def next_due(self, until: float) -> sqlite3.Row | None:
        """The first object that comes due by then."""
        rows = self.run("SELECT * FROM objects WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1", (until,))
        return rows[0] if rows else None

    def set_aside(self, object_id: str, reason: str) -> None:
        """Not due any more until it is saved again: what fails must not hold up all that comes after it."""
        self.run("UPDATE objects SET due_at = NULL, stuck = ? WHERE id = ?", (reason, object_id))

    def is_empty(self) -> bool:
        return not self.run("SELECT 1 FROM objects WHERE kind <> 'webhook_endpoint' LIMIT 1")

    def get(self, object_id: str, kind: str | None = None) -> Obj | None:
        rows = self.run("SELECT kind, body FROM objects WHERE id = ?", (object_id,))
        if not rows or (kind and rows[0]["kind"] != kind):
            return None
        body: Obj = json.loads(rows[0]["body"])
        return body

    def delete(self, object_id: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", (object_id,))

    def place(self, object_id: str, kind: str) -> Place | None:
        rows = self.run("SELECT created, seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind))
        return (rows[0]["created"], rows[0]["seq"]) if rows else None

    def find(
        self,
        kind: str,
        where: Mapping[str, Any] | None = None,
        *,
        after: Place | None = None,
        before: Place | None = None,
        created: Mapping[str, int] | None = None,
        limit: int = 1000,
    ) -> list[Obj]:
        """Newest first, by creation and then by arrival; `before` pages backwards.

        `where` maps a JSON path to a value, a list of values, a `Like`, or a range such as {"gte": 5}.
        """
        clauses: list[str] = ["kind = ?"]
        values: list[Any] = [kind]
        for path, value in (where or {}).items():
            _add_clause(clauses, values, f"json_extract(body, '$.{path.split('#')[0]}')", value)
        if created:
            _add_clause(clauses, values, "created", created)
        if after is not None:
            clauses.append("(created, seq) < (?, ?)")
            values.extend(after)
        if before is not None:
            clauses.append("(created, seq) > (?, ?)")
            values.extend(before)
        order = "ASC" if before is not None else "DESC"
        sql = f"SELECT body FROM objects WHERE {' AND '.join(clauses)} ORDER BY created {order}, seq {order} LIMIT ?"  # noqa: S608 - paths are written in code, values are bound
        found = [json.loads(row["body"]) for row in self.run(sql, (*values, limit))]
        return found[::-1] if before is not None else found

    def setting(self, name: str, default: str) -> str:
        rows = self.run("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0]["value"]) if rows else default

    def set_setting(self, name: str, value: str) -> None:
        sql = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self.run(sql, (name, value))

    def reset(self) -> None:
        with self.transaction():
            for table in EMPTIED:
                self.run(f"DELETE FROM {table}")  # noqa: S608 - names written in code


def _add_clause(clauses: list[str], values: list[Any], column: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for sign, bound in value.items():
            clauses.append(f"{column} {_COMPARE[sign]} ?")
            values.append(bound)
    elif isinstance(value, Within):
        inner: list[str] = []
        _add_clause(inner, values, f"json_extract(one.value, '$.{value.place}')", value.value)
        exists = f"EXISTS (SELECT 1 FROM json_each({column}) AS one WHERE {' AND '.join(inner)})"  # noqa: S608 - as above
        clauses.append(exists)
    elif isinstance(value, Like):
        clauses.append(f"({' OR '.join([f'{column} GLOB ?'] * len(value.patterns))})")
        values.extend(value.patterns)
    elif isinstance(value, list):
        clauses.append(f"{column} IN ({', '.join('?' * len(value))})")
        values.extend(value)
    elif value is None:
        clauses.append(f"{column} IS NULL")
    else:
        clauses.append(f"{column} = ?")
        values.append(int(value) if isinstance(value, bool) else value)
