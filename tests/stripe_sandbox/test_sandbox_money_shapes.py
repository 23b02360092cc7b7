"""The same comparison with the stripe package for discounts, debits, disputes, confirmations, pauses and previews."""

from __future__ import annotations

import json

import pytest

from .test_sandbox_shapes import check

LISTED = (
    "coupons promotion_codes disputes checkout/sessions subscriptions?status=all invoices invoice_payments "
    "payment_intents charges refunds"
)


@pytest.fixture
def discounted(client, subscribe):
    """A subscription with every way of having a discount."""
    coupon = client.coupons.create(
        {"percent_off": 12.5, "duration": "repeating", "duration_in_months": 3, "id": "SPRING"}
    )
    code = client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"})
    client.coupons.create({"amount_off": 100, "currency": "eur", "duration": "once", "max_redemptions": 1})
    return subscribe(discounts=[{"promotion_code": code.id}])


@pytest.fixture
def busy_house(sandbox, client, make_session, discounted):
    def pay(card, **given):
        session = make_session(payment_method_types=["card", "sepa_debit"], **given)
        sandbox.control(f"sessions/{session.id}/pay", email="r@example.org", card=card)
        return client.charges.list({"limit": 1}).data[0:1]

    sandbox.control(f"subscriptions/{discounted.id}/renew")
    client.subscriptions.pause(discounted.id)
    pay("DE89370400440532013000")
    sandbox.control(f"charges/{pay('DE62370400440532013001', mode='payment')[0].id}/settle")
    sandbox.control(f"charges/{pay('DE35370400440532013002', mode='payment')[0].id}/settle")
    pay("4000000000000259", mode="payment")
    won = client.disputes.list({"limit": 1}).data[0].id
    client.disputes.update(won, {"evidence": {"uncategorized_text": "winning_evidence"}})
    refund = client.refunds.create({"charge": pay("4000000000005126", mode="payment")[0].id})
    sandbox.control(f"refunds/{refund.id}/fail")
    for failed in (0, 1):
        pay("4000002760003184")
        intent = client.payment_intents.list({"limit": 1}).data[0].id
        sandbox.control(f"payment_intents/{intent}/answer", failed=failed)
    return sandbox


def test_it_has_only_known_fields_in_lists(busy_house):
    for path in LISTED.split():
        data = busy_house.api("GET", f"/v1/{path}").json()["data"]
        assert data
        for obj in data:
            check(obj)


def test_it_has_only_known_fields_in_events(busy_house):
    kinds = set()
    cursor = ""
    while True:
        page = busy_house.api("GET", f"/v1/events?limit=100{cursor}").json()
        for event in page["data"]:
            check(event)
            check(event["data"]["object"])
            kinds.add(event["type"])
        if not page["has_more"]:
            break
        cursor = f"&starting_after={page['data'][-1]['id']}"
    assert len(kinds) > 35


def test_it_has_only_known_fields_of_a_discount_and_a_method(busy_house, client, discounted):
    check(json.loads(str(client.subscriptions.retrieve(discounted.id, {"expand": ["discounts"]}))))
    debit = client.charges.list({"expand": ["data.balance_transaction"]}).data[-1]
    check(json.loads(str(debit)))
    for charge in client.charges.list({"limit": 100}).data:
        check(busy_house.api("GET", f"/v1/payment_methods/{charge.payment_method}").json())


def test_it_has_only_known_fields_in_a_preview(client, subscribe):
    check(json.loads(str(client.invoices.create_preview({"subscription": subscribe().id}))))
