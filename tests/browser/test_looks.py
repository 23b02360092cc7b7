"""Pages hold together: on the narrowest phone, enlarged, with words of any length, without scripts, and light."""

import re

import pytest

from tests.browser.test_accessibility import PUBLIC, become_patron, lead_story

pytestmark = [pytest.mark.browser, pytest.mark.stack]

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
STORY_BYTES, STORY_REQUESTS = 45 * 1024, 12
SAY_LONG = """word => {
  for (const heading of document.querySelectorAll("h1, h2, h3, h1 a, h2 a, h3 a"))
    if (!heading.children.length) heading.textContent = word
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [320, 390])
def test_it_never_scrolls_sideways(open_browser, width):
    page = open_browser(width=width, height=800)
    assert find_wide(page, [*PUBLIC, lead_story(page, "/"), lead_story(page, "/uk/")]) == []


def test_it_never_scrolls_sideways_at_twice_the_size(open_browser):
    """A window of 1280 pixels enlarged to 200 % lays out as one of 640, with letters as they were set."""
    page = open_browser(width=640, height=450)
    assert find_wide(page, [*PUBLIC, lead_story(page, "/")]) == []


def test_it_never_scrolls_sideways_with_large_letters(open_browser):
    page = open_browser(width=390, height=800)
    assert find_wide(page, ["/", "/support/", "/topics/", lead_story(page, "/")], enlarge_letters) == []


def test_it_breaks_a_very_long_word(open_browser):
    page = open_browser(width=320, height=800)
    addresses = ["/", "/section/life/", "/topics/", "/corrections/", lead_story(page, "/")]
    assert find_wide(page, addresses, lambda page: page.evaluate(SAY_LONG, LONG_WORD)) == []


def test_it_takes_support_without_scripts(open_browser):
    page = open_browser(javascript=False)
    page.goto("/support/")
    page.locator("label", has_text="Once").first.click()
    assert page.locator(".amounts[data-frequency=once]").is_visible()
    assert not page.locator(".amounts[data-frequency=month]").is_visible()
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")


def test_it_takes_votes_without_scripts(open_browser):
    page = open_browser(javascript=False)
    become_patron(page, "script.free@example.org")
    page.goto("/topics/vote/")
    page.locator("fieldset.ballot").first.locator("input[type=radio][value='1']").check()
    page.locator(".ballot-foot button").click()
    page.wait_for_load_state()
    page.goto("/topics/vote/")
    assert page.locator("fieldset.ballot").first.locator("input[type=radio][value='1']").is_checked()


def test_it_sends_a_story_in_few_bytes(open_browser):
    """What a reader's browser really fetches for the demo's longest English story, compressed; pictures left out, and
    headers, which HTTP/2 sends once."""
    page = open_browser(width=390, height=844)
    address = lead_story(page, "/")
    fresh = open_browser(width=390, height=844)
    sizes = {}
    fresh.on("requestfinished", lambda request: sizes.update(weigh(request)))
    fresh.goto(address)
    fresh.wait_for_load_state("networkidle")
    assert sum(sizes.values()) <= STORY_BYTES, sizes
    assert len(sizes) <= STORY_REQUESTS, sizes


def weigh(request):
    if request.resource_type == "image":
        return {}
    return {request.url: request.sizes()["responseBodySize"]}


def find_wide(page, addresses, change=None):
    wide = []
    for address in addresses:
        page.goto(address)
        if change:
            change(page)
        overflow = page.evaluate(OVERFLOW)
        if overflow > 0:
            wide.append(f"{re.sub('[^/]*//[^/]*', '', page.url)} is {overflow} px too wide")
    return wide


def enlarge_letters(page):
    page.evaluate("document.documentElement.style.fontSize = '200%'")
