"""The billing portal: what a person sees and changes there, and what a configuration takes away."""

from __future__ import annotations

import json

import pytest
import stripe

from .test_sandbox_shapes import check

NEW, POOR, FAILING_LATER = "5555 5555 5555 4444", "4000 0000 0000 9995", "4000 0000 0000 0341"


@pytest.fixture
def portal(sandbox, client):
    """Opens a portal; answers its path."""

    def open_portal(subscription, **given):
        session = client.billing_portal.sessions.create({"customer": subscription.customer, **given})
        return session.url.removeprefix(sandbox.base)

    return open_portal


@pytest.fixture
def configure(client):
    def make(**features):
        terms = {
            name: {"enabled": True} for name in ("invoice_history", "payment_method_update", "subscription_cancel")
        }
        return client.billing_portal.configurations.create({"features": {**terms, **features}})

    return make


def test_it_changes_the_card(subscribe, portal, sandbox, client):
    subscription = subscribe()
    path = portal(subscription)
    assert "Visa ending in 4242" in sandbox.request("GET", path).body
    assert sandbox.request("POST", f"{path}/card", {"card": NEW}).status == 303
    assert "Mastercard ending in 4444" in sandbox.request("GET", path).body
    changed = client.subscriptions.retrieve(subscription.id, {"expand": ["default_payment_method"]})
    assert changed.default_payment_method.card.last4 == "4444"
    customer = client.customers.retrieve(subscription.customer)
    assert customer.invoice_settings.default_payment_method == changed.default_payment_method.id


@pytest.mark.parametrize(("card", "text"), [(POOR, "insufficient funds"), ("4111 1111 1111 1111", "never a real one")])
def test_it_keeps_the_old_card_when_the_new_is_refused(subscribe, portal, sandbox, client, card, text):
    subscription = subscribe()
    answer = sandbox.request("POST", f"{portal(subscription)}/card", {"card": card})
    assert (answer.status, text in answer.body) == (402, True)
    assert client.subscriptions.retrieve(subscription.id).default_payment_method == subscription.default_payment_method


def test_it_shows_and_opens_bills(subscribe, portal, sandbox, client):
    subscription = subscribe()
    page = sandbox.request("GET", portal(subscription)).body
    invoice = client.invoices.retrieve(subscription.latest_invoice)
    charge = client.charges.list().data[0]
    for path in (f"/invoices/{invoice.id}", f"/receipts/{charge.id}"):
        assert f'href="{path}?lang=en"' in page
        assert "€5.00" in sandbox.request("GET", path).body


def test_it_pays_what_is_open(subscribe, portal, sandbox, client):
    subscription = subscribe()
    sandbox.request("POST", f"{portal(subscription)}/card", {"card": FAILING_LATER})
    sandbox.control(f"subscriptions/{subscription.id}/renew")
    path = portal(subscription)
    assert "The last payment did not go through" in sandbox.request("GET", path).body
    invoice = f"/invoices/{client.subscriptions.retrieve(subscription.id).latest_invoice}"
    refused = sandbox.request("POST", invoice).headers["Location"]
    assert "The bank declined the card" in sandbox.request("GET", refused).body
    sandbox.request("POST", f"{path}/card", {"card": NEW})
    sandbox.request("POST", invoice)
    assert client.subscriptions.retrieve(subscription.id).status == "active"


def test_it_offers_what_is_configured(subscribe, portal, configure, sandbox):
    off = {"enabled": False}
    terms = configure(invoice_history=off, payment_method_update=off, subscription_cancel=off)
    subscription = subscribe()
    path = portal(subscription, configuration=terms.id)
    page = sandbox.request("GET", path).body
    assert not [text for text in ("Invoices and receipts", "Change card", "Stop at the end") if text in page]
    assert sandbox.request("POST", f"{path}/card", {"card": NEW}).status == 404
    assert sandbox.request("POST", path, {"subscription": subscription.id, "action": "stop"}).status == 404


def test_it_stops_at_once_where_configured(subscribe, portal, configure, sandbox, client):
    terms = configure(subscription_cancel={"enabled": True, "mode": "immediately"})
    subscription = subscribe()
    path = portal(subscription, configuration=terms.id)
    assert "Stop now" in sandbox.request("GET", path).body
    sandbox.request("POST", path, {"subscription": subscription.id, "action": "stop"})
    assert client.subscriptions.retrieve(subscription.id).status == "canceled"


def test_it_keeps_configurations(configure, client):
    made = configure()
    changed = client.billing_portal.configurations.update(
        made.id, {"name": "Readers", "features": {"invoice_history": {"enabled": False}}}
    )
    assert (changed.name, changed.features.invoice_history.enabled, changed.is_default) == ("Readers", False, False)
    assert client.billing_portal.configurations.retrieve(made.id).name == "Readers"
    listed = client.billing_portal.configurations.list().data
    assert [one.is_default for one in listed] in ([True, False], [False, True])
    for one in listed:
        check(json.loads(str(one)))


def test_it_refuses_an_unknown_configuration(subscribe, portal):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        portal(subscribe(), configuration="bpc_none")
    assert caught.value.param == "configuration"


def test_it_leads_straight_to_the_card_and_back_to_the_shop(subscribe, portal, sandbox):
    after = {"type": "redirect", "redirect": {"return_url": "http://127.0.0.1:8000/account/?card=1"}}
    path = portal(subscribe(), flow_data={"type": "payment_method_update", "after_completion": after})
    assert sandbox.request("GET", path).headers["Location"] == f"{path}/card?lang=en"
    saved = sandbox.request("POST", f"{path}/card", {"card": NEW})
    assert saved.headers["Location"] == "http://127.0.0.1:8000/account/?card=1"
    assert sandbox.request("GET", path).status == 200


def test_it_leads_straight_to_stopping(subscribe, portal, sandbox, client):
    subscription = subscribe()
    other = subscribe(customer=subscription.customer)
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}}
    path = portal(subscription, flow_data={**flow, "after_completion": {"type": "hosted_confirmation"}})
    page = sandbox.request("GET", path).body
    assert (subscription.id in page, other.id in page) == (True, False)
    done = sandbox.request("POST", path, {"subscription": subscription.id, "action": "stop"})
    assert "Your change has been saved" in done.body
    assert client.subscriptions.retrieve(subscription.id).cancel_at


def test_it_has_only_known_fields_in_a_flow(subscribe, client):
    flow = {"type": "payment_method_update", "after_completion": {"type": "hosted_confirmation"}}
    made = client.billing_portal.sessions.create({"customer": subscribe().customer, "flow_data": flow})
    check(json.loads(str(made)))
