// Lists of others: Word's are paragraphs with a bullet and a level, Google Docs' lie beside the entry they belong to,
// plain text has signs at the beginning of lines.
const BULLET = /^[\s\u00a0]*([·•◦▪‣●○■§o*–—-])[\s\u00a0]+/
const NUMBER = /^[\s\u00a0]*(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)][\s\u00a0]+/i

const levelOf = (paragraph) => Number(/mso-list:[^;]*level(\d+)/.exec(paragraph.getAttribute("style") ?? "")?.[1] ?? 1)

const isWordItem = (paragraph) => {
  const style = paragraph.getAttribute("style") ?? ""
  return /mso-list:\s*l\d/.test(style) || (/MsoListParagraph/.test(paragraph.className) && (BULLET.test(paragraph.textContent) || NUMBER.test(paragraph.textContent)))
}

// Takes the bullet or number away and answers which it was.
const takeMarker = (paragraph) => {
  const marker = paragraph.querySelector("[style*='mso-list:Ignore'], [style*='mso-list: Ignore']")
  const words = marker?.textContent ?? paragraph.textContent
  const isNumbered = NUMBER.test(`${words} `) && !/^[\s\u00a0]*o[\s\u00a0]/.test(words)
  if (marker) marker.remove()
  else stripStart(paragraph, (NUMBER.exec(paragraph.textContent) ?? BULLET.exec(paragraph.textContent))?.[0].length ?? 0)
  return isNumbered ? "ol" : "ul"
}

const stripStart = (element, length) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  while (length > 0 && walker.nextNode()) {
    const node = walker.currentNode
    const taken = Math.min(length, node.data.length)
    node.data = node.data.slice(taken)
    length -= taken
  }
}

const itemFrom = (paragraph) => {
  const [item, words] = [document.createElement("li"), document.createElement("p")]
  words.append(...paragraph.childNodes)
  item.append(words)
  return item
}

export const makeWordLists = (page) => {
  let open = [] // the lists around the paragraph before, outermost first
  let last = null
  for (const paragraph of page.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    if (!isWordItem(paragraph)) continue
    if (!last || paragraph.previousElementSibling !== last) open = []
    const level = levelOf(paragraph)
    const tag = takeMarker(paragraph)
    open = open.slice(0, level)
    const isNewList = open.length < level || (open.length === 1 && open[0].localName !== tag)
    if (isNewList) {
      const list = document.createElement(tag)
      const outer = open.length < level ? open.at(-1) : null
      if (outer?.lastElementChild) outer.lastElementChild.append(list)
      else paragraph.before(list)
      open = outer ? [...open, list] : [list]
    }
    open.at(-1).append(itemFrom(paragraph))
    paragraph.remove()
    last = open[0]
  }
}

// A list directly in a list belongs to the entry before it.
export const joinLists = (page) => {
  for (const list of page.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) {
    const before = list.previousElementSibling
    if (before?.localName === "li") before.append(list)
    else list.replaceWith(...list.childNodes)
  }
}

const escaped = (words) => {
  const element = document.createElement("p")
  element.textContent = words
  return element.innerHTML
}

// Plain text with lists in it as HTML; empty when there are none, and the editor does what it always does.
export const textAsHtml = (text) => {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim())
  const kinds = lines.map((line) => (/^\s*[•◦▪‣●*–-]\s/.test(line) ? "ul" : /^\s*\d{1,3}[.)]\s/.test(line) ? "ol" : "p"))
  // One line alone that begins so is a sentence, such as a line of speech.
  const isListed = (at) => kinds[at] !== "p" && (kinds[at - 1] === kinds[at] || kinds[at + 1] === kinds[at])
  if (!lines.some((_line, at) => isListed(at))) return ""
  return lines
    .map((line, at) => {
      if (!isListed(at)) return `<p>${escaped(line.trim())}</p>`
      const [kind, words] = [kinds[at], line.replace(kinds[at] === "ul" ? BULLET : NUMBER, "")]
      const begin = kinds[at - 1] === kind ? "" : `<${kind}>`
      const end = kinds[at + 1] === kind ? "" : `</${kind}>`
      return `${begin}<li><p>${escaped(words)}</p></li>${end}`
    })
    .join("")
}
