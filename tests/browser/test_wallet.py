"""Paying by a wallet that has another address than the account, by hand: the support is the signed-in member's; who is
not signed in finds it under the wallet's address, as the thanks page says."""

import pytest

from tests.browser.test_accessibility import faults_of
from tests.browser.walking import Inbox, begin_to_pay, sign_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.stack]
MEMBER, OTHERS = "wallet.member@example.org", "wallet.other@example.org"
NOBODY = "wallet.nobody@example.org"
PHONE = {"width": 390, "height": 844}


def pay_by_wallet(page, address, wallet):
    page.get_by_text("Pay by a wallet instead").click()
    page.get_by_label("Address that the wallet gives").fill("nobody")
    page.get_by_role("button", name=wallet).click()
    page.locator("#wallet-email-error").wait_for()
    page.get_by_label("Address that the wallet gives").fill(address)
    page.get_by_role("button", name=wallet).click()
    page.wait_for_url("**/support/thanks/**")


def test_it_is_the_signed_in_member_s_whatever_the_wallet_says(open_browser, stack):
    page = open_browser(**PHONE)
    sign_in(page, MEMBER)
    begin_to_pay(page)
    assert not page.get_by_label("E-mail").is_editable()  # the account's own stands there
    page.get_by_text("Pay by a wallet instead").click()
    assert faults_of(page) == []
    page.reload()
    pay_by_wallet(page, OTHERS, "Apple Pay")
    assert "The receipt goes to the address of your account." in text_of(page)
    inbox = Inbox(page)
    inbox.open(MEMBER, "Receipt for")
    assert inbox.subjects(OTHERS) == []
    page.goto("/account/")
    assert f"You are signed in as {MEMBER}." in text_of(page) and "You give €" in text_of(page)
    assert stack.rows("SELECT count(*) FROM members_member WHERE email = %s", OTHERS) == [(0,)]
    stranger = open_browser()
    sign_in(stranger, OTHERS)
    stranger.goto("/account/")
    assert "You are not a patron at present." in text_of(stranger)


def test_who_is_not_signed_in_finds_it_under_the_wallet_s_address(open_browser):
    page = open_browser(**PHONE, javascript=False)
    begin_to_pay(page)
    pay_by_wallet(page, NOBODY, "Google Pay")
    assert "it is the address that is kept in it" in text_of(page) and NOBODY not in page.content()
    Inbox(page).open(NOBODY, "You are a patron")
    sign_in(page, NOBODY)
    page.goto("/account/")
    assert "You give €" in text_of(page)
