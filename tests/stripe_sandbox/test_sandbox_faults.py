"""What goes wrong on demand: refused, done but not told, silent, cut, limited; events late, doubled, shuffled."""

from __future__ import annotations

import http.client
import json
import socket

import pytest
import stripe


def post(sandbox, key, **data):
    return sandbox.api("POST", "/v1/customers", {"name": "A", **data}, **{"Idempotency-Key": key})


def customers(client):
    return len(client.customers.list({"limit": 100}).data)


@pytest.mark.parametrize(("kind", "made"), [("error", 0), ("error_kept", 0), ("error_after", 1)])
def test_it_fails_before_or_after_the_work(sandbox, client, kind, made):
    sandbox.control("faults", kind=kind, method="POST")
    with pytest.raises(stripe.APIError) as failure:
        client.customers.create({})
    assert (failure.value.http_status, customers(client)) == (500, made)


@pytest.mark.parametrize(("kind", "statuses", "made"), [
    ("error", (503, 200), 1), ("error_kept", (503, 503), 0), ("error_after", (503, 503), 1),
])  # fmt: skip
def test_it_replays_the_error_that_was_kept(sandbox, client, kind, statuses, made):
    sandbox.control("faults", kind=kind, status=503, method="POST")
    first, second = post(sandbox, "k1"), post(sandbox, "k1")
    assert ((first.status, second.status), customers(client)) == (statuses, made)
    assert ("Idempotent-Replayed" in second.headers) == (second.status == 503)


def test_it_replays_a_kept_error_over_a_restart(sandbox, client):
    sandbox.control("faults", kind="error_after")
    post(sandbox, "k2")
    sandbox.stop()
    sandbox.start()
    assert post(sandbox, "k2").status == 500
    assert customers(client) == 1


@pytest.mark.parametrize(("kind", "made"), [("cut", 0), ("cut_after", 1), ("cut_midway", 1)])
def test_it_cuts_the_connection(sandbox, client, kind, made):
    sandbox.control("faults", kind=kind, method="POST")
    with pytest.raises(stripe.APIConnectionError):
        client.customers.create({})
    assert customers(client) == made


@pytest.mark.parametrize(("kind", "made"), [("silence", 0), ("silence_after", 1)])
def test_it_gives_no_answer(sandbox, client, wait_for, kind, made):
    sandbox.control("faults", kind=kind, method="POST", path="/v1/customers")
    line = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=0.5)
    line.request("POST", "/v1/customers", "", {"Authorization": "Bearer sk_test_sandbox"})
    with pytest.raises(socket.timeout):
        line.getresponse()
    line.close()
    wait_for(lambda: customers(client) == made)


def test_it_loses_an_answer_that_a_retry_recovers(sandbox):
    sandbox.control("faults", kind="cut_after", count=2, method="POST")
    patient = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": sandbox.base}, max_network_retries=3).v1
    made = patient.customers.create({"name": "A"})
    assert [one.id for one in patient.customers.list().data] == [made.id]


def test_it_aims_at_one_method_and_path(sandbox, client):
    sandbox.control("faults", kind="error", method="POST", path="/v1/products/*")
    product = client.products.create({"name": "Reader"})
    assert client.products.retrieve(product.id).name == "Reader"
    with pytest.raises(stripe.APIError):
        client.products.update(product.id, {"name": "Patron"})
    assert client.products.update(product.id, {"name": "Patron"}).name == "Patron"


def test_it_records_what_met_a_fault(sandbox, client):
    sandbox.control("faults", kind="error", count=2)
    answer = sandbox.api("GET", "/v1/customers")
    found = sandbox.api("GET", "/_sandbox/faults").json()
    assert [(one["kind"], one["remaining"]) for one in found["waiting"]] == [("error", 1)]
    met = found["met"][0]
    assert (met["method"], met["path"], met["request"]) == ("GET", "/v1/customers", answer.headers["Request-Id"])
    assert sandbox.control("faults", count=0)["waiting"] == []


def test_it_refuses_a_fault_without_a_kind(sandbox):
    assert "Say which kind" in sandbox.api("POST", "/_sandbox/faults", {"count": "1"}).body


def test_it_limits_on_demand(sandbox, client):
    sandbox.control("faults", kind="rate_limit")
    with pytest.raises(stripe.RateLimitError) as limited:
        client.customers.list()
    assert (limited.value.error.code, limited.value.headers["Stripe-Rate-Limited-Reason"]) == (
        "rate_limit",
        "global-rate",
    )


def test_it_keeps_nothing_of_a_limited_request(sandbox):
    sandbox.control("faults", kind="rate_limit")
    assert [post(sandbox, "k3").status for _ in range(2)] == [429, 200]


def test_it_limits_the_requests_of_a_second(sandbox):
    """By the sandbox's clock, which stands still here."""
    sandbox.control("clock", frozen=1)
    sandbox.control("rate-limit", per_second=3)
    assert [sandbox.api("GET", "/v1/customers").status for _ in range(5)] == [200, 200, 200, 429, 429]
    sandbox.control("clock", advance="1s")
    assert sandbox.api("GET", "/v1/customers").status == 200
    sandbox.control("rate-limit", per_second=0)
    assert {sandbox.api("GET", "/v1/customers").status for _ in range(5)} == {200}


def test_it_doubles_events(sandbox, client, receiver):
    sandbox.control("faults", kind="doubled_events", type="customer.*")
    client.customers.create({})
    client.products.create({"name": "Reader"})
    sandbox.control("webhooks/drain")
    assert sorted(receiver.types()) == ["customer.created", "customer.created", "product.created"]
    assert client.events.list({"delivery_success": False}).data == []


def test_it_delays_events(sandbox, client, receiver):
    sandbox.control("clock", frozen=1)
    sandbox.control("faults", kind="late_events", delay_ms=3_600_000)
    client.customers.create({})
    client.products.create({"name": "Reader"})
    sandbox.control("webhooks/resume")
    sandbox.control("clock", advance="1m")
    assert receiver.types() == ["product.created"]
    sandbox.control("clock", advance="1h")
    assert receiver.types() == ["product.created", "customer.created"]


def test_it_shuffles_events(sandbox, client, receiver):
    """Thirty events in their own order by chance: one in 30! times."""
    sandbox.control("clock", frozen=1)
    sandbox.control("faults", kind="shuffled_events", count=30)
    made = [client.customers.create({}).id for _ in range(30)]
    sandbox.control("webhooks/resume")
    sandbox.control("clock", advance="1m")
    taken = [json.loads(body)["data"]["object"]["id"] for _, body in receiver.taken]
    assert sorted(taken) == sorted(made)
    assert taken != made


def test_it_drains_in_reverse(sandbox, client, receiver):
    made = [client.customers.create({}).id for _ in range(5)]
    sandbox.control("webhooks/drain", order="reverse")
    assert [json.loads(body)["data"]["object"]["id"] for _, body in receiver.taken] == made[::-1]
