"""Support from a bank account, by hand: the bank takes days, and each page says so until it has paid, or has not."""

import re

import pytest

from tests.browser.walking import Inbox, begin_to_pay, link_in, sign_in, text_of, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON, REFUSED = "debit.patron@example.org", "debit.refused@example.org"
WITHDRAWN = "debit.withdrawn@example.org"
NOT_PAYING = "DE62 3704 0044 0532 0130 01"
YET = "Your bank has not confirmed"
SWEEPS = {
    "dunning": "from members.patronage.dunning import sweep_dunning as sweep; sweep()",
    "declarations": (
        "from datetime import timedelta; from django.db.models import F;"
        "from members.patronage.models import DeclaredEffect as Effect;"
        "from members.patronage.declarations import sweep_declarations as sweep;"
        "Effect.objects.update(checked_at=F('checked_at') - timedelta(minutes=5)); sweep()"
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _debits(stack):
    """Switched on at the payment company's dashboard."""
    stack.ask_stripe("/_sandbox/payment-methods", {"types": "card,sepa_debit"})
    yield
    stack.ask_stripe("/_sandbox/payment-methods", {"types": "card"})


def pay_by_debit(page, email, iban=""):
    begin_to_pay(page)
    page.get_by_label("Bank account").check()
    page.get_by_label("E-mail").fill(email)
    if iban:
        page.get_by_label("IBAN").fill(iban)
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/support/thanks/**")
    assert YET in text_of(page)


def settle(stack, email):
    """The bank's answer."""
    customer = stack.ask_stripe(f"/v1/customers?email={email}")["data"][0]["id"]
    charge = stack.ask_stripe(f"/v1/charges?customer={customer}")["data"][0]["id"]
    stack.ask_stripe(f"/_sandbox/charges/{charge}/settle", {})
    wait_for(stack.has_worked_off_events, "The last event")
    return charge


def account(page):
    page.goto("/account/support/")
    return text_of(page)


def test_it_waits_for_the_bank_and_then_gives_the_rights(open_browser, stack):
    page = open_browser(width=390, height=844)
    pay_by_debit(page, PATRON)
    sign_in(page, PATRON)
    assert "You give €" in account(page) and f"{YET} the first payment yet" in text_of(page)
    page.goto("/topics/vote/")
    assert page.get_by_role("button", name="Cast my votes").count() == 0
    settle(stack, PATRON)
    Inbox(page).open(PATRON, "You are a patron")
    assert "You give €" in account(page) and YET not in text_of(page)
    page.goto("/topics/vote/")
    assert page.get_by_role("button", name="Cast my votes").count() == 1


def test_who_hears_that_the_bank_refused_pays_in_another_way(open_browser, stack):
    page = open_browser(width=390, height=844, javascript=False)
    pay_by_debit(page, REFUSED, NOT_PAYING)
    settle(stack, REFUSED)
    stack.manage("shell", "-c", SWEEPS["dunning"])
    letter = Inbox(page).text(REFUSED, "A payment did not go through")
    assert "Your support waits until it is paid." in letter and "You stay a patron" not in letter
    page.goto(link_in(letter, "/fix/"))
    sign_in(page, REFUSED, page.url)
    page.get_by_role("button", name="Pay it now").click()
    page.wait_for_url("**/invoices/**")


def test_who_withdraws_meanwhile_gets_back_what_the_bank_pays(open_browser, stack):
    page = open_browser()
    pay_by_debit(page, WITHDRAWN)
    page.goto("/support/withdraw/")
    page.get_by_label("Your e-mail address, or the number of a receipt").fill(WITHDRAWN)
    page.get_by_role("button", name="Confirm withdrawal").click()
    page.wait_for_url("**/support/asked/")
    page.goto(link_in(Inbox(page).text(WITHDRAWN, "one click is left"), "/declaration/"))
    assert re.search(r"Should your bank still pay €\d+, it goes back", text_of(page))
    page.get_by_role("button", name="Confirm withdrawal").click()
    assert "Banks take some days for a debit" in text_of(page)
    charge = settle(stack, WITHDRAWN)
    stack.manage("shell", "-c", SWEEPS["declarations"])
    assert wait_for(lambda: stack.ask_stripe(f"/v1/charges/{charge}")["refunded"], "The refund")
    page.reload()
    assert "Banks take some days" not in text_of(page) and text_of(page).count("It is done.") == 2
    assert not any("You are a patron" in subject for subject in Inbox(page).subjects(WITHDRAWN))
