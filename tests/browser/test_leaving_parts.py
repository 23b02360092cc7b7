"""Into and out of every part of a text by keys: nothing keeps the cursor, and what was put in is taken out again."""

import pytest

from tests.browser.editing import open_editor, settle, surface, written

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PICTURE = '<figure class="image" data-image="1"><figcaption>c</figcaption></figure>'
PARTS = {
    "table": "<table><tbody><tr><th><p>a</p></th><th><p>b</p></th></tr><tr><td><p>c</p></td><td><p>d</p></td></tr>"
    "</tbody></table>",
    "picture": PICTURE,
    "embed": '<figure class="embed" data-embed="https://youtu.be/dQw4w9WgXcQ"><figcaption>c</figcaption></figure>',
    "gallery": f'<section class="gallery">{PICTURE}{PICTURE}</section>',
    "related box": '<section class="related" data-heading="Read also"><ul><li><p>'
    '<a href="https://example.org/">E</a></p></li></ul></section>',
    "rule": "<hr>",
}  # fmt: skip
QUOTED = {  # of parts that are words, an arrow leaves only the last line and the first
    "quotation": "<blockquote><p>a</p><p>b</p></blockquote>",
    "pull quote": '<aside class="pullquote"><p>a</p></aside>',
    "list": "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>",
    "numbered list": '<ol data-type="decimal"><li><p>a</p></li><li><p>b</p></li></ol>',
}
QUOTED_DOWN = ["Control+Home", "ArrowDown", "ArrowDown"]
EMPTIED = ("picture", "embed", "related box")  # by Backspace, until there is nothing to say in it
LAY = "(one, html) => one.editor.commands.setContent(html, { emitUpdate: true })"


@pytest.fixture
def editor(open_browser, editor_state):
    page = open_browser(state=editor_state)
    open_editor(page)
    return page


def lay(page, html):
    """As it stands when a story is opened again."""
    surface(page).evaluate(LAY, html)
    surface(page).focus()
    press(page, "Control+End")
    assert written(page) == html


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        settle(page)


@pytest.mark.parametrize(
    ("parts", "down", "up"), [(PARTS, ["ArrowDown"] * 3, ["ArrowUp"] * 3), (QUOTED, QUOTED_DOWN, ["ArrowUp"])],
    ids=["parts", "quotations and lists"],
)  # fmt: skip
def test_arrows_lead_out_of_what_ends_the_story_or_begins_it(editor, parts, down, up):
    came = {}
    for name, html in parts.items():
        lay(editor, html)
        press(editor, *down)
        editor.keyboard.type("Below.")
        press(editor, "Control+Home", *up)
        editor.keyboard.type("Above.")
        settle(editor)
        came[name] = written(editor)
    assert came == {name: f"<p>Above.</p>{html}<p>Below.</p>" for name, html in parts.items()}


def test_arrows_make_no_paragraph_where_one_stands(editor):
    html = "<p>Before.</p><blockquote><p>a</p></blockquote><p>After.</p>"
    lay(editor, html)
    press(editor, "ArrowUp", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown")
    assert written(editor) == html


def test_a_part_is_selected_and_taken_out_from_below_it(editor):
    """A rule, of which nothing can be selected, at once."""
    came = {}
    for name, html in PARTS.items():
        lay(editor, f"<p>Before.</p>{html}<p>After.</p>")
        press(editor, "Home", "Backspace", *(["Backspace"] if name != "rule" else []))
        came[name] = written(editor)
    assert came == dict.fromkeys(PARTS, "<p>Before.</p><p>After.</p>")


def test_a_part_that_holds_no_words_any_more_goes_by_the_same_key(editor):
    for name in EMPTIED:
        lay(editor, f"<p>Before.</p>{PARTS[name]}<p>After.</p>")
        press(editor, "Home", "ArrowUp", "End", "Backspace")
        assert PARTS[name].split(">")[0] in written(editor) and ">c<" not in written(editor), name
        press(editor, "Backspace")
        assert editor.locator(".ProseMirror-selectednode").count(), name  # and one sees which
        press(editor, "Backspace")
        assert written(editor) == "<p>Before.</p><p>After.</p>", name


def test_the_last_picture_of_a_gallery_takes_the_gallery_with_it(editor):
    lay(editor, f'<section class="gallery">{PICTURE}</section><p>After.</p>')
    press(editor, "Home", "ArrowUp", "End", "Backspace", "Backspace", "Backspace")
    assert written(editor) == "<p>After.</p>"


def test_words_typed_at_a_pictures_edge_stand_in_the_text(editor):
    lay(editor, PICTURE)
    press(editor, "Control+Home")
    editor.keyboard.type("Typed")
    settle(editor)
    assert "Typed" in written(editor)
