// An arrow leads out of a quotation, pull quote or list that ends or begins the story; the library sees to other parts.
import { Extension } from "django-prose-editor/editor"

const LEFT = ["blockquote", "pullquote", "bulletList", "orderedList"]

const leave = (editor, isDown) => {
  const { doc, selection } = editor.state
  const { $head, empty } = selection
  if (!empty || $head.depth < 2 || !LEFT.includes($head.node(1).type.name)) return false
  // Nothing but the ends of what is around the line stands between it and the story's own.
  const isOutermost = isDown ? doc.content.size - $head.end() === $head.depth : $head.start() === $head.depth
  if (!isOutermost || !editor.view.endOfTextblock(isDown ? "down" : "up")) return false
  const place = isDown ? doc.content.size : 0
  return editor.chain().insertContentAt(place, { type: "paragraph" }).setTextSelection(place + 1).scrollIntoView().run()
}

export const Leaving = Extension.create({
  name: "leaving",
  addKeyboardShortcuts() {
    return { ArrowDown: () => leave(this.editor, true), ArrowUp: () => leave(this.editor, false) }
  },
})
