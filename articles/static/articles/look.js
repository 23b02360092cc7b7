// A frame shows the page by day or by night, whatever the editor's own machine prefers: its rules for night are made to
// hold always, or never. Browsers hand no colour scheme down into a frame's media queries.
const NIGHT = /\(\s*prefers-color-scheme:\s*dark\s*\)/g
const DAY = /\(\s*prefers-color-scheme:\s*light\s*\)/g

const settle = (media, isNight) => {
  const before = media.mediaText
  const after = before.replace(NIGHT, isNight ? "all" : "not all").replace(DAY, isNight ? "not all" : "all")
  if (after !== before) media.mediaText = after
}

const walk = (rules, isNight) => {
  for (const rule of rules) {
    if (rule.media) settle(rule.media, isNight)
    if (rule.styleSheet) walk(rule.styleSheet.cssRules, isNight)
    else if (rule.cssRules) walk(rule.cssRules, isNight)
  }
}

const paint = (frame) => {
  const isNight = frame.classList.contains("look--dark")
  const page = frame.contentDocument
  page.documentElement.style.colorScheme = isNight ? "dark" : "light"
  for (const sheet of page.styleSheets) walk(sheet.cssRules, isNight)
}

for (const frame of document.querySelectorAll("iframe.look")) {
  frame.addEventListener("load", () => paint(frame))
  if (frame.contentDocument?.readyState === "complete") paint(frame)
}

// On a screen narrower than the page in it a wide look is drawn smaller, as a whole.
const fit = (frame) => {
  const room = frame.parentElement
  const scale = Math.min(1, room.clientWidth / frame.offsetWidth)
  const isSmaller = scale < 1
  frame.style.transform = isSmaller ? `scale(${scale})` : ""
  frame.style.transformOrigin = "0 0"
  frame.style.marginBlockEnd = isSmaller ? `${(scale - 1) * frame.offsetHeight}px` : ""
  room.style.overflowX = isSmaller ? "hidden" : ""
}

for (const frame of document.querySelectorAll(".look-room .look--wide, .look-room .look--dark")) {
  new ResizeObserver(() => fit(frame)).observe(frame.parentElement)
}
