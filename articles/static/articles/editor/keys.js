// What can be pressed, for those who write without a mouse.
import { crel } from "django-prose-editor/editor"
import { say } from "articles/editor/labels"

const isMac = /Mac|iP/.test(navigator.platform)
const key = (keys) => keys.replace("Mod", isMac ? "⌘" : "Ctrl").replaceAll("-", " + ")
const SHORTCUTS = [
  ["Mod-B", say("Bold")],
  ["Mod-I", say("Italic")],
  ["Mod-K", say("Link")],
  ["Mod-Alt-2", say("Heading")],
  ["Mod-Alt-3", say("Subheading")],
  ["Mod-Alt-0", say("Plain paragraph")],
  ["Mod-Shift-8", say("List")],
  ["Mod-Shift-7", say("Numbered list")],
  ["Mod-Shift-B", say("Quotation")],
  ["Mod-Alt-F", say("Footnote")],
  ["Mod-Shift-L", say("Words in another language")],
  ["Tab", say("Next cell of a table; deeper in a list")],
  ["↓", say("Out of a table, picture, box, quotation or list that ends the story")],
  ["Backspace", say("Selects an empty picture, embed or box; once more takes it out")],
  ["Mod-Z", say("Undo")],
  ["Mod-Shift-Z", say("Redo")],
  ["Mod-Shift-V", say("Paste as plain text")],
  ["Mod-Alt-W", say("Only the text, over the whole width")],
  ["Alt-F10", say("To the buttons; arrows move, Escape goes back to the text")],
  ["Mod-/", say("This help")],
]

export const showKeys = () => {
  const rows = SHORTCUTS.map(([keys, words]) => crel("tr", {}, [crel("td", {}, [crel("kbd", { textContent: key(keys) })]), crel("td", { textContent: words })]))
  const close = crel("button", { type: "button", className: "writing-button", textContent: say("Close") })
  const dialog = crel("dialog", { className: "picker writing-help-keys" }, [
    crel("h2", { textContent: say("Keys") }),
    crel("table", {}, [crel("tbody", {}, rows)]),
    close,
  ])
  dialog.setAttribute("aria-label", say("Keys"))
  close.addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return true
}
