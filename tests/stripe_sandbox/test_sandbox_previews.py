"""Changing what a subscription bills: previewed, then done, with the same figures; exact, as the dates are given."""

from __future__ import annotations

import pytest
import stripe


def item_of(subscription):
    return subscription["items"].data[0]


def half(subscription):
    item = item_of(subscription)
    return (item.current_period_start + item.current_period_end) // 2


@pytest.fixture
def change(client):
    """The parameters of a change to another amount, for a preview or an update."""

    def make(subscription, amount, interval="month", **given):
        product = item_of(subscription).price.product
        data = {"currency": "eur", "product": product, "unit_amount": amount, "recurring": {"interval": interval}}
        return {"items": [{"id": item_of(subscription).id, "price_data": data}], **given}

    return make


@pytest.fixture
def preview(client):
    def make(subscription, details=None, **given):
        return client.invoices.create_preview(
            {"subscription": subscription.id, "subscription_details": details or {}, **given}
        )

    return make


def test_it_shows_the_next_invoice(subscribe, preview, client):
    subscription = subscribe()
    shown = preview(subscription)
    assert (shown.total, shown.billing_reason, shown.status) == (500, "upcoming", "draft")
    assert shown.next_payment_attempt == item_of(subscription).current_period_end
    assert shown.lines.data[0].period.start == item_of(subscription).current_period_end
    assert len(client.invoices.list({"subscription": subscription.id}).data) == 1


def test_it_previews_what_the_change_then_costs(subscribe, change, preview, client):
    subscription = subscribe(amount=1000)
    wanted = change(subscription, 3000, proration_behavior="always_invoice", proration_date=half(subscription))
    shown = preview(subscription, wanted)
    changed = client.subscriptions.update(subscription.id, {**wanted, "expand": ["latest_invoice"]})
    assert [line.amount for line in shown.lines.data] == [-500, 1500]
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-500, 1500]
    assert (shown.amount_due, changed.latest_invoice.amount_paid) == (1000, 1000)


def test_it_keeps_nothing_of_a_preview(subscribe, change, preview, client, sandbox):
    subscription = subscribe()
    before = len(sandbox.events())
    preview(subscription, change(subscription, 900))
    assert len(sandbox.events()) == before
    assert client.subscriptions.retrieve(subscription.id)["items"].data[0].price.unit_amount == 500


def test_it_puts_the_difference_on_the_next_invoice(subscribe, change, preview, sandbox, client):
    subscription = subscribe(amount=1000)
    wanted = change(subscription, 3000, proration_date=half(subscription))
    shown = preview(subscription, wanted)
    client.subscriptions.update(subscription.id, wanted)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    renewed = client.invoices.list({"limit": 1}).data[0]
    assert shown.total == renewed.total == 1000 + 3000


def test_it_changes_without_proration(subscribe, change, preview, client):
    subscription = subscribe(amount=1000)
    wanted = change(subscription, 3000, proration_behavior="none")
    assert preview(subscription, wanted).total == 3000
    client.subscriptions.update(subscription.id, wanted)
    assert preview(subscription).total == 3000


def test_it_begins_a_new_period_with_another_interval(subscribe, change, preview):
    subscription = subscribe(amount=1000)
    shown = preview(subscription, change(subscription, 10000, "year", proration_date=half(subscription)))
    assert [line.amount for line in shown.lines.data] == [-500, 10000]


def test_it_begins_a_new_period_when_asked(subscribe, client, sandbox):
    subscription = subscribe(amount=1000)
    changed = client.subscriptions.update(
        subscription.id,
        {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none", "expand": ["latest_invoice"]},
    )
    assert (changed.latest_invoice.total, changed.latest_invoice.status) == (1000, "paid")


def test_it_shows_only_what_recurs(subscribe, change, preview):
    subscription = subscribe(amount=1000)
    wanted = change(subscription, 3000, proration_date=half(subscription))
    assert [line.amount for line in preview(subscription, wanted, preview_mode="recurring").lines.data] == [3000]


def test_it_credits_what_was_paid_not_the_price(subscribe, change, preview, client):
    off = client.coupons.create({"percent_off": 100, "duration": "once"}).id
    subscription = subscribe(amount=1000, discounts=[{"coupon": off}])
    wanted = change(subscription, 3000, proration_behavior="always_invoice", proration_date=half(subscription))
    assert [line.amount for line in preview(subscription, wanted).lines.data] == [0, 1500]


def test_it_credits_a_second_change_with_its_discount(subscribe, change, preview, client):
    off = client.coupons.create({"percent_off": 50, "duration": "forever"}).id
    subscription = subscribe(amount=1000, discounts=[{"coupon": off}])
    terms = {"proration_behavior": "always_invoice", "proration_date": half(subscription)}
    changed = client.subscriptions.update(subscription.id, change(subscription, 2000, **terms))
    assert [line.amount for line in preview(changed, change(changed, 3000, **terms)).lines.data] == [-500, 750]


def test_it_takes_the_balance_into_account(subscribe, preview, client):
    subscription = subscribe(amount=1000)
    client.customers.update(subscription.customer, {"balance": -300})
    shown = preview(subscription)
    assert (shown.total, shown.amount_due, shown.starting_balance, shown.ending_balance) == (1000, 700, -300, 0)


def test_it_swaps_to_a_price_of_the_catalogue(subscribe, client, price):
    subscription = subscribe()
    given = {key: value for key, value in price(700).items() if key != "product_data"}
    made = client.prices.create({**given, "product": item_of(subscription).price.product})
    item = client.subscription_items.update(item_of(subscription).id, {"price": made.id, "proration_behavior": "none"})
    assert (item.price.id, item.plan.amount) == (made.id, 700)


def test_it_has_no_upcoming_invoice_of_what_ends(subscribe, preview, client):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        preview(subscription)
    assert (caught.value.http_status, caught.value.code) == (404, "invoice_upcoming_none")
    assert preview(subscription, {"cancel_at_period_end": False}).total == 500


def test_it_finds_the_subscription_by_its_customer(subscribe, client):
    assert client.invoices.create_preview({"customer": subscribe().customer}).total == 500


def test_it_refuses_a_date_outside_of_the_period(subscribe, change, preview):
    subscription = subscribe()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        preview(subscription, change(subscription, 900, proration_date=item_of(subscription).current_period_end + 1))
    assert caught.value.param == "proration_date"


@pytest.fixture
def broke(subscribe, client, sandbox):
    """A subscription whose card is refused from now on."""
    subscription = subscribe()
    portal = client.billing_portal.sessions.create({"customer": subscription.customer})
    path = portal.url.removeprefix(sandbox.base) + "/card"
    assert sandbox.request("POST", path, {"card": "4000000000000341"}).status == 303
    return subscription


def test_it_leaves_all_as_it_was_when_payment_must_succeed(broke, change, client):
    wanted = change(broke, 900, proration_behavior="always_invoice", payment_behavior="error_if_incomplete")
    with pytest.raises(stripe.CardError) as caught:
        client.subscriptions.update(broke.id, wanted)
    assert caught.value.code == "card_declined"
    kept = client.subscriptions.retrieve(broke.id)
    assert (item_of(kept).price.unit_amount, kept.status, kept.latest_invoice) == (500, "active", broke.latest_invoice)


def test_it_changes_and_falls_behind_when_payment_may_fail(broke, change, client):
    changed = client.subscriptions.update(broke.id, change(broke, 900, proration_behavior="always_invoice"))
    assert (item_of(changed).price.unit_amount, changed.status) == (900, "past_due")
