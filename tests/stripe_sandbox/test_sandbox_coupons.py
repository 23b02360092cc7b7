"""Coupons and promotion codes: made, redeemed, refused, and what they take off over time."""

from __future__ import annotations

import pytest
import stripe


@pytest.fixture
def coupon(client):
    return lambda **given: client.coupons.create({"percent_off": 20, "duration": "once", **given})


@pytest.fixture
def code(client, coupon):
    """A promotion code `SPRING` on a new coupon."""

    def make(off=None, **given):
        promotion = {"type": "coupon", "coupon": coupon(**(off or {})).id}
        return client.promotion_codes.create({"promotion": promotion, "code": "SPRING", **given})

    return make


def refusal(sandbox, session, word):
    answer = sandbox.api("POST", f"/_sandbox/sessions/{session.id}/code", {"code": word})
    return answer.json()["error"]["decline_code"]


def totals(client, subscription):
    return [one.total for one in client.invoices.list({"subscription": subscription.id}).data][::-1]


def test_it_keeps_a_coupon(client, coupon):
    made = coupon(id="FRIENDS", name="Friends", metadata={"a": "1"})
    client.coupons.update("FRIENDS", {"name": "Old friends", "metadata": {"b": "2"}})
    found = client.coupons.retrieve(made.id)
    assert (found.name, found.percent_off, found.valid) == ("Old friends", 20, True)
    assert found.metadata.to_dict() == {"a": "1", "b": "2"}
    assert [one.id for one in client.coupons.list().data] == ["FRIENDS"]


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"amount_off": 100}, "amount_off"),
        ({"percent_off": 120}, "percent_off"),
        ({"duration": "repeating"}, "duration_in_months"),
        ({"redeem_by": 1}, "redeem_by"),
        ({"id": "a b"}, "id"),
    ],
)
def test_it_refuses_a_contradictory_coupon(coupon, given, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        coupon(**given)
    assert caught.value.param == param


def test_it_wants_the_currency_of_an_amount(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.coupons.create({"amount_off": 100})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "currency")


def test_it_takes_a_coupon_off_a_session(coupon, make_session, sandbox, client):
    session = make_session(mode="payment", discounts=[{"coupon": coupon().id}])
    assert (session.amount_subtotal, session.amount_total, session.total_details.amount_discount) == (500, 400, 100)
    paid = sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert client.payment_intents.retrieve(paid["payment_intent"]).amount_received == 400
    assert client.coupons.retrieve(session.discounts[0].coupon).times_redeemed == 1


def test_it_spreads_an_amount_over_the_lines_to_the_cent(client, make_session, price):
    off = client.coupons.create({"amount_off": 100, "currency": "eur"}).id
    lines = [{"price_data": price(amount, interval=None), "quantity": 1} for amount in (333, 333, 334)]
    session = make_session(mode="payment", line_items=lines, discounts=[{"coupon": off}], expand=["line_items"])
    shares = [line.amount_discount for line in session.line_items.data]
    assert (sum(shares), max(shares) - min(shares), session.amount_total) == (100, 1, 900)


def test_it_costs_nothing_at_a_hundred_percent(coupon, make_session, sandbox):
    session = make_session(mode="payment", discounts=[{"coupon": coupon(percent_off=100).id}])
    paid = sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert (paid["status"], paid["payment_status"], paid["payment_intent"]) == ("complete", "no_payment_required", None)
    assert paid["customer"].startswith("cus_")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"duration": "once"}, [400, 500, 500, 500]),
        ({"duration": "repeating", "duration_in_months": 2}, [400, 400, 500, 500]),
        ({"duration": "forever"}, [400, 400, 400, 400]),
    ],
)
def test_it_holds_as_long_as_it_was_made_for(coupon, subscribe, sandbox, client, terms, expected):
    subscription = subscribe(discounts=[{"coupon": coupon(**terms).id}])
    for _ in range(3):
        sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert totals(client, subscription) == expected
    assert bool(client.subscriptions.retrieve(subscription.id).discounts) == (terms["duration"] == "forever")


def test_it_shows_the_discount_on_the_invoice(coupon, subscribe, client):
    subscription = subscribe(discounts=[{"coupon": coupon(duration="forever").id}])
    wanted = {"expand": ["discounts.source.coupon"]}
    invoice = client.invoices.retrieve(subscription.latest_invoice, wanted)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (500, 400, 400)
    assert invoice.total_discount_amounts[0].amount == invoice.lines.data[0].discount_amounts[0].amount == 100
    assert invoice.discounts[0].source.coupon.percent_off == 20
    assert invoice.discounts[0].subscription == subscription.id


