// What was typed and has not reached the newsroom yet, in this browser. Gone as soon as it has.
const PREFIX = "newsroom-kept:"
const MONTH = 30 * 24 * 3600 * 1000
const PASSED_OVER = ["csrfmiddlewaretoken", "sequence"]

export const entriesOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !PASSED_OVER.includes(name))

// A note to colleagues is no part of the story: an autosave leaves it behind.
export const hasNote = (form) => Boolean(form.elements.note_text?.value.trim())
const holdsNote = (copy) => copy.entries.some(([name, value]) => name === "note_text" && value.trim())

const nameOf = (form) => `${PREFIX}${form.dataset.user}:${form.elements.session_key.value}`

// False when this browser keeps nothing (full, or forbidden).
export const keepCopy = (form) => {
  const copy = {
    story: form.dataset.story,
    at: Date.now(),
    session: form.elements.session_key.value,
    sequence: Number(form.elements.sequence.value),
    entries: entriesOf(form),
  }
  try {
    localStorage.setItem(nameOf(form), JSON.stringify(copy))
    return true
  } catch {
    return false
  }
}

export const dropCopy = (form, session = form.elements.session_key.value) => {
  try {
    localStorage.removeItem(`${PREFIX}${form.dataset.user}:${session}`)
  } catch {
    return // this browser keeps nothing
  }
}

const readAll = (form) => {
  const copies = []
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(`${PREFIX}${form.dataset.user}:`)) copies.push(JSON.parse(localStorage.getItem(name)))
    }
  } catch {
    return []
  }
  return copies
}

// Those of this story that the newsroom has not got; the others are dropped on the way. `reached` names forms and how
// far each was heard: what was sent last with its note, and an autosave that the page offers already.
export const findCopies = (form, reached) =>
  readAll(form).filter((copy) => {
    const isThere = reached.some(
      ({ session, sequence, isWhole }) => session === copy.session && sequence >= copy.sequence && (isWhole || !holdsNote(copy)),
    )
    if (isThere || Date.now() - copy.at > MONTH) dropCopy(form, copy.session)
    else return copy.story === form.dataset.story && copy.session !== form.elements.session_key.value
    return false
  })
