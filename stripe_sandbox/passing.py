"""Letting time pass: whatever comes due on the way happens in order, each thing at its own time.

One thing is one transaction, which also moves the clock there. So a process that is killed on the way goes on with the
next thing: none is lost, none is done twice.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from .billing import collect_unasked, renew_subscription
from .checkout import retrieve_session
from .core import Sandbox
from .debits import settle_debit
from .disputes import lose_unanswered
from .errors import ApiError
from .refunds import send_back
from .store import Obj

log = logging.getLogger("stripe_sandbox")
EVERY_SECONDS = 1.0
NOTE_AFTER_SECONDS = 5.0


def _expire_session(box: Sandbox, session: Obj) -> None:
    retrieve_session(box, {}, session["id"])


def _go_on(box: Sandbox, subscription: Obj) -> None:
    """Collecting resumes, or the period is over."""
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"] and pause["resumes_at"] <= box.now():
        box.change(subscription, "customer.subscription.updated", pause_collection=None)
    else:
        renew_subscription(box, subscription)


def _try_again(box: Sandbox, invoice: Obj) -> None:
    """A subscription that has ended is not charged any more."""
    subscription = box.find("subscription", invoice["parent"]["subscription_details"]["subscription"])
    if subscription["status"] == "canceled":
        box.change(invoice, "invoice.updated", next_payment_attempt=None, auto_advance=False)
    else:
        collect_unasked(box, subscription, invoice)


# One step for each kind that `due.py` names.
STEPS: Mapping[str, Callable[[Sandbox, Obj], object]] = {
    "checkout.session": _expire_session,
    "subscription": _go_on,
    "invoice": _try_again,
    "charge": settle_debit,
    "refund": send_back,
    "dispute": lose_unanswered,
}


class Mail(Protocol):
    """The deliverer, as far as an advance takes its turns with it."""

    def next_at(self) -> float | None: ...

    def deliver_next(self, until: float) -> None: ...


def pass_until(
    box: Sandbox, target: float, *, mail: Mail | None = None, is_stopping: Callable[[], bool] = lambda: False
) -> int:
    """Does what comes due by `target` and answers how many things that were. The clock must be held.

    With `mail` each event is delivered, and a failed one tried again, before anything later happens.
    """
    done = 0
    while not is_stopping():
        row = box.store.next_due(target)
        posted = mail.next_at() if mail else None
        if mail and posted is not None and posted <= (row["due_at"] if row else target):
            box.clock.move_to(posted)
            mail.deliver_next(posted)
        elif row:
            _take_step(box, target)
            done += 1
        else:
            break
    return done


def _take_step(box: Sandbox, target: float) -> None:
    object_id = ""
    try:
        with box.acting():
            row = box.store.next_due(target)
            if row is None:
                return
            object_id = row["id"]
            box.clock.move_to(row["due_at"])
            STEPS[row["kind"]](box, json.loads(row["body"]))
            _check_moved_on(box, object_id, row["due_at"])
    except Exception as error:
        log.exception("%s came due and failed; it waits until it is changed.", object_id)
        box.store.set_aside(object_id, f"{type(error).__name__}: {error}")


def _check_moved_on(box: Sandbox, object_id: str, due: int) -> None:
    rows = box.store.run("SELECT due_at FROM objects WHERE id = ?", (object_id,))
    if rows and rows[0]["due_at"] is not None and rows[0]["due_at"] <= due:
        raise RuntimeError(f"{object_id} is due at {rows[0]['due_at']} still, after its step.")


def catch_up(box: Sandbox, *, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """To where the clock would be: after a tick, after the machine slept, after a kill amid an advance."""
    with box.clock.held(patience=0):
        pass_until(box, box.clock.hands.target or box.clock.running(), is_stopping=is_stopping)
        if not is_stopping():
            box.clock.arrive()
    if box.clock.moment() - box.clock.hands.reached > NOTE_AFTER_SECONDS:
        box.clock.note()


def advance(box: Sandbox, target: float, *, is_leading_to_now: bool = False, mail: Mail | None = None) -> int:
    """Moves the clock forward. Raises 400 for a moment that is past, 409 while it is being moved already."""
    with box.clock.held():
        if target < box.clock.moment():
            raise ApiError("The clock never goes back: choose a moment that is still to come.", param="to")
        box.clock.aim(target, is_leading_to_now=is_leading_to_now)
        done = pass_until(box, target, mail=mail)
        box.clock.arrive()
    return done


class Ticker(threading.Thread):
    def __init__(self, box: Sandbox) -> None:
        super().__init__(name="clock", daemon=True)
        self._box = box
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                catch_up(self._box, is_stopping=self._stop_asked.is_set)
            except ApiError:
                log.debug("Somebody else lets time pass just now.")
            except Exception:
                log.exception("The clock met an error and goes on.")
            self._stop_asked.wait(EVERY_SECONDS)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(timeout=5)
