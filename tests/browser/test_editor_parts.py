"""Every part of a story, made in the real editor by keyboard alone, survives saving as it was typed."""

import pytest

from articles.sanitising import clean_body
from tests.browser.editing import (
    move_into,
    open_editor,
    pick_first,
    press_tool,
    settle,
    type_into,
    wait_for_cursor,
    written,
)

pytestmark = [pytest.mark.browser, pytest.mark.stack]


@pytest.fixture
def editor(open_browser, editor_state):
    page = open_browser(state=editor_state)
    open_editor(page)
    return page


@pytest.fixture
def keys(editor):
    return editor.keyboard


def assert_written(page, *parts):
    """Each part stands in the text, and the server's sanitiser takes nothing of it."""
    html = written(page)
    for part in parts:
        assert part in html
    assert same(clean_body(html)) == same(html)


def same(html):
    """Without what the sanitiser writes in another way for the same thing."""
    for typed, kept in (("<li><p>", "<li>"), ("</p></li>", "</li>"), ("<figcaption></figcaption>", "")):
        html = html.replace(typed, kept)
    return html.removesuffix("<p></p>")


def test_it_writes_headings_emphasis_and_lists(editor, keys):
    keys.press("Control+Alt+2")
    keys.type("Head")
    keys.press("Enter")
    keys.press("Control+b")
    keys.type("bold")
    keys.press("Control+b")
    keys.press("Control+i")
    keys.type("slanted")
    keys.press("Control+i")
    keys.press("Enter")
    press_tool(editor, "unordered list")
    keys.type("one")
    assert_written(editor, "<h2>Head</h2>", "<strong>bold</strong><em>slanted</em>", "<ul><li><p>one</p></li></ul>")


def test_it_sets_a_link_and_completes_its_address(editor, keys):
    keys.type("word")
    keys.press("Control+a")
    keys.press("Control+k")
    type_into(editor, "example.org/page")
    assert_written(editor, '<p><a href="https://example.org/page">word</a></p>')


def test_it_links_a_story_of_ours(editor):
    press_tool(editor, "Link to a story of ours")
    pick_first(editor)
    wait_for_cursor(editor)
    assert_written(editor, '<p><a data-article="')


def test_it_places_a_picture_and_says_what_it_is(editor, keys):
    press_tool(editor, "Picture")
    pick_first(editor)
    wait_for_cursor(editor)
    move_into(editor, "ArrowUp", "Picture")
    keys.type("The caption")
    press_tool(editor, "Picture")
    type_into(editor, "What is seen", "Photo: Somebody", "Very")
    assert_written(
        editor, 'data-size="wide"', 'data-alt="What is seen"', 'data-credit="Photo: Somebody"',
        "<figcaption>The caption</figcaption></figure>",
    )  # fmt: skip


def test_it_gathers_pictures_in_a_gallery(editor, keys):
    press_tool(editor, "Gallery")
    for _ in range(2):
        pick_first(editor)
        editor.locator("dialog[open] .picker-entry").first.wait_for()
    keys.press("Escape")
    wait_for_cursor(editor)
    assert written(editor).count('<figure class="image"') == 2
    assert_written(editor, '<section class="gallery"><figure class="image" data-image="')


def test_it_writes_a_table_with_headings(editor, keys):
    press_tool(editor, "Insert table")
    type_into(editor, "2", "2")
    keys.type("a")
    keys.press("Tab")
    keys.type("b")
    press_tool(editor, "Heading column")
    assert_written(editor, "<tr><th><p>a</p></th><th><p>b</p></th></tr><tr><th><p></p></th><td><p></p></td></tr>")


def test_it_writes_a_footnote_and_changes_it(editor, keys):
    keys.type("The sum")
    keys.press("Control+Alt+f")
    type_into(editor, "Budget, *page 7*: [here](https://example.org/)")
    keys.type(" stands.")
    note = '<small class="footnote">Budget, <em>page 7</em>: <a href="https://example.org/">here</a></small>'
    assert_written(editor, f"<p>The sum{note} stands.</p>")
    move_into(editor, "ArrowLeft", "Footnote")
    keys.press("Enter")
    editor.locator("dialog[open]").wait_for()
    keys.press("Control+a")
    type_into(editor, "Page 8")
    assert_written(editor, '<p>The sum<small class="footnote">Page 8</small> stands.</p>')


def test_it_marks_foreign_words(editor, keys):
    keys.type("The mot")
    keys.press("Control+Shift+ArrowLeft")
    settle(editor)
    keys.press("Control+Shift+L")
    type_into(editor, "", "fr")
    assert_written(editor, '<p>The <span lang="fr">mot</span></p>')


def test_it_fills_a_related_box_with_stories_and_links(editor, keys):
    press_tool(editor, "Related box")
    type_into(editor, "", "https://example.org/", "Elsewhere")
    move_into(editor, "ArrowUp", "Related box")
    press_tool(editor, "Related box")
    editor.locator("dialog[open]").wait_for()
    keys.press("Tab")
    keys.press("Enter")
    pick_first(editor)
    wait_for_cursor(editor)
    box = '<section class="related" data-heading="Read also"><ul><li><p><a href="https://example.org/">Elsewhere</a>'
    assert_written(editor, f'{box}</p></li><li><p><a data-article="')


def test_it_embeds_only_what_the_server_takes(editor, keys):
    told = []
    editor.on("dialog", lambda alert: (told.append(alert.message), alert.accept()))
    press_tool(editor, "Embed")
    editor.locator("dialog[open]").wait_for()
    keys.type("https://evil.example/x")
    keys.press("Enter")
    editor.wait_for_function("document.querySelector('dialog[open] input')?.value === 'https://evil.example/x'")
    assert "YouTube" in told[0] and "evil" not in written(editor)
    keys.press("Control+a")
    type_into(editor, "https://youtu.be/dQw4w9WgXcQ", "Somebody")
    assert_written(editor, '<figure class="embed" data-embed="https://youtu.be/dQw4w9WgXcQ" data-author="Somebody">')


def test_it_counts_words_as_the_server_does(editor, keys):
    keys.type("It’s п’ять co-op words")
    keys.press("Control+Alt+f")
    type_into(editor, "Two more")
    editor.get_by_text("Words: 6 · Minutes to read: 1").wait_for()


def test_it_lists_its_keys_and_gives_the_text_the_whole_width(editor, keys):
    keys.press("Control+/")
    editor.get_by_role("dialog", name="Keys").wait_for()
    keys.press("Escape")
    wait_for_cursor(editor)
    keys.press("Control+Alt+w")
    assert not editor.locator("#nav-sidebar").is_visible() and not editor.locator(".writing-side").is_visible()
    keys.press("Control+Alt+w")
    editor.locator("#nav-sidebar").wait_for()
