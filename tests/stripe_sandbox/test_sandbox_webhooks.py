"""Events reach the other side: signed, again after a failure, after a kill."""

from __future__ import annotations

import json
import signal
import time

import pytest
import stripe

SECRET = "whsec_sandbox"
OF_A_SUBSCRIPTION = {
    "checkout.session.completed",
    "customer.created",
    "customer.subscription.created",
    "customer.subscription.updated",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "payment_intent.created",
    "payment_intent.succeeded",
    "charge.succeeded",
}


def test_it_tells_of_a_subscription(sandbox, subscribe, receiver, wait_for):
    subscribe()
    sandbox.control("webhooks/resume")
    wait_for(lambda: not sandbox.events(undelivered=1))
    assert set(receiver.types()) >= OF_A_SUBSCRIPTION
    assert len(receiver.types()) == len(sandbox.events())


def test_it_signs_as_stripe_verifies(sandbox, client, receiver, wait_for):
    client.customers.create({"email": "r@example.org"})
    sandbox.control("webhooks/resume")
    signature, body = wait_for(lambda: receiver.taken and receiver.taken[0])
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert (event.type, event.data.object.email) == ("customer.created", "r@example.org")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_other")


def test_it_names_the_request_that_caused_the_event(sandbox, client):
    client.customers.create({"name": "A"}, {"idempotency_key": "cause"})
    request = client.events.list({"type": "customer.created"}).data[0].request
    assert request.id.startswith("req_")
    assert request.idempotency_key == "cause"


def test_it_tries_again_after_an_error(sandbox, client, receiver, wait_for):
    receiver.status = 500
    client.customers.create({})
    sandbox.control("webhooks/resume")
    wait_for(lambda: receiver.taken)
    receiver.status = 200
    wait_for(lambda: not sandbox.events(undelivered=1))
    delivery = sandbox.events()[0]
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("delivered", 2, 200)


def test_it_delivers_what_was_due_before_a_kill(sandbox, client, receiver, wait_for):
    customer = client.customers.create({})
    sandbox.stop(signal.SIGKILL)
    sandbox.start()
    assert client.customers.retrieve(customer.id).id == customer.id
    sandbox.control("webhooks/resume")
    wait_for(lambda: receiver.types() == ["customer.created"])


def test_it_holds_deliveries_while_paused(sandbox, client, receiver):
    client.customers.create({})
    assert len(sandbox.events(undelivered=1)) == 1
    assert receiver.taken == []


def test_it_delivers_again_as_often_as_asked(sandbox, client, receiver):
    client.customers.create({})
    event = sandbox.events()[0]["id"]
    answer = sandbox.control(f"events/{event}/deliver", times=3)
    assert [one["status"] for one in answer["deliveries"]] == [200, 200, 200]
    assert {json.loads(body)["id"] for _, body in receiver.taken} == {event}
    assert len(receiver.taken) == 3


def test_it_says_how_a_delivery_failed(sandbox, client, receiver):
    client.customers.create({})
    receiver.status = 302
    answer = sandbox.control(f"events/{sandbox.events()[0]['id']}/deliver")
    assert [(one["status"], one["error"]) for one in answer["deliveries"]] == [(302, "HTTP 302")]
    assert sandbox.events(undelivered=1)[0]["state"] == "pending"


def test_it_says_in_words_that_nobody_listens(sandbox, client):
    client.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["*"]})
    client.customers.create({})
    answer = sandbox.control(f"events/{sandbox.events()[0]['id']}/deliver")
    assert "Connection refused" in [one["error"] for one in answer["deliveries"]]


def test_it_tells_of_a_failed_payment(sandbox, make_session):
    session = make_session(mode="payment")
    sandbox.api("POST", f"/_sandbox/sessions/{session.id}/pay", {"email": "r@example.org", "card": "4000000000000002"})
    assert sandbox.events("charge.failed")
    assert sandbox.events("payment_intent.payment_failed")
    assert not sandbox.events("checkout.session.completed")


def test_it_stops_in_time(sandbox):
    began = time.monotonic()
    assert sandbox.stop() == 0
    assert time.monotonic() - began < 3
    sandbox.start()
