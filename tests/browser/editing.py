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
    settle(page)
    page.keyboard.press("Alt+F10")
    for _ in range(page.locator(".prose-menubar button").count()):
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == name:
            return page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"The bar has no button “{name}” that arrows reach.")


def move_into(page, key, name):
    """Presses an arrow until the bar shows that the cursor is in such a part. The first may be lost: for a moment after
    a dialog the editor sets the cursor back to where it thinks it is."""
    for _ in range(20):
        settle(page)
        if page.locator(f".prose-menubar button[aria-label='{name}'][aria-pressed=true]").count():
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} leads into no “{name}”.")


def type_into(page, *answers):
    """Types the answers into the open dialog, a field each in the place of what stands there, and confirms."""
    page.locator("dialog[open]").wait_for()
    for number, answer in enumerate(answers):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.press("Control+a")
        page.keyboard.type(answer)
    page.locator("dialog[open] [type=submit]").press("Enter")
    wait_for_cursor(page)


def pick_first(page):
    """The first entry of the open picker."""
    page.locator("dialog[open] .picker-entry").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def wait_for_cursor(page):
    page.wait_for_function(
        "document.activeElement.classList.contains('ProseMirror') && !document.querySelector('dialog[open]')"
    )
    settle(page)


def settle(page):
    """The editor takes the focus in the next frame, and learns in a task where the browser has set the cursor."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
