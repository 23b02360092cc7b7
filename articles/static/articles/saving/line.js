// The line beside the buttons: what has become of the words, who else is here, and whether somebody saved.
const find = (name) => document.querySelector(`[data-saving-${name}]`)

export const showState = (state, detail = "") => {
  const line = find("line")
  const words = state === "refused" ? detail : (line.dataset[state] ?? "").replace("{when}", detail)
  if (line.textContent !== words) line.textContent = words
  line.dataset.state = state
}

export const showOthers = (sentences = []) => {
  const list = find("others")
  if ([...list.children].map((entry) => entry.textContent).join() === sentences.join()) return
  list.replaceChildren(...sentences.map((textContent) => Object.assign(document.createElement("li"), { textContent })))
}

export const showNewer = (sentence = "") => {
  const line = find("newer")
  line.hidden = !sentence
  line.textContent = sentence
}
