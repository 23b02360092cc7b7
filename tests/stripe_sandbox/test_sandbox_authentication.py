"""Cards whose bank wants the person to confirm: at the checkout, and when a renewal comes due."""

from __future__ import annotations

import pytest

ONCE, ALWAYS, POOR = "4000002500003155", "4000002760003184", "4000008260003178"


@pytest.fixture
def ask(make_session, sandbox, client):
    """Pays with a card that asks; answers the session and its intent."""

    def pay(card=ALWAYS, **given):
        session = make_session(**given)
        shown = sandbox.control(f"sessions/{session.id}/pay", email="r@example.org", card=card)
        assert shown["status"] == "open"
        return session, client.payment_intents.list({"limit": 1}).data[0]

    return pay


@pytest.fixture
def member(ask, sandbox, client):
    """A subscription whose first payment was confirmed."""

    def make(card):
        session, intent = ask(card)
        sandbox.control(f"payment_intents/{intent.id}/answer")
        return client.subscriptions.retrieve(client.checkout.sessions.retrieve(session.id).subscription)

    return make


def test_it_waits_for_the_person(ask, sandbox, client):
    _, intent = ask(mode="payment")
    assert intent.status == "requires_action"
    assert intent.next_action.redirect_to_url.url == f"{sandbox.base}/authenticate/{intent.id}"
    assert not client.charges.list().data
    assert sandbox.events("payment_intent.requires_action")


@pytest.mark.parametrize("card", [ONCE, ALWAYS])
def test_it_pays_when_confirmed(ask, sandbox, client, card):
    session, intent = ask(card, mode="payment")
    sandbox.control(f"payment_intents/{intent.id}/answer")
    paid = client.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (paid.status, paid.next_action) == ("succeeded", None)
    assert paid.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert client.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_it_stays_open_when_not_confirmed(ask, sandbox, client):
    session, intent = ask(mode="payment")
    sandbox.control(f"payment_intents/{intent.id}/answer", failed=1)
    failed = client.payment_intents.retrieve(intent.id)
    assert (failed.status, failed.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )
    sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert client.payment_intents.retrieve(intent.id).status == "succeeded"


def test_it_may_be_refused_after_all(ask, sandbox, client):
    session, intent = ask(POOR)
    sandbox.control(f"payment_intents/{intent.id}/answer")
    assert client.payment_intents.retrieve(intent.id).last_payment_error.decline_code == "insufficient_funds"
    assert client.checkout.sessions.retrieve(session.id).status == "open"


def test_it_is_answered_once(ask, sandbox):
    _, intent = ask()
    path = f"/_sandbox/payment_intents/{intent.id}/answer"
    assert [sandbox.api("POST", path).status for _ in range(2)] == [200, 400]


def test_it_renews_a_card_that_was_set_up(member, sandbox, client):
    subscription = member(ONCE)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert client.subscriptions.retrieve(subscription.id).status == "active"


def test_it_needs_the_person_for_each_renewal(member, sandbox, client):
    subscription = member(ALWAYS)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    behind = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice.payments"]})
    assert (behind.status, behind.latest_invoice.status) == ("past_due", "open")
    payment = client.invoice_payments.list({"invoice": behind.latest_invoice.id}).data[0].payment
    error = client.payment_intents.retrieve(payment.payment_intent).last_payment_error
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert sandbox.events("invoice.payment_action_required")


@pytest.fixture
def at_the_bank(make_session, sandbox):
    """On the bank's page; answers the session and the page's path."""
    session = make_session(mode="payment")
    form = {"email": "reader@example.org", "card": ALWAYS}
    answer = sandbox.request("POST", f"/c/pay/{session.id}", form)
    assert answer.status == 303
    return session, answer.headers["Location"].removeprefix(sandbox.base)


def test_it_goes_by_the_bank_to_the_shop(at_the_bank, sandbox, client):
    session, path = at_the_bank
    page = sandbox.request("GET", path)
    assert all(text in page.body for text in ("Sandbox: no money moves", "Confirm at your bank", "€5.00", "3184"))
    assert "form-action 'self' http://127.0.0.1:8000;" in page.headers["Content-Security-Policy"]
    answer = sandbox.request("POST", path, {"answer": "yes"})
    assert answer.headers["Location"].startswith("http://127.0.0.1:8000/support/thanks/")
    assert client.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_it_comes_back_from_the_bank_with_the_reason(at_the_bank, sandbox):
    session, path = at_the_bank
    answer = sandbox.request("POST", path + "?lang=uk", {"answer": "no"})
    back = sandbox.request("GET", answer.headers["Location"].removeprefix(sandbox.base))
    assert answer.headers["Location"].startswith(session.url)
    assert "Ви не підтвердили платіж у банку" in back.body


def test_it_asks_nobody_twice(at_the_bank, sandbox):
    _, path = at_the_bank
    sandbox.request("POST", path, {"answer": "yes"})
    assert "Nothing is to be confirmed" in sandbox.request("GET", path).body
    assert sandbox.request("POST", path, {"answer": "no"}).status == 410


def test_it_pays_an_open_invoice_by_the_bank(member, sandbox, client):
    subscription = member(ALWAYS)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    invoice = client.invoices.retrieve(client.subscriptions.retrieve(subscription.id).latest_invoice)
    path = invoice.hosted_invoice_url.removeprefix(sandbox.base)
    assert "Pay €5.00 now" in sandbox.request("GET", path).body
    bank = sandbox.request("POST", path).headers["Location"].removeprefix(sandbox.base)
    sandbox.request("POST", bank, {"answer": "yes"})
    assert client.invoices.retrieve(invoice.id).status == "paid"
    assert client.subscriptions.retrieve(subscription.id).status == "active"


def test_it_leaves_the_invoice_open_when_not_confirmed(member, sandbox, client):
    subscription = member(ALWAYS)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    invoice = client.invoices.retrieve(client.subscriptions.retrieve(subscription.id).latest_invoice)
    path = invoice.hosted_invoice_url.removeprefix(sandbox.base)
    bank = sandbox.request("POST", path).headers["Location"].removeprefix(sandbox.base)
    back = sandbox.request("POST", bank, {"answer": "no"}).headers["Location"].removeprefix(sandbox.base)
    assert "You did not confirm the payment" in sandbox.request("GET", back).body
    assert client.invoices.retrieve(invoice.id).status == "open"


def test_it_says_when_the_session_expired_meanwhile(at_the_bank, sandbox, client):
    session, path = at_the_bank
    client.checkout.sessions.expire(session.id)
    answer = sandbox.request("POST", path, {"answer": "yes"})
    assert (answer.status, "has expired" in answer.body) == (410, True)
    assert not client.charges.list().data
