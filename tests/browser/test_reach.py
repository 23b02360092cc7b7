"""The keyboard reaches every control of a story's form, of its bar and of its dialogs: each shows that it has the focus
and says what it is, and none keeps it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.editing import press_tool, settle, surface, wait_for_cursor
from tests.browser.reaching import HERE, faults_of, name_of_focused, walk
from tests.browser.test_keyboard import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.stack]

STORIES = "/admin/articles/article/"
FORM = "#article_form"
TOOLS = ("Picture", "Gallery", "Related box", "Embed", "Insert table", "Link to a story of ours", "Footnote", "Keys")


@pytest.fixture
def page(open_browser, publisher_state):
    opened = open_browser(state=publisher_state)
    opened.context.set_default_timeout(40_000)
    return opened


def open_form(page, words):
    """Of a story whose line in the list says so; a new one without words."""
    if not words:
        page.goto(f"{STORIES}add/")
    else:
        page.goto(STORIES)
        row = page.locator("#result_list tr", has_text=re.compile(words, re.IGNORECASE)).first
        page.goto(row.locator("a[href*='/change/']").first.get_attribute("href"))
    surface(page).wait_for()


@pytest.mark.parametrize("words", ["published", pytest.param("source changed", marks=pytest.mark.thorough)])
def test_tab_leads_round_the_form_both_ways(page, words):
    open_form(page, words)
    forth = walk(page, FORM)
    back = walk(page, FORM, key="Shift+Tab")
    assert "\n".join(forth.faults + back.faults) == ""
    assert len(forth.stops) > 25 and set(back.stops) == set(forth.stops)


def test_arrows_lead_round_the_bar(page):
    open_form(page, "")
    surface(page).focus()
    settle(page)
    page.keyboard.press("Alt+F10")
    bar, met, faults = page.locator("[role=toolbar]"), [], []
    count = bar.locator("button:visible").count()
    for _ in range(count):
        met.append(name_of_focused(page))
        faults += faults_of(page, page.evaluate(HERE))
        page.keyboard.press("ArrowRight")
    assert faults == [] and len(set(met)) == count > 15
    assert name_of_focused(page) == met[0]  # round
    page.keyboard.press("Escape")
    wait_for_cursor(page)


def test_tab_leads_round_each_dialog(page):
    open_form(page, "")
    for tool in TOOLS:
        surface(page).focus()
        press_tool(page, tool)
        page.locator("dialog[open]").wait_for()
        page.wait_for_load_state("networkidle")  # what may be picked
        faults = walk(page, "dialog[open]").faults
        assert "\n".join(faults) == "", tool
        page.keyboard.press("Escape")
        wait_for_cursor(page)


@pytest.mark.parametrize("opener", ["[data-related] [data-add]", "[data-lead] [data-choose]"])
def test_the_forms_own_dialogs_give_the_focus_back(page, opener):
    open_form(page, "")
    button = tab_to(page, opener)
    page.keyboard.press("Enter")
    page.locator("dialog[open] .picker-entry").first.wait_for()
    assert "\n".join(walk(page, "dialog[open]").faults) == ""
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_what_goes_away_hands_the_focus_on(page):
    """Taking out a related story or the lead picture removes the very button that was pressed."""
    open_form(page, "")
    for opener in ("[data-related] [data-add]", "[data-lead] [data-choose]"):
        tab_to(page, opener)
        page.keyboard.press("Enter")
        page.locator("dialog[open] .picker-entry").first.wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator("dialog[open]").wait_for(state="detached")
    for gone, then in (("[data-related] [data-remove]", "[data-add]"), ("[data-lead] [data-clear]", "[data-choose]")):
        tab_to(page, gone)
        page.keyboard.press("Enter")
        expect(page.locator(then)).to_be_focused()


@pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.thorough)], ids=["with scripts", "without scripts"]
)
@pytest.mark.parametrize(("kind", "field"), [("page", "#id_slug"), ("article", "#id_lead_credit")])
def test_enter_in_a_field_saves_and_takes_nothing_down(open_browser, publisher_state, stack, kind, field, javascript):
    """The form's first button is pressed then, which would be the one that takes a published page down."""
    page = open_browser(state=publisher_state, javascript=javascript)
    page.goto(f"/admin/articles/{kind}/?state__exact=published")
    page.goto(page.locator("#result_list a[href*='/change/']").first.get_attribute("href"))
    page.locator(field).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^\s*Saved\."))).to_be_visible()
    number = re.search(r"/(\d+)/change/", page.url)[1]
    assert stack.rows(f"SELECT state FROM articles_{kind} WHERE id = %s", int(number)) == [("published",)]
