"""Idempotency-Key: the same key and request answer the same; another request under the key is refused.

Kept for 24 hours, as at Stripe. The row is written in the transaction of the work it answers for: there is no moment
at which the one stands without the other.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import ApiError
from .store import Obj, Store

KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Stored:
    status: int
    body: Obj
    request_id: str


class Keys:
    """Which keys are being worked on right now, and what earlier ones answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def using(self, key: str) -> Iterator[None]:
        """Raises 409 while another request holds the key."""
        with self._lock:
            if key in self._busy:
                raise ApiError(
                    f"There is currently another in-progress request using this Idempotent Key: {key}. "
                    "Please try again later.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._busy.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(key)

    def recall(self, key: str, fingerprint: str, path: str) -> Stored | None:
        """Raises idempotency_error where the key belongs to another request."""
        rows = self._store.run("SELECT * FROM idempotency WHERE key = ?", (key,))
        if not rows:
            return None
        if rows[0]["fingerprint"] != fingerprint:
            raise ApiError(
                f"Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request to {path}.",
                kind="idempotency_error",
            )
        return Stored(rows[0]["status"], json.loads(rows[0]["body"]), rows[0]["request"])

    def remember(self, key: str, fingerprint: str, stored: Stored, now: int) -> None:
        self._store.run("DELETE FROM idempotency WHERE created < ?", (now - KEEP_SECONDS,))
        values = (key, fingerprint, stored.status, json.dumps(stored.body), stored.request_id, now)
        self._store.run("INSERT OR IGNORE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)", values)


def fingerprint_of(path: str, params: Obj) -> str:
    """Two requests are the same if path and decoded parameters are; their order does not count."""
    return hashlib.sha256(json.dumps([path, params], sort_keys=True).encode()).hexdigest()
