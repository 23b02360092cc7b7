"""/_sandbox/: what a test may do that Stripe does not offer. Needs the API key, as /v1/ does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial

from .billing import collect_invoice, renew_subscription
from .cards import DECLINED
from .checkout import switch_methods
from .checkout_payment import WALLETS, pay_session
from .clock_control import MOVE, move_clock, show_clock
from .control_money import MONEY_FLAGS, MONEY_ROUTES
from .core import Sandbox, public
from .endpoints import Given, declare_endpoint
from .errors import ApiError
from .expand import as_list
from .faults import SET, add_fault, list_faults
from .limits import RateLimit
from .objects import LOAD, SHOW, list_loaded, load_objects
from .params import Schema, flag, one_of, read_params, required, text, whole
from .refusals import refuse_next
from .store import Obj
from .webhooks import Deliverer

ORDER = one_of("events", "reverse", "random")
_PAY: Schema = {"email": text, "name": text, "card": text, "wallet": one_of(*WALLETS)}


class Control:
    def __init__(self, box: Sandbox, deliverer: Deliverer, limits: RateLimit, given: Given) -> None:
        self._box = box
        self._given = given
        self._deliverer = deliverer
        self._limits = limits
        self._routes: list[tuple[str, str, Schema, Callable[..., Obj]]] = [
            ("POST", r"/sessions/([\w-]+)/pay", _PAY, self._pay),
            ("POST", r"/subscriptions/([\w-]+)/renew", {"failed": flag}, self._renew),
            ("POST", r"/(subscription|customer)s/([\w-]+)/fail", {"count": whole, "card": text}, self._refuse),
            ("POST", r"/invoices/([\w-]+)/pay", {"failed": flag}, self._collect),
            ("POST", r"/events/([\w-]+)/deliver", {"times": whole}, self._deliver),
            ("GET", r"/events", {"undelivered": flag, "type": text}, self._list_events),
            ("POST", r"/webhooks/(pause|resume)", {}, self._hold),
            ("POST", r"/faults", SET, self._add_fault),
            ("GET", r"/faults", {}, self._list_faults),
            ("GET", r"/objects", SHOW, self._list_loaded),
            ("POST", r"/rate-limit", {"per_second": required(whole)}, self._limit),
            ("POST", r"/payment-methods", {"types": required(text)}, self._switch),
            ("GET", r"/clock", {}, self._show_clock),
            ("POST", r"/clock", MOVE, self._move_clock),
            ("POST", r"/webhooks/drain", {"order": ORDER}, self._drain),
            ("POST", r"/reset", {}, self._reset),
            *[(method, path, schema, partial(verb, box)) for method, path, schema, verb in MONEY_ROUTES],
        ]

    def answer(self, method: str, path: str, raw: Obj) -> Obj:
        """Raises ApiError, also a card_error for a payment that was refused."""
        raw = self._with_flags(raw)
        for wanted, pattern, schema, handler in self._routes:
            match = re.fullmatch("/_sandbox" + pattern, path)
            if match and wanted == method:
                return handler(read_params(raw, schema), *match.groups())
        raise ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)

    @staticmethod
    def _with_flags(raw: Obj) -> Obj:
        words = {"1": "true", "0": "false"}
        return {key: words.get(value, value) if key in _FLAGS else value for key, value in raw.items()}

    def _pay(self, params: Obj, session_id: str) -> Obj:
        with self._box.acting():
            session, refusal = pay_session(
                self._box,
                session_id,
                address=params.get("email"),
                name=params.get("name"),
                number=params.get("card", "4242424242424242"),
                wallet=params.get("wallet"),
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

    def _refuse(self, params: Obj, kind: str, object_id: str) -> Obj:
        number = params.get("card", DECLINED.number)
        with self._box.acting():
            return refuse_next(self._box, kind, object_id, count=params.get("count", 1), number=number)

    def _show_clock(self, params: Obj) -> Obj:
        return show_clock(self._box)

    def _move_clock(self, params: Obj) -> Obj:
        try:
            return move_clock(self._box, params, self._deliverer)
        finally:
            self._deliverer.wake()

    def _deliver(self, params: Obj, event_id: str) -> Obj:
        """One after the other, at once, also while deliveries are paused."""
        answers = [self._deliverer.deliver(event_id) for _ in range(min(params.get("times", 1), 100))]
        return {"deliveries": [one for at_once in answers for one in at_once]}

    def _list_events(self, params: Obj) -> Obj:
        rows = self._box.store.run(
            "SELECT o.id, o.created, json_extract(o.body, '$.type') AS type, "
            "json_extract(o.body, '$.data.object.id') AS object_id, "
            "d.endpoint, d.state, d.attempts, d.last_status, d.last_error, d.next_at "
            "FROM objects o LEFT JOIN deliveries d ON d.event = o.id WHERE o.kind = 'event' "
            "AND (:undelivered = 0 OR d.state IN ('pending', 'failed')) "
            "AND (:type IS NULL OR json_extract(o.body, '$.type') = :type) "
            "ORDER BY o.created, o.seq, d.id",
            {"undelivered": int(params.get("undelivered", False)), "type": params.get("type")},
        )
        return as_list([dict(row) for row in rows], "/_sandbox/events")

    def _hold(self, params: Obj, what: str) -> Obj:
        self._box.store.set_setting("paused", "yes" if what == "pause" else "no")
        self._deliverer.wake()
        return {"paused": what == "pause"}

    def _drain(self, params: Obj) -> Obj:
        return {"deliveries": self._deliverer.drain(params.get("order", "events"))}

    def _add_fault(self, params: Obj) -> Obj:
        return add_fault(self._box.store, params)

    def _list_faults(self, params: Obj) -> Obj:
        return list_faults(self._box.store)

    def load(self, raw: Obj, body: str) -> Obj:
        """POST /_sandbox/objects: the one control whose body is JSON."""
        params = read_params(self._with_flags(raw), LOAD)
        try:
            given = json.loads(body)
        except ValueError as error:
            raise ApiError(f"The body is not JSON: {error}.") from None
        return load_objects(self._box, given, is_sending=params.get("send", False))

    def _list_loaded(self, params: Obj) -> Obj:
        return list_loaded(self._box, params)

    def _limit(self, params: Obj) -> Obj:
        self._limits.set(params["per_second"])
        return {"per_second": self._limits.per_second}

    def _switch(self, params: Obj) -> Obj:
        with self._box.acting():
            return {"types": switch_methods(self._box, params["types"])}

    def _reset(self, params: Obj) -> Obj:
        with self._box.clock.held():
            self._box.store.reset()
            self._box.clock.forget()
        declare_endpoint(self._box, self._given)
        return {"ok": True, "at": self._box.now()}


_FLAGS = ("failed", "undelivered", "lose_answer", "frozen", "hold", "send", *MONEY_FLAGS)
