"""A code that makes support cheaper, by hand: typed on the checkout's page, refused and taken there, and told in the
account for as long as it is good."""

import re

import pytest

from tests.browser.walking import Inbox, begin_to_pay, pay, sign_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON, GUEST = "code.patron@example.org", "code.guest@example.org"
SWITCH = (
    "from newsroom.lib.site_settings import save_site_settings as save, site_settings; row = site_settings();"
    "row.takes_promotion_codes = {}; save(row)"
)


@pytest.fixture(scope="module")
def codes(stack):
    """EELS takes a quarter off for three months, GUEST everything for two."""
    make_code(stack, "EELS", percent_off="25", duration_in_months="3")
    make_code(stack, "GUEST", percent_off="100", duration_in_months="2")
    stack.manage("shell", "-c", SWITCH.format(True))
    yield
    stack.manage("shell", "-c", SWITCH.format(False))


def make_code(stack, word, **terms):
    coupon = stack.ask_stripe("/v1/coupons", {"duration": "repeating", **terms})
    offer = {"promotion[type]": "coupon", "promotion[coupon]": coupon["id"], "code": word}
    stack.ask_stripe("/v1/promotion_codes", offer)


def test_it_takes_a_quarter_off_and_says_so(open_browser, codes):
    page = open_browser()
    begin_to_pay(page)
    type_code(page, "HERRING")
    assert page.locator("#code-error").inner_text() and page.get_by_label("Promotion code").input_value() == "HERRING"
    type_code(page, "eels")
    full, off, total = amounts(page)
    assert off == -full / 4 and total == full + off
    pay(page, PATRON)
    assert f"Receipt for €{total:g}" in Inbox(page).open(PATRON, "Receipt for").title()
    sign_in(page, PATRON)
    words = text_of(page)
    assert f"You give €{full:g} a month." in words and f"is only €{total:g} by your promotion code." in words
    assert re.search(r"Your promotion code is good until \d+ \w+ \d{4}\.", words)


def test_it_takes_a_code_for_everything_without_scripts(open_browser, codes):
    page = open_browser(width=390, height=844, javascript=False)
    begin_to_pay(page)
    type_code(page, "GUEST")
    assert page.get_by_label("Card number").count() == 0
    page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill(GUEST)
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/support/thanks/**")
    assert "hank" in page.locator("h1").inner_text()
    assert "You are a patron" in Inbox(page).open(GUEST, "You are a patron").title()
    sign_in(page, GUEST)
    assert re.search(r"By your promotion code nothing is taken on \d+ \w+ \d{4}", text_of(page))
    page.goto("/topics/vote/")
    assert page.get_by_role("button", name="Cast my votes").count() == 1


def type_code(page, word):
    page.get_by_label("Promotion code").fill(word)
    page.locator("button[value=enter]").click()
    page.wait_for_load_state()


def amounts(page):
    """What is asked for, what is taken off and what is left, in whole units."""
    shown = page.locator(".bill td").all_inner_texts()
    return [float(re.sub(r"[^\d.−-]", "", text.partition(" ")[0]).replace("−", "-")) for text in shown]
