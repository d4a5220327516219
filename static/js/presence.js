// A page on which somebody reads a suggestion says so, so that colleagues see it. It is advice: nothing is locked.
// What is passed by quickly is not claimed; a claim ends by itself five minutes after the page is gone.

const READS_AFTER = 10_000;
const AGAIN_AFTER = 120_000;
let next;

function say(item) {
  if (!item.isConnected) return;
  next = setTimeout(say, AGAIN_AFTER, item);
  if (document.hidden) return;
  const token = document.querySelector("#take [name=csrfmiddlewaretoken]");
  if (!token) return;
  fetch(item.dataset.claim, { method: "POST", headers: { "X-CSRFToken": token.value } }).catch(() => {});
}

function watch() {
  clearTimeout(next);
  const item = document.querySelector("[data-claim]");
  if (item) next = setTimeout(say, READS_AFTER, item);
}

document.addEventListener("htmx:afterSettle", watch);
watch();
