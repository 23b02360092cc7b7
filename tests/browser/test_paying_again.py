"""A renewal that fails, by hand and without scripts, on a telephone: the account says it, one button leads to the open
bill, and after it support goes on."""

import re

import pytest

from tests.browser.walking import pay, sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON = "owing.patron@example.org"


def test_it_walks_from_a_failed_payment_back_to_support(open_browser):
    page = open_browser(width=390, height=844, javascript=False)
    stripe = become_a_patron(page)
    sign_in(page, PATRON)
    fail_the_renewal(page.context.new_page(), stripe)
    wait_for(lambda: "did not go through" in support(page), "The word that the payment failed")
    page.goto("/account/support/fix/")
    assert "did not go through" in text_of(page)
    page.get_by_role("button", name="Pay it now").click()
    pay_the_bill(page)
    wait_for(
        lambda: re.search(r"You give €\d+ a month\. The next payment is on", support(page)), "Support that goes on"
    )


def text_of(page):
    return " ".join(page.locator("main").inner_text().split())


def support(page):
    page.goto("/account/support/")
    return text_of(page)


def become_a_patron(page):
    """Where the payment company's pages stand."""
    page.goto("/support/")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    address = page.url.partition("/c/pay/")[0]
    pay(page, PATRON)
    page.wait_for_url("**/support/thanks/**")
    return address


def fail_the_renewal(page, stripe):
    """Of the youngest subscription, at the sandbox's own dashboard."""
    page.goto(f"{stripe}/")
    page.get_by_role("button", name=re.compile("^Fail the renewal of sub_")).first.click()
    page.wait_for_load_state()


def pay_the_bill(page):
    page.wait_for_url("**/invoices/**")
    page.locator("button.main").click()
    page.wait_for_load_state()
