import { Extension, Plugin } from "django-prose-editor/editor"

const BULLET = /^[\s\u00a0]*[·•o§▪–-][\s\u00a0]+/
const NUMBER = /^[\s\u00a0]*\d+[.)][\s\u00a0]+/

// Word writes lists as paragraphs that begin with a bullet; here they become lists again.
const asList = (paragraph) => {
  const isNumbered = NUMBER.test(paragraph.textContent)
  const before = paragraph.previousElementSibling
  const tag = isNumbered ? "OL" : "UL"
  const list = before?.dataset.fromWord === tag ? before : document.createElement(tag)
  list.dataset.fromWord = tag
  if (list !== before) paragraph.before(list)
  const item = document.createElement("li")
  const words = document.createElement("p")
  words.textContent = paragraph.textContent.replace(isNumbered ? NUMBER : BULLET, "")
  item.append(words)
  list.append(item)
  paragraph.remove()
}

const tidy = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html")
  page.querySelectorAll("p[class*=MsoListParagraph]").forEach(asList)
  return page.body.innerHTML
}

export const PlainPaste = Extension.create({
  name: "plainPaste",
  addProseMirrorPlugins: () => [new Plugin({ props: { transformPastedHTML: tidy } })],
})
