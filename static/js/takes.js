// The approve button and the sentence above it say how much of the suggestion is taken. Without this script the
// button's words hold for any choice, and the sentence ends with "Only what is ticked is written."

function label(button) {
  const form = document.getElementById(button.dataset.takes);
  const ticks = [...form.elements].filter((part) => part.name === "take");
  const taken = ticks.filter((tick) => tick.checked).length;
  // The words alone: a key cap may stand behind them.
  const words = [...button.childNodes].find((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
  words.data = taken === ticks.length ? `Approve all ${taken}` : `Approve ${taken} of ${ticks.length}`;
  button.toggleAttribute("disabled", taken === 0);
  const fields = taken === 0 ? "no field" : taken === 1 ? "one field" : `${taken} fields`;
  document.querySelectorAll("[data-taken]").forEach((part) => { part.textContent = fields; });
}

function labelAll() {
  document.querySelectorAll("[data-takes]").forEach(label);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-take]")) labelAll();
});
document.addEventListener("htmx:afterSettle", labelAll);
labelAll();
