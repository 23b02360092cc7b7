"""Signing in on a telephone that drops its tabs over the mail, and by the link on another machine."""

import re

import pytest

from tests.browser.walking import Inbox

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PHONE = {"width": 390, "height": 844}


def ask(page, email):
    page.goto("/account/sign-in/?next=/topics/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me the code").click()
    page.wait_for_url("**/code/**")


def read(page, email):
    """The code and the link's path, from the newest letter."""
    text = Inbox(page).text(email, "code")
    return re.search(r"\b(\d{6})\b", text).group(1), re.search(r"https?://[^/\s]+(/\S+/link/\S+)", text).group(1)


def enter(page, code):
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/topics/")


def test_it_takes_the_code_after_the_page_was_loaded_again(open_browser):
    page = open_browser(**PHONE)
    ask(page, "reloading.reader@example.org")
    code, _link = read(page, "reloading.reader@example.org")
    page.reload()
    enter(page, code)


@pytest.mark.parametrize("javascript", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_it_takes_the_code_after_the_tab_was_lost(open_browser, javascript):
    page = open_browser(**PHONE, javascript=javascript)
    email = f"tabless.reader{javascript:d}@example.org"
    ask(page, email)
    code, _link = read(page, email)
    again = page.context.new_page()
    page.close()
    again.goto("/")
    again.goto("/account/sign-in/")
    assert email in again.locator("main").inner_text()
    enter(again, code)


def test_it_lets_whoever_came_back_write_another_address(open_browser):
    page = open_browser(**PHONE)
    ask(page, "mistyped.reader@example.org")
    page.get_by_role("link", name="try another address").click()
    page.get_by_label("E-mail address").fill("right.reader@example.org")
    page.get_by_role("button", name="Send me the code").click()
    page.wait_for_url("**/code/**")
    enter(page, read(page, "right.reader@example.org")[0])


@pytest.mark.parametrize("javascript", [pytest.param(True, marks=pytest.mark.thorough), False])
def test_it_signs_in_by_the_link_in_another_browser(open_browser, javascript):
    here, email = open_browser(), f"linked.reader{javascript:d}@example.org"
    ask(here, email)
    code, link = read(here, email)
    there = open_browser(**PHONE, javascript=javascript)
    there.goto(link)
    assert link not in there.url and email in there.locator("main").inner_text()
    there.reload()
    there.get_by_role("button", name="Sign in", exact=True).click()
    there.wait_for_url("**/topics/")
    there.goto("/account/")
    assert email in there.locator("main").inner_text()
    here.get_by_label("Code", exact=True).fill(code)
    here.get_by_role("button", name="Sign in", exact=True).click()
    here.wait_for_load_state()
    assert "A code is good once" in here.locator("body").inner_text()


def test_it_ends_the_other_browser_from_the_account_page(open_browser):
    here, there, email = open_browser(), open_browser(**PHONE), "two.browsers@example.org"
    ask(here, email)
    code, _link = read(here, email)
    enter(here, code)
    ask(there, email)
    there.goto(read(there, email)[1])
    there.get_by_role("button", name="Sign in", exact=True).click()
    there.wait_for_url("**/topics/")
    here.goto("/account/")
    rows = here.locator("section[aria-labelledby=browsers] li", has_text="Chrome on Linux")
    assert rows.count() == 2 and "this browser" in rows.first.inner_text()
    rows.last.get_by_role("button").click()
    here.wait_for_load_state()
    assert "That browser is signed out." in here.locator("body").inner_text()
    there.goto("/account/")
    assert "/account/sign-in/" in there.url
