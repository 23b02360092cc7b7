"""Every object the sandbox emits has the fields that the stripe package declares, of fitting types, and no others."""

from __future__ import annotations

import inspect
import json
import re
import typing
from decimal import Decimal

import pytest
import stripe

ALIASES = {
    "CardResource": "Card",
    "DiscountResource": "Discount",
    "DisputeResource": "Dispute",
    "TaxIdResource": "TaxId",
}
ELSEWHERE = {
    "Configuration": stripe.billing_portal.Configuration,
    "Authorization": stripe.issuing.Authorization,
    "IssuingDisputeResource": stripe.issuing.Dispute,
    "Transaction": stripe.issuing.Transaction,
}
LISTED = (
    "customers products prices checkout/sessions subscriptions?status=all invoices invoice_payments payment_intents "
    "charges refunds"
)
CLASSES = {
    "checkout.session": stripe.checkout.Session,
    "billing_portal.session": stripe.billing_portal.Session,
    "billing_portal.configuration": stripe.billing_portal.Configuration,
    "item": stripe.LineItem,
    "line_item": stripe.InvoiceLineItem,
}


def class_of(kind):
    return CLASSES.get(kind) or getattr(stripe, "".join(part.title() for part in kind.split("_")))


def fields_of(cls):
    hints = inspect.get_annotations(cls)
    return {name: hint for name, hint in hints.items() if typing.get_origin(hint) is not typing.ClassVar}


def is_optional(hint):
    return typing.get_origin(hint) is typing.Union and type(None) in typing.get_args(hint)


def problems(value, hint, where):
    """What does not fit, as sentences that name the place."""
    if isinstance(hint, (str, typing.ForwardRef)):
        name = hint if isinstance(hint, str) else hint.__forward_arg__
        hint = ELSEWHERE.get(name) or getattr(stripe, ALIASES.get(name, name))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is typing.Any or origin is dict or (inspect.isclass(origin) and origin.__name__ == "UntypedStripeObject"):
        return []
    if origin is typing.Union:
        return union_problems(value, args, where)
    if origin is typing.Literal:
        return [] if value in args else [f"{where}: {value!r} is none of {args[:6]}"]
    if origin is list:
        return list_problems(value, args[0], where)
    if inspect.isclass(origin) and origin.__name__ == "ListObject":
        return page_problems(value, args[0], where)
    if inspect.isclass(hint) and issubclass(hint, stripe.StripeObject):
        return object_problems(value, hint, where)
    return scalar_problems(value, hint, where)


def union_problems(value, args, where):
    if value is None:
        return [] if type(None) in args else [f"{where}: is null"]
    literals = [arg for arg in args if typing.get_origin(arg) is typing.Literal]
    choices = [arg for arg in args if arg is not type(None) and not (literals and arg is str)]
    found = [problems(value, arg, where) for arg in choices]
    return min(found, key=len)


def list_problems(value, hint, where):
    if not isinstance(value, list):
        return [f"{where}: is no list"]
    return [text for n, item in enumerate(value) for text in problems(item, hint, f"{where}[{n}]")]


def page_problems(value, hint, where):
    if not isinstance(value, dict) or set(value) != {"object", "data", "has_more", "url"}:
        return [f"{where}: is no list object"]
    return list_problems(value["data"], hint, f"{where}.data")


def object_problems(value, cls, where):
    if not isinstance(value, dict):
        return [f"{where}: is no {cls.__name__}"]
    fields = fields_of(cls)
    found = [f"{where}.{name}: unknown to {cls.__name__}" for name in value if name not in fields]
    if value.get("deleted"):
        return found
    found += [
        f"{where}.{name}: missing" for name, hint in fields.items() if name not in value and not is_optional(hint)
    ]
    return found + [
        text for name in value if name in fields for text in problems(value[name], fields[name], f"{where}.{name}")
    ]


