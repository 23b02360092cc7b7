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
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, last_status INTEGER, last_error TEXT,
    delivered_at INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at, id);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL, event TEXT NOT NULL, endpoint TEXT NOT NULL,
    at REAL NOT NULL, took_ms INTEGER NOT NULL, status INTEGER, error TEXT, answer TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_event ON attempts (event);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, request TEXT NOT NULL,
    created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refusals (id TEXT PRIMARY KEY, remaining INTEGER NOT NULL, card TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, remaining INTEGER NOT NULL, method TEXT, path TEXT,
    type TEXT, delay_ms INTEGER NOT NULL, status INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS met_faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at REAL NOT NULL, method TEXT, path TEXT, request TEXT,
    event TEXT);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
GIVEN_ENDPOINT = "we_commandline"
EMPTIED = ("objects", "deliveries", "attempts", "idempotency", "refusals", "faults", "met_faults", "settings")


def prepare_tables(db: sqlite3.Connection) -> None:
    """Makes what is missing; what an earlier version wrote is kept."""
    if _lacks(db, "objects", "due_at"):
        db.execute("ALTER TABLE objects ADD COLUMN due_at INTEGER")
        db.execute("ALTER TABLE objects ADD COLUMN stuck TEXT")
        db.execute("DROP INDEX IF EXISTS objects_by_kind")
        _schedule_all(db)
    has_one_endpoint = _lacks(db, "deliveries", "endpoint")
    if has_one_endpoint:
        db.execute("DROP INDEX IF EXISTS deliveries_due")
        db.execute("ALTER TABLE deliveries RENAME TO deliveries_before")
    db.executescript(_TABLES)
    if has_one_endpoint:
        _address_all(db)


def _lacks(db: sqlite3.Connection, table: str, column: str) -> bool:
    """Whether the table is there, without the column."""
    columns = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
    return bool(columns) and column not in columns


def _schedule_all(db: sqlite3.Connection) -> None:
    for row in db.execute("SELECT seq, body FROM objects").fetchall():
        db.execute("UPDATE objects SET due_at = ? WHERE seq = ?", (due_at(json.loads(row["body"])), row["seq"]))


def _address_all(db: sqlite3.Connection) -> None:
    """Earlier files knew one endpoint, that of the command line."""
    db.execute(
        "INSERT INTO deliveries (event, endpoint, state, attempts, next_at, last_status, last_error, delivered_at) "
        "SELECT event, ?, state, attempts, next_at, last_status, last_error, delivered_at "
        "FROM deliveries_before ORDER BY rowid",
        (GIVEN_ENDPOINT,),
    )
    db.execute("DROP TABLE deliveries_before")
