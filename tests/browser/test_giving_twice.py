"""Who gives twice without noticing, by hand and without scripts, on a telephone: one letter, one page, one button, and
the money goes back."""

import re

import pytest

from tests.browser.walking import Inbox, pay, sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
READER = "twice.reader@example.org"


def test_it_walks_from_the_second_payment_to_the_money_back(open_browser):
    page = open_browser(width=390, height=844, javascript=False)
    for _time in range(2):
        give(page)
    page.goto(open_the_letter(page))
    assert "Do you mean to give twice?" in text_of(page)
    page.get_by_role("button", name="End the second one").click()
    assert re.search(r"has ended, and €\d+(\.\d\d)? are on their way back", text_of(page))
    wait_for(lambda: "Your second support has ended" in Inbox(page).subjects(READER), "The letter that says so")
    sign_in(page, READER)
    page.goto("/account/support/")
    assert "You give €" in text_of(page) and "you give twice" not in text_of(page)


def text_of(page):
    return " ".join(page.locator("main").inner_text().split())


def give(page):
    """As a stranger each time: nobody is signed in."""
    page.goto("/support/")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, READER)


def open_the_letter(page):
    return re.search(r"http\S+/support/double/\S+/", Inbox(page).text(READER, "Do you mean to give twice?")).group(0)
