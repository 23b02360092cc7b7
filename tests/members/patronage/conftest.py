"""The real sandbox, given by `make test` in STRIPE_API_BASE: sessions are paid there, its events come in here with a
signature really computed."""

import hashlib
import hmac
import json
import time
import urllib.parse
import urllib.request

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.models import Article
from members.patronage import checkout, inbox
from members.patronage.client import stripe_api
from members.patronage.models import Campaign, Checkout, Price, StripeEvent
from newsroom.lib.money import Money

OUR_PAGE = {"HTTP_SEC_FETCH_SITE": "same-origin"}


class Sandbox:
    """What a reader does on the checkout's page, and what Stripe sends afterwards."""

    def __init__(self):
        self._seen = self.newest()

    @staticmethod
    def control(path, /, **data):
        body = urllib.parse.urlencode(data).encode()
        headers = {"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"}
        url = f"{settings.STRIPE_API_BASE}/_sandbox/{path}"
        request = urllib.request.Request(url, body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.load(answer)

    def pay(self, session_id, email="reader@example.org", **data):
        known = stripe_api().checkout.sessions.retrieve(session_id)
        is_fixed = (known.customer or known.customer_email) and "wallet" not in data
        typed = {} if is_fixed else {"email": email}
        return self.control(f"sessions/{session_id}/pay", **typed, **data)

    def newest(self):
        found = stripe_api().events.list({"limit": 1}).data
        return found[0].id if found else None

    def forget(self):
        """After a reset: no event was seen."""
        self._seen = None

    def events(self):
        """Those made since the last question, oldest first."""
        params = {"limit": 100, **({"ending_before": self._seen} if self._seen else {})}
        found = [event.to_dict(for_json=True) for event in stripe_api().events.list(params).data]
        self._seen = found[0]["id"] if found else self._seen
        return found[::-1]


@pytest.fixture(scope="session")
def _quiet_sandbox():
    """Nothing listens where the sandbox would deliver to."""
    Sandbox.control("webhooks/pause")


@pytest.fixture
def sandbox(_quiet_sandbox):
    return Sandbox()


@pytest.fixture
def _no_fault_left(sandbox):
    """For tests that ask the sandbox for faults: what was not met goes with the test."""
    yield
    sandbox.control("faults", count=0)


def sign(body, secret=None, moment=None):
    moment = moment or int(time.time())
    secret = settings.STRIPE_WEBHOOK_SECRET if secret is None else secret
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def deliver(event, **signing):
    body = json.dumps(event).encode()
    return Client().post(
        reverse("stripe-webhook"), body, content_type="application/json", HTTP_STRIPE_SIGNATURE=sign(body, **signing)
    )


def bring_up_to_date():
    """A new event is due at once, by the database's clock; where a test's clock is another that may be days ahead."""
    StripeEvent.objects.filter(state="waiting").update(next_attempt_at=timezone.now())


def work():
    """What a worker does until nothing is due."""
    bring_up_to_date()
    while due := inbox.due_events():
        for event_id in due:
            inbox.process_event(event_id)


def receive(events):
    for event in events:
        assert deliver(event).status_code == 200
    work()


def states():
    return dict(StripeEvent.objects.values_list("type", "state"))


@pytest.fixture
def prices(tier):
    for interval, amount in (("month", 500), ("year", 5000)):
        Price.objects.create(tier=tier, amount=amount, currency="eur", interval=interval)
    return tier


@pytest.fixture
def begin(prices, sandbox):
    """A checkout as the support page opens it."""

    def make(frequency="month", amount=500, member=None, **given):
        checkout.open_checkout(member=member, frequency=frequency, money=Money(amount, "eur"), language="en", **given)
        return Checkout.objects.latest("id")

    return make


@pytest.fixture
def support(begin, sandbox):
    """Begun, paid at the sandbox, all events received."""

    def make(frequency="month", amount=500, email="reader@example.org", **given):
        row = begin(frequency, amount, **given)
        sandbox.pay(row.stripe_id, email)
        receive(sandbox.events())
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def bought(begin, sandbox):
    """As `support`, but read from Stripe by the thanks page alone: quick, for tests about what comes after."""

    def make(frequency="month", amount=500, **given):
        row = begin(frequency, amount, **given)
        sandbox.pay(row.stripe_id)
        return checkout.take_session(row.stripe_id)

    return make


@pytest.fixture
def campaign(db):
    return Campaign.objects.create(
        name="Foot of story", language="en", lead="That is the end of the story.", text="One.\n\nTwo.",
        button_label="Become a patron", other_label="Other ways", is_running=True,
    )  # fmt: skip


@pytest.fixture
def make_story_row(campaign):
    """A story that asks, and the campaign that it asks with."""
    return Article.objects.create(language="en", headline="What the flood wall costs"), campaign
