"""A patron's own pages by hand and without scripts, against the running demo: another amount with what it costs shown
before, a pause and the way on, the end and taking it back, a name on the list, the statement, the file of data."""

import json
import re

import pytest

from tests.browser.walking import Inbox, pay, sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON = "account.patron@example.org"


def test_it_walks_a_patrons_own_pages(open_browser):
    page = open_browser(width=390, height=844, javascript=False)
    become_a_patron(page)
    change_the_amount(page)
    pause_and_go_on(page)
    end_and_take_it_back(page)
    be_named_and_not(page)
    print_the_year(page)
    take_the_data(page)


def become_a_patron(page):
    page.goto("/support/")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, PATRON)
    inbox = Inbox(page)
    wait_for(lambda: len(inbox.subjects(PATRON)) >= 1, "The letter to the new patron")
    sign_in(page, PATRON)
    page.goto("/account/support/")
    assert re.search(r"You give €\d+ a month\. The next payment is on \d+ \w+ \d{4}", facts(page))
    assert "You have given since" in facts(page)


def facts(page):
    return " ".join(page.locator("main").inner_text().split())


def change_the_amount(page):
    page.get_by_role("link", name="Change amount or rhythm").click()
    page.locator("fieldset[data-frequency=month] label", has_text="Another amount").click()
    page.get_by_label("If another amount: how much?").fill("23,50")
    page.get_by_role("button", name="See what changes").click()
    page.wait_for_url(re.compile(r"/account/support/change/[0-9a-f-]{36}/"))
    assert re.search(r"Charged now €\d+(\.\d\d)?", facts(page)) and "€23.50 a month instead?" in facts(page)
    page.get_by_role("button", name=re.compile("^Change it and pay €")).click()
    page.wait_for_url("**/account/support/")
    assert "Your support is changed" in facts(page) and "You give €23.50 a month." in facts(page)


def pause_and_go_on(page):
    page.get_by_role("link", name="Pause", exact=True).click()
    assert "You stay a patron until" in facts(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_url("**/account/support/")
    assert "Your support is paused" in facts(page)
    page.get_by_role("link", name="Go on giving").click()
    assert "Nothing is charged now" in facts(page)
    page.get_by_role("button", name="Go on giving").click()
    page.wait_for_url("**/account/support/")
    assert "You give €23.50 a month." in facts(page)


def end_and_take_it_back(page):
    page.get_by_role("link", name="Stop giving").click()
    page.get_by_label("I read too little of it.").check()
    page.get_by_label("In your words").fill("Too few stories about eels.")
    page.get_by_role("button", name="Stop giving").click()
    page.wait_for_url("**/account/support/")
    assert "Your support ends on" in facts(page) and "nothing more is taken" in facts(page)
    page.get_by_role("button", name="Go on after all").click()
    page.wait_for_url("**/account/support/")
    assert "Your support goes on" in facts(page) and "You give €23.50 a month." in facts(page)


def be_named_and_not(page):
    page.goto("/account/")
    page.get_by_role("link", name="Be named").click()
    page.get_by_label("Name on the list").fill("Ada of the Eel Gate")
    page.get_by_role("button", name="Save").click()
    assert "names you as Ada of the Eel Gate" in facts(page)
    assert "Ada of the Eel Gate" in page.request.get("/support/thank-you/").text()
    page.get_by_role("link", name="Change it or take it off").click()
    page.get_by_role("button", name="Take my name off").click()
    assert "You are not named" in facts(page)
    assert "Ada of the Eel Gate" not in page.request.get("/support/thank-you/").text()


def print_the_year(page):
    page.goto("/account/receipts/")
    page.get_by_role("link", name="Statement to print").first.click()
    assert "Statement of giving" in page.locator("h1").inner_text() and "14 Ropewalk" in facts(page)
    page.emulate_media(media="print")
    assert not page.locator(".no-print").first.is_visible() and page.locator("h1").is_visible()
    page.emulate_media(media="screen")


def take_the_data(page):
    page.goto("/account/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    with open(waiting.value.path()) as file:
        data = json.load(file)
    assert data["account"]["email"] == PATRON
    assert {row["kind"] for row in data["changes_of_support"]} == {"terms", "pause", "resume", "end", "keep"}
