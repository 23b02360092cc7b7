"""A yearly patron before the renewal, by hand: from the letter to another card at the payment company and back, and
from the letter to the end."""

import re

import pytest

from tests.browser.walking import Inbox, link_in, sign_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON = "yearly.patron@example.org"
# As if a year were nearly over; then the sweep that writes.
LET_PASS = (
    "from datetime import timedelta; from django.utils import timezone;"
    "from members.patronage.models import Subscription; from members.patronage.renewing import sweep_renewals;"
    "mine = Subscription.objects.filter(member__email='{}');"
    "mine.update(current_period_end=timezone.now() + timedelta(10)); sweep_renewals()"
)


def test_it_walks_from_the_letter_to_another_card_and_to_the_end(open_browser, stack):
    support = stack.sell(PATRON, 4000, frequency="year")
    page = open_browser(width=390, height=844, javascript=False)
    Inbox(page).open(PATRON, "You are a patron")
    stack.manage("shell", "-c", LET_PASS.format(PATRON))
    letter = Inbox(page).text(PATRON, "Your support is renewed on")
    assert re.search(r"On \d+ \w+ \d{4} we take €40 for the next one\.", letter)
    page.goto(link_in(letter, "/account/support/"))
    sign_in(page, PATRON, page.url)
    change_the_card(page, stack, support)
    end_it(page, letter)


def change_the_card(page, stack, support):
    page.get_by_role("button", name="Change the card").click()
    page.wait_for_url("**/p/session/**/card**")
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.locator("button.main").click()
    page.locator("#card-error, .problem").first.wait_for()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.locator("button.main").click()
    page.get_by_text("ending in 4444").wait_for()
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/account/support/")
    method = stack.ask_stripe(f"/v1/subscriptions/{support}")["default_payment_method"]
    assert stack.ask_stripe(f"/v1/payment_methods/{method}")["card"]["last4"] == "4444"


def end_it(page, letter):
    page.goto(link_in(letter, "/account/support/end/"))
    page.get_by_role("button", name="Stop giving").click()
    page.wait_for_url("**/account/support/")
    assert "Your support ends on" in text_of(page) and "nothing more is taken" in text_of(page)
