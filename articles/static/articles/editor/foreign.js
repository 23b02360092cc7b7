import { Mark, updateAttrsDialog } from "django-prose-editor/editor"
import { optionFor, say, wordButton } from "articles/editor/labels"

const CODES = ["ar", "be", "bg", "cs", "crh", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hu", "it", "ja", "ka", "la", "lt", "lv", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "tr", "uk", "yi", "zh"]
const CODE = /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i

const nameOf = (code) => {
  try {
    return new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "language" }).of(code)
  } catch {
    return code
  }
}

const askLanguage = async (editor, lang) => {
  const names = new Map(CODES.map((code) => [`${nameOf(code)} (${code})`, code]))
  const known = [...names].find(([, code]) => code === lang)?.[0]
  const answer = await updateAttrsDialog(
    {
      language: { type: "string", title: say("Language"), enum: ["", ...[...names.keys()].sort((a, b) => a.localeCompare(b))] },
      code: { type: "string", title: say("Another language, by its code"), description: ` ${say("for example cy or sr-Latn")}` },
    },
    { title: say("Words in another language") },
  )(editor, { language: known ?? "", code: known ? "" : lang })
  return answer && (answer.code.trim() || names.get(answer.language) || "")
}

// Words of another language, so that they are read aloud and parted rightly: <span lang="de">…</span>
export const Foreign = Mark.create({
  name: "foreign",
  inclusive: false,

  addAttributes: () => ({
    lang: {
      default: null,
      parseHTML: (element) => element.getAttribute("lang"),
      renderHTML: ({ lang }) => ({ lang }),
    },
  }),

  // Not consuming: <em lang> is emphasis as well.
  parseHTML: () =>
    ["span[lang]", "em[lang]", "i[lang]"].map((tag) => ({
      tag,
      priority: 60,
      consuming: tag === "span[lang]",
      getAttrs: (element) => CODE.test(element.getAttribute("lang")) && null,
    })),
  renderHTML: ({ HTMLAttributes }) => ["span", HTMLAttributes, 0],

  addCommands: () => ({
    askForeign:
      () =>
      ({ editor }) => {
        if (editor.state.selection.empty && !editor.isActive("foreign")) return false
        askLanguage(editor, editor.getAttributes("foreign").lang ?? "").then((lang) => {
          if (lang === null) return
          const chain = editor.chain().focus().extendMarkRange("foreign")
          if (CODE.test(lang)) chain.setMark("foreign", { lang }).run()
          else chain.unsetMark("foreign").run()
        })
        return true
      },
  }),

  addKeyboardShortcuts() {
    return { "Mod-Shift-l": () => this.editor.commands.askForeign() }
  },

  addMenuItems({ menu, buttons }) {
    menu.defineItem({
      name: "foreign",
      groups: "ours",
      priority: 75,
      button: wordButton(buttons, say("Language"), say("Words in another language")),
      option: optionFor(say("Words in another language")),
      active: (editor) => editor.isActive("foreign"),
      enabled: (editor) => !editor.state.selection.empty || editor.isActive("foreign"),
      command: (editor) => editor.commands.askForeign(),
    })
  },
})