def scalar_problems(value, hint, where):
    if hint is Decimal:
        is_decimal = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
        return [] if is_decimal else [f"{where}: {value!r} is no decimal string"]
    is_fit = type(value) is hint or (hint is float and type(value) is int)
    return [] if is_fit else [f"{where}: {value!r} is no {hint}"]


def check(obj):
    assert problems(obj, class_of(obj["object"]), obj["object"]) == []


@pytest.fixture
def full_house(sandbox, client, subscribe, make_session):
    """One of each object, and events of nearly every kind the sandbox makes."""
    subscription = subscribe(metadata={"tier": "reader"}, client_reference_id="7")
    once = make_session(mode="payment", customer_creation="always", payment_intent_data={"metadata": {"kind": "gift"}})
    paid = sandbox.control(f"sessions/{once.id}/pay", email="giver@example.org")
    client.refunds.create({"payment_intent": paid["payment_intent"], "amount": 200})
    item = subscription["items"].data[0]
    change = {"currency": "eur", "product": item.price.product, "unit_amount": 900, "recurring": {"interval": "month"}}
    client.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "price_data": change}], "proration_behavior": "always_invoice"}
    )
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    sandbox.control(f"subscriptions/{subscription.id}/renew", failed=1)
    client.billing_portal.sessions.create({"customer": subscription.customer, "return_url": "http://127.0.0.1:8000/"})
    client.checkout.sessions.expire(make_session().id)
    client.subscriptions.cancel(subscription.id)
    client.customers.delete(subscription.customer)
    return sandbox


def test_it_has_only_known_fields_in_lists(full_house):
    for path in LISTED.split():
        data = full_house.api("GET", f"/v1/{path}").json()["data"]
        assert data
        for obj in data:
            check(obj)


def test_it_has_only_known_fields_in_events(full_house):
    events = full_house.api("GET", "/v1/events?limit=100").json()["data"]
    assert len({event["type"] for event in events}) > 20
    for event in events:
        check(event)
        check(event["data"]["object"])


def test_it_has_only_known_fields_when_expanded(full_house, client):
    paths = ["data.payments.data.payment", "data.customer", "data.parent.subscription_details.subscription"]
    query = "&".join(f"expand[]={path}" for path in paths)
    for invoice in full_house.api("GET", f"/v1/invoices?{query}").json()["data"]:
        check(invoice)


def test_it_has_only_known_fields_in_the_rest(full_house, client):
    check(full_house.api("GET", "/v1/account").json())
    check(full_house.api("GET", "/v1/balance").json())
    charge = client.charges.list({"limit": 1, "expand": ["data.balance_transaction", "data.refunds"]}).data[0]
    check(json.loads(str(charge)))
    check(full_house.api("GET", f"/v1/payment_methods/{charge.payment_method}").json())


def test_it_has_only_known_fields_in_a_portal_session(sandbox, client, subscribe):
    subscription = subscribe()
    data = {"customer": subscription.customer, "flow_data[type]": "subscription_cancel"}
    data["flow_data[subscription_cancel][subscription]"] = subscription.id
    check(sandbox.api("POST", "/v1/billing_portal/sessions", data).json())


def test_it_pins_the_version_of_the_package(sandbox, client):
    assert sandbox.api("GET", "/v1/balance").headers["Stripe-Version"] == stripe.api_version


def test_it_keeps_the_money_of_an_invoice_under_payments(sandbox, client, subscribe):
    subscription = subscribe()
    wanted = {"expand": ["payments.data.payment.payment_intent"]}
    invoice = client.invoices.retrieve(subscription.latest_invoice, wanted)
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.payments.data[0].payment.payment_intent.status == "succeeded"
    assert not {"subscription", "charge", "payment_intent"} & set(invoice.to_dict())


def test_it_takes_prices_of_a_product(client, price):
    product = client.products.create({"name": "Reader"})
    made = client.prices.create({**{k: v for k, v in price().items() if k != "product_data"}, "product": product.id})
    check(json.loads(str(made)))
