"""The one SQLite file: objects, deliveries, idempotency keys, settings.

WAL and one transaction per request: what was answered is on disk after a kill -9.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Obj = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS objects_by_invoice ON objects (kind, json_extract(body, '$.invoice'));
CREATE INDEX IF NOT EXISTS objects_by_subscription
    ON objects (kind, json_extract(body, '$.parent.subscription_details.subscription'));
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    last_status INTEGER, last_error TEXT, delivered_at INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, request TEXT NOT NULL,
    created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


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
        self._db.executescript(_TABLES)

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
        """Insert or replace; the order of creation is kept."""
        self.run(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (obj["id"], obj["object"], obj.get("created", 0), json.dumps(obj)),
        )

    def get(self, object_id: str, kind: str | None = None) -> Obj | None:
        rows = self.run("SELECT kind, body FROM objects WHERE id = ?", (object_id,))
        if not rows or (kind and rows[0]["kind"] != kind):
            return None
        body: Obj = json.loads(rows[0]["body"])
        return body

    def delete(self, object_id: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", (object_id,))

    def seq(self, object_id: str, kind: str) -> int | None:
        rows = self.run("SELECT seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind))
        return int(rows[0]["seq"]) if rows else None

    def find(
        self,
        kind: str,
        where: Mapping[str, Any] | None = None,
        *,
        after: int | None = None,
        before: int | None = None,
        created: Mapping[str, int] | None = None,
        limit: int = 1000,
    ) -> list[Obj]:
        """Newest first. `where` maps a JSON path to a value or a list of values; `before` pages backwards."""
        clauses: list[str] = ["kind = ?"]
        values: list[Any] = [kind]
        for path, value in (where or {}).items():
            _add_clause(clauses, values, f"json_extract(body, '$.{path}')", value)
        for sign, moment in (created or {}).items():
            clauses.append(f"created {_COMPARE[sign]} ?")
            values.append(moment)
        if after is not None:
            clauses.append("seq < ?")
            values.append(after)
        if before is not None:
            clauses.append("seq > ?")
            values.append(before)
        order = "ASC" if before is not None else "DESC"
        sql = f"SELECT body FROM objects WHERE {' AND '.join(clauses)} ORDER BY seq {order} LIMIT ?"  # noqa: S608 - paths are written in code, values are bound
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
            for table in ("objects", "deliveries", "idempotency", "settings"):
                self.run(f"DELETE FROM {table}")  # noqa: S608 - the names above


def _add_clause(clauses: list[str], values: list[Any], column: str, value: Any) -> None:
    if isinstance(value, list):
        clauses.append(f"{column} IN ({', '.join('?' * len(value))})")
        values.extend(value)
    elif value is None:
        clauses.append(f"{column} IS NULL")
    else:
        clauses.append(f"{column} = ?")
        values.append(int(value) if isinstance(value, bool) else value)
