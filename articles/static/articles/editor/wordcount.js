import { crel, Extension } from "django-prose-editor/editor"
import { say } from "articles/editor/labels"

// The server's own rule (articles/sanitising.py), so that both count the same.
const WORD = /[\p{L}\p{N}_]+(?:[’'ʼ-][\p{L}\p{N}_]+)*/gu

const wordsOf = (doc) => {
  let text = ""
  let before = null
  doc.descendants((node, _position, parent) => {
    if (!node.isText) return
    text += parent === before ? node.text : `\n${node.text}`
    before = parent
  })
  return text.match(WORD)?.length ?? 0
}

// How long the text is, while it is written.
export const WordCount = Extension.create({
  name: "wordCount",

  addOptions: () => ({ wordsAMinute: 230 }),
  addStorage: () => ({ dom: null }),

  onCreate({ editor }) {
    this.storage.dom = crel("p", { className: "writing-count", role: "status", "aria-live": "off" })
    editor.view.dom.after(this.storage.dom)
    this.storage.show = () => {
      const words = wordsOf(editor.state.doc)
      const minutes = Math.max(1, Math.ceil(words / this.options.wordsAMinute))
      this.storage.dom.textContent = `${say("Words")}: ${words} · ${say("Minutes to read")}: ${minutes}`
    }
    this.storage.show()
  },
  onUpdate() {
    this.storage.show?.()
  },
  onDestroy() {
    this.storage.dom?.remove()
  },
})
