"""Checkout sessions: made, refused, paid, declined, expired."""

from __future__ import annotations

import time

import pytest
import stripe


def test_it_pays_a_subscription(make_session, sandbox, client):
    session = make_session(client_reference_id="42", subscription_data={"metadata": {"tier": "patron"}})
    assert (session.status, session.payment_status, session.subscription) == ("open", "unpaid", None)
    paid = client.checkout.sessions.retrieve(sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")["id"])
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.customer_details.email, paid.client_reference_id) == ("r@example.org", "42")
    subscription = client.subscriptions.retrieve(paid.subscription)
    assert (subscription.status, subscription.metadata["tier"]) == ("active", "patron")
    assert 28 <= (subscription["items"].data[0].current_period_end - subscription.created) / 86400 <= 31


def test_it_pays_once_without_a_customer(make_session, sandbox, client):
    session = make_session(mode="payment", payment_intent_data={"metadata": {"kind": "gift"}})
    paid = sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert (paid["customer"], paid["subscription"], paid["invoice"]) == (None, None, None)
    intent = client.payment_intents.retrieve(paid["payment_intent"], {"expand": ["latest_charge"]})
    assert (intent.amount_received, intent.latest_charge.metadata["kind"]) == (500, "gift")
    assert intent.latest_charge.billing_details.email == "r@example.org"


def test_it_uses_the_known_customer(make_session, sandbox, client):
    customer = client.customers.create({"email": "known@example.org"})
    session = make_session(customer=customer.id)
    paid = sandbox.control(f"sessions/{session.id}/pay", email="other@example.org")
    assert (paid["customer"], paid["customer_details"]["email"]) == (customer.id, "known@example.org")


def test_it_bills_by_the_year(subscribe):
    subscription = subscribe(interval="year", amount=6000)
    days = (subscription["items"].data[0].current_period_end - subscription.created) / 86400
    assert 365 <= days <= 366


def test_it_shows_line_items(make_session, client):
    session = make_session(expand=["line_items"])
    assert session.line_items.data[0].amount_total == 500
    assert client.checkout.sessions.line_items.list(session.id).data[0].description == "Membership"


@pytest.mark.parametrize(
    ("card", "decline_code"),
    [("4000000000000002", "generic_decline"), ("4000 0000 0000 9995", "insufficient_funds")],
)
def test_it_declines_by_card_and_pays_later(make_session, sandbox, client, card, decline_code):
    session = make_session()
    answer = sandbox.api("POST", f"/_sandbox/sessions/{session.id}/pay", {"email": "r@example.org", "card": card})
    assert (answer.status, answer.json()["error"]["decline_code"]) == (402, decline_code)
    assert client.checkout.sessions.retrieve(session.id).status == "open"
    sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert [charge.status for charge in client.charges.list().data] == ["succeeded", "failed"]
    assert len(client.payment_intents.list().data) == 1


def test_it_refuses_a_card_that_is_no_test_card(make_session, sandbox):
    path = f"/_sandbox/sessions/{make_session().id}/pay"
    answer = sandbox.api("POST", path, {"email": "r@example.org", "card": "4111111111111111"})
    assert answer.json()["error"]["code"] == "incorrect_number"


def test_it_pays_only_once(make_session, sandbox):
    session = make_session()
    sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert sandbox.api("POST", f"/_sandbox/sessions/{session.id}/pay", {"email": "r@example.org"}).status == 400


def test_it_expires_when_asked(make_session, sandbox, client):
    session = make_session()
    assert client.checkout.sessions.expire(session.id).status == "expired"
    assert sandbox.events("checkout.session.expired")
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.checkout.sessions.expire(session.id)


@pytest.mark.parametrize("seconds", [60, 25 * 3600])
def test_it_bounds_the_time_to_expire(make_session, seconds):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(expires_at=int(time.time()) + seconds)
    assert caught.value.param == "expires_at"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"customer_email": "a@example.org", "customer": "cus_x"}, "customer"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"success_url": "/thanks/"}, "success_url"),
        ({"line_items": []}, "line_items"),
        ({"locale": "uk"}, "locale"),
        ({"amount": 10}, "line_items"),
        ({"currency": "xyz"}, "line_items[0][price_data][currency]"),
    ],
)
def test_it_refuses_contradictions(make_session, given, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(**given)
    assert caught.value.param == param


def test_it_refuses_a_recurring_price_in_payment_mode(make_session, price):
    with pytest.raises(stripe.InvalidRequestError, match="passed a recurring price"):
        make_session(mode="payment", line_items=[{"price_data": price(), "quantity": 1}])


def test_it_sells_a_price_of_the_catalogue(make_session, client, price):
    product = client.products.create({"name": "Reader"})
    given = {key: value for key, value in price().items() if key != "product_data"}
    made = client.prices.create({**given, "product": product.id, "lookup_key": "reader_month"})
    session = make_session(line_items=[{"price": made.id, "quantity": 2}])
    assert session.amount_total == 1000
    assert client.prices.list({"lookup_keys": ["reader_month"]}).data[0].id == made.id
