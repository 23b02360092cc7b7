"""Paying by a wallet, which has an address of its own."""

from __future__ import annotations

import html
import json

import pytest

from .test_sandbox_shapes import check

WALLET = "wallet@example.org"


def page_of(session):
    return f"/c/pay/{session.id}"


@pytest.fixture
def pay(sandbox, client):
    """By the page's own form; the session as it is then."""

    def make(session, address=WALLET, wallet="apple_pay"):
        answer = sandbox.request("POST", page_of(session), {"wallet-email": address, "action": wallet})
        assert answer.status == 303, answer.body
        return client.checkout.sessions.retrieve(session.id)

    return make


def method_of(client, session):
    intent = client.payment_intents.retrieve(session.payment_intent, {"expand": ["payment_method", "latest_charge"]})
    return intent.payment_method, intent.latest_charge


def test_it_brings_its_own_address(make_session, pay, client):
    paid = pay(make_session())
    assert (paid.status, paid.payment_status, paid.customer_details.email) == ("complete", "paid", WALLET)
    assert client.customers.retrieve(paid.customer).email == WALLET


def test_it_brings_it_though_the_session_fixes_another(make_session, pay, client):
    paid = pay(make_session(customer_email="known@example.org"))
    assert (paid.customer_email, paid.customer_details.email) == ("known@example.org", WALLET)
    assert client.customers.retrieve(paid.customer).email == WALLET


def test_it_changes_no_customer_that_has_an_address(make_session, pay, client):
    customer = client.customers.create({"email": "known@example.org"})
    paid = pay(make_session(customer=customer.id))
    assert (paid.customer, paid.customer_details.email) == (customer.id, WALLET)
    assert client.customers.retrieve(customer.id).email == "known@example.org"


@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
def test_its_card_is_another_one_than_outside_of_it(make_session, sandbox, pay, client, wallet):
    plain = sandbox.control(f"sessions/{make_session(mode='payment').id}/pay", email=WALLET)
    inside = pay(make_session(mode="payment"), wallet=wallet)
    outside, _charge = method_of(client, client.checkout.sessions.retrieve(plain["id"]))
    method, charge = method_of(client, inside)
    assert (outside.card.wallet, method.card.wallet.type) == (None, wallet)
    assert charge.payment_method_details.card.wallet.type == wallet and charge.billing_details.email == WALLET
    assert method.card.fingerprint != outside.card.fingerprint and method.card.last4 == outside.card.last4
    for shown in (method, charge):
        check(json.loads(str(shown)))


def test_a_test_pays_by_it_without_a_browser(make_session, sandbox):
    session = make_session(customer_email="known@example.org")
    paid = sandbox.control(f"sessions/{session.id}/pay", wallet="google_pay", email=WALLET)
    assert paid["customer_details"]["email"] == WALLET


def test_it_says_beside_the_field_what_is_wrong(make_session, sandbox):
    session = make_session()
    answer = sandbox.request("POST", page_of(session), {"wallet-email": "nobody", "action": "apple_pay"})
    assert answer.status == 400 and 'id="wallet-email-error"' in answer.body and 'value="nobody"' in answer.body
    assert '<details class="wallet" open>' in answer.body and 'id="email-error"' not in answer.body


@pytest.mark.parametrize(
    "given",
    [
        {"payment_method_types": ["sepa_debit"]},
        {"custom_fields": [{"key": "k", "type": "text", "label": {"type": "custom", "custom": "Why?"}}]},
    ],
)
def test_it_is_there_only_where_it_can_pay(make_session, sandbox, given):
    assert "Pay by a wallet" in html.unescape(sandbox.request("GET", page_of(make_session())).body)
    session = make_session(**given)
    assert "Pay by a wallet" not in sandbox.request("GET", page_of(session)).body
    data = {"email": WALLET, "wallet": "apple_pay"}
    assert sandbox.api("POST", f"/_sandbox/sessions/{session.id}/pay", data).status == 400
