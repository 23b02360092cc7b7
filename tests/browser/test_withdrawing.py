"""Withdrawing from the contract by the number of a receipt, by hand: in Ukrainian, on a dark telephone, without signing
in and without scripts, from the footer to the dated receipt; the money goes back and nothing runs any more."""

import re

import pytest

from tests.browser.walking import Inbox, link_in, pay, text_of

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON = "withdrawing.patron@example.org"


def test_it_withdraws_by_a_receipts_number_in_ukrainian(open_browser, stack):
    page = open_browser(width=390, height=844, dark=True, javascript=False, locale="uk-UA")
    number = give_and_read_the_number(page)
    page.goto("/uk/")
    page.locator("footer").get_by_role("link", name="Відмовитися від договору").click()
    page.get_by_label("Ваша електронна адреса або номер квитанції").fill("???")
    page.get_by_role("button", name="Підтвердити відмову").click()
    assert page.get_by_label("Ваша електронна адреса або номер квитанції").input_value() == "???"
    page.get_by_label("Ваша електронна адреса або номер квитанції").fill(number)
    page.get_by_role("button", name="Підтвердити відмову").click()
    page.wait_for_url("**/uk/support/asked/")
    page.goto(link_in(Inbox(page).text(PATRON, "лишився один клік"), "/declaration/"))
    assert number in text_of(page)
    page.get_by_role("button", name="Підтвердити відмову").click()
    said = text_of(page)
    assert "Ваше підтвердження" in said and said.count("Зроблено.") == 2
    assert re.search(r"Заяву отримано \d+ \w+ \d{4}", said)
    receipt = Inbox(page).text(PATRON, "Підтвердження: ваша відмова")
    assert number in receipt and re.search(r"Заяву отримано \d+ \w+ \d{4}", receipt)
    assert_over_and_paid_back(stack)
    page.reload()
    assert page.get_by_role("button", name="Підтвердити відмову").count() == 0


def give_and_read_the_number(page):
    page.goto("/uk/support/")
    page.get_by_role("button", name="Перейти до оплати").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, PATRON)
    assert "Дякуємо" in page.locator("h1").inner_text()
    return re.search(r"Номер: (\S+)", Inbox(page).text(PATRON, "Квитанція на")).group(1)


def assert_over_and_paid_back(stack):
    customer = stack.ask_stripe(f"/v1/customers?email={PATRON}")["data"][0]["id"]
    supports = stack.ask_stripe(f"/v1/subscriptions?customer={customer}&status=all")["data"]
    charges = stack.ask_stripe(f"/v1/charges?customer={customer}")["data"]
    assert [row["status"] for row in supports] == ["canceled"] and [row["refunded"] for row in charges] == [True]
