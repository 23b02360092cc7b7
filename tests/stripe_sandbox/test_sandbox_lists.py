"""Lists: pages in both directions, Stripe's own filters on each, anything else refused by name."""

from __future__ import annotations

import pytest
import stripe
import stripe.params

from stripe_sandbox.api import ROUTES

OPTIONS = set(stripe.RequestOptions.__annotations__)
LISTS = {
    "customers": "CustomerListParams",
    "products": "ProductListParams",
    "prices": "PriceListParams",
    "subscriptions": "SubscriptionListParams",
    "subscription_items": "SubscriptionItemListParams",
    "invoices": "InvoiceListParams",
    "invoice_payments": "InvoicePaymentListParams",
    "payment_intents": "PaymentIntentListParams",
    "charges": "ChargeListParams",
    "payment_methods": "PaymentMethodListParams",
    "refunds": "RefundListParams",
    "balance_transactions": "BalanceTransactionListParams",
    "events": "EventListParams",
    "webhook_endpoints": "WebhookEndpointListParams",
    "checkout/sessions": "SessionListParams",
    "coupons": "CouponListParams",
    "promotion_codes": "PromotionCodeListParams",
    "disputes": "DisputeListParams",
    "billing_portal/configurations": "ConfigurationListParams",
}


def schema_of(path):
    return next(set(route.schema) for route in ROUTES if route.method == "GET" and route.pattern.match(f"/v1/{path}"))


@pytest.mark.parametrize(("path", "name"), LISTS.items())
def test_it_knows_each_filter_that_stripe_knows(path, name):
    places = (stripe.params, stripe.params.checkout, stripe.params.billing_portal)
    params = next(getattr(place, name) for place in places if hasattr(place, name))
    assert set(params.__annotations__) - OPTIONS - {"content_type", "headers"} - schema_of(path) == set()


@pytest.mark.parametrize("path", LISTS)
def test_it_refuses_an_unknown_filter_by_name(sandbox, path):
    answer = sandbox.api("GET", f"/v1/{path}?nonsense=1")
    assert (answer.status, answer.json()["error"]["param"]) == (400, "nonsense")


@pytest.fixture
def five(client):
    """Ids, newest first."""
    return [client.customers.create({"name": str(n)}).id for n in range(5)][::-1]


def ids(page):
    return [one.id for one in page.data], page.has_more


def test_it_pages_forwards(client, five):
    assert ids(client.customers.list({"limit": 2})) == (five[:2], True)
    assert ids(client.customers.list({"limit": 2, "starting_after": five[1]})) == (five[2:4], True)
    assert ids(client.customers.list({"limit": 2, "starting_after": five[3]})) == (five[4:], False)


def test_it_pages_backwards(client, five):
    assert ids(client.customers.list({"limit": 2, "ending_before": five[4]})) == (five[2:4], True)
    assert ids(client.customers.list({"limit": 2, "ending_before": five[2]})) == (five[:2], False)


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "cus_none"}])
def test_it_refuses_a_page_that_cannot_be(client, five, params):
    with pytest.raises(stripe.InvalidRequestError):
        client.customers.list(params)


def test_it_pages_what_an_object_carries(client, make_session, price):
    lines = [{"price_data": price(name=name), "quantity": 1} for name in ("A", "B", "C")]
    session = make_session(line_items=lines).id
    names = [line.description for line in client.checkout.sessions.line_items.list(session).data]
    first = client.checkout.sessions.line_items.list(session, {"limit": 2})
    rest = client.checkout.sessions.line_items.list(session, {"starting_after": first.data[-1].id})
    assert [line.description for line in [*first.data, *rest.data]] == names
    assert (first.has_more, rest.has_more) == (True, False)


def test_it_orders_by_creation_not_by_arrival(sandbox, client):
    sandbox.control("clock", to="2026-01-31", frozen=1)
    made = []
    for _ in range(3):
        made.append(client.customers.create({}))
        sandbox.control("clock", advance="1d")
    assert ids(client.customers.list({"created": {"gt": made[0].created}}))[0] == [made[2].id, made[1].id]
    assert ids(client.customers.list({"created": {"lte": made[0].created}}))[0] == [made[0].id]
    assert ids(client.customers.list({"created": made[1].created}))[0] == [made[1].id]
    bounds = {"gte": made[0].created, "lt": made[2].created}
    assert ids(client.customers.list({"created": bounds}))[0] == [made[1].id, made[0].id]


def test_it_filters_subscriptions(subscribe, client):
    monthly, yearly = subscribe(), subscribe(interval="year")
    price = yearly["items"].data[0].price.id
    end = monthly["items"].data[0].current_period_end
    assert ids(client.subscriptions.list({"customer": monthly.customer}))[0] == [monthly.id]
    assert ids(client.subscriptions.list({"price": price}))[0] == [yearly.id]
    assert ids(client.subscriptions.list({"plan": price}))[0] == [yearly.id]
    assert ids(client.subscriptions.list({"current_period_end": {"gt": end}}))[0] == [yearly.id]
    client.subscriptions.cancel(monthly.id)
    assert ids(client.subscriptions.list({"status": "canceled"}))[0] == [monthly.id]
    assert ids(client.subscriptions.list())[0] == [yearly.id]


def test_it_filters_money(subscribe, client):
    mine, other = subscribe(), subscribe()
    intent = client.payment_intents.list({"customer": mine.customer}).data[0]
    charge = client.charges.list({"payment_intent": intent.id}).data[0]
    refund = client.refunds.create({"charge": charge.id})
    client.refunds.create({"charge": client.charges.list({"customer": other.customer}).data[0].id})
    assert ids(client.refunds.list({"charge": charge.id}))[0] == [refund.id]
    assert ids(client.refunds.list({"payment_intent": intent.id}))[0] == [refund.id]
    assert ids(client.invoices.list({"subscription": mine.id, "status": "paid"}))[0] == [mine.latest_invoice]
    booked = client.balance_transactions.list({"source": charge.id})
    assert ids(booked)[0] == [charge.balance_transaction]
    assert len(client.balance_transactions.list({"type": "refund"}).data) == 2


def test_it_filters_payment_methods(subscribe, client):
    mine, _ = subscribe(), subscribe()
    assert ids(client.payment_methods.list({"customer": mine.customer, "type": "card"}))[0] == [
        mine.default_payment_method
    ]
    assert client.customers.payment_methods.list(mine.customer, {"type": "sepa_debit"}).data == []


def test_it_filters_events(subscribe, client):
    subscribe()
    kinds = {event.type for event in client.events.list({"type": "invoice.*", "limit": 100}).data}
    assert kinds == {"invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"}
    two = ["charge.succeeded", "customer.created"]
    assert sorted(event.type for event in client.events.list({"types": two}).data) == two


def test_it_names_a_filter_that_it_does_not_have(client):
    with pytest.raises(stripe.InvalidRequestError, match="Stripe knows test_clock"):
        client.customers.list({"test_clock": "clock_1"})
