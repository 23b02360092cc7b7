"""Subscriptions and invoices over time; refunds."""

from __future__ import annotations

import pytest
import stripe


def item_of(subscription):
    return subscription["items"].data[0]


def new_price(subscription, amount, interval="month"):
    product = item_of(subscription).price.product
    data = {"currency": "eur", "product": product, "unit_amount": amount, "recurring": {"interval": interval}}
    return [{"id": item_of(subscription).id, "price_data": data}]


def test_it_renews(subscribe, sandbox, client):
    before = subscribe()
    sandbox.control(f"subscriptions/{before.id}/renew")
    after = client.subscriptions.retrieve(before.id, {"expand": ["latest_invoice"]})
    assert item_of(after).current_period_start == item_of(before).current_period_end
    assert (after.latest_invoice.status, after.latest_invoice.billing_reason) == ("paid", "subscription_cycle")
    assert after.latest_invoice.lines.data[0].period.end == item_of(after).current_period_end
    assert len(client.invoices.list({"subscription": before.id}).data) == 2


def test_it_falls_behind_and_recovers(subscribe, sandbox, client):
    subscription = subscribe()
    sandbox.control(f"subscriptions/{subscription.id}/renew", failed=1)
    behind = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (behind.status, behind.latest_invoice.status, behind.latest_invoice.attempt_count) == ("past_due", "open", 1)
    assert behind.latest_invoice.next_payment_attempt
    sandbox.control(f"invoices/{behind.latest_invoice.id}/pay")
    assert client.subscriptions.retrieve(subscription.id).status == "active"
    assert sandbox.events("invoice.payment_failed")


def test_it_ends_after_the_fourth_failure(subscribe, sandbox, client):
    subscription = subscribe()
    sandbox.control(f"subscriptions/{subscription.id}/renew", failed=1)
    invoice = client.subscriptions.retrieve(subscription.id).latest_invoice
    for _ in range(3):
        sandbox.control(f"invoices/{invoice}/pay", failed=1)
    ended = client.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")


def test_it_ends_at_the_period_end(subscribe, sandbox, client):
    subscription = subscribe()
    asked = client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (asked.status, asked.cancel_at) == ("active", item_of(asked).current_period_end)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert client.subscriptions.retrieve(subscription.id).status == "canceled"
    assert len(client.invoices.list({"subscription": subscription.id}).data) == 1


def test_it_takes_the_end_back(subscribe, client, sandbox):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    kept = client.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at, kept.cancellation_details.reason) == (None, None, None)
    event = client.events.list({"type": "customer.subscription.updated", "limit": 1}).data[0]
    assert event.data.previous_attributes["cancel_at_period_end"] is True


def test_it_cancels_at_once(subscribe, client):
    subscription = subscribe()
    ended = client.subscriptions.cancel(subscription.id, {"cancellation_details": {"feedback": "too_expensive"}})
    assert (ended.status, ended.cancellation_details.feedback) == ("canceled", "too_expensive")
    assert not client.subscriptions.list({"customer": subscription.customer}).data
    assert client.subscriptions.list({"customer": subscription.customer, "status": "all"}).data


def test_it_changes_the_amount_from_the_next_period(subscribe, sandbox, client):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"items": new_price(subscription, 900), "proration_behavior": "none"})
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    totals = [invoice.total for invoice in client.invoices.list({"subscription": subscription.id}).data]
    assert totals == [900, 500]


def test_it_charges_the_difference_now(subscribe, client):
    subscription = subscribe()
    change = {
        "items": new_price(subscription, 900),
        "proration_behavior": "always_invoice",
        "expand": ["latest_invoice"],
    }
    changed = client.subscriptions.update(subscription.id, change)
    assert changed.latest_invoice.billing_reason == "subscription_update"
    assert (changed.latest_invoice.total, changed.latest_invoice.status) == (400, "paid")


def test_it_credits_the_balance_when_the_amount_falls(subscribe, sandbox, client):
    subscription = subscribe(amount=900)
    change = {"items": new_price(subscription, 500), "proration_behavior": "always_invoice"}
    client.subscriptions.update(subscription.id, change)
    assert client.customers.retrieve(subscription.customer).balance == -400
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert client.invoices.list({"limit": 1}).data[0].amount_paid == 100


def test_it_begins_a_new_period_with_another_interval(subscribe, client):
    subscription = subscribe()
    changed = client.subscriptions.update(subscription.id, {"items": new_price(subscription, 5000, "year")})
    assert item_of(changed).current_period_end - item_of(changed).current_period_start >= 365 * 86400
    assert client.invoices.retrieve(changed.latest_invoice).total == 4500


def test_it_keeps_the_status_while_collection_is_paused(subscribe, sandbox, client):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    paused = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (paused.status, paused.latest_invoice.status) == ("active", "void")
    assert client.subscriptions.update(subscription.id, {"pause_collection": ""}).pause_collection is None


def test_it_tells_what_an_invoice_was_paid_with(subscribe, client):
    payments = client.invoice_payments.list({"invoice": subscribe().latest_invoice}).data
    intent = payments[0].payment.payment_intent
    found = client.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}}).data
    assert [one.id for one in found] == [payments[0].id]


def test_it_refunds_in_parts(make_session, sandbox, client):
    intent = sandbox.control(f"sessions/{make_session(mode='payment').id}/pay", email="r@example.org")["payment_intent"]
    client.refunds.create({"payment_intent": intent, "amount": 200, "reason": "requested_by_customer"})
    charge = client.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge
    assert (charge.amount_refunded, charge.refunded) == (200, False)
    client.refunds.create({"charge": charge.id})
    assert client.charges.retrieve(charge.id).refunded
    assert [refund.amount for refund in client.refunds.list({"charge": charge.id}).data] == [300, 200]
    assert len(sandbox.events("charge.refunded")) == 2


def test_it_refuses_to_refund_too_much(make_session, sandbox, client):
    intent = sandbox.control(f"sessions/{make_session(mode='payment').id}/pay", email="r@example.org")["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.refunds.create({"payment_intent": intent, "amount": 501})
    client.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.refunds.create({"payment_intent": intent})
    assert caught.value.code == "charge_already_refunded"


def test_it_ends_subscriptions_with_their_customer(subscribe, client):
    subscription = subscribe()
    client.customers.delete(subscription.customer)
    assert client.subscriptions.retrieve(subscription.id).status == "canceled"
