"""Disputes: opened by a card or a test, answered, lost, won; and refunds that come back."""

from __future__ import annotations

import pytest
import stripe

DISPUTED = "4000 0000 0000 0259"


@pytest.fixture
def charge_of(make_session, sandbox, client):
    def pay(card="4242 4242 4242 4242"):
        session = make_session(mode="payment", amount=5000)
        paid = sandbox.control(f"sessions/{session.id}/pay", email="r@example.org", card=card)
        return client.payment_intents.retrieve(paid["payment_intent"], {"expand": ["latest_charge"]}).latest_charge

    return pay


@pytest.fixture
def dispute(charge_of, client):
    return client.disputes.list({"charge": charge_of(DISPUTED).id}).data[0]


def net(client):
    return client.balance.retrieve().pending[0].amount


def test_it_takes_the_money_and_a_fee(dispute, client):
    booked = dispute.balance_transactions[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 5000)
    assert (booked.amount, booked.fee, booked.reporting_category) == (-5000, 2000, "dispute")
    assert client.charges.retrieve(dispute.charge).disputed
    assert net(client) == 5000 - 100 - 5000 - 2000


def test_it_tells_of_a_dispute(dispute, sandbox, client):
    client.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    told = [event["type"] for event in sandbox.events() if event["type"].startswith("charge.dispute.")]
    assert told == [
        f"charge.dispute.{what}" for what in ("created", "funds_withdrawn", "updated", "closed", "funds_reinstated")
    ]


def test_it_says_until_when_to_answer(dispute):
    days = (dispute.evidence_details.due_by - dispute.created) / 86400
    assert 9 <= days <= 10
    assert (dispute.evidence_details.has_evidence, dispute.evidence_details.submission_count) == (False, 0)


def test_it_stages_evidence_and_submits_it(dispute, client):
    staged = client.disputes.update(dispute.id, {"evidence": {"customer_name": "Olena"}, "submit": False})
    assert (staged.status, staged.evidence.customer_name) == ("needs_response", "Olena")
    sent = client.disputes.update(dispute.id, {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError, match="can no longer be changed"):
        client.disputes.update(dispute.id, {"evidence": {"customer_name": "Other"}})


def test_it_refuses_to_submit_nothing(dispute, client):
    with pytest.raises(stripe.InvalidRequestError, match="no evidence"):
        client.disputes.update(dispute.id, {"submit": True})


@pytest.mark.parametrize(("outcome", "left"), [("won", 2900), ("lost", -2100)])
def test_it_ends_as_the_bank_decides(dispute, sandbox, client, outcome, left):
    client.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "We sent it."}})
    assert sandbox.control(f"disputes/{dispute.id}/end", outcome=outcome)["status"] == outcome
    assert net(client) == left


def test_it_gives_in_once(dispute, client):
    assert client.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.disputes.close(dispute.id)


def test_it_loses_by_the_losing_words(dispute, client):
    lost = client.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "losing_evidence"}})
    assert lost.status == "lost"


def test_it_only_inquires(charge_of, client):
    charge = charge_of("4000 0000 0000 1976")
    dispute = client.disputes.list({"payment_intent": charge.payment_intent}).data[0]
    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
    client.refunds.create({"charge": charge.id})
    assert client.disputes.close(dispute.id).status == "warning_closed"


def test_it_disputes_on_demand(charge_of, sandbox, client):
    charge = charge_of()
    made = sandbox.control(f"charges/{charge.id}/dispute", reason="subscription_canceled", amount=2000)
    assert (made["reason"], made["amount"]) == ("subscription_canceled", 2000)
    assert sandbox.api("POST", f"/_sandbox/charges/{charge.id}/dispute").status == 400


def test_it_refunds_nothing_that_is_disputed(dispute, client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.refunds.create({"charge": dispute.charge})
    assert caught.value.code == "charge_disputed"


def test_it_takes_a_refund_back_that_fails(charge_of, sandbox, client):
    charge = charge_of()
    refund = client.refunds.create({"charge": charge.id, "amount": 2000, "reason": "duplicate"})
    sandbox.control(f"refunds/{refund.id}/fail", reason="lost_or_stolen_card")
    failed = client.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason, failed.reason) == ("failed", "lost_or_stolen_card", "duplicate")
    assert (failed.failure_balance_transaction.type, failed.failure_balance_transaction.amount) == (
        "refund_failure",
        2000,
    )
    assert client.charges.retrieve(charge.id).amount_refunded == 0
    assert len(sandbox.events("refund.failed")) == 1
