// Offers what this browser kept and the newsroom never got. Taken, it is sent as an autosave and opened from there.
// What the newsroom kept of the same writing is older, and offered only once the newer words are left.
import { dropCopy, findCopies } from "articles/saving/copies"
import { showState } from "articles/saving/line"
import { send } from "articles/saving/speaking"

const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent

const excerptOf = (copy) => {
  const fields = new Map(copy.entries)
  const words = [fields.get("note_text"), fields.get("headline"), plain(fields.get("body") ?? "")].filter(Boolean).join(" — ")
  return words.length > 200 ? `${words.slice(0, 200)}…` : words
}

const take = async (form, copy) => {
  const data = new FormData()
  for (const [name, value] of copy.entries) data.append(name, value)
  data.set("sequence", copy.sequence)
  data.set("holds_note", "1")
  const answer = await send(form, data)
  if (answer.state !== "kept") return showState(answer.state, answer.said?.refused)
  dropCopy(form, copy.session)
  form.dispatchEvent(new Event("kept"))
  const { address, kept } = answer.said
  location.assign(kept ? `${address}?autosave=${kept}` : address)
}

export const offerCopies = (form) => {
  const reached = [{ session: form.dataset.saved, sequence: Number(form.dataset.savedSequence), isWhole: true }]
  const offered = document.querySelector("[data-offer]")
  if (offered) reached.push({ session: offered.dataset.offer, sequence: Number(offered.dataset.sequence) })
  reached.push({ session: form.elements.session_key.value, sequence: Number(form.elements.sequence.value) })
  const template = document.querySelector("[data-kept-here]")
  for (const copy of findCopies(form, reached)) {
    const offer = template.content.firstElementChild.cloneNode(true)
    const older = offered?.dataset.offer === copy.session ? offered : null
    const sentence = offer.querySelector("[data-sentence]")
    const when = new Date(copy.at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" })
    sentence.textContent = sentence.dataset.sentence.replace("{when}", when)
    offer.querySelector("[data-excerpt]").textContent = excerptOf(copy)
    offer.querySelector("[data-take]").addEventListener("click", () => take(form, copy))
    offer.querySelector("[data-leave]").addEventListener("click", () => {
      dropCopy(form, copy.session)
      offer.remove()
      if (older) older.hidden = false
    })
    if (older) older.hidden = true
    form.before(offer)
  }
}
