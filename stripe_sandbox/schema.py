"""The tables of the one file, and how a file of an earlier version gets them."""

from __future__ import annotations

import json
import sqlite3

from .due import due_at

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL, due_at INTEGER, stuck TEXT);
CREATE INDEX IF NOT EXISTS objects_by_age ON objects (kind, created, seq);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due_at, seq) WHERE due_at IS NOT NULL;
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
CREATE TABLE IF NOT EXISTS refusals (id TEXT PRIMARY KEY, remaining INTEGER NOT NULL, card TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
EMPTIED = ("objects", "deliveries", "idempotency", "refusals", "settings")


def prepare_tables(db: sqlite3.Connection) -> None:
    """Makes what is missing; what an earlier version wrote is kept."""
    columns = {row["name"] for row in db.execute("PRAGMA table_info(objects)")}
    if columns and "due_at" not in columns:
        db.execute("ALTER TABLE objects ADD COLUMN due_at INTEGER")
        db.execute("ALTER TABLE objects ADD COLUMN stuck TEXT")
        db.execute("DROP INDEX IF EXISTS objects_by_kind")
        _schedule_all(db)
    db.executescript(_TABLES)


def _schedule_all(db: sqlite3.Connection) -> None:
    for row in db.execute("SELECT seq, body FROM objects").fetchall():
        db.execute("UPDATE objects SET due_at = ? WHERE seq = ?", (due_at(json.loads(row["body"])), row["seq"]))
