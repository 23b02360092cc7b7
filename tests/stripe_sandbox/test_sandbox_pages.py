"""The pages a reader clicks through, without a browser; the browser's turn is in tests/browser/."""

from __future__ import annotations

import html
import re

import pytest

from stripe_sandbox.dashboard_texts import WORDS
from stripe_sandbox.texts import TEXTS

FORM = {"email": "reader@example.org", "name": "Olena Reader", "card": "4242 4242 4242 4242"}


def page_of(session):
    return "/c/pay/" + session.id


@pytest.fixture
def paying(sandbox, make_session):
    """Opens the checkout of a fresh session; answers its path and its HTML."""

    def open_page(language="en", **given):
        path = page_of(make_session(**given))
        answer = sandbox.request("GET", path, headers={"Accept-Language": language})
        assert answer.status == 200
        return path, html.unescape(answer.body)

    return open_page


def test_it_shows_what_is_bought(paying):
    _, page = paying()
    assert "Sandbox: no money moves" in page
    assert "Membership" in page
    assert "Pay €5.00 a month" in page
    assert 'value="4242 4242 4242 4242"' in page


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("jpy", 1500, "¥1,500"), ("kwd", 5000, "5.000\u00a0KWD"), ("usd", 123456, "US$1,234.56")],
)
def test_it_knows_the_decimals_of_a_currency(paying, currency, amount, shown):
    assert f"Pay {shown}" in paying(mode="payment", currency=currency, amount=amount)[1]


def test_it_speaks_ukrainian_to_a_ukrainian_browser(paying):
    _, page = paying(language="uk-UA,uk;q=0.9,en;q=0.5", locale="auto", amount=15000, currency="uah")
    assert '<html lang="uk">' in page
    assert "Сплатити 150,00\u00a0₴ на місяць" in page


def test_it_pays_and_goes_on(sandbox, paying, client):
    path, _ = paying()
    answer = sandbox.request("POST", path, FORM)
    assert answer.status == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:8000/support/thanks/?session={path.split('/')[-1]}"
    assert client.checkout.sessions.retrieve(path.split("/")[-1]).payment_status == "paid"


def test_it_declines_and_loses_nothing(sandbox, paying):
    path, _ = paying()
    answer = sandbox.request("POST", path, {**FORM, "action": "decline"})
    assert answer.status == 402
    assert "The bank declined the card" in answer.body
    assert 'value="Olena Reader"' in answer.body
    assert 'value="reader@example.org"' in answer.body


@pytest.mark.parametrize(("field", "value"), [("email", "nobody"), ("email", ""), ("card", "4111 1111 1111 1111")])
def test_it_says_which_field_is_wrong(sandbox, paying, field, value):
    path, _ = paying()
    answer = sandbox.request("POST", path, {**FORM, field: value})
    assert answer.status in (400, 402)
    assert f'id="{field}-error"' in answer.body


def test_it_fixes_a_known_address(paying):
    _, page = paying(customer_email="known@example.org")
    assert re.search(r'<input id="email"[^>]* value="known@example.org"[^>]* readonly', page)


def test_it_escapes_what_others_wrote(sandbox, make_session, price):
    line = {"price_data": price(name="<script>alert(1)</script>"), "quantity": 1}
    body = sandbox.request("GET", page_of(make_session(line_items=[line]))).body
    assert "<script" not in body


def test_it_says_when_all_is_paid(sandbox, paying):
    path, _ = paying()
    sandbox.request("POST", path, FORM)
    again = sandbox.request("POST", path, FORM)
    assert "This payment has been made" in again.body
    assert len(sandbox.events("checkout.session.completed")) == 1


def test_it_says_when_a_session_has_expired(sandbox, make_session, client):
    session = make_session()
    client.checkout.sessions.expire(session.id)
    answer = sandbox.request("GET", page_of(session))
    assert (answer.status, "has expired" in answer.body) == (410, True)


def test_it_refuses_a_form_from_another_site(sandbox, paying):
    path, _ = paying()
    assert sandbox.request("POST", path, FORM, {"Sec-Fetch-Site": "cross-site"}).status == 403


def test_it_lets_the_form_return_to_the_shop_only(sandbox, make_session):
    policy = sandbox.request("GET", page_of(make_session())).headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8000;" in policy
    assert "script-src" not in policy


