import { crel, Node, updateAttrsDialog } from "django-prose-editor/editor"
import { dataAttribute, findAround, ignoreOutside, insertBlocks, selectEmptyPart, showHint } from "articles/editor/blocks"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { pick } from "articles/editor/picker"

const SIZES = { [say("Wider than the text")]: "", [say("As wide as the text")]: "column", [say("Very wide")]: "wide", [say("The whole page")]: "full" }
const nameOf = (size) => Object.keys(SIZES).find((name) => SIZES[name] === size)

const askDetails = (editor, attrs) =>
  updateAttrsDialog(
    {
      alt: { type: "string", title: say("Description for those who cannot see it"), description: ` ${say("Empty: the library's")}` },
      credit: { type: "string", title: say("Credit"), description: ` ${say("Empty: the library's")}` },
      size: { type: "string", title: say("Size"), enum: Object.keys(SIZES) },
    },
    { title: say("Picture") },
  )(editor, { ...attrs, size: nameOf(attrs.size) })

const editDetails = async (editor) => {
  const details = await askDetails(editor, editor.getAttributes("picture"))
  if (!details) return
  const size = SIZES[details.size] ?? ""
  editor.chain().focus().updateAttributes("picture", { ...details, size }).run()
}

export const pictureOf = (item) => ({ type: "picture", attrs: { image: String(item.id) } })

// A picture of the library, by id:
// <figure class="image" data-image="12" data-size="wide"><figcaption>…</figcaption></figure>
export const Picture = Node.create({
  name: "picture",
  group: "block",
  content: "inline*",
  draggable: true,
  isolating: true,

  addOptions: () => ({ pickUrl: "", uploadUrl: "", thumbUrl: "" }),

  addAttributes: () => ({
    image: dataAttribute("image", "image"),
    size: dataAttribute("size", "size"),
    alt: dataAttribute("alt", "alt"),
    credit: dataAttribute("credit", "credit"),
  }),

  parseHTML: () => [
    {
      tag: "figure[data-image]",
      contentElement: (figure) => figure.querySelector("figcaption") ?? document.createElement("figcaption"),
    },
  ],

  renderHTML: ({ HTMLAttributes }) => ["figure", { class: "image", ...HTMLAttributes }, ["figcaption", 0]],

  addNodeView() {
    const thumb = (id) => this.options.thumbUrl.replace("/0/", `/${id}/`)
    return ({ node }) => {
      const image = crel("img", { alt: "", contentEditable: "false" })
      const caption = crel("figcaption", { "data-placeholder": say("The library's own caption is shown") })
      const note = crel("p", { className: "writing-figure-note", contentEditable: "false" })
      const dom = crel("figure", { className: "image" }, [image, caption, note])
      const update = (changed) => {
        if (changed.type.name !== "picture") return false
        const { image: id, alt, credit, size } = changed.attrs
        if (image.dataset.id !== id) Object.assign(image, { src: thumb(id) }).dataset.id = id
        note.textContent = [size && nameOf(size), alt && `${say("Description")}: ${alt}`, credit].filter(Boolean).join(" · ")
        showHint(caption, changed)
        return true
      }
      update(node)
      return { dom, contentDOM: caption, update, ignoreMutation: ignoreOutside(caption) }
    }
  },

  addKeyboardShortcuts() {
    const select = () => selectEmptyPart(this.editor, "picture")
    return { Backspace: select, Delete: select }
  },

  addMenuItems({ menu, buttons }) {
    const { pickUrl, uploadUrl } = this.options
    menu.defineItem({
      name: "picture",
      groups: "ours",
      priority: 100,
      button: wordButton(buttons, say("Picture")),
      option: optionFor(say("Picture")),
      active: (editor) => editor.isActive("picture"),
      async command(editor) {
        if (findAround(editor.state, "picture")) return editDetails(editor)
        const item = await pick({ url: pickUrl, uploadUrl, title: say("Choose a picture") })
        if (item) insertBlocks(editor, pictureOf(item))
      },
    })
  },
})
