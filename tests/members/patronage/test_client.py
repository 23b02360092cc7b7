"""Where the one client of Stripe sends what it asks."""

import pytest
import stripe

from members.patronage import client
from members.patronage.client import stripe_api
from members.patronage.errors import NotConfigured, StripeResting


@pytest.fixture
def asked(monkeypatch):
    """The addresses and keys that were asked with; nothing leaves."""
    found = []

    def answer(self, method, url, headers, post_data=None):
        found.append((url, headers["Authorization"]))
        return b'{"id": "cus_1", "object": "customer"}', 200, {}

    monkeypatch.setattr(client.Wire, "request", answer)
    return found


@pytest.mark.parametrize(
    ("base", "start"),
    [("", "https://api.stripe.com/v1/"), ("http://127.0.0.1:4242", "http://127.0.0.1:4242/v1/")],
)
def test_it_asks_stripe_itself_unless_another_base_is_set(settings, asked, base, start):
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = base, "sk_test_of_this_test"
    assert stripe_api().customers.retrieve("cus_1").id == "cus_1"
    assert asked == [(f"{start}customers/cus_1", "Bearer sk_test_of_this_test")]
    assert stripe.api_key is None  # no key for whoever goes past the client


def test_it_asks_nobody_without_a_key(settings, asked):
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(NotConfigured):
        stripe_api()
    assert asked == []


@pytest.mark.parametrize(("status", "stays"), [(500, True), (503, True), (429, False), (409, False), (None, False)])
def test_what_was_begun_alone_stays_under_its_key(status, stays):
    error = StripeResting()
    error.__cause__ = stripe.APIError(http_status=status)
    assert client.is_answer(error) is stays