def test_it_stops_a_subscription_in_the_portal(sandbox, subscribe, client):
    subscription = subscribe()
    portal = client.billing_portal.sessions.create(
        {"customer": subscription.customer, "return_url": "http://127.0.0.1:8000/account/"}
    )
    path = portal.url.removeprefix(sandbox.base)
    form = {"subscription": subscription.id, "action": "stop"}
    assert "The next payment of €5.00" in sandbox.request("GET", path).body
    assert sandbox.request("POST", path, form).status == 303
    asked = client.subscriptions.retrieve(subscription.id)
    assert (asked.cancel_at, asked.cancel_at_period_end) == (asked["items"].data[0].current_period_end, False)
    assert "It ends on" in sandbox.request("GET", path).body
    sandbox.request("POST", path, {**form, "action": "keep"})
    assert client.subscriptions.retrieve(subscription.id).cancel_at is None


def test_it_keeps_the_portal_to_its_customer(sandbox, subscribe, client):
    mine, other = subscribe(), subscribe()
    portal = client.billing_portal.sessions.create({"customer": mine.customer})
    path = portal.url.removeprefix(sandbox.base)
    assert sandbox.request("POST", path, {"subscription": other.id, "action": "stop"}).status == 404


def test_it_lists_events_on_the_dashboard(sandbox, subscribe, receiver):
    subscribe()
    body = sandbox.request("GET", "/").body
    assert "Sandbox: no money moves" in body
    assert "checkout.session.completed" in body
    path = re.search(r'action="(/events/evt_\w+/deliver)[?"]', body)[1]
    assert sandbox.request("POST", path, {}).status == 303
    assert len(receiver.taken) == 1


def test_it_shows_what_each_attempt_met(sandbox, client, receiver):
    client.customers.create({})
    event = sandbox.events()[0]["id"]
    receiver.status, receiver.says = 500, b"<b>broken</b>"
    sandbox.control(f"events/{event}/deliver", times=2)
    page = sandbox.request("GET", f"/events/{event}?lang=en").body
    assert page.count("&lt;b&gt;broken&lt;/b&gt;") == 2
    assert page.count("<td>500</td>") == 3
    assert "pending" in page


def test_it_says_when_deliveries_are_held_back(sandbox, client):
    client.customers.create({})
    assert "Deliveries are held back: 1 wait." in sandbox.request("GET", "/?lang=en").body


def test_it_says_which_faults_are_in_wait(sandbox):
    sandbox.control("faults", kind="slow", count=3, delay_ms=1)
    assert "Faults in wait: slow × 3." in sandbox.request("GET", "/?lang=en").body


def test_it_has_each_text_in_both_languages():
    for texts in (TEXTS, WORDS):
        assert texts["en"].keys() == texts["uk"].keys()
        assert [name for name, text in texts["uk"].items() if not text.strip()] == []


def test_it_shows_the_dashboard_in_ukrainian(sandbox, subscribe):
    subscribe()
    body = sandbox.request("GET", "/", headers={"Accept-Language": "uk"}).body
    assert '<html lang="uk">' in body
    assert "Пісочниця Stripe" in body
    assert "доставити знову" in body


def test_it_shows_receipt_and_invoice(sandbox, subscribe, client):
    invoice = client.invoices.retrieve(subscribe().latest_invoice)
    charge = client.charges.list().data[0]
    for url in (invoice.hosted_invoice_url, charge.receipt_url):
        assert "€5.00" in html.unescape(sandbox.request("GET", url.removeprefix(sandbox.base)).body)


def test_it_says_on_every_page_that_no_money_moves(sandbox, make_session, subscribe, client):
    subscription, over = subscribe(), make_session()
    client.checkout.sessions.expire(over.id)
    portal = client.billing_portal.sessions.create({"customer": subscription.customer}).url
    pages = {
        "portal": ("GET", portal, 200), "card": ("GET", f"{portal}/card", 200),
        "invoice": ("GET", client.invoices.retrieve(subscription.latest_invoice).hosted_invoice_url, 200),
        "receipt": ("GET", client.charges.list().data[0].receipt_url, 200),
        "event": ("GET", f"/events/{sandbox.events()[0]['id']}", 200),
        "code": ("POST", f"{page_of(make_session(allow_promotion_codes=True))}/code", 400),
        "notice": ("GET", page_of(over), 410), "missing": ("GET", "/nowhere", 404),
    }  # fmt: skip
    for name, (method, url, status) in pages.items():
        for language, words in (("en", TEXTS["en"]["banner"]), ("uk", TEXTS["uk"]["banner"])):
            path = f"{url.removeprefix(sandbox.base)}?lang={language}"
            answer = sandbox.request(method, path, {"code": "NONE"} if method == "POST" else None)
            assert answer.status == status, name
            assert f'<header class="banner"><strong>{words}</strong></header>' in html.unescape(answer.body), name


def test_it_has_a_page_for_what_is_missing(sandbox):
    assert sandbox.request("GET", "/c/pay/cs_test_none").status == 404
    assert "There is no such page" in sandbox.request("GET", "/nowhere").body
