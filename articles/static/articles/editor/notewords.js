// A note's words as they are typed in a dialog: *slanted*, [words](address), a bare address; [words](story:12) for a
// story of ours.
const PIECE = /\*([^*]+)\*|\[([^\]]+)\]\((story:\d+|(?:https?:\/\/|mailto:|\/)[^)\s]+)\)|(https?:\/\/[^\s)]+[^\s).,;:!?])/g

const markOf = (address) =>
  address.startsWith("story:")
    ? { type: "storyLink", attrs: { article: address.slice(6) } }
    : { type: "link", attrs: { href: address } }

export const asContent = (typed) => {
  const content = []
  const add = (text, ...marks) => text && content.push({ type: "text", text, marks })
  let at = 0
  for (const found of typed.matchAll(PIECE)) {
    const [whole, slanted, words, address, bare] = found
    add(typed.slice(at, found.index))
    if (slanted) add(slanted, { type: "italic" })
    else add(words ?? bare, markOf(address ?? bare))
    at = found.index + whole.length
  }
  add(typed.slice(at))
  return content
}

const piece = ({ text, marks }) => {
  const find = (name) => marks.find(({ type }) => type.name === name)?.attrs
  const address = find("link")?.href ?? (find("storyLink") && `story:${find("storyLink").article}`)
  if (address) return address === text ? text : `[${text}](${address})`
  return find("italic") ? `*${text}*` : text
}

export const asTyped = (node) => {
  let typed = ""
  node.descendants((child) => {
    if (child.isText) typed += piece(child)
  })
  return typed
}
