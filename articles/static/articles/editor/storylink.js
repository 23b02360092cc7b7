import { Mark } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { pick } from "articles/editor/picker"

// A link to a story of ours, by id, so that it follows the story's address: <a data-article="12">…</a>
export const StoryLink = Mark.create({
  name: "storyLink",
  inclusive: false,
  excludes: "link",
  priority: 1100,

  addOptions: () => ({ pickUrl: "" }),

  addAttributes: () => ({
    article: {
      default: null,
      parseHTML: (element) => element.getAttribute("data-article"),
      renderHTML: ({ article }) => ({ "data-article": article }),
    },
  }),

  parseHTML: () => [{ tag: "a[data-article]", priority: 60 }],
  renderHTML: ({ HTMLAttributes }) => ["a", HTMLAttributes, 0],

  addMenuItems({ menu, buttons }) {
    const { pickUrl } = this.options
    menu.defineItem({
      name: "storyLink",
      groups: "ours",
      priority: 80,
      button: wordButton(buttons, say("Own story"), say("Link to a story of ours")),
      option: optionFor(say("Own story")),
      active: (editor) => editor.isActive("storyLink"),
      async command(editor) {
        if (editor.isActive("storyLink")) {
          editor.chain().focus().extendMarkRange("storyLink").unsetMark("storyLink").run()
          return
        }
        const isEmpty = editor.state.selection.empty
        const item = await pick({ url: pickUrl, title: say("Choose a story") })
        if (!item) return
        const mark = { type: "storyLink", attrs: { article: String(item.id) } }
        const chain = editor.chain().focus()
        if (isEmpty) chain.insertContent({ type: "text", text: item.title, marks: [mark] }).run()
        else chain.setMark("storyLink", mark.attrs).run()
      },
    })
  },
})
