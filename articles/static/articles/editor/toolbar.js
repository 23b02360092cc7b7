import { Extension } from "django-prose-editor/editor"
import { showKeys } from "articles/editor/keys"
import { optionFor, say, wordButton } from "articles/editor/labels"

const visible = (bar) => [...bar.querySelectorAll("button")].filter((button) => button.offsetParent !== null)

// The bar is one stop of the Tab key's way and arrows move in it, as a toolbar does (WAI-ARIA APG).
const moveWithin = (bar, editor) => (event) => {
  const buttons = visible(bar)
  const at = buttons.indexOf(document.activeElement)
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key]
  if (event.key === "Escape") editor.commands.focus()
  else if (to === undefined) return
  else buttons.at(to % buttons.length)?.focus()
  event.preventDefault()
}

// The library's buttons speak English only.
const translate = (button) => {
  const words = say(button.title)
  button.title = words
  button.setAttribute("aria-label", words || button.textContent)
}

const describe = (bar) => {
  const buttons = visible(bar)
  const current = buttons.find((button) => button.tabIndex === 0) ?? buttons[0]
  for (const button of bar.querySelectorAll("button")) {
    button.tabIndex = button === current ? 0 : -1
    button.setAttribute("aria-pressed", button.classList.contains("active"))
    button.setAttribute("aria-disabled", button.classList.contains("disabled"))
  }
}

// A number that stands in a dialog's first field is replaced by what is typed, as in the fields that Tab leads to.
const selectNumbers = (place) =>
  place.addEventListener("focusin", ({ target }) => target.matches("dialog input[type=number]") && target.select())

const toggleWidth = () => {
  document.querySelector(".writing-fold input")?.click()
  return true
}

export const Toolbar = Extension.create({
  name: "toolbar",
  priority: 1, // after the menu, which makes the bar

  onCreate({ editor }) {
    const place = editor.view.dom.parentElement
    const bar = place.querySelector(".prose-menubar")
    if (!bar) return
    selectNumbers(place)
    bar.setAttribute("role", "toolbar")
    bar.setAttribute("aria-label", say("Formatting"))
    bar.querySelectorAll("button").forEach(translate)
    bar.addEventListener("keydown", moveWithin(bar, editor))
    bar.addEventListener("focusin", ({ target }) => {
      for (const button of bar.querySelectorAll("button")) button.tabIndex = button === target ? 0 : -1
    })
    editor.on("transaction", () => describe(bar))
    describe(bar)
    this.storage.bar = bar
  },

  addStorage: () => ({ bar: null }),

  addKeyboardShortcuts() {
    return {
      "Alt-F10": () => {
        this.editor.view.domObserver.flush() // a cursor that was just moved is learnt of in a task to come
        visible(this.storage.bar).find((button) => button.tabIndex === 0)?.focus()
        return true
      },
      "Mod-/": showKeys,
      "Mod-Alt-w": toggleWidth,
    }
  },

  addMenuItems({ menu, buttons }) {
    const button = wordButton(buttons, "?", say("Keys"))
    menu.defineItem({ name: "help", groups: "help", button, option: optionFor(say("Keys")), command: showKeys })
  },
})
