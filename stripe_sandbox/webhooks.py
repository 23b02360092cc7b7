"""Delivering events: signed as Stripe signs them, outside the request, again until the other side says 2xx.

Each event has one delivery row, written in the transaction that made the event; so a delivery that was due when
the process died is due when it comes back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import math
import queue
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from .core import Sandbox
from .store import Obj

log = logging.getLogger("stripe_sandbox")
BACKOFF = (1, 5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
TIMEOUT = 10.0
WORKERS = 4
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Endpoint:
    url: str
    secret: str


@dataclass(frozen=True)
class Answer:
    """`status` is None when there was no answer; then `error` says why."""

    status: int | None
    error: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sign(payload: str, secret: str, moment: int) -> str:
    """The Stripe-Signature header (docs.stripe.com/webhooks, "Verify manually")."""
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect counts as a failure, as at Stripe."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def send_event(endpoint: Endpoint, event: Obj) -> Answer:
    payload = json.dumps(event, indent=2)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": sign(payload, endpoint.secret, int(time.time())),
    }
    request = urllib.request.Request(endpoint.url, payload.encode(), headers, method="POST")  # noqa: S310
    try:
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return Answer(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return Answer(error.code, f"HTTP {error.code}")
    except (OSError, ValueError) as error:
        return Answer(None, str(getattr(error, "reason", None) or error) or type(error).__name__)


class Deliverer(threading.Thread):
    """Hands due deliveries to a few workers, so that one slow answer does not hold up the rest."""

    def __init__(self, box: Sandbox, endpoint: Endpoint) -> None:
        super().__init__(name="deliverer", daemon=True)
        self.endpoint = endpoint
        self._box = box
        self._wake = threading.Event()
        self._is_stopping = False
        self._in_flight: set[str] = set()
        self._lock = threading.Condition()
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()

    def wake(self) -> None:
        self._wake.set()

    def run(self) -> None:
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"delivery-{number}", daemon=True).start()
        while not self._is_stopping:
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self._hand_out()
            except Exception:
                log.exception("The deliverer met an error and goes on.")

    def stop(self) -> None:
        self._is_stopping = True
        self._wake.set()
        self.join(timeout=5)

    def _work(self) -> None:
        """Daemon threads: what they hold when the process ends is still pending in the file."""
        while True:
            self._deliver_due(self._queue.get())

    def _is_held(self) -> bool:
        """An advance delivers by itself, in order, between the things that happen."""
        return self._is_stopping or self.is_paused() or self._box.clock.hands.target is not None

    def is_paused(self) -> bool:
        return self._box.store.setting("paused", "no") == "yes"

    def _hand_out(self) -> None:
        if self._is_held():
            return
        for row in self._due(self._box.clock.moment(), 50):
            with self._lock:
                is_new = row["event"] not in self._in_flight
                self._in_flight.add(row["event"])
            if is_new:
                self._queue.put(row["event"])

    def _due(self, until: float, limit: int) -> list[sqlite3.Row]:
        return self._box.store.run(
            "SELECT event, next_at FROM deliveries WHERE state = 'pending' AND next_at <= ? "
            "ORDER BY next_at, rowid LIMIT ?",
            (until, limit),
        )

    def next_at(self) -> float | None:
        """When the next delivery is due; None while all are held back."""
        rows = [] if self.is_paused() else self._due(math.inf, 1)
        return rows[0]["next_at"] if rows else None

    def deliver_next(self) -> None:
        """The one that `next_at` spoke of, after those that were under way before."""
        with self._lock:
            self._lock.wait_for(lambda: not self._in_flight)
        for row in self._due(math.inf, 1):
            self.deliver(row["event"])

    def drain(self) -> list[Obj]:
        """What is pending now, once each, in the order of its events, also while deliveries are paused."""
        rows = self._box.store.run(
            "SELECT d.event FROM deliveries d JOIN objects o ON o.id = d.event "
            "WHERE d.state = 'pending' ORDER BY o.created, o.seq"
        )
        answers = [(row["event"], self.deliver(row["event"])) for row in rows]
        return [{"event": event, "status": answer.status, "error": answer.error} for event, answer in answers]

    def _deliver_due(self, event_id: str) -> None:
        try:
            if not self._is_held():
                self.deliver(event_id)
        except Exception:
            if not self._is_stopping:  # a closed store is no news then: the delivery is still pending in the file
                log.exception("Delivery of %s met an error.", event_id)
        finally:
            with self._lock:
                self._in_flight.discard(event_id)
                self._lock.notify_all()
            self._wake.set()

    def deliver(self, event_id: str) -> Answer:
        """One attempt now, whatever the row says; the row records it. Raises 404 for an unknown event."""
        event = self._box.find("event", event_id)
        answer = send_event(self.endpoint, event)
        with self._box.store.transaction():
            self._record(event, answer)
        return answer

    def _record(self, event: Obj, answer: Answer) -> None:
        store = self._box.store
        if answer.is_taken:
            store.run(
                "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, last_status = ?, "
                "last_error = NULL, delivered_at = ? WHERE event = ?",
                (answer.status, self._box.now(), event["id"]),
            )
            if store.get(event["id"]):
                store.save({**event, "pending_webhooks": 0})
            return
        rows = store.run("SELECT state, attempts FROM deliveries WHERE event = ?", (event["id"],))
        if not rows:
            return  # reset while it was under way
        tried = rows[0]["attempts"]
        state = "failed" if tried >= len(BACKOFF) and rows[0]["state"] == "pending" else rows[0]["state"]
        wait = BACKOFF[min(tried, len(BACKOFF) - 1)]
        store.run(
            "UPDATE deliveries SET state = ?, attempts = attempts + 1, last_status = ?, last_error = ?, "
            "next_at = ? WHERE event = ?",
            (state, answer.status, answer.error, self._box.clock.moment() + wait, event["id"]),
        )
