import { Node, updateAttrsDialog } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { pick } from "articles/editor/picker"

const askHeading = updateAttrsDialog({ heading: { type: "string", title: say("Heading") } }, { title: say("Related box") })

const entryFor = ({ id, title }) => ({
  type: "listItem",
  content: [
    {
      type: "paragraph",
      content: [{ type: "text", text: title, marks: [{ type: "storyLink", attrs: { article: String(id) } }] }],
    },
  ],
})

// A box of links: <section class="related" data-heading="Read also"><ul><li><a …>…</a></li></ul></section>
export const RelatedBox = Node.create({
  name: "relatedBox",
  group: "block",
  content: "(bulletList | orderedList)", // both, since the menu tries one for the other
  isolating: true,
  defining: true,

  addOptions: () => ({ pickUrl: "" }),

  addAttributes: () => ({
    heading: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-heading") ?? "",
      renderHTML: ({ heading }) => ({ "data-heading": heading }),
    },
  }),

  parseHTML: () => [{ tag: "section.related" }],
  renderHTML: ({ node }) => ["section", { class: "related", "data-heading": node.attrs.heading }, 0],

  addMenuItems({ menu, buttons }) {
    const { pickUrl } = this.options
    menu.defineItem({
      name: "relatedBox",
      groups: "ours",
      priority: 70,
      button: wordButton(buttons, say("Related box")),
      option: optionFor(say("Related box")),
      active: (editor) => editor.isActive("relatedBox"),
      async command(editor) {
        if (editor.isActive("relatedBox")) {
          const attrs = await askHeading(editor, editor.getAttributes("relatedBox"))
          if (attrs) editor.chain().focus().updateAttributes("relatedBox", attrs).run()
          return
        }
        const item = await pick({ url: pickUrl, title: say("Choose the first story") })
        if (!item) return
        const list = { type: "bulletList", content: [entryFor(item)] }
        const box = { type: "relatedBox", attrs: { heading: say("Read also") }, content: [list] }
        editor.chain().focus().insertContent([box, { type: "paragraph" }]).run()
      },
    })
  },
})
