// What htmx cannot swap in: no answer, a broken server, or a session that has ended meanwhile.

const toasts = document.getElementById("toasts");

function say(sentence) {
  const toast = document.createElement("div");
  toast.className = "toast";
  const text = document.createElement("span");
  text.textContent = sentence;
  toast.append(text);
  toasts.replaceChildren(toast);
}

// What a page asks for by itself is asked again; nobody is told, and nobody is taken from what they type.
function byItself(event) {
  return event.detail.requestConfig?.elt.matches("[data-poll]");
}

document.addEventListener("htmx:sendError", (event) => {
  if (byItself(event)) return;
  say("The server did not answer. Nothing was changed; try again in a moment.");
});

document.addEventListener("htmx:responseError", (event) => {
  if (byItself(event)) return;
  say("Something broke on our side. Nothing was changed; load the page again.");
});

// A fetch follows the redirect to the login page silently and would put it into the middle of this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL, location.href);
  if (answered.pathname !== document.body.dataset.login) return;
  event.detail.shouldSwap = false;
  if (byItself(event)) return;
  location.assign(`${answered.pathname}?next=${encodeURIComponent(location.pathname + location.search)}`);
});

// An answer without an item would leave an empty pane: a page of another kind is gone to, a refusal is said.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { shouldSwap, target, xhr } = event.detail;
  if (!shouldSwap || target?.id !== "item" || /\sid="item"/.test(xhr.responseText)) return;
  event.detail.shouldSwap = false;
  if (byItself(event)) return;
  if (xhr.status < 400) location.assign(xhr.responseURL);
  else say("This page is too old to be sent safely. Nothing was changed; load it again.");
});
