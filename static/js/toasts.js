// A toast leaves by itself, but not from under a pointer or the focus, and not while nobody looks. It is hidden, not
// removed: its key still undoes. One with a countdown says itself how long it stays. What carries an error is no such toast and stays. Without this script the cross is a
// link that loads the page again, without the message.

const STAYS_MS = 8_000;
const seen = new WeakSet();

function leave(toast) {
  if (document.hidden || toast.matches(":hover, :focus-within")) setTimeout(leave, STAYS_MS, toast);
  else toast.hidden = true;
}

function watch() {
  for (const toast of document.querySelectorAll("[data-toast]")) {
    if (seen.has(toast)) continue;
    seen.add(toast);
    setTimeout(leave, Number(toast.dataset.stays ?? STAYS_MS), toast);
  }
}

document.addEventListener("click", (event) => {
  const cross = event.target.closest("[data-dismiss]");
  if (!cross) return;
  event.preventDefault();
  cross.closest("[data-toast]").remove();
});

document.addEventListener("htmx:afterSettle", watch);
watch();
