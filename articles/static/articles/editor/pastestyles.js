// Emphasis that others write as style, headings that we call by another level, notes of Word.
export const unwrap = (element) => element.replaceWith(...element.childNodes)

const wrapInside = (element, tag) => {
  const inner = document.createElement(tag)
  inner.append(...element.childNodes)
  element.append(inner)
}

const isHeavy = (weight) => weight === "bold" || weight === "bolder" || Number(weight) >= 600

// Style becomes what it means and is gone; <b style="font-weight:normal"> of Google Docs means nothing.
export const clearStyles = (page) => {
  for (const element of page.querySelectorAll("[style]")) {
    const { fontWeight, fontStyle } = element.style
    const isHeading = element.closest("h1, h2, h3, h4, h5, h6, th")
    if (element.matches("span, font, a, p, li, td") && element.textContent.trim()) {
      if (isHeavy(fontWeight) && !isHeading) wrapInside(element, "strong")
      if (fontStyle === "italic") wrapInside(element, "em")
    }
    const isUndone = element.matches("b, strong") ? fontWeight && !isHeavy(fontWeight) : element.matches("i, em") && fontStyle === "normal"
    element.removeAttribute("style")
    if (isUndone) unwrap(element)
  }
  for (const element of page.querySelectorAll("span:not([lang]), font, center, u, ins")) if (!element.closest("figure")) unwrap(element)
}

// The headline is the page's first level; text begins with the second.
export const renameHeadings = (page) => {
  for (const heading of page.querySelectorAll("h1, h4, h5, h6")) {
    const renamed = document.createElement(heading.localName === "h1" ? "h2" : "h3")
    renamed.append(...heading.childNodes)
    heading.replaceWith(renamed)
  }
}

// Preformatted text keeps its lines.
export const splitLines = (block) => {
  const paragraph = document.createElement("p")
  block.textContent.replace(/\n$/, "").split("\n").forEach((line, number) => {
    if (number) paragraph.append(document.createElement("br"))
    paragraph.append(line)
  })
  block.replaceWith(paragraph)
}

export const unwrapRedirect = (link) => {
  const address = new URL(link.href)
  const wanted = address.searchParams.get("q") ?? address.searchParams.get("url")
  if (/(^|\.)google\.com$/.test(address.hostname) && /^https?:/.test(wanted ?? "")) link.setAttribute("href", wanted)
}

// Word's footnotes lie at the end and are pointed to; ours stand where they belong.
export const makeWordNotes = (page) => {
  for (const mark of page.querySelectorAll("a[href^='#_ftn'], a[href^='#_edn']")) {
    const block = page.getElementById(mark.getAttribute("href").slice(2))
    if (!block || block.contains(mark)) continue
    const words = block.textContent.replace(/^\s*\[?[\divx]+\]?\s*/i, "").trim()
    const note = document.createElement("small")
    note.className = "footnote"
    note.textContent = words
    mark.replaceWith(note)
    block.remove()
  }
  for (const rest of page.querySelectorAll("[style*='mso-element:footnote-list'], [style*='mso-element:endnote-list']")) rest.remove()
}
