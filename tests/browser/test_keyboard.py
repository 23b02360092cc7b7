"""A day at the desk without a mouse: a story is begun, written with every part that keys make, placed, saved, compared,
argued over with a colleague, returned and published."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.editing import pick_first, press_tool, surface, wait_for_cursor, written

pytestmark = [pytest.mark.browser, pytest.mark.stack]

MOST_TABS = 150
HEADLINE = "Nobody touched the mouse"


@pytest.fixture
def page(open_browser, editor_state):
    opened = open_browser(state=editor_state)
    opened.context.set_default_timeout(40_000)
    return opened


def tab_to(page, selector, **options):
    """By Tab alone, from wherever the focus is; and one sees where it is."""
    target = page.locator(selector, **options).first
    target.wait_for()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement || one.contains(document.activeElement)"):
            return target
    raise AssertionError(f"{MOST_TABS} times Tab do not reach {selector}.")


def press(page, selector, **options):
    """A link or button that leads to another page."""
    tab_to(page, selector, **options)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fill(page, selector, words):
    tab_to(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(words)


def choose_first(page, selector):
    """In a list that drops down: the first entry that is one."""
    field = tab_to(page, selector)
    if not field.input_value():
        page.keyboard.press("ArrowDown")
    assert field.input_value()


def write_body(page):
    keys = page.keyboard
    tab_to(page, ".ProseMirror[contenteditable=true]")
    keys.type("It sailed at nine.")
    keys.press("Enter")
    press_tool(page, "ordered list")
    keys.type("one")
    keys.press("Enter")
    keys.press("Tab")
    keys.type("deeper")
    for _ in range(3):  # out of both lists
        keys.press("Enter")
    keys.press("Control+Shift+b")
    keys.type("said")
    for _ in range(2):
        keys.press("Enter")
    press_tool(page, "Pull quote")
    keys.type("large")
    for _ in range(2):
        keys.press("Enter")
    press_tool(page, "horizontal rule")
    keys.type("After it.")
    keys.press("Enter")
    write_table(page)


def write_table(page):
    """At the story's end, and out of it again: the numbers that stand in its dialog give way to those typed."""
    keys = page.keyboard
    press_tool(page, "Insert table")
    page.locator("dialog[open]").wait_for()
    keys.type("2")
    keys.press("Tab")
    keys.type("2")
    keys.press("Enter")
    wait_for_cursor(page)
    for words in ("Boat", "Seats", "Ada", "12"):
        keys.type(words)
        if words != "12":
            keys.press("Tab")
    keys.press("ArrowDown")
    keys.type("Below the table.")


def test_a_story_is_written_and_placed_and_saved(page):
    page.goto("/admin/")
    press(page, "a", has_text="Write a story")
    begin_and_save(page)
    html = written(page)
    for part in (
        "<p>It sailed at nine.</p>", "<ol><li><p>one</p><ol><li>deeper</li>", "<blockquote><p>said</p></blockquote>",
        '<aside class="pullquote"><p>large</p></aside>', "<hr><p>After it.</p><table>",
        "<tr><th><p>Boat</p></th><th><p>Seats</p></th></tr><tr><td><p>Ada</p></td><td><p>12</p></td></tr></tbody></table>"
        "<p>Below the table.</p>",
    ):  # fmt: skip
        assert part in html, part
    expect(page.locator("#id_headline")).to_have_value(HEADLINE)
    assert page.locator("#id_section_id").input_value() and page.locator("#id_author_0").input_value()
    expect(page.locator("#id_tags")).to_have_value(re.compile("Night boats"))
    assert page.locator("[data-related] li").count() == 1 and page.locator("[data-lead] img").is_visible()


