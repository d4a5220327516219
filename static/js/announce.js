// After a swap the eyes see what is new; this tells the ears and moves the keyboard there.
// What is swapped in says so itself: data-announce="sentence" is spoken, data-focus is focused. On a whole page that
// answers with a message the keyboard goes to the heading, too.

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

if ("told" in document.body.dataset && document.activeElement === document.body) {
  const kinds = ["main [autofocus]", "[data-focus]", "main h1", "main"];
  const place = kinds.flatMap((kind) => [...document.querySelectorAll(kind)]).find((one) => one.checkVisibility());
  // What no Tab stops at still needs the attribute to be focused at all.
  if (place.tabIndex < 0) place.tabIndex = -1;
  place.focus();
}
