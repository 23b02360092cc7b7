// The story's form around the editor: lead picture, related stories, tags, and a word before leaving unsaved.
import { say } from "articles/editor/labels"
import { pick } from "articles/editor/picker"

const setUpLead = (box) => {
  const [id, image, clear] = ["input[type=hidden]", "img", "[data-clear]"].map((name) => box.querySelector(name))
  const show = (item) => {
    id.value = item?.id ?? ""
    image.hidden = clear.hidden = !item
    if (item) Object.assign(image, { src: item.thumb, alt: item.alt })
    id.dispatchEvent(new Event("input", { bubbles: true }))
  }
  box.querySelector("[data-choose]").addEventListener("click", async () => {
    const item = await pick({ url: box.dataset.pick, uploadUrl: box.dataset.upload, title: say("Choose a picture") })
    if (!item) return
    show(item)
    for (const name of ["caption", "credit"]) box.querySelector(`[name=lead_${name}]`).value ||= item[name]
  })
  clear.addEventListener("click", () => {
    show(null)
    box.querySelector("[data-choose]").focus() // this button goes
  })
}

const setUpRelated = (box) => {
  const [ids, list, add] = ["input[type=hidden]", "ol", "[data-add]"].map((name) => box.querySelector(name))
  const write = () => {
    ids.value = [...list.children].map((entry) => entry.dataset.id).join(",")
    ids.dispatchEvent(new Event("input", { bubbles: true }))
  }
  list.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove]")) return
    const entry = event.target.closest("li")
    const next = (entry.nextElementSibling ?? entry.previousElementSibling)?.querySelector("[data-remove]") ?? add
    entry.remove()
    next.focus()
    write()
  })
  add.addEventListener("click", async () => {
    const item = await pick({ url: box.dataset.pick, title: say("Choose a story") })
    if (!item || list.querySelector(`[data-id="${item.id}"]`)) return
    const entry = document.createElement("li")
    entry.dataset.id = item.id
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" })
    remove.dataset.remove = ""
    remove.setAttribute("aria-label", `${say("Remove")}: ${item.title}`)
    entry.append(Object.assign(document.createElement("span"), { textContent: item.title }), " ", remove)
    list.append(entry)
    write()
  })
}

// Suggests names for the tag being typed, the part after the last comma.
const setUpTags = (box) => {
  const input = box.querySelector("input")
  const list = Object.assign(document.createElement("div"), { className: "writing-suggestions" })
  const language = input.form.elements.language.value
  input.after(list)
  input.addEventListener("input", async () => {
    const typed = input.value.split(",").pop().trim()
    const query = new URLSearchParams({ q: typed, language })
    const response = typed ? await fetch(`${box.dataset.tags}?${query}`).catch(() => null) : null
    const { items = [] } = (await response?.json().catch(() => null)) ?? {}
    if (typed !== input.value.split(",").pop().trim()) return
    list.replaceChildren(
      ...items.map((name) => {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: name })
        button.addEventListener("click", () => {
          input.value = [...input.value.split(",").slice(0, -1).map((tag) => tag.trim()), name].join(", ")
          list.replaceChildren()
          input.focus()
        })
        return button
      }),
    )
  })
}

// The editor makes its surface when it is ready; it bears the name of its field.
const nameSurface = (field) => {
  const name = () => field.querySelector(".ProseMirror")?.setAttribute("aria-labelledby", field.getAttribute("aria-labelledby"))
  name()
  new MutationObserver(name).observe(field, { childList: true, subtree: true })
}

const guardUnsaved = (form) => {
  let isDirty = false
  form.addEventListener("input", () => (isDirty = true))
  for (const name of ["submit", "kept"]) form.addEventListener(name, () => (isDirty = false))
  window.addEventListener("beforeunload", (event) => isDirty && event.preventDefault())
}

for (const form of document.querySelectorAll("[data-writing]")) guardUnsaved(form)
for (const field of document.querySelectorAll("[data-one-line]")) {
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault())
}
document.querySelectorAll(".writing-body").forEach(nameSurface)
document.querySelectorAll("[data-lead]").forEach(setUpLead)
document.querySelectorAll("[data-related]").forEach(setUpRelated)
document.querySelectorAll("[data-tags]").forEach(setUpTags)
