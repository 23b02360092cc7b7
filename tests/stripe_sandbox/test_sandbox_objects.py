"""Recordings from elsewhere: answered as they are, told of, never acted upon."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import stripe

CUSTOMER = {
    "id": "cus_shop", "object": "customer", "created": 1700000000, "livemode": True, "email": "buyer@example.org",
    "metadata": {"_shop": "yes"}, "added_in_2031": {"by": "Stripe"},
}  # fmt: skip
SUBSCRIPTION = {
    "id": "sub_shop", "object": "subscription", "created": 1700000001, "livemode": True, "status": "active",
    "customer": "cus_shop", "current_period_end": 1702592001, "cancel_at": None,
    "items": {"object": "list", "data": [{"id": "si_shop", "object": "subscription_item", "price": {"id": "price_s"}}]},
}  # fmt: skip
PAYOUT = {"id": "po_1", "object": "payout", "created": 1700000002, "amount": 900, "destination": "ba_1"}
EVENT = {
    "id": "evt_shop", "object": "event", "created": 1700000003, "livemode": True, "api_version": "2019-12-03",
    "type": "customer.subscription.updated", "pending_webhooks": 0, "data": {"object": SUBSCRIPTION},
}  # fmt: skip


def load(sandbox, given, query=""):
    answer = sandbox.api("POST", f"/_sandbox/objects{query}", json.dumps(given).encode())
    assert answer.status == 200, answer.body
    return answer.json()["loaded"]


def test_it_answers_a_recording_as_it_is(sandbox):
    assert load(sandbox, CUSTOMER) == ["cus_shop"]
    assert sandbox.api("GET", "/v1/customers/cus_shop").json() == CUSTOMER


def test_it_lists_recordings_where_they_belong(sandbox, client):
    mine = client.customers.create({}).id
    load(sandbox, {"object": "list", "data": [CUSTOMER]})
    assert [one.id for one in client.customers.list().data] == [mine, "cus_shop"]
    assert [one.id for one in client.customers.list({"email": "buyer@example.org"}).data] == ["cus_shop"]


def test_it_lists_codes_and_coupons_of_any_age(sandbox, client):
    coupon = {"id": "SPRING", "object": "coupon", "created": 1600000000, "valid": True}
    code = {"id": "promo_shop", "object": "promotion_code", "created": 1600000001, "active": True, "coupon": coupon}
    load(sandbox, [coupon, code])
    assert client.coupons.list().data[0].to_dict() == coupon
    assert client.promotion_codes.list().data[0].to_dict() == code
    assert sandbox.api("GET", "/v1/promotion_codes/promo_shop").json() == code


def test_it_expands_recordings(sandbox, client):
    load(sandbox, [CUSTOMER, SUBSCRIPTION])
    assert client.subscriptions.retrieve("sub_shop", {"expand": ["customer"]}).customer.email == "buyer@example.org"


def test_it_answers_types_that_it_does_nothing_with(sandbox, client):
    load(sandbox, [PAYOUT, {"id": "ba_1", "object": "bank_account", "last4": "6789"}])
    assert client.payouts.retrieve("po_1", {"expand": ["destination"]}).destination.last4 == "6789"
    assert [one.id for one in client.payouts.list({"limit": 5}).data] == ["po_1"]
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: status"):
        client.payouts.list({"status": "paid"})


def test_it_never_acts_upon_a_recording(sandbox, client):
    """Its period ended years ago, and in a shape that this version does not know."""
    load(sandbox, [CUSTOMER, SUBSCRIPTION])
    assert sandbox.control("clock", advance="2mo", hold=1)["steps"] == 0
    assert sandbox.api("GET", "/v1/subscriptions/sub_shop").json() == SUBSCRIPTION
    assert sandbox.request("GET", "/").status == 200


def test_it_keeps_what_an_event_is_about(sandbox, client):
    assert load(sandbox, EVENT) == ["sub_shop", "evt_shop"]
    assert client.events.retrieve("evt_shop").data.object.id == "sub_shop"
    assert client.subscriptions.retrieve("sub_shop").livemode


def test_it_sends_recorded_events(sandbox, receiver):
    load(sandbox, EVENT, "?send=1")
    sandbox.control("webhooks/drain")
    signature, body = receiver.taken[0]
    assert stripe.Webhook.construct_event(body, signature, "whsec_sandbox").api_version == "2019-12-03"


def test_it_delivers_a_recorded_event_as_often_as_asked(sandbox, receiver):
    load(sandbox, EVENT)
    assert receiver.taken == []
    sandbox.control("events/evt_shop/deliver", times=2)
    assert [json.loads(body)["id"] for _, body in receiver.taken] == ["evt_shop", "evt_shop"]


def test_it_replaces_what_was_loaded_before(sandbox, client):
    load(sandbox, CUSTOMER)
    load(sandbox, {**CUSTOMER, "email": "moved@example.org"})
    assert [one.email for one in client.customers.list().data] == ["moved@example.org"]


def test_it_does_not_replace_its_own(sandbox, client):
    mine = client.customers.create({"name": "A"}).id
    answer = sandbox.api("POST", "/_sandbox/objects", json.dumps([PAYOUT, {**CUSTOMER, "id": mine}]).encode())
    assert (answer.status, f"{mine} is the sandbox" in answer.body) == (400, True)
    assert sandbox.api("GET", "/_sandbox/objects").json()["data"] == []


@pytest.mark.parametrize("body", ["{", "[1]", '{"id": "cus_1"}', '{"id": "we_1", "object": "webhook_endpoint"}'])
def test_it_refuses_what_is_no_object(sandbox, body):
    assert sandbox.api("POST", "/_sandbox/objects", body.encode()).status == 400


def test_it_loads_a_file_at_its_start(sandbox, client, tmp_path):
    (tmp_path / "shop.json").write_text(json.dumps([CUSTOMER, SUBSCRIPTION]))
    sandbox.stop()
    sandbox.start("--load", str(tmp_path / "shop.json"))
    assert client.customers.retrieve("cus_shop").email == "buyer@example.org"


def test_it_says_which_file_cannot_be_loaded(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    options = ["--port", "0", "--data", str(tmp_path / "data"), "--api-key", "sk", "--load", str(tmp_path / "bad.json")]
    done = subprocess.run(
        [sys.executable, "-m", "stripe_sandbox", *options], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "bad.json cannot be loaded" in done.stderr
