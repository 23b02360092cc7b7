import { crel, Node } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { pick } from "articles/editor/picker"

const captionOf = (item) => [item.caption, item.credit].filter(Boolean).join(" ")

// A picture of the library, by id: <figure class="image" data-image="12"><figcaption>…</figcaption></figure>
export const Picture = Node.create({
  name: "picture",
  group: "block",
  content: "inline*",
  draggable: true,
  isolating: true,

  addOptions: () => ({ pickUrl: "", uploadUrl: "", thumbUrl: "" }),

  addAttributes: () => ({
    image: {
      default: null,
      parseHTML: (element) => element.getAttribute("data-image"),
      renderHTML: ({ image }) => ({ "data-image": image }),
    },
  }),

  parseHTML: () => [
    {
      tag: "figure[data-image]",
      contentElement: (figure) => figure.querySelector("figcaption") ?? document.createElement("figcaption"),
    },
  ],

  renderHTML: ({ node }) => ["figure", { class: "image", "data-image": node.attrs.image }, ["figcaption", 0]],

  addNodeView() {
    const thumb = (id) => this.options.thumbUrl.replace("/0/", `/${id}/`)
    return ({ node }) => {
      const image = crel("img", { src: thumb(node.attrs.image), alt: "", contentEditable: "false" })
      const caption = crel("figcaption", { "data-placeholder": say("The library’s own caption and credit are shown") })
      const dom = crel("figure", { className: "image" }, [image, caption])
      const update = (changed) => {
        if (changed.type.name !== "picture") return false
        if (changed.attrs.image !== node.attrs.image) image.src = thumb(changed.attrs.image)
        node = changed
        caption.classList.toggle("is-empty", changed.content.size === 0)
        return true
      }
      update(node)
      return { dom, contentDOM: caption, update }
    }
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
        const item = await pick({ url: pickUrl, uploadUrl, title: say("Choose a picture") })
        if (!item) return
        if (editor.isActive("picture")) {
          editor.chain().focus().updateAttributes("picture", { image: String(item.id) }).run()
          return
        }
        const words = captionOf(item)
        const content = words ? [{ type: "text", text: words }] : []
        // With a paragraph after it, so that writing can go on below a picture at the end.
        editor
          .chain()
          .focus()
          .insertContent([{ type: "picture", attrs: { image: String(item.id) }, content }, { type: "paragraph" }])
          .run()
      },
    })
  },
})
