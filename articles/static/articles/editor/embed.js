import { crel, Node, updateAttrsDialog } from "django-prose-editor/editor"
import { dataAttribute, findAround, ignoreOutside, insertBlocks, selectEmptyPart, showHint } from "articles/editor/blocks"
import { optionFor, say, wordButton } from "articles/editor/labels"

const askAbout = (editor, attrs, isNew) =>
  updateAttrsDialog(
    {
      url: { type: "string", format: "url", title: say("Address of the post, video, sound, map, chart or PDF"), required: true },
      author: { type: "string", title: say("Author") },
      ...(isNew && { text: { type: "string", format: "textarea", title: say("What it says, for those who do not open it") } }),
    },
    { title: say("Embed"), submitText: isNew ? say("Insert") : undefined },
  )(editor, attrs)

// The server's list decides; this only spares a writer the surprise.
const isTaken = (address, hosts) => {
  try {
    const { protocol, host, pathname } = new URL(address)
    if (protocol !== "https:") return false
    const isPost = /^\/@[\w.@-]+\/\d+\/?$/.test(pathname) // of any Mastodon instance
    return hosts.includes(host.replace(/^(www|m)\./, "")) || isPost || /\.pdf$/i.test(pathname)
  } catch {
    return false
  }
}

const askUntilTaken = async (editor, attrs, { hosts, names }, isNew) => {
  const answer = await askAbout(editor, attrs, isNew)
  if (!answer || isTaken(answer.url, hosts)) return answer
  window.alert(`${say("Only these can be embedded; set a link to any other:")} ${names.join(", ")}`)
  return askUntilTaken(editor, answer, { hosts, names }, isNew)
}

// What another house publishes; the page builds its player only when a reader asks:
// <figure class="embed" data-embed="https://…" data-author="…"><figcaption>what it says</figcaption></figure>
export const Embed = Node.create({
  name: "embed",
  group: "block",
  content: "inline*",
  draggable: true,
  isolating: true,

  addOptions: () => ({ hosts: [], names: [] }),

  addAttributes: () => ({ url: dataAttribute("embed", "url"), author: dataAttribute("author", "author") }),

  parseHTML: () => [
    {
      tag: "figure[data-embed]",
      contentElement: (figure) => figure.querySelector("figcaption") ?? document.createElement("figcaption"),
    },
  ],
  renderHTML: ({ HTMLAttributes }) => ["figure", { class: "embed", ...HTMLAttributes }, ["figcaption", 0]],

  addNodeView: () => ({ node }) => {
    const note = crel("p", { className: "writing-figure-note", contentEditable: "false" })
    const words = crel("figcaption", { "data-placeholder": say("What it says, for those who do not open it") })
    const dom = crel("figure", { className: "embed" }, [note, words])
    const update = (changed) => {
      if (changed.type.name !== "embed") return false
      note.textContent = [changed.attrs.author, changed.attrs.url].filter(Boolean).join(" · ")
      showHint(words, changed)
      return true
    }
    update(node)
    return { dom, contentDOM: words, update, ignoreMutation: ignoreOutside(words) }
  },

  addKeyboardShortcuts() {
    return { Backspace: () => selectEmptyPart(this.editor, "embed") }
  },

  addMenuItems({ menu, buttons }) {
    const options = this.options
    menu.defineItem({
      name: "embed",
      groups: "ours",
      priority: 60,
      button: wordButton(buttons, say("Embed")),
      option: optionFor(say("Embed")),
      active: (editor) => editor.isActive("embed"),
      async command(editor) {
        const around = findAround(editor.state, "embed")
        const answer = await askUntilTaken(editor, around?.node.attrs ?? { url: "" }, options, !around)
        if (!answer) return
        const { text, ...attrs } = answer
        if (around) return editor.chain().focus().updateAttributes("embed", attrs).run()
        insertBlocks(editor, { type: "embed", attrs, content: text ? [{ type: "text", text }] : [] })
      },
    })
  },
})
