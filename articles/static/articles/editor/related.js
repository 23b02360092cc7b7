import { Node, updateAttrsDialog } from "django-prose-editor/editor"
import { findAround, insertBlocks, selectEmptyPart } from "articles/editor/blocks"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { pick } from "articles/editor/picker"

const askEntry = (editor, headings, heading) =>
  updateAttrsDialog(
    {
      heading: { type: "string", title: say("Heading"), enum: [...new Set([heading, ...headings].filter(Boolean))] },
      url: { type: "string", format: "url", title: say("Address of a page elsewhere"), description: ` ${say("Empty: a story of ours comes next")}` },
      title: { type: "string", title: say("Its headline") },
    },
    { title: say("Related box"), submitText: say("Add") },
  )(editor, { heading: heading || headings[0] })

const linkTo = (text, mark) => ({
  type: "listItem",
  content: [{ type: "paragraph", content: [{ type: "text", text, marks: [mark] }] }],
})

const findEntry = async ({ url, title }, pickUrl) => {
  if (url) return linkTo(title.trim() || url, { type: "link", attrs: { href: url } })
  const item = await pick({ url: pickUrl, title: say("Choose a story") })
  return item && linkTo(item.title, { type: "storyLink", attrs: { article: String(item.id) } })
}

const isFull = (around, limit) => around?.node.firstChild.childCount >= limit

// A box of links: <section class="related" data-heading="Read also"><ul><li><a …>…</a></li></ul></section>
export const RelatedBox = Node.create({
  name: "relatedBox",
  group: "block",
  content: "(bulletList | orderedList)", // both, since the menu tries one for the other
  isolating: true,
  defining: true,

  addOptions: () => ({ pickUrl: "", limit: 12, headings: {} }),

  addAttributes: () => ({
    heading: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-heading") ?? "",
      renderHTML: ({ heading }) => ({ "data-heading": heading }),
    },
  }),

  parseHTML: () => [{ tag: "section.related" }],
  renderHTML: ({ HTMLAttributes }) => ["section", { class: "related", ...HTMLAttributes }, 0],

  addKeyboardShortcuts() {
    // A box that is full takes no further entry.
    return {
      Enter: () => isFull(findAround(this.editor.state, "relatedBox"), this.options.limit) ?? false,
      Backspace: () => selectEmptyPart(this.editor, "relatedBox"),
    }
  },

  addMenuItems({ menu, buttons }) {
    const { pickUrl, limit, headings } = this.options
    menu.defineItem({
      name: "relatedBox",
      groups: "ours",
      priority: 70,
      button: wordButton(buttons, say("Related box")),
      option: optionFor(say("Related box")),
      active: (editor) => editor.isActive("relatedBox"),
      async command(editor) {
        const around = findAround(editor.state, "relatedBox")
        if (isFull(around, limit)) return window.alert(say("A box takes twelve entries: remove one first."))
        const language = document.querySelector("[name=language]")?.value ?? document.documentElement.lang
        const answer = await askEntry(editor, headings[language] ?? [say("Read also")], around?.node.attrs.heading)
        if (!answer) return
        const { heading } = answer
        if (around) editor.commands.updateAttributes("relatedBox", { heading })
        const entry = await findEntry(answer, pickUrl)
        if (!entry) return
        if (around) return editor.chain().focus().insertContentAt(around.pos + around.node.nodeSize - 2, entry).run()
        const list = { type: "bulletList", content: [entry] }
        insertBlocks(editor, { type: "relatedBox", attrs: { heading }, content: [list] })
      },
    })
  },
})
