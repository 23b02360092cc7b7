// The scrolling script names every part that scrolls alike; a screen reader's list of regions needs to tell them apart.
addEventListener("load", () => {
  for (const part of document.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
    if (part.closest("nav, #nav-sidebar-apps")) {
      part.removeAttribute("role"); // it lies in a landmark of its own
      part.removeAttribute("aria-label");
      continue;
    }
    const group = part.closest("fieldset, section, .inline-group");
    const name = group?.querySelector("h2, h3, legend")?.textContent.trim();
    part.setAttribute("aria-label", name || document.title);
  }
});