def test_it_takes_what_the_person_types(code, make_session, sandbox, client):
    promotion = code()
    session = make_session(allow_promotion_codes=True)
    changed = sandbox.control(f"sessions/{session.id}/code", code="spring")
    assert changed["amount_total"] == 400
    assert changed["discounts"][0]["promotion_code"] == promotion.id
    sandbox.control(f"sessions/{session.id}/pay", email="r@example.org")
    assert client.promotion_codes.retrieve(promotion.id).times_redeemed == 1


def test_it_takes_a_code_only_where_it_was_asked_for(code, make_session, sandbox):
    code()
    answer = sandbox.api("POST", f"/_sandbox/sessions/{make_session().id}/code", {"code": "SPRING"})
    assert answer.status == 400


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"max_redemptions": 1}, "code_used_up"),
        ({"restrictions": {"minimum_amount": 501, "minimum_amount_currency": "eur"}}, "code_minimum"),
        ({"off": {"amount_off": 100, "currency": "usd", "percent_off": None}}, "code_currency"),
        ({"off": {"percent_off": 95}}, "code_rest"),
        ({"active": False}, "code_unknown"),
    ],
)
def test_it_says_why_a_code_is_refused(client, make_session, sandbox, given, word):
    off = {"percent_off": 20, **given.pop("off", {})}
    coupon = client.coupons.create({key: value for key, value in off.items() if value})
    client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING", **given})
    if word == "code_used_up":
        used = make_session(allow_promotion_codes=True)
        sandbox.control(f"sessions/{used.id}/code", code="SPRING")
        sandbox.control(f"sessions/{used.id}/pay", email="r@example.org")
    session = make_session(allow_promotion_codes=True)
    assert refusal(sandbox, session, "SPRING") == word
    assert client.checkout.sessions.retrieve(session.id).amount_total == 500


def test_it_keeps_a_code_for_newcomers(code, subscribe, make_session, sandbox):
    code(restrictions={"first_time_transaction": True})
    customer = subscribe().customer
    assert refusal(sandbox, make_session(customer=customer, allow_promotion_codes=True), "SPRING") == "code_first"
    sandbox.control(f"sessions/{make_session(allow_promotion_codes=True).id}/code", code="SPRING")


def test_it_keeps_a_code_for_one_customer(code, make_session, sandbox, client):
    mine, other = (client.customers.create({"email": f"{n}@example.org"}).id for n in "ab")
    code(customer=mine)
    assert refusal(sandbox, make_session(customer=other, allow_promotion_codes=True), "SPRING") == "code_other"
    sandbox.control(f"sessions/{make_session(customer=mine, allow_promotion_codes=True).id}/code", code="SPRING")


def test_it_finds_codes(code, client):
    promotion = code(off={"id": "FRIENDS"})
    assert [one.id for one in client.promotion_codes.list({"coupon": "FRIENDS", "active": True}).data] == [promotion.id]
    assert not client.promotion_codes.update(promotion.id, {"active": False}).active
    found = client.promotion_codes.retrieve(promotion.id, {"expand": ["promotion.coupon"]})
    assert found.promotion.coupon.percent_off == 20


def test_it_has_one_active_code_of_a_word(code):
    code()
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        code()


def test_it_refuses_a_coupon_that_is_used_up(coupon, make_session, subscribe):
    off = [{"coupon": coupon(max_redemptions=1).id}]
    subscribe(discounts=off)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(discounts=off)
    assert (caught.value.code, caught.value.param) == ("coupon_expired", "discounts[0]")


def test_it_refuses_an_unknown_coupon_and_two_ways_at_once(make_session, coupon):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(discounts=[{"coupon": "none"}])
    assert (caught.value.code, caught.value.param) == ("resource_missing", "discounts[0][coupon]")
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        make_session(discounts=[{"coupon": coupon().id}], allow_promotion_codes=True)


def test_it_gives_and_ends_a_discount_of_a_subscription(coupon, subscribe, sandbox, client):
    subscription = subscribe()
    changed = client.subscriptions.update(subscription.id, {"discounts": [{"coupon": coupon(duration="forever").id}]})
    assert len(changed.discounts) == 1
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    client.subscriptions.update(subscription.id, {"discounts": ""})
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert totals(client, subscription) == [500, 400, 500]
    assert len(sandbox.events("customer.discount.deleted")) == 1


