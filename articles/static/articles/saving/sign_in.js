// A session that is over: asks to sign in in another tab and notices when that is done.
import { look } from "articles/saving/speaking"

const EVERY = 2000
let waiting = null

// Resolves true once this person is signed in again, false when they would rather go on writing first.
export const askToSignIn = (form) => {
  waiting ??= new Promise((resolve) => {
    const dialog = document.querySelector("[data-sign-in]")
    const problem = dialog.querySelector("[data-problem]")
    const finish = (isIn) => {
      clearInterval(clock)
      window.removeEventListener("focus", check)
      dialog.close()
      waiting = null
      resolve(isIn)
    }
    const check = async () => {
      const answer = await look(form)
      problem.textContent = answer.isOther ? dialog.dataset.other : ""
      if (answer.state === "kept" && waiting) finish(true)
    }
    const clock = setInterval(check, EVERY)
    window.addEventListener("focus", check)
    dialog.querySelector("[data-later]").onclick = () => finish(false)
    dialog.oncancel = () => finish(false)
    dialog.showModal()
  })
  return waiting
}
