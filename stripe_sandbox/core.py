"""What every endpoint works with: the store, the clock, ids, and the events that a change leaves behind."""

from __future__ import annotations

import copy
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from . import API_VERSION
from .clock import Clock
from .deliveries import listening, schedule
from .errors import missing_object
from .store import Obj, Store

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(length))}"


@dataclass(frozen=True)
class Caller:
    """The API request that causes events; both None when the cause is a page or the clock."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Sandbox:
    """`base_url` is where browsers find the pages. `on_event` wakes the deliverer after a commit."""

    def __init__(self, store: Store, base_url: str, on_event: Callable[[], None] = lambda: None) -> None:
        self.store = store
        self.clock = Clock(store)
        self.base_url = base_url
        self.on_event = on_event
        self._caller = Caller()
        self._has_emitted = False

    @contextmanager
    def acting(self, caller: Caller | None = None) -> Iterator[None]:
        """One request's work: a transaction in which events name `caller` as their cause."""
        with self.store.transaction():
            self._caller = caller or Caller()
            self._has_emitted = False
            yield
            has_emitted = self._has_emitted
        if has_emitted:
            self.on_event()

    def now(self) -> int:
        return self.clock.now()

    def save(self, obj: Obj) -> Obj:
        self.store.save(obj)
        return obj

    def find(self, kind: str, object_id: str) -> Obj:
        """What the path of a request names. Raises 404 resource_missing."""
        obj = self.store.get(object_id, kind)
        if obj is None:
            raise missing_object(kind, object_id)
        return obj

    def find_param(self, kind: str, object_id: str, *, param: str) -> Obj:
        """What a parameter names. Raises 400 resource_missing."""
        obj = self.store.get(object_id, kind)
        if obj is None or obj.get("deleted"):
            raise missing_object(kind, object_id, param=param, status=400)
        return obj

    def emit(self, kind: str, obj: Obj, *, before: Obj | None = None) -> Obj:
        """An event with a snapshot of `obj`, and its deliveries as rows in the same transaction.

        `before` is the object as it was: what differs becomes previous_attributes, as in *.updated events.
        """
        data: Obj = {"object": public(obj)}
        if before is not None:
            data["previous_attributes"] = _difference(public(before), data["object"])
        endpoints = listening(self.store, kind)
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": {"id": self._caller.request_id, "idempotency_key": self._caller.idempotency_key},
            "type": kind,
        }
        self.save(event)
        self._has_emitted = True
        schedule(self.store, event, endpoints, self.clock.moment())
        return event

    def change(self, obj: Obj, event: str, **changes: Any) -> Obj:
        """Save the changes and tell of them, if there are any."""
        before = copy.deepcopy(obj)
        obj.update(changes)
        if obj != before:
            self.save(obj)
        if public(obj) != public(before):
            self.emit(event, obj, before=before)
        return obj


def public(obj: Any) -> Any:
    """A copy without the sandbox's own notes, whose names begin with an underscore."""
    if isinstance(obj, dict):
        shown = {key: value for key, value in obj.items() if not key.startswith("_")}
        return {key: copy.deepcopy(value) if key == "metadata" else public(value) for key, value in shown.items()}
    if isinstance(obj, list):
        return [public(value) for value in obj]
    return obj


def _difference(before: Any, after: Any) -> Obj:
    """The old values of what changed; of hashes only the keys that changed, of new keys null."""
    changed: Obj = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old != new:
            is_hash = isinstance(old, dict) and isinstance(new, dict)
            changed[key] = _difference(old, new) if is_hash else old
    return changed
