import { crel, mergeAttributes, Node, updateAttrsDialog } from "django-prose-editor/editor"
import { findAround } from "articles/editor/blocks"
import { optionFor, say, wordButton } from "articles/editor/labels"
import { asContent, asTyped } from "articles/editor/notewords"

const askWords = updateAttrsDialog(
  {
    words: {
      type: "string",
      title: say("What the note says"),
      description: ` ${say("*slanted*, [words](address)")}`,
      required: true,
    },
  },
  { title: say("Footnote") },
)

// At the cursor, or at the note that is selected.
const editNote = async (editor) => {
  const known = findAround(editor.state, "footnote")
  const before = known ? asTyped(known.node) : ""
  const answer = await askWords(editor, { words: before })
  if (!answer || answer.words === before) return
  const note = { type: "footnote", content: asContent(answer.words.trim()) }
  const from = known?.pos ?? editor.state.selection.to
  const replace = ({ tr, state }) => tr.replaceWith(from, from + (known?.node.nodeSize ?? 0), state.schema.nodeFromJSON(note))
  editor.chain().focus().command(replace).run()
}

// A note where it belongs in the text; the page numbers it: <small class="footnote">…</small>
// It is one piece for the cursor, since browsers set none at the edge of a piece of a line that can be written in.
export const Footnote = Node.create({
  name: "footnote",
  group: "inline",
  inline: true,
  content: "text*",
  atom: true,
  draggable: true,

  parseHTML: () => [{ tag: "small.footnote" }],
  renderHTML: ({ HTMLAttributes }) => ["small", mergeAttributes(HTMLAttributes, { class: "footnote" }), 0],

  addNodeView: () => ({ node, editor, getPos }) => {
    const dom = crel("small", { className: "footnote", contentEditable: "false", textContent: node.textContent })
    dom.addEventListener("dblclick", () => {
      editor.commands.setNodeSelection(getPos())
      editNote(editor)
    })
    return { dom }
  },

  addKeyboardShortcuts() {
    return {
      "Mod-Alt-f": () => {
        editNote(this.editor)
        return true
      },
      Enter: () => this.editor.state.selection.node?.type.name === "footnote" && (editNote(this.editor), true),
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
      command: editNote,
    })
  },
})
