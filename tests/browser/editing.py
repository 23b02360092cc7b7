"""What an editor does in the text: pasting, pressing keys, reading what the form would send."""

PASTE = """(element, data) => {
  const clipboard = new DataTransfer()
  for (const [type, text] of Object.entries(data)) clipboard.setData(type, text)
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true }))
}"""


def open_editor(page):
    """A new story on the desk, for a page whose person is signed in; the cursor in its text."""
    page.goto("/admin/articles/article/add/")
    surface(page).click()


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


def press_tool(page, name):
    """Reaches a button of the bar by keyboard alone."""
    page.keyboard.press("Alt+F10")
    for _ in range(page.locator(".prose-menubar button").count()):
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == name:
            return page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"The bar has no button “{name}” that arrows reach.")


def type_into(page, *answers):
    """Types the answers into the open dialog, a field each, and confirms."""
    page.locator("dialog").wait_for()
    for number, answer in enumerate(answers):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(answer)
    page.keyboard.press("Enter")
    wait_for_cursor(page)


def pick_first(page):
    """The first entry of the open picker."""
    page.locator("dialog .picker-entry").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def wait_for_cursor(page):
    page.wait_for_function(
        "document.activeElement.classList.contains('ProseMirror') && !document.querySelector('dialog')"
    )
