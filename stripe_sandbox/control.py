"""/_sandbox/: what a test may do that Stripe does not offer. Needs the API key, as /v1/ does."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from .billing import collect_invoice, renew_subscription
from .checkout_payment import pay_session
from .control_money import MONEY_FLAGS, MONEY_ROUTES
from .core import Sandbox, public
from .errors import ApiError
from .expand import as_list
from .params import Schema, flag, read_params, text, whole
from .store import Obj
from .webhooks import Deliverer


@dataclass
class Faults:
    """What the next `count` API requests meet: a delay, a status instead of work, or work whose answer is lost."""

    count: int = 0
    delay_ms: int = 0
    status: int | None = None
    is_answer_lost: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def set(self, *, count: int, delay_ms: int, status: int | None, is_answer_lost: bool) -> None:
        with self._lock:
            self.count, self.delay_ms, self.status, self.is_answer_lost = count, delay_ms, status, is_answer_lost

    def meet(self) -> tuple[int, int | None, bool]:
        """The delay in milliseconds, the status and whether the answer is lost, for one request."""
        with self._lock:
            if self.count < 1:
                return 0, None, False
            self.count -= 1
            return self.delay_ms, self.status, self.is_answer_lost


class Control:
    def __init__(self, box: Sandbox, deliverer: Deliverer, faults: Faults) -> None:
        self._box = box
        self._deliverer = deliverer
        self._faults = faults
        self._routes: list[tuple[str, str, Schema, Callable[..., Obj]]] = [
            ("POST", r"/sessions/([\w-]+)/pay", {"email": text, "name": text, "card": text}, self._pay),
            ("POST", r"/subscriptions/([\w-]+)/renew", {"failed": flag}, self._renew),
            ("POST", r"/invoices/([\w-]+)/pay", {"failed": flag}, self._collect),
            ("POST", r"/events/([\w-]+)/deliver", {"times": whole}, self._deliver),
            ("GET", r"/events", {"undelivered": flag, "type": text}, self._list_events),
            ("POST", r"/webhooks/(pause|resume)", {}, self._hold),
            (
                "POST",
                r"/faults",
                {"count": whole, "delay_ms": whole, "status": whole, "lose_answer": flag},
                self._set_faults,
            ),
            ("POST", r"/reset", {}, self._reset),
            *[(method, path, schema, partial(verb, box)) for method, path, schema, verb in MONEY_ROUTES],
        ]

    def answer(self, method: str, path: str, raw: Obj) -> Obj:
        """Raises ApiError, also a card_error for a payment that was refused."""
        raw = {
            key: {"1": "true", "0": "false"}.get(value, value) if key in _FLAGS else value for key, value in raw.items()
        }
        for wanted, pattern, schema, handler in self._routes:
            match = re.fullmatch("/_sandbox" + pattern, path)
            if match and wanted == method:
                return handler(read_params(raw, schema), *match.groups())
        raise ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)

    def _pay(self, params: Obj, session_id: str) -> Obj:
        with self._box.acting():
            session, refusal = pay_session(
                self._box,
                session_id,
                address=params.get("email"),
                name=params.get("name", "Sandbox Reader"),
                number=params.get("card", "4242424242424242"),
            )
        if refusal:
            raise refusal
        shown: Obj = public(session)
        return shown

    def _renew(self, params: Obj, subscription_id: str) -> Obj:
        with self._box.acting():
            subscription = self._box.find("subscription", subscription_id)
            shown: Obj = public(renew_subscription(self._box, subscription, decline=params.get("failed", False)))
        return shown

    def _collect(self, params: Obj, invoice_id: str) -> Obj:
        with self._box.acting():
            invoice = self._box.find("invoice", invoice_id)
            if invoice["status"] != "open":
                raise ApiError(f"Invoice {invoice_id} is {invoice['status']}, only an open one can be paid.")
            subscription = self._box.find("subscription", invoice["parent"]["subscription_details"]["subscription"])
            collect_invoice(self._box, subscription, invoice, decline=params.get("failed", False))
        shown: Obj = public(invoice)
        return shown

    def _deliver(self, params: Obj, event_id: str) -> Obj:
        """One after the other, at once, also while deliveries are paused."""
        answers = [self._deliverer.deliver(event_id) for _ in range(min(params.get("times", 1), 100))]
        return {"deliveries": [{"status": answer.status, "error": answer.error} for answer in answers]}

    def _list_events(self, params: Obj) -> Obj:
        rows = self._box.store.run(
            "SELECT o.id, o.created, json_extract(o.body, '$.type') AS type, "
            "json_extract(o.body, '$.data.object.id') AS object_id, "
            "d.state, d.attempts, d.last_status, d.last_error, d.next_at "
            "FROM objects o JOIN deliveries d ON d.event = o.id "
            "WHERE (:undelivered = 0 OR d.state <> 'delivered') "
            "AND (:type IS NULL OR json_extract(o.body, '$.type') = :type) "
            "ORDER BY o.seq",
            {"undelivered": int(params.get("undelivered", False)), "type": params.get("type")},
        )
        return as_list([dict(row) for row in rows], "/_sandbox/events")

    def _hold(self, params: Obj, what: str) -> Obj:
        self._box.store.set_setting("paused", "yes" if what == "pause" else "no")
        self._deliverer.wake()
        return {"paused": what == "pause"}

    def _set_faults(self, params: Obj) -> Obj:
        self._faults.set(
            count=params.get("count", 1),
            delay_ms=params.get("delay_ms", 0),
            status=params.get("status"),
            is_answer_lost=params.get("lose_answer", False),
        )
        return {"ok": True}

    def _reset(self, params: Obj) -> Obj:
        self._box.store.reset()
        self._faults.set(count=0, delay_ms=0, status=None, is_answer_lost=False)
        return {"ok": True, "at": int(time.time())}


_FLAGS = ("failed", "undelivered", "lose_answer", *MONEY_FLAGS)
