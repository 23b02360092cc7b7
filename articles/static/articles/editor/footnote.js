import { mergeAttributes, Node } from "django-prose-editor/editor"
import { findAround } from "articles/editor/blocks"
import { optionFor, say, wordButton } from "articles/editor/labels"

const leave = (editor) => {
  const note = findAround(editor.state, "footnote")
  return note ? editor.commands.setTextSelection(note.pos + note.node.nodeSize) : false
}

// A note where it belongs in the text; the page numbers it: <small class="footnote">…</small>
export const Footnote = Node.create({
  name: "footnote",
  group: "inline",
  inline: true,
  content: "text*",
  defining: true,

  parseHTML: () => [{ tag: "small.footnote" }],
  renderHTML: ({ HTMLAttributes }) => ["small", mergeAttributes(HTMLAttributes, { class: "footnote" }), 0],

  addCommands: () => ({
    insertFootnote:
      () =>
      ({ chain, state }) => {
        if (findAround(state, "footnote")) return false
        const at = state.selection.to
        return chain().insertContentAt(at, { type: "footnote" }).setTextSelection(at + 1).run()
      },
  }),

  addKeyboardShortcuts() {
    return {
      "Mod-Alt-f": () => this.editor.commands.insertFootnote(),
      Enter: () => leave(this.editor),
      Escape: () => leave(this.editor),
    }
  },

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "footnote",
      groups: "ours",
      priority: 85,
      button: wordButton(buttons, say("Note"), say("Footnote")),
      option: optionFor(say("Footnote")),
      active: (editor) => editor.isActive("footnote"),
      command: (editor) => leave(editor) || editor.chain().focus().insertFootnote().run(),
    })
  },
})
