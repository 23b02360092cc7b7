// Keeps what is typed: in this browser at once, in the newsroom two seconds after a pause and every four while typing.
import { dropCopy, entriesOf, hasNote, keepCopy } from "articles/saving/copies"
import { showNewer, showOthers, showState } from "articles/saving/line"
import { offerCopies } from "articles/saving/offer"
import { askToSignIn } from "articles/saving/sign_in"
import { look, sayGone, send, sendLast } from "articles/saving/speaking"

const [PAUSE, MOST, RETRY, PRESENCE] = [2000, 4000, 3000, 10000]

const setUp = (form) => {
  const { sequence } = form.elements
  const snapshot = () => JSON.stringify(entriesOf(form))
  let known = snapshot()
  let [clock, since, sending, isOwed, mayGo, isLeaving, isPutOff] = [0, 0, null, false, false, false, false]

  const schedule = (wait) => {
    clearTimeout(clock)
    clock = setTimeout(sendNow, wait)
  }
  const note = () => {
    const now = snapshot()
    if (now === known) return
    known = now
    sequence.value = Number(sequence.value) + 1
    isOwed = true
    showState(keepCopy(form) ? "typing" : "lost")
    since ||= Date.now()
    if (!isPutOff) schedule(Math.max(0, Math.min(PAUSE, since + MOST - Date.now())))
  }
  const settle = (said) => {
    // A new story has its place now: saving goes there, and so does a reload.
    if (form.dataset.story.endsWith("-new")) {
      history.replaceState(null, "", said.address)
      form.dataset.story = form.dataset.story.replace("new", said.address.match(/(\d+)\/change/)[1])
      form.elements.based_on.value = said.based_on
      known = snapshot()
    }
    Object.assign(form.dataset, { autosave: said.autosave_url, present: said.present_url })
    showOthers(said.others)
    showNewer(said.newer)
  }
  const sendNow = async () => {
    if (sending || !isOwed) return
    const sent = sequence.value
    since = 0
    sending = send(form)
    const { state, said } = await sending
    sending = null
    if (state === "kept") settle(said)
    const isAll = state === "kept" && sent === sequence.value
    if (isAll) isOwed = false
    if (isAll && !hasNote(form)) {
      dropCopy(form)
      form.dispatchEvent(new Event("kept"))
    }
    if (isAll || state !== "kept") showState(state, said?.at ?? said?.refused)
    if (state === "out") await signIn()
    else if (!isAll && !["refused", "gone"].includes(state)) schedule(state === "kept" ? PAUSE : RETRY)
  }
  const signIn = async () => {
    isPutOff = !(await askToSignIn(form))
    if (!isPutOff) schedule(0)
    return !isPutOff
  }
  const submit = async (submitter) => {
    if (sending) await sending // it may be beginning the story that this would begin once more
    const { state } = await look(form)
    if (state === "out" && !(await signIn())) return
    if (["away", "gone"].includes(state)) return showState(state)
    mayGo = isLeaving = true
    form.requestSubmit(submitter)
    mayGo = false
  }
  form.addEventListener("input", note)
  form.addEventListener("change", note)
  form.addEventListener("submit", (event) => {
    note()
    clearTimeout(clock)
    if (mayGo) return
    event.preventDefault()
    submit(event.submitter)
  })
  window.addEventListener("online", () => schedule(0))
  window.addEventListener("pagehide", () => {
    if (isOwed && !isLeaving) sendLast(form)
    sayGone(form)
  })
  window.addEventListener("pageshow", (event) => event.persisted && location.reload())
  setInterval(async () => {
    const { state, said } = await look(form)
    if (state !== "kept") return
    showOthers(said.others)
    if (isPutOff) schedule(0)
    isPutOff = false
  }, PRESENCE)
  offerCopies(form)
}

for (const form of document.querySelectorAll("[data-autosave]")) setUp(form)
