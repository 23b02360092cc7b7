"""Being forgotten, by hand: the account says what goes, a code confirms it, support ends at the payment company before
anything else, and nobody is left."""

import re

import pytest

from tests.browser.walking import Inbox, become_a_patron, sign_in, text_of, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
MODES = ({"width": 1280}, {"width": 390, "height": 844, "javascript": False})


@pytest.mark.parametrize("mode", [MODES[0], pytest.param(MODES[1], marks=pytest.mark.thorough)], ids=("desk", "phone"))
def test_it_forgets_a_patron_and_stops_the_money_first(open_browser, stack, mode):
    page, email = open_browser(**mode), f"erased.{mode['width']}@example.org"
    become_a_patron(page, email)
    customer = stack.ask_stripe(f"/v1/customers?email={email}")["data"][0]["id"]
    sign_in(page, email)
    erase(page, email)
    assert_over_at_stripe(stack, customer)
    assert_signed_out(page)
    sign_in(page, email)
    assert "You are not a patron at present." in text_of(page) and "What you gave" not in text_of(page)


def erase(page, email):
    page.get_by_role("link", name="Erase my account").click()
    assert "Your support ends at once" in text_of(page) and page.get_by_role("button", name="Download").count() == 1
    page.get_by_role("button", name="Send me a code to confirm").click()
    code = re.search(r"\b(\d{6})\b", Inbox(page).text(email, "Your code to erase")).group(1)
    page.get_by_label("Code", exact=True).fill("000000" if code != "000000" else "111111")
    page.get_by_label("Never write to this address again").check()
    page.get_by_role("button", name="Erase it all").click()
    assert "This code is wrong or too old" in text_of(page)
    assert page.get_by_label("Never write to this address again").is_checked()
    page.get_by_label("Never write to this address again").uncheck()
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Erase it all").click()
    page.wait_for_url("**/account/erased/")
    assert "Your account is closed" in text_of(page)


def assert_over_at_stripe(stack, customer):
    """The customer goes last of all, and the subscription before it."""
    wait_for(lambda: stack.ask_stripe(f"/v1/customers/{customer}").get("deleted"), "The end of the customer")
    ended = stack.ask_stripe(f"/v1/subscriptions?customer={customer}&status=all")["data"]
    assert [row["status"] for row in ended] == ["canceled"]
    told = stack.ask_stripe("/v1/events?types[]=customer.deleted&types[]=customer.subscription.deleted&limit=2")["data"]
    assert [event["type"] for event in told] == ["customer.deleted", "customer.subscription.deleted"]


def assert_signed_out(page):
    page.goto("/account/")
    page.wait_for_url("**/account/sign-in/**")
    assert all(cookie["name"] != "signed_in" for cookie in page.context.cookies())
