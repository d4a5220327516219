// Copies the text that a button names. Without this script the button is not there, and the text can be selected.

function show() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

function select(text) {
  const range = document.createRange();
  range.selectNodeContents(text);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  const text = button && document.getElementById(button.dataset.copy);
  if (!text) return;
  select(text);
  let said = "The text is copied.";
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    said = "The text is selected. Copy it with the keyboard.";
  }
  document.getElementById("live").textContent = said;
  button.lastChild.textContent = said.startsWith("The text is copied") ? "Copied" : "Selected";
});

document.addEventListener("htmx:afterSettle", show);
show();
