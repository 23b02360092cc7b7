import { Table as LibraryTable, updateAttrsDialog } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"

const askMeasures = updateAttrsDialog(
  {
    rows: { type: "number", format: "number", title: say("Rows"), default: "3", min: "1", max: "100" },
    cols: { type: "number", format: "number", title: say("Columns"), default: "3", min: "1", max: "20" },
    headerRow: { type: "boolean", title: say("The first row holds headings"), default: true },
    headerColumn: { type: "boolean", title: say("The first column holds headings") },
  },
  { title: say("Table"), submitText: say("Insert") },
)

const insertTable = async (editor) => {
  const answer = await askMeasures(editor, {})
  if (!answer) return
  const chain = editor.chain().focus()
  chain.insertTable({ rows: Number(answer.rows), cols: Number(answer.cols), withHeaderRow: answer.headerRow })
  if (answer.headerColumn) chain.toggleHeaderColumn()
  chain.run()
}

// As the library has it; headings are asked for, and can be set for a whole row or column.
export const Table = LibraryTable.extend({
  addMenuItems(storage) {
    this.parent?.(storage)
    const { menu, buttons } = storage
    menu.items("table").find(({ name }) => name === "table").command = insertTable
    const define = (name, words, command) =>
      menu.defineItem({
        name,
        groups: "table",
        priority: 90,
        button: wordButton(buttons, words),
        option: optionFor(words),
        hidden: (editor) => !editor.isActive("table"),
        command,
      })
    define("table:headerRow", say("Heading row"), (editor) => editor.chain().focus().toggleHeaderRow().run())
    define("table:headerColumn", say("Heading column"), (editor) => editor.chain().focus().toggleHeaderColumn().run())
  },
})
