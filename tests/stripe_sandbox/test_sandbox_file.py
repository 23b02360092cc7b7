"""The one file: what an earlier version wrote goes on."""

from __future__ import annotations

import json
import sqlite3

from stripe_sandbox.store import Store

BEFORE = """
CREATE TABLE objects (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX objects_by_kind ON objects (kind, seq);
CREATE TABLE deliveries (event TEXT PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL, last_status INTEGER, last_error TEXT, delivered_at INTEGER);
CREATE INDEX deliveries_due ON deliveries (state, next_at);
INSERT INTO deliveries VALUES ('evt_1', 'pending', 2, 99.0, 500, 'HTTP 500', NULL);
"""


def test_it_takes_over_an_earlier_file(tmp_path):
    session = {"id": "cs_1", "object": "checkout.session", "status": "open", "expires_at": 70, "created": 60}
    with sqlite3.connect(tmp_path / "data") as db:
        db.executescript(BEFORE)
        values = (session["id"], session["object"], 60, json.dumps(session))
        db.execute("INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)", values)
    db.close()
    store = Store(tmp_path / "data")
    assert store.next_due(70)["id"] == "cs_1"
    (row,) = store.run("SELECT event, endpoint, state, attempts FROM deliveries")
    assert tuple(row) == ("evt_1", "we_commandline", "pending", 2)
    store.close()
    Store(tmp_path / "data").close()
