"""A patron's own pages by hand and without scripts, against the running demo: another amount with what it costs shown
before, a pause and the way on, the end and taking it back, a name on the list, newsletters, the statement, the file of
data; and the ways to give that are not ours."""

import json
import re

import pytest

from tests.browser.walking import Inbox, become_a_patron, sign_in, text_of, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON, OTHER = "account.patron@example.org", "account.other@example.org"


def test_it_walks_a_patrons_own_pages(open_browser):
    page = open_browser(width=390, height=844, javascript=False)
    see_what_stands(page, PATRON)
    change_the_amount(page)
    pause_and_go_on(page)
    end_and_take_it_back(page)
    be_named_and_not(page)
    choose_newsletters(page)
    print_the_year(page)
    take_the_data(page, PATRON, {"terms", "pause", "resume", "end", "keep"})
    see_other_ways(page)


def test_it_walks_from_months_to_years(open_browser):
    page = open_browser()
    see_what_stands(page, OTHER)
    change_the_rhythm(page)
    end_and_take_it_back(page, "€40 a year")
    take_the_data(page, OTHER, {"terms", "end", "keep"})


def see_what_stands(page, email):
    become_a_patron(page, email)
    Inbox(page).open(email, "You are a patron")
    sign_in(page, email)
    page.goto("/account/support/")
    assert re.search(r"You give €\d+ a month\. The next payment is on \d+ \w+ \d{4}", text_of(page))
    assert "You have given since" in text_of(page)
    assert page.locator(".masthead").get_by_role("link", name=email.partition("@")[0]).is_visible()


def change_the_amount(page):
    page.get_by_role("link", name="Change amount or rhythm").click()
    page.locator("fieldset[data-frequency=month] label", has_text="Another amount").click()
    page.get_by_label("If another amount: how much?").fill("23,50")
    page.locator("fieldset[data-frequency=month] label").first.click()
    page.get_by_role("button", name="See what changes").click()
    page.get_by_text("and wrote another amount as well").wait_for()  # and not one of the two without a word
    page.locator("fieldset[data-frequency=month] label", has_text="Another amount").click()
    page.get_by_role("button", name="See what changes").click()
    page.wait_for_url(re.compile(r"/account/support/change/[0-9a-f-]{36}/"))
    assert re.search(r"Charged now €\d+(\.\d\d)?", text_of(page)) and "€23.50 a month instead?" in text_of(page)
    page.get_by_role("button", name=re.compile("^Change it and pay €")).click()
    page.wait_for_url("**/account/support/")
    assert "Your support is changed" in text_of(page) and "You give €23.50 a month." in text_of(page)


def change_the_rhythm(page):
    """What was paid for the month is taken off the year that begins today."""
    page.get_by_role("link", name="Change amount or rhythm").click()
    page.locator("label", has_text="Yearly").click()
    page.locator("fieldset[data-frequency=year] label", has_text="€40").first.click()
    page.get_by_role("button", name="See what changes").click()
    page.wait_for_url(re.compile(r"/account/support/change/[0-9a-f-]{36}/"))
    now = re.search(r"Charged now €(\d+(?:\.\d\d)?)", text_of(page)).group(1)
    assert 30 < float(now) < 40 and "€40 a year instead?" in text_of(page)
    page.get_by_role("button", name=f"Change it and pay €{now}").click()
    page.wait_for_url("**/account/support/")
    assert "Your support is changed" in text_of(page) and "You give €40 a year." in text_of(page)
    wait_for(lambda: page.reload() and f"€{now}" in page.locator("main table").inner_text(), "The payment")


def pause_and_go_on(page):
    page.get_by_role("link", name="Pause", exact=True).click()
    assert "You stay a patron until" in text_of(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_url("**/account/support/")
    assert "Your support is paused" in text_of(page)
    page.get_by_role("link", name="Go on giving").click()
    assert "Nothing is charged now" in text_of(page)
    page.get_by_role("button", name="Go on giving").click()
    page.wait_for_url("**/account/support/")
    assert "You give €23.50 a month." in text_of(page)


def end_and_take_it_back(page, given="€23.50 a month"):
    page.get_by_role("link", name="Stop giving").click()
    page.get_by_label("I read too little of it.").check()
    page.get_by_label("In your words").fill("Too few stories about eels.")
    page.get_by_role("button", name="Stop giving").click()
    page.wait_for_url("**/account/support/")
    assert "Your support ends on" in text_of(page) and "nothing more is taken" in text_of(page)
    page.get_by_role("button", name="Go on after all").click()
    page.wait_for_url("**/account/support/")
    assert "Your support goes on" in text_of(page) and f"You give {given}." in text_of(page)


def be_named_and_not(page):
    page.goto("/account/")
    page.get_by_role("link", name="Be named").click()
    page.get_by_label("Name on the list").fill("Ada of the Eel Gate")
    page.get_by_role("button", name="Save").click()
    assert "names you as Ada of the Eel Gate" in text_of(page)
    assert "Ada of the Eel Gate" in page.request.get("/support/thank-you/").text()
    page.get_by_role("link", name="Change it or take it off").click()
    page.get_by_role("button", name="Take my name off").click()
    assert "You are not named" in text_of(page)
    assert "Ada of the Eel Gate" not in page.request.get("/support/thank-you/").text()


def choose_newsletters(page):
    for is_wanted, said in ((True, "You get The Weekday Briefing."), (False, "You get no newsletter.")):
        page.goto("/account/")
        page.get_by_role("link", name="Choose your newsletters").click()
        page.locator(".letters li", has_text="The Weekday Briefing").get_by_role("checkbox").set_checked(is_wanted)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("From now on you get what is ticked here.").wait_for()
        page.goto("/account/")
        assert said in text_of(page)


def see_other_ways(page):
    """Written by editors, as any page."""
    page.goto("/support/")
    page.get_by_role("link", name="Bank transfer").click()
    page.wait_for_url("**/support/other-ways/")
    assert page.locator("main h1").is_visible() and page.locator("main p").count()


def print_the_year(page):
    page.goto("/account/receipts/")
    page.get_by_role("link", name="Statement to print").first.click()
    assert "Statement of giving" in page.locator("h1").inner_text() and "14 Ropewalk" in text_of(page)
    page.emulate_media(media="print")
    assert not page.locator(".no-print").first.is_visible() and page.locator("h1").is_visible()
    page.emulate_media(media="screen")


def take_the_data(page, email, kinds):
    page.goto("/account/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    with open(waiting.value.path()) as file:
        data = json.load(file)
    assert data["account"]["email"] == email
    assert {row["kind"] for row in data["changes_of_support"]} == kinds
