import { Node } from "django-prose-editor/editor"
import { findAround, insertBlocks } from "articles/editor/blocks"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { pick } from "articles/editor/picker"
import { pictureOf } from "articles/editor/picture"

// The picker opens again after each choice until it is closed: a gallery is rarely one picture.
const pickMany = async (options) => {
  const items = []
  for (let item; (item = await pick(options)); ) items.push(item)
  return items
}

// Pictures side by side: <section class="gallery"><figure class="image" …>…</figure>…</section>
export const Gallery = Node.create({
  name: "gallery",
  group: "block",
  content: "picture+",
  isolating: true,
  defining: true,
  allowGapCursor: false, // words typed between its pictures would be a picture of nothing

  addOptions: () => ({ pickUrl: "", uploadUrl: "" }),

  parseHTML: () => [{ tag: "section.gallery" }],
  renderHTML: () => ["section", { class: "gallery" }, 0],

  addMenuItems({ menu, buttons }) {
    const { pickUrl, uploadUrl } = this.options
    menu.defineItem({
      name: "gallery",
      groups: "ours",
      priority: 95,
      button: wordButton(buttons, say("Gallery")),
      option: optionFor(say("Gallery")),
      active: (editor) => editor.isActive("gallery"),
      async command(editor) {
        const around = findAround(editor.state, "gallery")
        const title = around ? say("Add pictures to the gallery") : say("Choose the pictures, then close")
        const content = (await pickMany({ url: pickUrl, uploadUrl, title })).map(pictureOf)
        if (!content.length) return
        if (around) editor.chain().focus().insertContentAt(around.pos + around.node.nodeSize - 1, content).run()
        else insertBlocks(editor, { type: "gallery", content })
      },
    })
  },
})
