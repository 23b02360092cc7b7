"""What an editor does in the text: pasting, pressing keys, reading what the form would send."""

from tests.browser.walking import pass_second_factor, sign_in

EDITOR = "editor@example.org"
PASTE = """(element, data) => {
  const clipboard = new DataTransfer()
  for (const [type, text] of Object.entries(data)) clipboard.setData(type, text)
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true }))
}"""


def open_editor(page):
    """A new story on the desk; the surface to write on."""
    sign_in(page, EDITOR, "/admin/")
    pass_second_factor(page, EDITOR)
    page.goto("/admin/articles/article/add/")
    surface(page).wait_for()


def surface(page):
    return page.locator(".ProseMirror[contenteditable=true]")


def clear(page):
    surface(page).press("Control+a")
    page.keyboard.press("Delete")
    for _ in range(2):  # out of whatever block is left
        page.keyboard.press("Backspace")


def paste(page, html="", text=""):
    """Into an empty text; the HTML that the form would send."""
    clear(page)
    data = {"text/html": html, "text/plain": text} if html else {"text/plain": text}
    surface(page).evaluate(PASTE, data)
    return written(page)


def written(page):
    return page.locator("#id_body").input_value()
