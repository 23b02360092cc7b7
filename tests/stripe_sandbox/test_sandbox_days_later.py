"""What banks do by themselves when days have passed."""

from __future__ import annotations


def charge_of(client, sandbox, make_session, number):
    session = make_session(mode="payment", payment_method_types=["card", "sepa_debit"])
    sandbox.control(f"sessions/{session.id}/pay", email="r@example.org", card=number)
    return client.charges.list({"limit": 1}).data[0]


def test_it_settles_a_debit(sandbox, make_session, client):
    charge = charge_of(client, sandbox, make_session, "DE89370400440532013000")
    sandbox.control("clock", advance="4d")
    assert not client.charges.retrieve(charge.id).paid
    sandbox.control("clock", advance="2d")
    assert client.charges.retrieve(charge.id).paid
    assert len(sandbox.events("checkout.session.async_payment_succeeded")) == 1


def test_it_sends_a_refund_back(sandbox, make_session, client):
    charge = charge_of(client, sandbox, make_session, "4000000000005126")
    refund = client.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"
    sandbox.control("clock", advance="30d")
    assert client.refunds.retrieve(refund.id).status == "failed"


def test_it_loses_a_dispute_that_nobody_answers(sandbox, make_session, client):
    charge = charge_of(client, sandbox, make_session, "4000000000000259")
    dispute = client.disputes.list({"charge": charge.id}).data[0].id
    sandbox.control("clock", advance="8d")
    assert client.disputes.retrieve(dispute).status == "needs_response"
    sandbox.control("clock", advance="2d")
    assert client.disputes.retrieve(dispute).status == "lost"
    assert client.disputes.retrieve(dispute).evidence_details.past_due
