"""Ending support by hand without signing in and without scripts, against the running demo: from the footer of a story
to the dated receipt."""

import re

import pytest

from tests.browser.walking import Inbox, pay

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON = "leaving.patron@example.org"


def test_it_ends_support_without_signing_in(open_browser):
    page = open_browser(width=390, height=844, javascript=False)
    page.goto("/support/")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, PATRON)
    page.goto("/")
    page.locator("footer").get_by_role("link", name="End support").click()
    page.get_by_label("Your e-mail address, or the number of a receipt").fill(PATRON)
    page.get_by_label("Why? You need not say.").select_option("unused")
    page.get_by_role("button", name="End support now").click()
    page.wait_for_url("**/support/asked/")
    letter = Inbox(page).text(PATRON, "one click is left")
    page.goto(re.search(r"https?://[^/]+(/\S*declaration/\S+/)", letter).group(1))
    assert re.search(r"€\d+ a month ends on \d+ \w+ \d{4}", main(page))
    page.get_by_role("button", name="End support now").click()
    assert "Your receipt" in main(page) and "It is done." in main(page)
    assert re.search(r"It reached us on \d+ \w+ \d{4}, \d\d:\d\d [A-Z]+", main(page))
    receipt = Inbox(page).text(PATRON, "Receipt: the end of your support")
    assert "I end my support." in receipt and "Nothing more is taken." in receipt
    page.reload()
    assert page.get_by_role("button", name="End support now").count() == 0


def main(page):
    return " ".join(page.locator("main").inner_text().split())
