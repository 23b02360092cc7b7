// Shows the field for another amount only while another amount is chosen; what stands in it is sent only then.
for (const form of document.querySelectorAll("[data-support]")) {
  const input = form.querySelector("[data-other-amount]");
  const field = input?.closest(".field");

  const chosen = () => {
    const frequency = form.querySelector("[name=frequency]:checked")?.value;
    return frequency && form.querySelector(`[name="amount_${frequency}"]:checked`);
  };
  const show = () => {
    field.hidden = chosen()?.value !== "other";
    input.required = !field.hidden;
    input.disabled = field.hidden;
  };

  if (!field) continue;
  form.addEventListener("change", (event) => {
    show();
    if (event.target.matches("[data-other]")) input.focus();
  });
  show();
}
