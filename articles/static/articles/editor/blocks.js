// What our own blocks share.

// Puts blocks where the cursor is, with a paragraph after them, so that writing can go on below a block at the end.
export const insertBlocks = (editor, ...blocks) =>
  editor.chain().focus().insertContent([...blocks, { type: "paragraph" }]).run()

// The innermost node of this type around the cursor, or the one that is selected.
export const findAround = (state, name) => {
  const { $from, node } = state.selection
  if (node?.type.name === name) return { node, pos: $from.pos }
  for (let depth = $from.depth; depth > 0; depth--)
    if ($from.node(depth).type.name === name) return { node: $from.node(depth), pos: $from.before(depth) }
  return null
}

// Backspace where a part holds no words (any more) selects the part, and once more takes it out. Of a gallery the last
// picture is the gallery.
export const selectEmptyPart = (editor, name) => {
  const { doc, selection } = editor.state
  const around = findAround(editor.state, name)
  if (!around) return false
  const { parent } = doc.resolve(around.pos)
  const isAlone = parent.type.name === "gallery" && parent.childCount === 1
  const isSelected = selection.node === around.node
  if (isSelected ? !isAlone : !selection.empty || around.node.textContent) return false
  return editor.commands.setNodeSelection(isAlone ? around.pos - 1 : around.pos)
}

// What happens in a part's frame is its own affair; but where the cursor is set there, the editor must learn of it, or
// words that are typed next stand on the screen and in no text.
export const ignoreOutside = (words) => (change) => change.type !== "selection" && !words.contains(change.target)

// An attribute of an element that stands under `data-<name>`, and only when it says something.
export const dataAttribute = (name, key) => ({
  default: "",
  parseHTML: (element) => element.getAttribute(`data-${name}`) ?? "",
  renderHTML: (attributes) => (attributes[key] ? { [`data-${name}`]: attributes[key] } : {}),
})

// A line of words inside a block, with a hint where there are none yet.
export const showHint = (element, node) => element.classList.toggle("is-empty", node.content.size === 0)
