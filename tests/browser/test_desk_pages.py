"""The desk's own pages in the states that a day brings: axe finds nothing by day and by night;
nothing scrolls sideways on a phone or enlarged; the keyboard reaches the buttons and sees where it is."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.editing import press_tool, surface
from tests.browser.test_accessibility import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.stack]

STORIES = "/admin/articles/article/"
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LOOKS = ("wide", "phone", "dark", "letter", "card")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUTLINE = "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"


@pytest.fixture(scope="module")
def addresses(chromium, stack, editor_state):
    """Made once: one story with revisions, a note and a lasting conflict; and where each of its pages stands."""
    context = chromium.new_context(base_url=stack.url, locale="en-GB", storage_state=editor_state)
    context.set_default_timeout(15_000)
    page, other = context.new_page(), context.new_page()
    yield {**write_over_each_other(page, other), **_other_states(page)}
    context.close()


def write_over_each_other(page, other):
    """In two tabs on one new story, with a note; where each of its pages stands."""
    story = _begin(page, f"{LONG_WORD}: a bill that nobody signs")
    page.locator("#notes summary").click()
    page.locator("#note-text").fill("Ask the office once more.")
    _press(page, "button[value=note]")
    other.goto(story)
    for person, deck in ((page, "What she wrote."), (other, "What he wrote.")):
        person.locator("#id_deck").fill(deck)
    _press(page, "button[value=save]")
    _press(other, "button[value=save]")
    mine = other.locator("input[name=mine]").input_value()
    number = re.search(r"/(\d+)/change/", story).group(1)
    return {
        "form": story,
        "decide": f"{STORIES}{number}/decide/?mine={mine}",
        "revisions": f"{STORIES}{number}/revisions/",
        "date": f"{STORIES}{number}/date/",
        "queue": f"{STORIES}queue/",
        **{look: f"{STORIES}{number}/look/?as={look}" for look in LOOKS},
    }


def _begin(page, headline):
    page.goto(f"{STORIES}add/")
    page.locator("#id_headline").fill(headline)
    surface(page).click()
    page.keyboard.type("At nine the horn is silent.")
    page.wait_for_url("**/change/", timeout=40_000)
    _press(page, "button[value=save]")
    return page.url


def _press(page, button):
    with page.expect_navigation(timeout=40_000):
        page.locator(button).click()


def _other_states(page):
    """Those that the demo has: asked for by the words of their state."""
    page.goto(STORIES)
    found = {}
    for name, words in (("scheduled", "scheduled"), ("asked", "changes requested"), ("behind", "source changed")):
        row = page.locator("#result_list tr", has_text=re.compile(words, re.IGNORECASE)).first
        found[name] = row.locator("a[href*='/change/']").first.get_attribute("href")
    return found


def test_axe_finds_nothing_in_any_state(open_browser, editor_state, addresses):
    page, found = open_browser(state=editor_state), []
    for address in addresses.values():
        page.goto(address)
        page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
        found += both_ways(page)
    page.goto(addresses["revisions"])
    _press(page, ".saving-compare button")
    assert found + both_ways(page) == []


@pytest.mark.parametrize("tool", ["Gallery", "Related box", "Embed"])
def test_axe_finds_nothing_in_the_editors_dialogs(open_browser, editor_state, addresses, tool):
    page = open_browser(state=editor_state)
    page.goto(addresses["form"])
    surface(page).click()
    press_tool(page, tool)
    expect(page.locator("dialog[open]")).to_be_visible()
    assert both_ways(page) == []


def test_nothing_scrolls_sideways(open_browser, editor_state, addresses):
    """Not on a narrow phone, nor enlarged to 200 %, which lays out as half the width; its headline is one long word."""
    page, wide = open_browser(state=editor_state), []
    for address in addresses.values():
        for width in (320, 640):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            wide += [f"{page.url} at {width}"] if page.evaluate(OVERFLOW) > 0 else []
    assert wide == []


@pytest.mark.parametrize("name", ["queue", "revisions", "decide"])
def test_the_keyboard_reaches_the_main_button_and_sees_it(open_browser, editor_state, addresses, name):
    page = open_browser(state=editor_state)
    page.goto(addresses[name])
    button = page.locator("#content button:not(details button)").first
    for _ in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    expect(button).to_be_focused()
    assert page.evaluate(OUTLINE) >= 2
