// What a page says to one person. The page is the same bytes for everybody; only a browser that carries the constant
// marker cookie asks for its owner's fragment: elements with data-slot, each put where data-me names that slot.
// In a frame of the desk it is a preview: what everybody sees.
const isSignedIn = window === window.parent && document.cookie.split("; ").includes("signed_in=1");
const account = document.querySelector("[data-me-url]");

function fill(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const piece of parsed.querySelectorAll("[data-slot]")) {
    const slot = document.querySelector(`[data-me="${CSS.escape(piece.dataset.slot)}"]`);
    slot?.replaceChildren(...piece.childNodes);
  }
}

if (isSignedIn && account) {
  // Refused or offline: the page stays as everybody sees it.
  fetch(account.dataset.meUrl, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .then(fill, () => {});
}
