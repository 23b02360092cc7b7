"""What time does by itself: sessions expire, periods end, failed invoices are tried again."""

from __future__ import annotations

import logging
import threading

from .billing import collect_invoice, period_end, renew_subscription
from .checkout import expire_overdue
from .core import Sandbox
from .debits import settle_due_debits
from .disputes import lose_overdue_disputes
from .refunds import fail_due_refunds

log = logging.getLogger("stripe_sandbox")
EVERY_SECONDS = 5.0


def pass_time(box: Sandbox) -> None:
    """Catches up, however long the sandbox was switched off: several periods at once if need be."""
    with box.acting():
        expire_overdue(box)
        _renew_due(box)
        _retry_due(box)
        settle_due_debits(box)
        fail_due_refunds(box)
        lose_overdue_disputes(box)


def _renew_due(box: Sandbox) -> None:
    for subscription in box.store.find("subscription", {"status": ["active", "past_due"]}, limit=-1):
        while subscription["status"] != "canceled" and period_end(subscription) <= box.now():
            renew_subscription(box, subscription)
        ends_at = subscription["cancel_at"]
        if subscription["status"] != "canceled" and ends_at and ends_at <= box.now():
            renew_subscription(box, subscription)


def _retry_due(box: Sandbox) -> None:
    for invoice in box.store.find("invoice", {"status": "open"}, limit=-1):
        due = invoice["next_payment_attempt"]
        if due and due <= box.now():
            subscription = box.find("subscription", invoice["parent"]["subscription_details"]["subscription"])
            if subscription["status"] != "canceled":
                collect_invoice(box, subscription, invoice)


class Clock(threading.Thread):
    def __init__(self, box: Sandbox) -> None:
        super().__init__(name="clock", daemon=True)
        self._box = box
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                pass_time(self._box)
            except Exception:
                log.exception("The clock met an error and goes on.")
            self._stop_asked.wait(EVERY_SECONDS)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(timeout=5)
