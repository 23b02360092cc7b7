// Speaking with the newsroom. Every answer is one word of state, and what was said if anything was.
const PATIENCE = 10000

const ask = async (url, options) => {
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE), ...options }).catch(() => null)
  if (!response || response.status >= 500 || response.status === 429) return { state: "away" }
  if (response.type === "opaqueredirect" || response.status === 401) return { state: "out" }
  if (response.status === 404) return { state: "gone" }
  const said = await response.json().catch(() => null)
  if (response.ok && said) return { state: "kept", said }
  return said?.refused ? { state: "refused", said } : { state: "stale" }
}

// Am I signed in, and who else is here? Takes over the token of a new session.
export const look = async (form) => {
  const query = new URLSearchParams({ session_key: form.elements.session_key.value })
  const answer = await ask(`${form.dataset.present}?${query}`)
  if (answer.state !== "kept") return answer.state === "stale" ? { state: "gone" } : answer
  if (String(answer.said.user) !== form.dataset.user) return { state: "out", isOther: true }
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = answer.said.token
  return answer
}

const post = (form, data) => {
  data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value)
  return ask(form.dataset.autosave, { method: "POST", body: data })
}

// Once more with a fresh token when the one at hand was of a session that is over.
export const send = async (form, data = new FormData(form)) => {
  const answer = await post(form, data)
  if (answer.state !== "stale") return answer
  const looked = await look(form)
  return looked.state === "kept" ? post(form, data) : looked
}

// While the page goes: the browser sends this on even when the tab is gone.
export const sendLast = (form) => navigator.sendBeacon(form.dataset.autosave, new FormData(form))

export const sayGone = (form) => {
  const data = new FormData()
  for (const name of ["csrfmiddlewaretoken", "session_key"]) data.set(name, form.elements[name].value)
  if (!form.dataset.story.endsWith("-new")) navigator.sendBeacon(form.dataset.present, data)
}
