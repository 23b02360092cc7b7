// Counts the votes that are left while dots are filled. The server counts again; without this the ballot works too.
for (const form of document.querySelectorAll("[data-vote]")) {
  const allowance = Number(form.dataset.allowance);
  const left = form.querySelector("[data-left]");
  const over = form.querySelector("[data-over]");
  const button = form.querySelector("button:not([type=button])");

  const count = () => {
    let spent = 0;
    for (const dot of form.querySelectorAll("input[type=radio]:checked")) spent += Number(dot.value);
    left.textContent = String(Math.max(0, allowance - spent));
    over.hidden = spent <= allowance;
    button.disabled = spent > allowance;
  };

  // Pressing the last filled dot again takes it away.
  let before = "";
  form.addEventListener("pointerdown", (event) => {
    const input = event.target.closest("label")?.querySelector("input");
    before = input?.checked ? `${input.name}=${input.value}` : "";
  });
  form.addEventListener("click", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || `${input.name}=${input.value}` !== before) return;
    const rest = Number(input.value) - 1;
    const next = form.querySelector(`input[name="${CSS.escape(input.name)}"][value="${rest}"]`);
    if (next) next.checked = true;
    before = "";
    count();
  });
  form.addEventListener("change", count);
  count();
}
