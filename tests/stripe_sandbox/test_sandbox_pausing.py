"""Pausing and resuming: another status, no periods and no invoices meanwhile."""

from __future__ import annotations

import pytest
import stripe


def totals(client, subscription):
    return [one.total for one in client.invoices.list({"subscription": subscription.id}).data][::-1]


@pytest.fixture
def paused(subscribe, client):
    """Nothing of the running period is given back, so that amounts are exact."""
    subscription = subscribe()
    return client.subscriptions.pause(subscription.id, {"bill_for": {"unused_time_from": {"type": "none"}}})


def test_it_pauses(paused, client, sandbox):
    details = paused.status_details.paused
    assert (paused.status, details.type, details.subscription.type) == ("paused", "subscription", "pause_requested")
    assert paused.pause_collection is None
    assert len(sandbox.events("customer.subscription.paused")) == 1


def test_it_makes_no_invoice_while_paused(paused, sandbox, client):
    assert sandbox.api("POST", f"/_sandbox/subscriptions/{paused.id}/renew").status == 400
    assert totals(client, paused) == [500]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.invoices.create_preview({"subscription": paused.id})
    assert caught.value.code == "invoice_upcoming_none"


def test_it_resumes_with_a_new_period(paused, client, sandbox):
    resumed = client.subscriptions.resume(paused.id)
    assert (resumed.status, "status_details" in resumed) == ("active", False)
    assert resumed.billing_cycle_anchor >= paused.billing_cycle_anchor
    assert totals(client, paused) == [500, 500]
    assert len(sandbox.events("customer.subscription.resumed")) == 1


def test_it_resumes_in_the_old_period_for_nothing(paused, client):
    resumed = client.subscriptions.resume(
        paused.id, {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    )
    assert resumed["items"].data[0].current_period_end == paused["items"].data[0].current_period_end
    assert totals(client, paused) == [500]


def test_it_stays_paused_when_an_old_invoice_is_paid(subscribe, sandbox, client):
    subscription = subscribe()
    sandbox.control(f"subscriptions/{subscription.id}/renew", failed=1)
    client.subscriptions.pause(subscription.id)
    sandbox.control(f"invoices/{client.subscriptions.retrieve(subscription.id).latest_invoice}/pay")
    assert client.subscriptions.retrieve(subscription.id).status == "paused"


def test_it_falls_behind_when_resuming_is_not_paid(paused, sandbox, client):
    portal = client.billing_portal.sessions.create({"customer": paused.customer}).url.removeprefix(sandbox.base)
    sandbox.request("POST", f"{portal}/card", {"card": "4000000000000341"})
    stuck = client.subscriptions.resume(paused.id, {"payment_behavior": "resume_on_payment_success"})
    assert stuck.status == "paused"
    assert client.subscriptions.resume(paused.id).status == "past_due"


def test_it_gives_the_whole_period_back_at_once(subscribe, client):
    subscription = subscribe()
    terms = {"unused_time_from": {"type": "item_current_period_start"}}
    client.subscriptions.pause(subscription.id, {"bill_for": terms, "invoicing_behavior": "invoice"})
    assert totals(client, subscription) == [500, -500]
    assert client.customers.retrieve(subscription.customer).balance == -500


def test_it_gives_the_whole_period_back_on_resuming(subscribe, client):
    subscription = subscribe()
    client.subscriptions.pause(
        subscription.id, {"bill_for": {"unused_time_from": {"type": "item_current_period_start"}}}
    )
    client.subscriptions.resume(subscription.id)
    assert totals(client, subscription) == [500, 0]


def test_it_pauses_and_resumes_once(paused, client):
    with pytest.raises(stripe.InvalidRequestError, match="only pause an active"):
        client.subscriptions.pause(paused.id)
    client.subscriptions.resume(paused.id)
    with pytest.raises(stripe.InvalidRequestError, match="only a paused one"):
        client.subscriptions.resume(paused.id)


@pytest.mark.parametrize("behavior", ["keep_as_draft", "mark_uncollectible", "void"])
def test_it_goes_on_billing_while_only_collection_is_paused(subscribe, sandbox, client, behavior):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior}})
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    kept = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    expected = {"keep_as_draft": "draft", "mark_uncollectible": "uncollectible", "void": "void"}[behavior]
    assert (kept.status, kept.latest_invoice.status) == ("active", expected)
