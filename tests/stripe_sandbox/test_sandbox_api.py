"""Keys, parameters, lists, expansion and errors, as Stripe's client meets them."""

from __future__ import annotations

import base64

import pytest
import stripe


def test_it_is_healthy_without_a_key(sandbox):
    assert sandbox.request("GET", "/_sandbox/health").json() == {"ok": True}


@pytest.mark.parametrize("path", ["/v1/customers", "/_sandbox/events"])
def test_it_wants_the_key(sandbox, path):
    answer = sandbox.request("GET", path, headers={"Authorization": "Bearer sk_test_other"})
    assert answer.status == 401
    assert answer.json()["error"]["message"].startswith("Invalid API Key provided")
    assert sandbox.request("GET", path).status == 401


def test_it_takes_the_key_as_basic_user(sandbox):
    token = base64.b64encode(b"sk_test_sandbox:").decode()
    assert sandbox.request("GET", "/v1/customers", headers={"Authorization": f"Basic {token}"}).status == 200


def test_it_names_the_request(sandbox):
    assert sandbox.api("GET", "/v1/customers").headers["Request-Id"].startswith("req_")


def test_it_refuses_another_version(sandbox):
    answer = sandbox.api("GET", "/v1/customers", **{"Stripe-Version": "2024-06-20"})
    assert answer.status == 400


def test_it_says_404_for_what_is_missing(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.customers.retrieve("cus_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")
    assert caught.value.user_message == "No such customer: 'cus_none'"


def test_it_says_400_for_a_missing_object_in_a_parameter(make_session):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(customer="cus_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, "resource_missing", "customer")


def test_it_names_a_missing_parameter(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.products.create({})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "name")


def test_it_names_an_unknown_nested_parameter(make_session):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(subscription_data={"colour": "red"})
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "subscription_data[colour]")


def test_it_refuses_what_it_does_not_support(make_session):
    with pytest.raises(stripe.InvalidRequestError, match="this sandbox does not"):
        make_session(automatic_tax={"enabled": True})


def test_it_refuses_a_bad_integer(sandbox):
    answer = sandbox.api("POST", "/v1/prices", {"currency": "eur", "unit_amount": "five", "product_data[name]": "x"})
    assert answer.json()["error"]["code"] == "parameter_invalid_integer"


def test_it_lists_customers_by_address(client):
    for address in ("a@example.org", "b@example.org"):
        client.customers.create({"email": address})
    assert [one.email for one in client.customers.list({"email": "a@example.org"}).data] == ["a@example.org"]


def test_it_pages_in_both_directions(client):
    made = [client.customers.create({"name": str(n)}).id for n in range(5)][::-1]
    first = client.customers.list({"limit": 2})
    second = client.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = client.customers.list({"limit": 2, "ending_before": second.data[0].id})
    assert [one.id for one in (*first.data, *second.data)] == made[:4]
    assert [one.id for one in back.data] == made[:2]
    assert (second.has_more, back.has_more) == (True, False)
    assert [one.id for one in client.customers.list({"limit": 2}).auto_paging_iter()] == made


def test_it_filters_by_the_time_of_creation(client):
    made = client.customers.create({"name": "now"})
    assert client.customers.list({"created": {"gte": made.created}}).data
    assert not client.customers.list({"created": {"gt": made.created + 60}}).data


def test_it_merges_metadata(client):
    customer = client.customers.create({"metadata": {"a": "1", "b": "2"}})
    changed = client.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}


def test_it_answers_a_deleted_customer(client):
    customer = client.customers.create({})
    client.customers.delete(customer.id)
    assert client.customers.retrieve(customer.id).deleted
    assert not client.customers.list().data


def test_it_expands_on_create(client, price):
    given = {key: value for key, value in price().items() if key != "product_data"}
    product = client.products.create({"name": "Reader"})
    made = client.prices.create({**given, "product": product.id, "expand": ["product"]})
    assert made.product.name == "Reader"


def test_it_expands_four_levels_and_no_more(subscribe, client):
    invoice = subscribe().latest_invoice
    found = client.invoices.list({"expand": ["data.payments.data.payment"]}).data[0]
    assert found.payments.data[0].invoice == invoice
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.invoices.list({"expand": ["data.payments.data.payment.payment_intent"]})


def test_it_refuses_to_expand_what_is_no_object(subscribe, client):
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.subscriptions.retrieve(subscribe().id, {"expand": ["status"]})


def test_it_says_which_address_it_does_not_have(sandbox):
    answer = sandbox.api("GET", "/v1/payouts")
    assert answer.status == 404
    assert "Unrecognized request URL (GET: /v1/payouts)" in answer.json()["error"]["message"]
