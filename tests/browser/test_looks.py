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


def test_it_never_scrolls_sideways(open_browser):
    """Not on narrow phones, nor at twice the size: a window of 1280 pixels enlarged to 200 % lays out as one of 640."""
    page = open_browser(width=640, height=450)
    assert find_wide(page, [*PUBLIC, lead_story(page, "/"), lead_story(page, "/uk/")], widths=(640, 390, 320)) == []


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
    assert not page.get_by_label("If another amount: how much?").is_visible()
    page.locator(".amounts[data-frequency=once] label", has_text="Another amount").click()
    page.get_by_label("If another amount: how much?").fill("7,50")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    assert "€7.50" in page.locator(".bill").inner_text()


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


def find_wide(page, addresses, change=None, widths=()):
    """At the widths, the widest first, or at the page's own."""
    own, wide = page.viewport_size, []
    for address in addresses:
        page.set_viewport_size(own)
        page.goto(address)
        if change:
            change(page)
        for width in widths or [own["width"]]:
            page.set_viewport_size({**own, "width": width})
            overflow = page.evaluate(OVERFLOW)
            if overflow > 0:
                wide.append(f"{re.sub('[^/]*//[^/]*', '', page.url)} is {overflow} px too wide at {width}")
    return wide


def enlarge_letters(page):
    page.evaluate("document.documentElement.style.fontSize = '200%'")