def test_it_keeps_a_discount_whose_coupon_is_deleted(coupon, subscribe, sandbox, client):
    off = coupon(duration="forever").id
    subscription = subscribe(discounts=[{"coupon": off}])
    assert client.coupons.delete(off).deleted
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert totals(client, subscription) == [400, 400]


def test_it_takes_a_code_on_the_page(code, make_session, sandbox):
    code()
    path = f"/c/pay/{make_session(allow_promotion_codes=True).id}"
    assert 'name="code"' in sandbox.request("GET", path).body
    answer = sandbox.request("POST", f"{path}/code", {"code": "spring"})
    assert answer.status == 303
    page = sandbox.request("GET", answer.headers["Location"]).body
    assert all(text in page for text in ("SPRING", "−€1.00", "Pay €4.00", "once, on this payment"))
    sandbox.request("POST", f"{path}/code", {"action": "drop"})
    assert "Pay €5.00 a month" in sandbox.request("GET", path).body


@pytest.mark.parametrize(("language", "text"), [("en", "There is no such code"), ("uk", "Такого промокоду немає")])
def test_it_says_on_the_page_why_not(make_session, sandbox, language, text):
    path = f"/c/pay/{make_session(allow_promotion_codes=True).id}/code?lang={language}"
    answer = sandbox.request("POST", path, {"code": "NOSUCH"})
    assert (answer.status, text in answer.body, 'value="NOSUCH"' in answer.body) == (400, True, True)


def test_it_needs_no_card_where_nothing_is_due(coupon, make_session, sandbox, client):
    session = make_session(mode="payment", discounts=[{"coupon": coupon(percent_off=100).id}])
    path = f"/c/pay/{session.id}"
    page = sandbox.request("GET", path).body
    assert 'name="card"' not in page
    assert "Go on without paying" in page
    assert sandbox.request("POST", path, {"email": "r@example.org"}).status == 303
    assert client.checkout.sessions.retrieve(session.id).payment_status == "no_payment_required"


def change_to(subscription, amount, interval="month", **given):
    item = subscription["items"].data[0]
    price = {
        "currency": "eur", "product": item.price.product, "unit_amount": amount, "recurring": {"interval": interval}
    }  # fmt: skip
    return {"items": [{"id": item.id, "price_data": price}], **given}


TERMS = [{"percent_off": 20}, {"amount_off": 150, "currency": "eur"}]


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize(("amount", "interval"), [(1000, "month"), (300, "month"), (5000, "year")])
def test_it_previews_what_is_charged_with_the_discount(subscribe, sandbox, client, terms, amount, interval):
    """The bill of the change itself, and the renewal's, where the rhythm stays."""
    off = client.coupons.create({"duration": "forever", **terms}).id
    subscription = subscribe(discounts=[{"coupon": off}])
    at = subscription["items"].data[0].current_period_start + 86400
    wanted = change_to(subscription, amount, interval, proration_behavior="always_invoice", proration_date=at)
    later = change_to(subscription, amount, interval, proration_behavior="none")
    shown, next_shown = (
        client.invoices.create_preview({"subscription": subscription.id, "subscription_details": details})
        for details in (wanted, later)
    )
    changed = client.subscriptions.update(subscription.id, {**wanted, "expand": ["latest_invoice"]})
    assert (shown.total, shown.amount_due) == (changed.latest_invoice.total, changed.latest_invoice.amount_due)
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    assert interval == "year" or totals(client, subscription)[-1] == next_shown.total


@pytest.mark.parametrize("terms", TERMS)
def test_it_has_the_discount_inside_of_what_is_prorated(subscribe, client, terms):
    off = client.coupons.create({"duration": "forever", **terms}).id
    subscription = subscribe(discounts=[{"coupon": off}])
    start = subscription["items"].data[0].current_period_start
    wanted = change_to(subscription, 1000, proration_behavior="always_invoice", proration_date=start)
    shown = client.invoices.create_preview({"subscription": subscription.id, "subscription_details": wanted})
    net = [-400, 800] if "percent_off" in terms else [-350, 850]
    assert ([line.amount for line in shown.lines.data], shown.total) == (net, sum(net))
