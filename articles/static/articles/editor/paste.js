// Pasted text comes in clean: what Word, Google Docs and web pages wrap around it goes, lists become lists.
import { Extension, Plugin } from "django-prose-editor/editor"
import { joinLists, makeWordLists, textAsHtml } from "articles/editor/pastelists"
import { clearStyles, makeWordNotes, renameHeadings, splitLines, unwrap, unwrapRedirect } from "articles/editor/pastestyles"

const RUBBISH = "style, script, meta, link, title, xml, noscript, template, .Apple-interchange-newline"
const WORD_RUBBISH = "[style*='mso-element:comment-list'], [style*='mso-comment-reference'], .MsoCommentReference, .msocomanchor, del"
const isWord = (html) => /class="?Mso|mso-|urn:schemas-microsoft-com/.test(html)
const isDocs = (html) => html.includes("docs-internal-guid")

const eachOf = (root, selector, change) => root.querySelectorAll(selector).forEach(change)

const removeComments = (page) => {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_COMMENT)
  const comments = []
  while (walker.nextNode()) comments.push(walker.currentNode)
  for (const comment of comments) comment.remove()
}

// A run of spaces is a tab or an indent of somebody's; one that does not break is typography and stays.
const closeGaps = (page) => {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    if (!node.parentElement.closest("pre")) node.data = node.data.replace(/[ \t\r\n\u00a0]{2,}/g, " ")
  }
}

const removeEmpty = (page) => {
  eachOf(page, "p, h1, h2, h3, h4, h5, h6", (block) => {
    if (!block.textContent.trim() && !block.querySelector("figure, table")) block.remove()
  })
  // Google Docs and Chrome set a line break between blocks as well.
  eachOf(page, "br", (line) => {
    const [before, after] = [line.previousElementSibling, line.nextElementSibling]
    const blocks = "p, h1, h2, h3, h4, h5, h6, ul, ol, table, blockquote, div, hr"
    if (line.parentElement === page.body && (before?.matches(blocks) || after?.matches(blocks))) line.remove()
  })
}

// Office programs write a language on everything; elsewhere it is kept where it says something new.
const dropLanguages = (page, isOffice) => {
  const own = document.querySelector("[name=language]")?.value
  eachOf(page, "[lang]", (element) => {
    const isForeign = element.matches("span, i, em") && element.lang.split("-")[0] !== own
    if (isOffice || !isForeign) element.removeAttribute("lang")
  })
}

export const tidy = (html) => {
  if (html.includes("data-pm-slice")) return html // copied within an editor of ours
  const word = isWord(html)
  const page = new DOMParser().parseFromString(html, "text/html")
  removeComments(page)
  eachOf(page, word ? `${RUBBISH}, ${WORD_RUBBISH}` : RUBBISH, (element) => element.remove())
  if (word) makeWordNotes(page)
  eachOf(page, "a[href*='google.com/url?']", unwrapRedirect)
  eachOf(page, "a:not([href], [data-article]), a[href^='#']", unwrap)
  if (word) makeWordLists(page)
  dropLanguages(page, word || isDocs(html))
  clearStyles(page)
  eachOf(page, "pre", splitLines)
  renameHeadings(page)
  joinLists(page)
  closeGaps(page)
  removeEmpty(page)
  return page.body.innerHTML
}

const pastePlain = (view, event) => {
  const data = event.clipboardData
  const html = !data?.getData("text/html") && textAsHtml(data?.getData("text/plain") ?? "")
  return html ? view.pasteHTML(html) : false // without the event, which would bring it here again
}

export const CleanPaste = Extension.create({
  name: "cleanPaste",
  addProseMirrorPlugins: () => [new Plugin({ props: { transformPastedHTML: tidy, handlePaste: pastePlain } })],
})
