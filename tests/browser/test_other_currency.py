"""Support in dollars by hand, from the page to the receipt; then the desk asks for more, and of two who are written to
one keeps the old amount and the other goes on to the new price with her next payment."""

import re

import pytest

from tests.browser.test_desk_money import assert_sound, content
from tests.browser.walking import Inbox, go_on_to_pay, link_in, pay, sign_in, text_of, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
KEEPS, MOVES = "dollar.keeps@example.org", "dollar.moves@example.org"
# As if the letters had been sent so many days ago; then the sweep that asks the payment company.
LET_PASS = (
    "from datetime import timedelta; from django.db.models import F; from newsroom.lib.models import Letter;"
    "from members.patronage.models import SupportMove; from members.patronage.moving import sweep_moves;"
    "earlier = timedelta(20); SupportMove.objects.filter(state='told').update(told_at=F('told_at') - earlier);"
    "Letter.objects.filter(cause__startswith='price-move:').update(sent_at=F('sent_at') - earlier); sweep_moves()"
)


def test_it_gives_in_dollars_and_is_asked_for_more(open_browser, membership_state, stack):
    reader, desk = open_browser(width=390, height=844), open_browser(state=membership_state)
    moved = stack.sell(MOVES, 2800, "usd")
    give_in_dollars(reader)
    read_it_in_the_account(reader)
    set_a_new_price(desk)
    letter = Inbox(reader).text(KEEPS, "Your support: $28 is to become $30")
    Inbox(reader).open(MOVES, "Your support: $28 is to become $30")
    keep_the_old_amount(reader, letter)
    stack.manage("shell", "-c", LET_PASS)
    desk.reload()
    assert re.search(r"keeps the old amount: 1", content(desk)) and "pays the new price: 1" in content(desk)
    item = stack.ask_stripe(f"/v1/subscriptions/{moved}")["items"]["data"][0]
    assert item["price"]["unit_amount"] == 3000 and item["price"]["currency"] == "usd"
    paid = stack.ask_stripe(f"/v1/invoices?subscription={moved}")["data"]
    assert [one["amount_paid"] for one in paid] == [2800]


def give_in_dollars(page):
    page.goto("/support/")
    page.get_by_role("link", name="USD").click()
    page.wait_for_url("**currency=usd")
    assert "€" not in page.locator("form.support-form").inner_text()
    page.locator("fieldset[data-frequency=month] label", has_text="Another amount").click()
    page.get_by_label("If another amount: how much?").fill("0.20")
    page.get_by_role("button", name="Go on to pay").click()
    page.locator("#other_amount_error").wait_for()
    assert page.get_by_label("If another amount: how much?").input_value() == "0.20"
    page.locator("fieldset[data-frequency=month] label", has_text="$28").first.click()
    go_on_to_pay(page)
    assert "$28" in page.locator(".bill").inner_text()
    pay(page, KEEPS)


def read_it_in_the_account(page):
    assert "We received $28 from you" in Inbox(page).text(KEEPS, "Receipt for $28")
    sign_in(page, KEEPS)
    page.goto("/account/support/")
    assert "You give $28 a month." in text_of(page) and "€" not in text_of(page)
    page.get_by_role("link", name="Change amount or rhythm").click()
    assert "from $5" in text_of(page) and "€" not in text_of(page)
    page.goto("/account/receipts/")
    assert "$28" in text_of(page)
    page.locator("main table a").first.click()
    page.wait_for_load_state()
    assert re.search(r"Amount \$28\b", text_of(page))


def set_a_new_price(page):
    page.goto("/admin/members/tier/")
    page.get_by_role("link", name="Harbour master").first.click()
    page.get_by_role("link", name=re.compile("Add another", re.IGNORECASE)).click()
    for name, value in (("currency", "usd"), ("interval", "month")):
        page.locator(f"select[name^=prices-][name$=-{name}]:visible").last.select_option(value)
    page.locator("input[name^=prices-][name$=-money]:visible").last.fill("30")
    page.get_by_role("button", name=re.compile("^Save and continue")).click()
    page.wait_for_load_state()
    page.get_by_role("link", name="Move running support to a new price").click()
    assert re.search(r"\$28 → \$30 2 patrons", content(page))
    assert_sound(page)
    page.get_by_role("button", name="Write to 2 patrons and move them to $30").click()
    page.get_by_text("The letters are on their way.").wait_for()


def keep_the_old_amount(page, letter):
    assert "Nothing is charged before that day." in letter
    page.goto(link_in(letter, "/new-price/"))
    assert "$28 becomes $30" in page.locator("h1").inner_text()
    page.get_by_role("button", name="Go on giving $28").click()
    page.wait_for_url("**/account/support/")
    assert "It stays as it is." in page.locator("body").inner_text()
    wait_for(lambda: "is to be $30" not in text_of(page), "The word that nothing changes")
