"""Webhook endpoints as API objects: each with its own secret, events, deliveries and retries over days."""

from __future__ import annotations

import json

import pytest
import stripe

NOWHERE = "https://example.org/hook"


@pytest.fixture
def listen(client):
    def make(receiver, *events):
        return client.webhook_endpoints.create({"url": receiver.url, "enabled_events": list(events) or ["*"]})

    return make


def test_it_shows_the_secret_once(client, listen, other_receiver):
    made = listen(other_receiver)
    assert made.secret.startswith("whsec_")
    assert "secret" not in client.webhook_endpoints.retrieve(made.id)
    assert all("secret" not in one for one in client.webhook_endpoints.list().data)


def test_it_lists_the_endpoint_of_the_command_line(client, receiver):
    found = client.webhook_endpoints.list().data
    assert [(one.url, one.status, one.enabled_events) for one in found] == [(receiver.url, "enabled", ["*"])]


def test_it_delivers_to_each_with_its_own_secret(sandbox, client, listen, receiver, other_receiver, wait_for):
    made = listen(other_receiver)
    client.customers.create({})
    sandbox.control("webhooks/resume")
    wait_for(lambda: not sandbox.events(undelivered=1))
    for taker, secret in ((receiver, "whsec_sandbox"), (other_receiver, made.secret)):
        (signature, body), *rest = taker.taken
        assert stripe.Webhook.construct_event(body, signature, secret).type == "customer.created"
        assert rest == []


def test_it_delivers_what_was_asked_for(sandbox, client, listen, other_receiver):
    listen(other_receiver, "product.created", "product.updated")
    client.customers.create({})
    client.products.create({"name": "Reader"})
    sandbox.control("webhooks/drain")
    assert other_receiver.types() == ["product.created"]


def test_it_counts_the_endpoints_that_wait(sandbox, client, listen, receiver, other_receiver):
    listen(other_receiver)
    client.customers.create({})
    event = client.events.list().data[0]
    other_receiver.status = 500
    sandbox.control(f"events/{event.id}/deliver")
    assert (event.pending_webhooks, client.events.retrieve(event.id).pending_webhooks) == (2, 1)
    assert [one.id for one in client.events.list({"delivery_success": False}).data] == [event.id]
    assert client.events.list({"delivery_success": True}).data == []


def test_it_changes_an_endpoint(sandbox, client, listen, receiver, other_receiver):
    made = listen(receiver)
    client.webhook_endpoints.update(made.id, {"url": other_receiver.url, "enabled_events": ["product.created"]})
    client.products.create({"name": "Reader"})
    sandbox.control("webhooks/drain")
    assert other_receiver.types() == ["product.created"]


def test_it_leaves_a_disabled_endpoint_alone(sandbox, client, listen, other_receiver):
    made = listen(other_receiver)
    client.products.create({"name": "before"})
    client.webhook_endpoints.update(made.id, {"disabled": True})
    client.products.create({"name": "meanwhile"})
    sandbox.control("webhooks/drain")
    assert client.webhook_endpoints.retrieve(made.id).status == "disabled"
    assert other_receiver.taken == []
    assert [one["state"] for one in sandbox.events() if one["endpoint"] == made.id] == ["canceled"]


def test_it_delivers_again_once_enabled(sandbox, client, listen, other_receiver):
    made = listen(other_receiver)
    for disabled in (True, False):
        client.webhook_endpoints.update(made.id, {"disabled": disabled})
    client.products.create({"name": "after"})
    sandbox.control("webhooks/drain")
    assert other_receiver.types() == ["product.created"]


def test_it_forgets_a_deleted_endpoint(sandbox, client, listen, other_receiver):
    made = listen(other_receiver)
    client.products.create({"name": "Reader"})
    assert client.webhook_endpoints.delete(made.id).deleted
    sandbox.control("webhooks/drain")
    assert other_receiver.taken == []
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook_endpoint"):
        client.webhook_endpoints.retrieve(made.id)


@pytest.mark.parametrize(("url", "events"), [("ftp://example.org", ["*"]), (NOWHERE, []), (NOWHERE, ["paid"])])
def test_it_refuses_an_endpoint_that_cannot_work(client, url, events):
    with pytest.raises(stripe.InvalidRequestError):
        client.webhook_endpoints.create({"url": url, "enabled_events": events})


def test_it_tries_for_three_days_and_gives_up(sandbox, client, receiver):
    """By the sandbox's clock: the attempts are made as the days are advanced."""
    sandbox.control("clock", to="2026-01-31", frozen=1)
    receiver.status = 503
    client.customers.create({})
    sandbox.control("webhooks/resume")
    sandbox.control("clock", advance="2d")
    assert sandbox.events()[0]["state"] == "pending"
    sandbox.control("clock", advance="30d")
    event = sandbox.events()[0]
    assert (event["state"], event["attempts"], len(receiver.taken)) == ("failed", 12, 12)
    assert client.events.list().data[0].pending_webhooks == 1


def test_it_takes_up_when_the_receiver_is_back(sandbox, client, receiver):
    sandbox.control("clock", to="2026-01-31", frozen=1)
    receiver.status = 503
    client.customers.create({})
    sandbox.control("webhooks/resume")
    sandbox.control("clock", advance="1d")
    receiver.status = 200
    sandbox.control("clock", advance="1d")
    assert sandbox.events()[0]["state"] == "delivered"
    assert len({json.loads(body)["id"] for _, body in receiver.taken}) == 1


def test_it_keeps_endpoints_over_a_restart(sandbox, client, listen, other_receiver):
    made = listen(other_receiver, "customer.created")
    sandbox.stop()
    sandbox.start()
    client.customers.create({})
    sandbox.control("webhooks/drain")
    signature, body = other_receiver.taken[0]
    assert stripe.Webhook.construct_event(body, signature, made.secret)
