"""Delivering events: signed as Stripe signs them, outside the request, again until the other side says 2xx."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import queue
import random
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace

from .core import Sandbox, public
from .deliveries import ANSWER_KEPT, Answer, add_row, cancel, due_rows, listening, pending_rows, record, rows_of
from .store import Obj

log = logging.getLogger("stripe_sandbox")
TIMEOUT = 10.0
WORKERS = 4
POLL_SECONDS = 0.5


def sign(payload: str, secret: str, moment: int) -> str:
    """The Stripe-Signature header (docs.stripe.com/webhooks, "Verify manually")."""
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect counts as a failure, as at Stripe."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def send_event(endpoint: Obj, event: Obj) -> Answer:
    """The signature carries real time, whatever the sandbox's clock says: receivers check how old it is."""
    payload = json.dumps(public(event), indent=2)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": sign(payload, endpoint["_secret"], int(time.time())),
    }
    began = time.monotonic()
    answer = _post(endpoint["url"], payload.encode(), headers)
    return replace(answer, took_ms=round((time.monotonic() - began) * 1000))


def _post(url: str, payload: bytes, headers: dict[str, str]) -> Answer:
    try:
        request = urllib.request.Request(url, payload, headers, method="POST")  # noqa: S310
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return Answer(answer.status, None, _beginning(answer.read(ANSWER_KEPT)))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, f"HTTP {error.code}", _beginning(error.read(ANSWER_KEPT)))
    except (OSError, ValueError) as error:
        return Answer(None, _in_words(getattr(error, "reason", None) or error))


def _in_words(error: object) -> str:
    """Without the system's number, which says nothing to a person."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _beginning(body: bytes) -> str:
    return body.decode("utf-8", "replace").strip()


class Deliverer(threading.Thread):
    """Hands due deliveries to a few workers, so that one slow answer does not hold up the rest."""

    def __init__(self, box: Sandbox) -> None:
        super().__init__(name="deliverer", daemon=True)
        self._box = box
        self._wake = threading.Event()
        self._is_stopping = False
        self._in_flight: set[int] = set()
        self._lock = threading.Condition()
        self._queue: queue.SimpleQueue[int] = queue.SimpleQueue()

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
        for row in due_rows(self._box.store, self._box.clock.moment(), 50):
            with self._lock:
                is_new = row["id"] not in self._in_flight
                self._in_flight.add(row["id"])
            if is_new:
                self._queue.put(row["id"])

    def _deliver_due(self, delivery_id: int) -> None:
        try:
            if not self._is_held():
                self._attempt_pending(delivery_id)
        except Exception:
            if not self._is_stopping:  # a closed store is no news then: the delivery is still pending in the file
                log.exception("Delivery %s met an error.", delivery_id)
        finally:
            self._release(delivery_id)
            self._wake.set()

    def _release(self, delivery_id: int) -> None:
        with self._lock:
            self._in_flight.discard(delivery_id)
            self._lock.notify_all()

    def _take_turn(self, delivery_id: int) -> Obj | None:
        """What a worker does, here and now; None where a worker was quicker."""
        with self._lock:
            self._lock.wait_for(lambda: delivery_id not in self._in_flight)
            self._in_flight.add(delivery_id)
        try:
            return self._attempt_pending(delivery_id)
        finally:
            self._release(delivery_id)

    def _attempt_pending(self, delivery_id: int) -> Obj | None:
        rows = self._box.store.run("SELECT * FROM deliveries WHERE id = ? AND state = 'pending'", (delivery_id,))
        return self._shown(rows[0], self._attempt(rows[0])) if rows else None

    def next_at(self) -> float | None:
        """When the next delivery is due; None while all are held back."""
        rows = [] if self.is_paused() else due_rows(self._box.store)
        return rows[0]["next_at"] if rows else None

    def deliver_next(self, until: float) -> None:
        """The first due by then, if it was not among those under way, which go before."""
        with self._lock:
            self._lock.wait_for(lambda: not self._in_flight)
        for row in due_rows(self._box.store, until):
            self._take_turn(row["id"])

    def drain(self, order: str) -> list[Obj]:
        """What is pending now, once each, in the order of its events or not, also while deliveries are paused."""
        rows = pending_rows(self._box.store)
        if order == "random":
            random.shuffle(rows)
        turns = [self._take_turn(row["id"]) for row in (rows[::-1] if order == "reverse" else rows)]
        return [turn for turn in turns if turn]

    @staticmethod
    def _shown(row: sqlite3.Row, answer: Answer) -> Obj:
        known = {"event": row["event"], "endpoint": row["endpoint"]}
        return {**known, "status": answer.status, "error": answer.error}

    def deliver(self, event_id: str) -> list[Obj]:
        """One attempt now at each endpoint that has or would have the event. Raises 404 for an unknown event."""
        event = self._box.find("event", event_id)
        store = self._box.store
        with store.transaction():
            known = {row["endpoint"] for row in rows_of(store, event_id) if store.get(row["endpoint"])}
            for endpoint in listening(store, event["type"]):
                if endpoint not in known:
                    add_row(store, event_id, endpoint, self._box.clock.moment())
        first = {row["endpoint"]: row for row in reversed(rows_of(store, event_id))}
        rows = sorted(first.values(), key=lambda row: row["id"])
        return [self._shown(row, self._attempt(row)) for row in rows]

    def _attempt(self, row: sqlite3.Row) -> Answer:
        """One attempt now, whatever the row says; the row records it."""
        store = self._box.store
        event, endpoint = store.get(row["event"], "event"), store.get(row["endpoint"], "webhook_endpoint")
        if event is None or endpoint is None or endpoint["status"] == "disabled":
            reason = "The endpoint is disabled." if endpoint else "The endpoint was deleted."
            with store.transaction():
                cancel(store, row, reason)
            return Answer(None, reason)
        answer = send_event(endpoint, event)
        with store.transaction():
            record(store, row["id"], answer, self._box.clock.moment())
        return answer
