// A dialog to pick from: pictures (with a way to add one) or stories. Answers the chosen item, or null.
import { say } from "articles/editor/labels"

const make = (tag, attributes = {}, children = []) => {
  const element = Object.assign(document.createElement(tag), attributes)
  element.append(...children)
  return element
}

const entryFor = (item, choose) =>
  make("button", { type: "button", className: "picker-entry", onclick: () => choose(item) }, [
    ...(item.thumb ? [make("img", { src: item.thumb, alt: "" })] : []),
    make("span", { className: "picker-title", textContent: item.title }),
    make("span", { className: "picker-note", textContent: item.note ?? "" }),
  ])

const field = (label, name, attributes = {}) =>
  make("label", { className: "picker-field", textContent: label }, [make("input", { name, ...attributes })])

// A large file does not reach the view that would say so itself.
const complaintOf = (status) =>
  status === 507
    ? say("The disk is full: the picture was not kept, the text is safe. Please tell whoever runs this site.")
    : say("The picture could not be added. Try again.")

const uploadPart = (uploadUrl, choose) => {
  const complaint = make("p", { className: "picker-error", role: "alert" })
  const form = make("form", { className: "picker-upload" }, [
    field(say("File"), "file", { type: "file", accept: "image/*", required: true }),
    field(say("Description for those who cannot see it"), "alt", { required: true, maxLength: 500 }),
    field(say("Caption"), "caption", { maxLength: 500 }),
    field(say("Credit"), "credit", { maxLength: 200 }),
    complaint,
    make("button", { className: "writing-button", textContent: say("Add to the library") }),
  ])
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const body = new FormData(form)
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value)
    complaint.textContent = ""
    const response = await fetch(uploadUrl, { method: "POST", body }).catch(() => null)
    const answer = await response?.json().catch(() => null)
    if (response?.ok && answer) choose(answer)
    else complaint.textContent = answer?.error ?? complaintOf(response?.status)
  })
  return make("details", {}, [make("summary", { textContent: say("Add a new picture") }), form])
}

export const pick = ({ url, uploadUrl, title }) =>
  new Promise((resolve) => {
    let chosen = null
    const choose = (item) => {
      chosen = item
      dialog.close()
    }
    const search = make("input", { type: "search", placeholder: say("Search"), className: "picker-search" })
    search.setAttribute("aria-label", say("Search"))
    const results = make("div", { className: uploadUrl ? "picker-grid" : "picker-list" })
    const close = make("button", { type: "button", className: "writing-button", textContent: say("Cancel") })
    const parts = [make("h2", { textContent: title }), search, results]
    if (uploadUrl) parts.push(uploadPart(uploadUrl, choose))
    const dialog = make("dialog", { className: "picker" }, [...parts, close])

    let wanted = ""
    const load = async () => {
      const asked = (wanted = search.value)
      const response = await fetch(`${url}?q=${encodeURIComponent(asked)}`).catch(() => null)
      const { items = [] } = (await response?.json().catch(() => null)) ?? {}
      if (asked !== wanted) return // an older answer that came late
      const nothing = make("p", { className: "picker-note", textContent: say("Nothing found.") })
      results.replaceChildren(...(items.length ? items.map((item) => entryFor(item, choose)) : [nothing]))
    }
    search.addEventListener("input", load)
    close.addEventListener("click", () => dialog.close())
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve(chosen)
    })
    document.body.append(dialog)
    dialog.showModal()
    load()
  })
