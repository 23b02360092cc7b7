import { mergeAttributes, Node } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"

// A sentence of the story set large: <aside class="pullquote"><p>…</p></aside>
export const Pullquote = Node.create({
  name: "pullquote",
  group: "block",
  content: "paragraph+",
  defining: true,

  parseHTML: () => [{ tag: "aside.pullquote" }],
  renderHTML: ({ HTMLAttributes }) => ["aside", mergeAttributes(HTMLAttributes, { class: "pullquote" }), 0],

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "pullquote",
      groups: "ours",
      priority: 90,
      button: wordButton(buttons, say("Pull quote")),
      option: optionFor(say("Pull quote")),
      active: (editor) => editor.isActive("pullquote"),
      enabled: (editor) => editor.can().toggleWrap("pullquote"),
      command: (editor) => editor.chain().focus().toggleWrap("pullquote").run(),
    })
  },
})
