"""A renewal that fails, by hand: the account says it, every page does, a letter comes; each leads to one button, and
after it support goes on. Who lets the days pass is told in a friendly way, and is back as quickly."""

import re

import pytest

from tests.browser.test_accessibility import faults_of
from tests.browser.test_looks import OVERFLOW
from tests.browser.walking import (
    Inbox,
    become_a_patron,
    begin_to_pay,
    go_on_to_pay,
    link_in,
    pay,
    sign_in,
    text_of,
    wait_for,
)

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON, READER = "owing.patron@example.org", "owing.reader@example.org"
SAID = "A payment did not go through"
IS_WHOLE = "link => link.parentElement.scrollWidth <= link.parentElement.clientWidth"
# As if the paid time had begun so many days earlier; then the sweep that writes, and once more for what came of it.
LET_PASS = (
    "from datetime import timedelta; from django.db.models import F; from members.patronage.models import Period;"
    "from members.patronage.dunning import sweep_dunning as sweep; days = timedelta({});"
    "dates = ('starts_at', 'grace_from', 'ends_at'); owing = Period.objects.filter(member__email='{}');"
    "owing.exclude(grace_from=None).update(**{{name: F(name) - days for name in dates}}); sweep(); sweep()"
)
MONTH, GRACE = 32, 15  # days that are enough of them


def test_it_walks_from_a_failed_payment_back_to_support(open_browser, stack):
    page = open_browser(width=390, height=844, javascript=False)
    become_a_patron(page, PATRON)
    sign_in(page, PATRON)
    fail_the_renewal(stack, PATRON)
    wait_for(lambda: "did not go through" in support(page), "The word that the payment failed")
    page.get_by_role("button", name="Pay it now").click()
    pay_the_bill(page)
    assert_going_on(page)


def test_it_walks_from_the_letter_to_the_fix_and_from_the_end_to_a_new_start(open_browser, stack):
    page = open_browser()
    begin_to_pay(page, "€9")
    pay(page, READER)
    sign_in(page, READER)
    fail_the_renewal(stack, READER)
    wait_for(lambda: "did not go through" in support(page), "The word that the payment failed")
    let_pass(stack, READER, MONTH)
    assert is_said(page)
    assert_whole_on_a_telephone(page)
    mend_by_the_letter(open_browser(), page)
    fail_the_renewal(stack, READER)
    wait_for(lambda: "did not go through" in support(page), "The word that the payment failed")
    let_pass(stack, READER, 2 * MONTH + GRACE)
    come_back_by_the_letter(page)


def support(page):
    page.goto("/account/support/")
    return text_of(page)


def is_said(page):
    """In the masthead of a public page, to whom it is about, once the page knows who looks."""
    page.goto("/topics/")
    page.get_by_role("link", name=READER.partition("@")[0]).wait_for()
    return page.get_by_role("link", name=SAID).count()


def assert_whole_on_a_telephone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.get_by_role("link", name=SAID).evaluate(IS_WHOLE) and page.evaluate(OVERFLOW) <= 0
    assert faults_of(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})


def fail_the_renewal(stack, email):
    customer = stack.ask_stripe(f"/v1/customers?email={email}")["data"][0]["id"]
    subscription = stack.ask_stripe(f"/v1/subscriptions?customer={customer}")["data"][0]["id"]
    stack.ask_stripe(f"/_sandbox/subscriptions/{subscription}/renew", {"failed": "1"})


def let_pass(stack, email, days):
    stack.manage("shell", "-c", LET_PASS.format(days, email))


def pay_the_bill(page):
    page.wait_for_url("**/invoices/**")
    page.locator("button.main").click()
    page.wait_for_load_state()


def assert_going_on(page):
    wait_for(
        lambda: re.search(r"You give €\d+ a month\. The next payment is on", support(page)), "Support that goes on"
    )


def mend_by_the_letter(elsewhere, page):
    """On a machine where nobody is signed in: the code, and at once the button."""
    letter = Inbox(page).text(READER, SAID)
    assert "You stay a patron until" in letter and "you need do nothing" in letter
    elsewhere.goto(link_in(letter, "/fix/"))
    sign_in(elsewhere, READER, elsewhere.url)
    assert elsewhere.locator("h1").inner_text() == "A payment to mend"
    elsewhere.get_by_role("button", name="Pay it now").click()
    pay_the_bill(elsewhere)
    assert_going_on(page)
    assert not is_said(page)


def come_back_by_the_letter(page):
    letter = Inbox(page).text(READER, "Your support has ended")
    assert "you owe us nothing" in letter
    assert "Your support ended on" in support(page) and not is_said(page)
    page.goto(link_in(letter, "/support/"))
    assert page.locator("[name=frequency]:checked").get_attribute("value") == "month"
    assert page.locator("[name=amount_month]:checked").get_attribute("value") == "900"
    go_on_to_pay(page)
    pay(page, READER)
    assert_going_on(page)
