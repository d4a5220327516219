// After a swap the eyes see what is new; this tells the ears and moves the keyboard there.
// What is swapped in says so itself: data-announce="sentence" is spoken, data-focus is focused.

const live = document.getElementById("live");

function within(root, selector) {
  return root.matches?.(selector) ? root : root.querySelector?.(selector);
}

document.addEventListener("htmx:afterSettle", (event) => {
  const fresh = event.detail.elt;
  within(fresh, "[data-focus]")?.focus();
  const said = within(fresh, "[data-announce]")?.dataset.announce;
  // The same sentence twice is two events: an emptied region is read out again.
  if (said) {
    live.textContent = "";
    requestAnimationFrame(() => { live.textContent = said; });
  }
});
