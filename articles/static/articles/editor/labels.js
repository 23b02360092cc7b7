// Words of the editor in the desk's language, as articles/editor_words.py gives them.
const translated = JSON.parse(document.getElementById("editor-words")?.textContent ?? "{}")
export const say = (words) => translated[words] ?? words

// A menu button with words on it: clearer than a picture for what only this editor has.
export const wordButton = (buttons, words, title = "") => buttons.text(words, title || words, "width:auto;padding-inline:.5rem")

export const optionFor = (words) => {
  const option = document.createElement("p")
  option.textContent = words
  return option
}
