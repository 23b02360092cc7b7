"""What banks do by themselves when days have passed."""

from __future__ import annotations

import pytest

DAY = 86400


@pytest.fixture
def frozen(sandbox):
    sandbox.control("clock", frozen=1)
    return sandbox


def charge_of(client, sandbox, make_session, number):
    session = make_session(mode="payment", payment_method_types=["card", "sepa_debit"])
    sandbox.control(f"sessions/{session.id}/pay", email="r@example.org", card=number)
    return client.charges.list({"limit": 1}).data[0]


def test_it_settles_a_debit_after_five_days(frozen, make_session, client):
    charge = charge_of(client, frozen, make_session, "DE89370400440532013000")
    assert frozen.control("clock", advance="119h")["steps"] == 0
    frozen.control("clock", advance="3d")
    assert client.charges.retrieve(charge.id).paid
    (event,) = frozen.events("checkout.session.async_payment_succeeded")
    assert event["created"] == charge.created + 5 * DAY


def test_it_fails_a_debit_that_the_account_does_not_pay(frozen, make_session, client):
    charge = charge_of(client, frozen, make_session, "DE62370400440532013001")
    answer = frozen.control("clock", advance="6d")
    assert (client.charges.retrieve(charge.id).status, answer["stuck"]) == ("failed", [])
    assert len(frozen.events("checkout.session.async_payment_failed")) == 1


def test_it_sends_a_refund_back_after_a_day(frozen, make_session, client):
    charge = charge_of(client, frozen, make_session, "4000000000005126")
    refund = client.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"
    assert frozen.control("clock", advance="2d")["stuck"] == []
    assert client.refunds.retrieve(refund.id).status == "failed"
    assert frozen.events("refund.failed")[0]["created"] == refund.created + DAY


def test_it_loses_a_dispute_that_nobody_answers(frozen, make_session, client):
    charge = charge_of(client, frozen, make_session, "4000000000000259")
    dispute = client.disputes.list({"charge": charge.id}).data[0]
    assert frozen.control("clock", to=dispute.evidence_details.due_by)["steps"] == 0
    assert frozen.control("clock", advance="1s")["stuck"] == []
    lost = client.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


def test_it_leaves_a_dispute_that_was_answered(frozen, make_session, client):
    charge = charge_of(client, frozen, make_session, "4000000000000259")
    dispute = client.disputes.list({"charge": charge.id}).data[0]
    client.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "They read it for a month."}})
    frozen.control("clock", advance="20d")
    assert client.disputes.retrieve(dispute.id).status == "under_review"


def test_it_begins_no_period_while_a_subscription_is_paused(frozen, subscribe, client):
    subscription = subscribe()
    frozen.api("POST", f"/v1/subscriptions/{subscription.id}/pause")
    answer = frozen.control("clock", advance="3mo")
    assert (answer["steps"], answer["stuck"]) == (0, [])
    frozen.api("POST", f"/v1/subscriptions/{subscription.id}/resume")
    frozen.control("clock", advance="1mo")
    cycles = [one.billing_reason for one in client.invoices.list().data]
    assert (cycles.count("subscription_cycle"), client.subscriptions.retrieve(subscription.id).status) == (1, "active")


def test_it_fails_the_debit_of_a_renewal_that_is_to_fail(frozen, make_session, client):
    session = make_session(payment_method_types=["sepa_debit"])
    paid = frozen.control(f"sessions/{session.id}/pay", email="r@example.org", card="DE89370400440532013000")
    frozen.control("clock", advance="6d")
    frozen.control(f"subscriptions/{paid['subscription']}/fail", count=1)
    frozen.control("clock", advance="1mo")
    charges = client.charges.list().data
    assert [charge.status for charge in charges] == ["failed", "succeeded"]
    assert client.subscriptions.retrieve(paid["subscription"]).status == "past_due"
    frozen.control("clock", advance="9d")
    assert client.subscriptions.retrieve(paid["subscription"]).status == "active"


def test_it_ends_a_free_subscription_that_nobody_gave_a_card_for(frozen, make_session, client):
    free = client.coupons.create({"percent_off": 100, "duration": "once"}).id
    session = make_session(discounts=[{"coupon": free}])
    begun = frozen.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert frozen.control("clock", advance="34d")["stuck"] == []
    assert client.subscriptions.retrieve(begun["subscription"]).status == "past_due"
    assert frozen.control("clock", advance="20d")["stuck"] == []
    assert client.subscriptions.retrieve(begun["subscription"]).status == "canceled"
    assert (len(frozen.events("invoice.payment_failed")), client.charges.list().data) == (4, [])
