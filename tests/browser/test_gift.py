"""Support for somebody else by hand, on a telephone: given without scripts, paid, opened by its letter, taken with a
code, and a patron; and what was typed wrongly stays."""

import re

import pytest

from tests.browser.walking import Inbox, pay, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
GIVER, FRIEND = "gift.giver@example.org", "gift.friend@example.org"


def test_it_walks_from_the_giver_to_a_new_patron(open_browser):
    giver, friend = open_browser(width=390, height=844, javascript=False), open_browser(width=390, height=844)
    give(giver)
    link = open_the_letter(friend)
    look_without_taking(open_browser(), link)
    take_it(friend, link)
    assert_patron(friend)
    wait_for(lambda: any("taken" in subject for subject in Inbox(giver).subjects(GIVER)), "The word to the giver")
    assert_gone(open_browser(), link)


def text_of(page):
    return " ".join(page.locator("main").inner_text().split())


def give(page):
    page.goto("/support/")
    page.get_by_role("link", name="Give three months or a year to a friend").click()
    page.locator("label", has_text="3 months").first.click()
    page.get_by_label("E-mail address of whom it is for").fill(FRIEND)
    page.get_by_label("From whom").fill("Ada of the Eel Gate")
    page.get_by_label("A few words").fill("Read what they found in the harbour’s books.")
    page.get_by_label("The day on which it arrives").fill("2020-01-01")
    page.get_by_role("button", name="Go on to pay").click()
    assert "This day is past" in text_of(page)
    assert page.locator("[name=months][value='3']").is_checked()
    assert page.get_by_label("From whom").input_value() == "Ada of the Eel Gate"
    page.get_by_label("The day on which it arrives").fill("")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    assert re.search(r"3 months of .+", page.locator("body").inner_text())
    pay(page, GIVER, "Ada")
    assert "gets a letter" in text_of(page)
    assert any("Receipt" in subject for subject in wait_for(lambda: Inbox(page).subjects(GIVER), "The receipt"))


def open_the_letter(page):
    text = Inbox(page).text(FRIEND, "Ada of the Eel Gate")
    assert "harbour’s books" in text and GIVER not in text
    return re.search(r"http\S+/gift/\S+/", text).group(0)


def look_without_taking(page, link):
    """As a mail scanner does."""
    answer = page.goto(link)
    assert answer.status == 200 and answer.headers["referrer-policy"] == "same-origin"
    assert page.locator("main form").count() == 0


def take_it(page, link):
    page.goto(link)
    assert "3 months of" in page.locator("h1").inner_text() and "harbour’s books" in text_of(page)
    page.get_by_role("link", name="Sign in and take it").click()
    inbox = Inbox(page)
    known = len(inbox.subjects(FRIEND))
    page.get_by_label("E-mail address").fill(FRIEND)
    page.get_by_role("button", name="Send me the code").click()
    page.wait_for_url("**/code/**")
    wait_for(lambda: len(inbox.subjects(FRIEND)) > known, "The code")
    page.get_by_label("Code", exact=True).fill(re.search(r"\b(\d{6})\b", inbox.text(FRIEND, "code")).group(1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/gift/**")
    assert f"You are signed in as {FRIEND}" in text_of(page)
    page.get_by_role("button", name="Take the gift").click()
    page.wait_for_url("**/account/")
    assert "The gift is yours" in text_of(page) and "You are a patron until" in text_of(page)


def assert_patron(page):
    page.goto("/topics/vote/")
    assert page.get_by_role("button", name="Cast my votes").count() == 1


def assert_gone(page, link):
    assert page.goto(link).status == 410
    assert "has been taken already" in text_of(page) and FRIEND not in text_of(page)
