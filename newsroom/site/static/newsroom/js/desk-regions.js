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

// In a table of fields the column's heading names the field; a heading without words is none. A box that suggests is
// named by the label of the list that it stands for.
addEventListener("load", () => {
  for (const table of document.querySelectorAll(".formset table, .inline-group table")) {
    const headings = [...table.querySelectorAll("thead th")]
    for (const row of table.querySelectorAll("tbody tr")) {
      const cells = [...row.querySelectorAll(":scope > td:not(.original)")].filter((cell) => !cell.matches("[colspan]"))
      cells.forEach((cell, place) => {
        for (const field of cell.querySelectorAll("input:not([type=hidden]), select, textarea"))
          if (!field.labels?.length && headings[place]) field.setAttribute("aria-label", headings[place].textContent.replace("*", "").trim())
      })
    }
    for (const heading of headings.filter((each) => !each.textContent.trim())) {
      const cell = document.createElement("td")
      cell.className = heading.className
      heading.replaceWith(cell)
    }
  }
  for (const box of document.querySelectorAll(".select2-selection:not([aria-label])")) {
    const list = box.closest(".select2-container")?.previousElementSibling
    const words = list?.labels?.[0]?.textContent ?? list?.getAttribute("aria-label")
    if (words) box.setAttribute("aria-label", words.replace("*", "").trim())
  }
});

// The editor's dialogs have a heading of the third level wherever they open: their name instead.
addEventListener("load", () => {
  new MutationObserver(() => {
    for (const title of document.querySelectorAll(".prose-editor-dialog-title:not([role])")) {
      title.setAttribute("role", "presentation")
      title.closest("dialog")?.setAttribute("aria-label", title.textContent)
    }
  }).observe(document.body, { childList: true, subtree: true })
});
