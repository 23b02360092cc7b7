import { Link as LibraryLink, updateAttrsDialog } from "django-prose-editor/editor"
import { say } from "articles/editor/labels"

const SCHEMES = /^(https?:|mailto:|tel:|\/|#)/i
// Any of those, or none: what a browser skips in an address is skipped here.
const isAllowed = (address) => {
  const read = address.replace(/[\u0000-\u0020]/g, "")
  return SCHEMES.test(read) || !/^[a-z][a-z0-9+.-]*:/i.test(read)
}
const askAddress = (editor, attrs) =>
  updateAttrsDialog({ href: { type: "string", title: say("Address"), required: true } }, { title: say("Link") })(editor, attrs)

// "example.org/page" and "name@example.org" are written without a scheme by everybody.
const complete = (typed) => {
  const address = typed.trim()
  if (SCHEMES.test(address)) return address
  return /^[^\s/@]+@[^\s/@]+\.\w+$/.test(address) ? `mailto:${address}` : `https://${address}`
}

// As the library has it, but asking only for what survives; with nothing selected the address is its own words.
export const Link = LibraryLink.extend({
  addOptions() {
    return { ...this.parent?.(), isAllowedUri: isAllowed }
  },

  addPasteRules: () => [], // a pasted link keeps its own address

  addCommands() {
    return {
      ...this.parent?.(),
      addLink:
        () =>
        ({ editor }) => {
          askAddress(editor, editor.getAttributes("link")).then((answer) => {
            if (!answer) return
            const href = complete(answer.href)
            const isNew = editor.state.selection.empty && !editor.isActive("link")
            const chain = editor.chain().focus()
            if (isNew) chain.insertContent({ type: "text", text: answer.href.trim(), marks: [{ type: "link", attrs: { href } }] })
            else chain.extendMarkRange("link").setLink({ href })
            chain.run()
          })
          return true
        },
    }
  },

  addMenuItems(storage) {
    this.parent?.(storage)
    storage.menu.items("link").find(({ name }) => name === "link").enabled = () => true
  },
})
