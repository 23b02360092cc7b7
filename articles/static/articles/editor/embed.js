import { crel, Node, updateAttrsDialog } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"

const askAddress = updateAttrsDialog(
  { url: { type: "string", format: "url", title: say("Address of the video, sound or chart"), required: true } },
  { title: say("Embed"), submitText: say("Insert") },
)

const hostOf = (address) => {
  try {
    const { protocol, host } = new URL(address)
    return protocol === "https:" ? host : ""
  } catch {
    return ""
  }
}

// A player, by address; the page builds it: <figure class="embed" data-embed="https://…"></figure>
export const Embed = Node.create({
  name: "embed",
  group: "block",
  atom: true,
  draggable: true,

  addOptions: () => ({ hosts: [] }),

  addAttributes: () => ({
    url: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-embed"),
      renderHTML: ({ url }) => ({ "data-embed": url }),
    },
  }),

  parseHTML: () => [{ tag: "figure[data-embed]" }],
  renderHTML: ({ node }) => ["figure", { class: "embed", "data-embed": node.attrs.url }],

  addNodeView: () => ({ node }) => ({ dom: crel("figure", { className: "embed", textContent: node.attrs.url }) }),

  addMenuItems({ menu, buttons }) {
    const { hosts } = this.options
    menu.defineItem({
      name: "embed",
      groups: "ours",
      priority: 60,
      button: wordButton(buttons, say("Embed")),
      option: optionFor(say("Embed")),
      active: (editor) => editor.isActive("embed"),
      async command(editor) {
        const attrs = await askAddress(editor, { url: "" })
        if (!attrs) return
        if (!hosts.includes(hostOf(attrs.url))) {
          window.alert(`${say("Players are built for these sites only; set a link to any other:")} ${hosts.join(", ")}`)
          return
        }
        editor.chain().focus().insertContent([{ type: "embed", attrs }, { type: "paragraph" }]).run()
      },
    })
  },
})
