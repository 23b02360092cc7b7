"""Idempotency-Key: replay, refusal, conflict, and what a lost answer leaves behind."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe


def post(sandbox, key, **data):
    return sandbox.api("POST", "/v1/customers", data, **{"Idempotency-Key": key})


def test_it_replays_the_stored_answer(sandbox, client):
    first, second = post(sandbox, "k1", name="A"), post(sandbox, "k1", name="A")
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert len(client.customers.list().data) == 1


def test_it_refuses_other_parameters_under_the_key(sandbox, client):
    post(sandbox, "k2", name="A")
    with pytest.raises(stripe.IdempotencyError):
        client.customers.create({"name": "B"}, {"idempotency_key": "k2"})


def test_it_refuses_a_concurrent_request(sandbox):
    sandbox.control("faults", count=1, delay_ms=700)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: post(sandbox, "k3", name="A"), range(2)))
    taken, refused = sorted(answers, key=lambda answer: answer.status)
    assert (taken.status, refused.status) == (200, 409)
    assert refused.json()["error"]["code"] == "idempotency_key_in_use"


def test_it_does_the_work_once_when_the_answer_is_lost(sandbox):
    sandbox.control("faults", count=1, lose_answer="true")
    patient = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": sandbox.base}, max_network_retries=2).v1
    customer = patient.customers.create({"name": "A"})
    assert [one.id for one in patient.customers.list().data] == [customer.id]


def test_it_keeps_nothing_of_a_refused_request(sandbox):
    assert post(sandbox, "k4", nonsense="1").status == 400
    assert post(sandbox, "k4", name="A").status == 200


def test_it_replays_a_refusal_by_the_work(sandbox, client):
    """Nothing was done, and the key is spent all the same: what it lacked would come too late."""
    lacking = {"charge": "ch_none"}
    headers = {"Idempotency-Key": "k6"}
    first, second = (sandbox.api("POST", "/v1/refunds", lacking, **headers) for _ in range(2))
    assert (first.status, second.status, first.body) == (400, 400, second.body)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_it_remembers_across_a_kill(sandbox):
    first = post(sandbox, "k5", name="A")
    sandbox.stop(signal.SIGKILL)
    sandbox.start()
    assert post(sandbox, "k5", name="A").body == first.body


def test_it_fails_when_asked_to(sandbox, client):
    sandbox.control("faults", count=1, status=503)
    with pytest.raises(stripe.APIError):
        client.customers.list()
    assert client.customers.list().data == []
