"""The way back from the payment company, by hand: while its events are late, and when two tabs have gone there."""

import pytest

from tests.browser.walking import Inbox, become_a_patron, begin_to_pay, pay, sign_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.stack]
LATE, TABS = "late.patron@example.org", "tabs.patron@example.org"


def test_it_thanks_at_once_while_events_are_late_and_signs_nobody_in(open_browser, hold_events):
    """Without scripts: the thanks page asks the payment company itself, so that all is there before any event is."""
    page = open_browser(width=390, height=844, javascript=False)
    let_go = hold_events()
    become_a_patron(page, LATE)
    assert page.locator("h1").inner_text() == "Thank you." and "has not confirmed" not in text_of(page)
    assert LATE not in page.content()
    thanks = page.url
    page.goto("/account/")
    page.wait_for_url("**/account/sign-in/**")
    inbox = Inbox(page)
    inbox.open(LATE, "You are a patron")
    sign_in(page, LATE)
    page.goto("/account/support/")
    assert "You give €4 a month." in text_of(page)
    assert_opens_nothing(open_browser(), thanks)
    let_go()
    subjects = inbox.subjects(LATE)
    assert [sum(words in subject for subject in subjects) for words in ("You are a patron", "Receipt for")] == [1, 1]


def assert_opens_nothing(stranger, address):
    """Whoever has the address of the thanks page is thanked, and that is all."""
    stranger.goto(address)
    assert "Thank you." in text_of(stranger) and LATE not in stranger.content()
    stranger.goto("/account/support/")
    stranger.wait_for_url("**/account/sign-in/**")


def test_two_tabs_that_both_went_to_pay_end_in_one_support(open_browser, stack):
    first = open_browser()
    sign_in(first, TABS)
    second = first.context.new_page()
    begin_to_pay(first)
    begin_to_pay(second)
    first.locator("button[value=pay]").click()
    first.get_by_role("heading", name="This payment page has expired").wait_for()
    pay(second, TABS)
    first.get_by_role("link", name="Back").click()
    first.get_by_role("button", name="Go on to pay").click()
    first.wait_for_url("**/account/support/")
    assert "You give €4 already." in first.locator("body").inner_text()
    customer = stack.ask_stripe(f"/v1/customers?email={TABS}")["data"][0]["id"]
    assert len(stack.ask_stripe(f"/v1/subscriptions?customer={customer}&status=all")["data"]) == 1
