// What another house publishes opens when a reader asks for it and not before: until then nothing is fetched from there.
// The server wrote the player's address and every word; without scripts the link beside it does.
function open(figure) {
  const player = document.createElement("iframe");
  player.src = figure.dataset.player;
  player.title = figure.querySelector("figcaption").textContent.trim();
  player.allow = "fullscreen; encrypted-media; picture-in-picture";
  player.allowFullscreen = true;
  player.referrerPolicy = "strict-origin-when-cross-origin";
  player.sandbox = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation";
  figure.querySelector(".embed-ask").replaceWith(player);
  figure.querySelector("blockquote")?.remove();
  player.focus();
}

for (const figure of document.querySelectorAll("figure.embed[data-player]")) {
  const [ask, button, notice] = ["div", "button", "p"].map((tag) => document.createElement(tag));
  ask.className = "embed-ask";
  button.type = "button";
  button.textContent = figure.dataset.show;
  notice.textContent = figure.dataset.notice;
  button.addEventListener("click", () => open(figure));
  ask.append(button, notice);
  figure.querySelector("figcaption").before(ask);
}
