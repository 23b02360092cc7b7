"""One newsroom on parts of its own for all tests of this folder; after each test all of its parts run again."""

import json
import time

import pytest

from tests.faults.newsroom import Newsroom
from tests.members.patronage.conftest import sign


@pytest.fixture(scope="package")
def _newsroom():
    newsroom = Newsroom()
    try:
        newsroom.open()
        yield newsroom
    finally:
        newsroom.stop()


@pytest.fixture
def newsroom(_newsroom):
    """Well when the test begins."""
    _newsroom.heal()
    _newsroom.wait_until_well()
    yield _newsroom
    _newsroom.heal()


@pytest.fixture
def tell(newsroom):
    """What Stripe sends: an event that we keep and have nothing to do about, or one that names an object."""

    def post(event_id, kind="customer.subscription.updated"):
        event = {"id": event_id, "object": "event", "type": kind, "livemode": False}
        body = json.dumps({**event, "data": {"object": {"id": f"sub_{event_id}"}}}).encode()
        signature = sign(body, secret=newsroom.keys.stripe_webhook_secret, moment=int(time.time()))
        return newsroom.reader.post("/stripe/webhook/", body=body, **{"Stripe-Signature": signature})

    return post