def begin_and_save(page):
    fill(page, "#id_headline", HEADLINE)
    fill(page, "#id_deck", "It sailed after every one.")
    write_body(page)
    tab_to(page, "[data-related] [data-add]")
    page.keyboard.press("Enter")
    pick_first(page)
    page.locator("[data-related] li").first.wait_for()
    choose_first(page, "#id_author_0")
    choose_first(page, "#id_section_id")
    fill(page, "#id_tags", "Night boats")
    tab_to(page, "[data-lead] [data-choose]")
    page.keyboard.press("Enter")
    pick_first(page)
    page.locator("[data-lead] img").wait_for()
    press(page, "button[value=save]")
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_revisions_are_compared_and_restored(page):
    story = write_two_versions(page)
    press(page, "a", has_text="Revisions")
    tab_to(page, "input[name=old]:checked")  # one stop for the group; arrows choose in it
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    press(page, "button", has_text="Compare")
    expect(page.locator("ins, .saving-added, mark").first).to_be_visible()
    press(page, "a", has_text="All revisions")
    press(page, "button", has_text="Restore")
    expect(page.get_by_text("Restored as a new revision.")).to_be_visible()
    expect(page.locator("#id_deck")).to_have_value("First.")
    assert story in page.url


def write_two_versions(page):
    page.goto("/admin/articles/article/add/")
    fill(page, "#id_headline", HEADLINE)
    fill(page, "#id_deck", "First.")
    press(page, "button[value=save]")
    fill(page, "#id_deck", "Second.")
    press(page, "button[value=save]")
    expect(page.locator("#id_deck")).to_have_value("Second.")
    return page.url


def test_a_conflict_is_decided(page):
    address = write_two_versions(page)
    other = page.context.new_page()
    other.goto(address)
    for person, deck in ((page, "Mine."), (other, "Theirs.")):
        fill(person, "#id_deck", deck)
    press(page, "button[value=save]")
    press(other, "button[value=save]")
    expect(other.get_by_role("heading", level=1, name=re.compile("Two versions"))).to_be_visible()
    tab_to(other, "fieldset:has-text('Deck') input")
    other.keyboard.press("ArrowDown")
    other.keyboard.press("ArrowUp")  # none is chosen at first: theirs is the upper one
    other.keyboard.press("ArrowDown")
    expect(other.locator("fieldset", has_text="Deck").locator("input[value=mine]")).to_be_checked()
    press(other, "button", has_text="Save what I chose")
    expect(other.locator("#id_deck")).to_have_value("Theirs.")


def test_the_queue_returns_a_story_and_publishes_it(page, stack):
    page.goto("/admin/articles/article/add/")
    begin_and_save(page)
    number = re.search(r"/(\d+)/change/", page.url)[1]
    submit(stack, number)
    ours = f"li.queue-story:has(input[value='{number}'])"
    page.goto("/admin/articles/article/queue/")
    tab_to(page, f"{ours} summary")
    page.keyboard.press("Enter")
    fill(page, f"{ours} textarea", "Say who paid.")
    press(page, f"{ours} button[value=changes]")
    expect(page.get_by_text("Returned to its writer")).to_be_visible()
    submit(stack, number)
    page.goto("/admin/articles/article/queue/")
    press(page, f"{ours} button[value=publish]")
    expect(page.get_by_text(f"Published: {HEADLINE}")).to_be_visible()


def submit(stack, number):
    """As its writer does, who is not here."""
    assert stack.rows("UPDATE articles_article SET state = 'in_review' WHERE id = %s RETURNING id", int(number))


def test_the_dialogs_close_by_escape_and_give_the_cursor_back(page):
    page.goto("/admin/articles/article/add/")
    tab_to(page, ".ProseMirror[contenteditable=true]")
    for tool in ("Picture", "Gallery", "Related box", "Embed", "Insert table", "Link to a story of ours", "Footnote"):
        press_tool(page, tool)
        page.locator("dialog[open]").wait_for()
        page.keyboard.press("Escape")
        page.locator("dialog[open]").wait_for(state="detached")
        wait_for_cursor(page)
    page.keyboard.type("Still here.")
    assert "Still here." in written(page)
    assert surface(page).evaluate("one => one === document.activeElement")
