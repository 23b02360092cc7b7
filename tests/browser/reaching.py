"""The Tab key's way through a part of a page: which controls a person sees there, which get the focus, how they look
then and what a screen reader calls them."""

from dataclasses import dataclass, field

MOST_STOPS = 400
PARTS_OF_A_TIME = 8  # stops that it has within itself
# Marks each control that is seen and can be used. A group of radio buttons is one stop and so is a toolbar, in which
# arrows move; a frame holds a page of its own. How the one that has the focus looks without it is not known.
MARK = """scope => {
  for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish()
  const kinds = "a[href], button, input, select, textarea, summary, [contenteditable=true], [tabindex]"
  const isSeen = one => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && one.offsetWidth > 0
  const isOff = one => one.disabled || one.type === "hidden" || one.closest("[inert]")
  for (const one of document.querySelector(scope).querySelectorAll(kinds)) {
    if (!isSeen(one) || isOff(one) || one.dataset.stop) continue
    if (one.matches("[role=toolbar] [tabindex='-1']")) continue
    one.dataset.stop = one.type === "radio" ? `radio ${one.name}` : `${document.querySelectorAll("[data-stop]").length}`
    one.dataset.plain = one === document.activeElement ? "none" : getComputedStyle(one).boxShadow
  }
  return [...new Set([...document.querySelectorAll(`${scope} [data-stop]`)].map(one => one.dataset.stop))]
}"""
HERE = """() => {
  for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish()
  const one = document.activeElement
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
  const isOutlined = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
  return {
    stop: one.dataset.stop ?? "",
    html: one.outerHTML.slice(0, 200),
    shows: isOutlined || (boxShadow !== "none" && boxShadow !== one.dataset.plain),
    folds: one.matches("details:not([open]) > summary"),
  }
}"""
WHAT = "stop => document.querySelector(`[data-stop='${stop}']`).outerHTML.slice(0, 200)"


@dataclass
class Way:
    """What was met between two times at the same control; `faults` says what is wrong with it."""

    stops: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def walk(page, scope, key="Tab"):
    """Once round by the key; whatever is folded is opened by Enter as one comes by."""
    way, wanted, stayed, was_away = Way(), page.evaluate(MARK, scope), 0, False
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        here = page.evaluate(HERE)
        if not here["stop"]:
            was_away = True
            continue
        stayed = stayed + 1 if way.stops[-1:] == [here["stop"]] and not was_away else 0
        was_away = False
        if 0 < stayed <= PARTS_OF_A_TIME:
            continue
        if here["stop"] in way.stops:
            way.faults += [] if here["stop"] == way.stops[0] else [f"in a circle at {here['html']}"]
            break
        way.stops.append(here["stop"])
        way.faults += faults_of(page, here)
        if here["folds"]:
            page.keyboard.press("Enter")
            wanted = page.evaluate(MARK, scope)
    else:
        way.faults.append(f"{MOST_STOPS} times {key} do not lead round")
    missed = [stop for stop in wanted if stop not in way.stops]
    way.faults += [f"{key} does not reach {page.evaluate(WHAT, stop)}" for stop in missed]
    return way


def faults_of(page, here):
    faults = [] if here["shows"] else [f"no ring around {here['html']}"]
    return faults if name_of_focused(page) else [*faults, f"no name for {here['html']}"]


def name_of_focused(page):
    """As the browser tells assistive technology."""
    session = page.context.new_cdp_session(page)
    one = session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
    node = session.send("Accessibility.getPartialAXTree", {"objectId": one, "fetchRelatives": False})["nodes"][0]
    session.detach()
    return node.get("name", {}).get("value", "").strip()
