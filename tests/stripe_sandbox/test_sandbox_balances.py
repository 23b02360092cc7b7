"""A customer's balance: the book of what was credited and what was paid from it."""

from __future__ import annotations

import pytest
import stripe


@pytest.fixture
def customer(client):
    return client.customers.create({"email": "reader@example.org"})


def rows_of(client, customer):
    return [(row.type, row.amount, row.ending_balance) for row in book_of(client, customer)]


def book_of(client, customer):
    return client.customers.balance_transactions.list(customer.id).data


def test_it_books_what_is_credited_and_tells_of_it(client, customer):
    row = client.customers.balance_transactions.create(
        customer.id, {"amount": -700, "currency": "eur", "metadata": {"why": "sorry"}}
    )
    assert (row.type, row.ending_balance, row.metadata["why"]) == ("adjustment", -700, "sorry")
    client.customers.balance_transactions.create(customer.id, {"amount": 200, "currency": "eur"})
    found = client.customers.retrieve(customer.id)
    assert (found.balance, found.currency) == (-500, "eur")
    assert rows_of(client, customer) == [("adjustment", 200, -500), ("adjustment", -700, -700)]
    assert client.customers.balance_transactions.retrieve(customer.id, row.id).amount == -700
    told = client.events.list({"type": "customer.updated"}).data[0].data
    assert (told.object.balance, told.previous_attributes.balance) == (-500, -700)


def test_it_books_once_under_a_key(client, customer):
    for _time in range(2):
        client.customers.balance_transactions.create(
            customer.id, {"amount": -700, "currency": "eur"}, {"idempotency_key": f"once-{customer.id}"}
        )
    assert client.customers.retrieve(customer.id).balance == -700


def test_a_bill_that_is_paid_from_it_stands_in_the_book(sandbox, client, subscribe):
    subscription = subscribe()
    customer = client.customers.retrieve(subscription.customer)
    client.customers.balance_transactions.create(customer.id, {"amount": -300, "currency": "eur"})
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    newest = book_of(client, customer)[0]
    assert (newest.type, newest.amount, newest.ending_balance) == ("applied_to_invoice", 300, 0)
    assert newest.invoice == client.invoices.list({"subscription": subscription.id}).data[0].id


@pytest.mark.parametrize("given", [{"amount": 5}, {"currency": "eur"}, {"amount": "much", "currency": "eur"}])
def test_it_refuses_what_says_too_little(client, customer, given):
    with pytest.raises(stripe.InvalidRequestError):
        client.customers.balance_transactions.create(customer.id, given)


def test_it_has_one_currency(client, customer):
    client.customers.balance_transactions.create(customer.id, {"amount": 5, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="eur"):
        client.customers.balance_transactions.create(customer.id, {"amount": 5, "currency": "usd"})


def test_nobody_elses_book_is_opened_by_a_rows_id(client, customer):
    row = client.customers.balance_transactions.create(customer.id, {"amount": 5, "currency": "eur"})
    other = client.customers.create({})
    with pytest.raises(stripe.InvalidRequestError):
        client.customers.balance_transactions.retrieve(other.id, row.id)
