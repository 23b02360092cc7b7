"""After a restore no verb that charges, changes or makes anything at Stripe is heard there, whatever led to it."""

import ast
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils import timezone

from members.patronage import (
    addressing,
    carrying_out,
    catalogue,
    changing,
    checkout,
    client,
    credit_taking,
    dunning,
    ending,
    leaving,
    refunding,
)
from members.patronage.models import Checkout, Payment, Period, Price, StripeCustomer, Subscription
from newsroom.lib.models import Hold

pytestmark = pytest.mark.django_db
ROOM = Path(client.__file__).parent
READS = {"retrieve", "list"}
CHANGE = SimpleNamespace(
    pk=0, key=uuid4(), kind="cancel", subscription=SimpleNamespace(stripe_id="sub_1"), amount=500, currency="eur",
    interval="month", product_id="prod_1", item_id="si_1", is_prorated=False, prorated_at=None, reason="", comment="",
    due_now=0,
)  # fmt: skip
REFUND = SimpleNamespace(
    pk=0, key=uuid4(), state="new", amount=500, reason="duplicate", payment=SimpleNamespace(payment_intent_id="pi_1")
)

TAKING = SimpleNamespace(
    pk=0, key=uuid4(), amount=500, currency="eur", refusals=0,
    subscription=SimpleNamespace(customer=SimpleNamespace(stripe_id="cus_1")),
)  # fmt: skip


@pytest.fixture
def world(member, tier):
    """A patron in grace, so far as these verbs look."""
    now = timezone.now()
    mirrored = {"fetched_at": now, "created_at": now, "currency": "eur", "amount": 500}
    customer = StripeCustomer.objects.create(member=member, stripe_id="cus_1")
    support = Subscription.objects.create(
        member=member, customer=customer, stripe_id="sub_1", status="past_due", interval="month", tier=tier, **mirrored
    )
    payment = Payment.objects.create(
        member=member, subscription=support, kind="renewal", stripe_id="in_1", status="open", **mirrored
    )
    tier.stripe_product_id = "prod_1"
    tier.save()
    return SimpleNamespace(
        member=member, tier=tier, customer=customer,
        price=Price.objects.create(
            tier=tier, amount=500, currency="eur", interval="month", stripe_price_id="price_1"
        ),
        period=Period.objects.create(
            member=member, tier=tier, cause="invoice", payment=payment, starts_at=now - timedelta(days=60),
            ends_at=now - timedelta(days=1), grace_from=now - timedelta(days=20),
        ),
        checkout=Checkout.objects.create(frequency="once", amount=500, currency="eur", language="en"),
    )  # fmt: skip


CALLS = {
    "addressing.tell_stripe_address": lambda w: addressing.tell_stripe_address(member_id=w.member.pk),
    "carrying_out._change_terms": lambda w: carrying_out._change_terms(CHANGE, {}),
    "carrying_out._set_ending": lambda w: carrying_out._set_ending(CHANGE, {}),
    "carrying_out._pause": lambda w: carrying_out._pause(CHANGE, {}),
    "carrying_out._resume": lambda w: carrying_out._resume(CHANGE, {}),
    "carrying_out._cancel": lambda w: carrying_out._cancel(CHANGE, {}),
    "catalogue._tell_product": lambda w: catalogue._tell_product(w.tier),
    "catalogue._make_price": lambda w: catalogue._make_price(w.tier, w.price),
    "catalogue._archive_price": lambda w: catalogue._archive_price(w.price),
    "changing._preview": lambda w: changing._preview(CHANGE, {}),
    "checkout.close_session": lambda w: checkout.close_session(SimpleNamespace(stripe_id="cs_1", pk=0)),
    "checkout._ask": lambda w: checkout._ask(w.checkout),
    "checkout.make_product": lambda w: checkout.make_product(w.tier),
    "credit_taking._make": lambda w: credit_taking._make(TAKING, 0),
    "dunning._end_unpaid": lambda w: dunning._end_unpaid(dunning.Owed.in_grace(w.period)),
    "ending.open_portal": lambda w: ending.open_portal(member=w.member, language="en"),
    "leaving._delete": lambda w: leaving._delete(w.customer),
    "refunding._make": lambda w: refunding._make(REFUND, 0, is_seen=True),
}


def is_changing(function):
    """Whether it asks Stripe for anything but to read; the bare call only looks for a key."""
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node) == "stripe_api()":
            chain = node
            while isinstance(parents[chain], ast.Attribute):
                chain = parents[chain]
            if not isinstance(parents[chain], ast.Expr) and getattr(chain, "attr", "") not in READS:
                return True
    return False


def test_it_walks_every_verb_that_changes_anything_at_stripe():
    found = set()
    for path in ROOM.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and is_changing(function):
                found.add(f"{path.stem}.{function.name}")
    assert found == set(CALLS)


def test_one_place_alone_speaks_to_stripe():
    """Its Wire refuses on hold, whoever asks, and whether or not it is asked in `asking_stripe`."""
    speaking = ("StripeClient(", "RequestsClient", "HTTPXClient", "stripe.api_key")
    assert [path.name for path in ROOM.rglob("*.py") if any(word in path.read_text() for word in speaking)] == [
        "client.py"
    ]


@pytest.fixture
def stripe(listener, settings, monkeypatch):
    monkeypatch.setattr(client, "RETRIES", 0)
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{listener.port}"
    return listener


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_heard_of_it_on_hold(world, stripe, name):
    Hold.objects.create(pk=1, reason="restored from a backup")
    with suppress(Exception):  # whatever it says: what was heard is what counts
        CALLS[name](world)
    assert stripe.heard == []
    Hold.objects.all().delete()
    with suppress(Exception):
        CALLS[name](world)
    assert stripe.heard, "This call never reaches Stripe, so its silence on hold shows nothing."
