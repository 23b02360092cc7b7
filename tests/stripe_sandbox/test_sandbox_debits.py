"""Direct debits: the person has gone long before the bank answers."""

from __future__ import annotations

import pytest
import stripe

IBAN = "DE89 3704 0044 0532 0130 00"
FAILING = "DE62 3704 0044 0532 0130 01"


@pytest.fixture
def debit(make_session, sandbox):
    """Completes a session by debit; answers it."""

    def pay(iban=IBAN, **given):
        session = make_session(payment_method_types=["card", "sepa_debit"], **given)
        return sandbox.control(f"sessions/{session.id}/pay", email="r@example.org", card=iban)

    return pay


def charge_id(client):
    return client.charges.list({"limit": 1}).data[0].id


def test_it_completes_unpaid(debit, client, sandbox):
    session = debit(mode="payment")
    intent = client.payment_intents.retrieve(session["payment_intent"], {"expand": ["latest_charge"]})
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    assert (intent.status, intent.amount_received) == ("processing", 0)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("pending", False)
    assert intent.latest_charge.payment_method_details.sepa_debit.last4 == "3000"
    assert {"charge.pending", "payment_intent.processing"} <= {event["type"] for event in sandbox.events()}


def test_it_is_paid_days_later(debit, sandbox, client):
    session = debit(mode="payment")
    sandbox.control(f"charges/{charge_id(client)}/settle")
    assert client.checkout.sessions.retrieve(session["id"]).payment_status == "paid"
    assert client.payment_intents.retrieve(session["payment_intent"]).status == "succeeded"
    assert len(sandbox.events("checkout.session.async_payment_succeeded")) == 1


def test_it_fails_days_later(debit, sandbox, client):
    session = debit(FAILING, mode="payment")
    sandbox.control(f"charges/{charge_id(client)}/settle")
    intent = client.payment_intents.retrieve(session["payment_intent"])
    assert (intent.status, intent.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_payment_attempt_failed",
    )
    assert client.checkout.sessions.retrieve(session["id"]).payment_status == "unpaid"
    assert len(sandbox.events("checkout.session.async_payment_failed")) == 1


def test_it_carries_a_subscription_meanwhile(debit, sandbox, client):
    session = debit()
    assert client.subscriptions.retrieve(session["subscription"]).status == "active"
    assert client.invoices.retrieve(session["invoice"]).status == "open"
    sandbox.control(f"charges/{charge_id(client)}/settle")
    assert client.invoices.retrieve(session["invoice"]).status == "paid"


def test_it_leaves_a_subscription_past_due(debit, sandbox, client):
    session = debit()
    sandbox.control(f"charges/{charge_id(client)}/settle", failed=1)
    assert client.subscriptions.retrieve(session["subscription"]).status == "past_due"
    invoice = client.invoices.retrieve(session["invoice"])
    assert (invoice.status, bool(invoice.next_payment_attempt)) == ("open", True)


def test_it_renews_by_debit(debit, sandbox, client):
    session = debit()
    sandbox.control(f"charges/{charge_id(client)}/settle")
    sandbox.control(f"subscriptions/{session['subscription']}/renew")
    renewal = client.subscriptions.retrieve(session["subscription"]).latest_invoice
    assert client.invoices.retrieve(renewal).status == "open"
    sandbox.control(f"charges/{charge_id(client)}/settle")
    assert client.invoices.retrieve(renewal).status == "paid"
    assert len(sandbox.events("checkout.session.async_payment_succeeded")) == 1


def test_it_settles_once(debit, sandbox, client):
    debit(mode="payment")
    path = f"/_sandbox/charges/{charge_id(client)}/settle"
    assert [sandbox.api("POST", path).status for _ in range(2)] == [200, 400]


def test_it_is_disputed_as_soon_as_it_is_paid(debit, sandbox, client):
    debit("DE35370400440532013002", mode="payment")
    sandbox.control(f"charges/{charge_id(client)}/settle")
    assert client.disputes.list().data[0].reason == "debit_not_authorized"


def test_it_wants_euros(make_session):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(currency="usd", payment_method_types=["sepa_debit"])
    assert caught.value.param == "payment_method_types"


def test_it_takes_a_debit_only_where_it_was_offered(make_session, sandbox):
    path = f"/_sandbox/sessions/{make_session().id}/pay"
    answer = sandbox.api("POST", path, {"email": "r@example.org", "card": IBAN})
    assert answer.status == 400


def test_it_refuses_an_account_that_is_no_test_account(make_session, sandbox):
    path = f"/_sandbox/sessions/{make_session(payment_method_types=['sepa_debit']).id}/pay"
    answer = sandbox.api("POST", path, {"email": "r@example.org", "card": "DE02120300000000202051"})
    assert answer.json()["error"]["code"] == "invalid_bank_account_iban"


def test_it_lets_the_person_choose(make_session, sandbox, client):
    session = make_session(mode="payment", payment_method_types=["card", "sepa_debit"])
    path = f"/c/pay/{session.id}"
    assert "Bank account (SEPA direct debit)" in sandbox.request("GET", path).body
    form = {"email": "r@example.org", "by": "debit", "iban": IBAN, "card": "4242 4242 4242 4242"}
    assert sandbox.request("POST", path, form).status == 303
    assert client.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    assert "Your account will be debited" in sandbox.request("GET", path).body


def test_it_says_which_account_is_wrong(make_session, sandbox):
    session = make_session(mode="payment", payment_method_types=["card", "sepa_debit"])
    form = {"email": "r@example.org", "by": "debit", "iban": "DE02120300000000202051"}
    answer = sandbox.request("POST", f"/c/pay/{session.id}", form)
    assert (answer.status, 'id="iban-error"' in answer.body) == (402, True)


def test_it_offers_what_the_dashboard_has_switched_on(make_session, sandbox):
    assert make_session().payment_method_types == ["card"]
    sandbox.control("payment-methods", types="card,sepa_debit")
    assert make_session().payment_method_types == ["card", "sepa_debit"]
    assert make_session(currency="usd").payment_method_types == ["card"]
    assert make_session(payment_method_types=["card"]).payment_method_types == ["card"]
    sandbox.control("payment-methods", types="sepa_debit")
    assert make_session(currency="usd").payment_method_types == ["card"]
    answer = sandbox.api("POST", "/_sandbox/payment-methods", {"types": "card,cash"})
    assert (answer.status, answer.json()["error"]["param"]) == (400, "types")
