"""The storm: events of many patrons' months, doubled and shuffled, received and worked off; we end where Stripe is."""

import json
import os
import random
import time
from datetime import UTC, datetime
from typing import Any

from bench.ground import Unfit
from bench.table import Figure
from members.patronage import checkout, inbox
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Payment, Period, Price, StripeEvent, Subscription, Tier
from newsroom.lib.money import Money
from tests.members.patronage.conftest import Sandbox, sign

IS_FULL = os.environ.get("BENCH_FULL") == "1"
EVENTS = 10_000 if IS_FULL else 1_000  # each comes twice
PATRONS = 100 if IS_FULL else 10
SEED = 20_261_127


def measure_storm() -> Figure:
    """Events a second from the first receipt to the last fetched object. Raises Unfit when we do not end where Stripe
    is."""
    sandbox = Sandbox()
    sandbox.control("webhooks/pause")
    events = _play(sandbox)
    coming = [_as_body(event) for event in events for _copy in range(2)]
    random.Random(SEED).shuffle(coming)
    began = time.perf_counter()
    for body in coming:
        inbox.receive_event(body, sign(body))
    while due := inbox.due_events():
        for event_id in due:
            inbox.process_event(event_id)
    elapsed = time.perf_counter() - began
    _check_equal(len(events))
    name = f"storm, {len(events):,} events doubled, shuffled; equal to Stripe"
    return Figure(name, len(events) / elapsed, "events/s")


def _as_body(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def _play(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Patrons sign up, and months go by until there are as many events as are wanted."""
    tier = Tier.objects.create(key="storm", name="Storm")
    Price.objects.create(tier=tier, amount=500, currency="eur", interval="month")
    events: list[dict[str, Any]] = []
    for number in range(PATRONS):
        checkout.open_checkout(member=None, frequency="month", money=Money(500, "eur"), language="en")
        sandbox.pay(Checkout.objects.latest("id").stripe_id, f"storm{number}@example.org")
        events += sandbox.events()
    while len(events) < EVENTS:
        sandbox.control("clock", advance="1mo")
        while more := sandbox.events():
            events += more
    return events


def _check_equal(number: int) -> None:
    open_or_failed = StripeEvent.objects.filter(state__in=("waiting", "claimed", "failed")).count()
    if open_or_failed or StripeEvent.objects.filter(event_id__startswith="evt_").count() < number:
        raise Unfit(f"{open_or_failed} events of {number} were not done.")
    for theirs in stripe_api().subscriptions.list({"status": "all", "limit": 100}).auto_paging_iter():
        ours = Subscription.objects.filter(stripe_id=theirs.id).first()
        end = datetime.fromtimestamp(theirs["items"]["data"][0]["current_period_end"], UTC)
        if ours is None or (ours.status, ours.current_period_end) != (theirs.status, end):
            raise Unfit(f"The subscription {theirs.id} is not as Stripe has it.")
    paid = Payment.objects.filter(status="paid").count()
    if not paid or Period.objects.filter(payment__status="paid").count() != paid:
        raise Unfit("There are not as many Periods as paid invoices.")
