// A dialog covers the page, so it holds the keyboard: its first field has the focus, what is behind it rests, Tab stays
// inside, and the focus goes back to what opened it. Without this script it is the native popover that it is anyway.

const FIELDS = "input:not([type=hidden]):enabled, select:enabled, textarea:enabled";
const STOPS = `a[href], button:enabled, ${FIELDS}`;

// What is said meanwhile is heard, and a message can be pressed.
const HEARD = "#live, #toasts";

// The open one: { dialog, opener, resting }.
let open = null;

// Of radios the one that is on stands for all, as for Tab.
function spokenFor(field) {
  if (field.type !== "radio" || field.checked) return false;
  return [...document.getElementsByName(field.name)].some((one) => one.form === field.form && one.checked);
}

function stops(dialog, kinds = STOPS) {
  return [...dialog.querySelectorAll(kinds)].filter((one) => !spokenFor(one));
}

// The browser itself moves the focus to what says autofocus, in the same moment in which it opens.
function aim(dialog) {
  if (dialog.querySelector("[autofocus]")) return;
  const [first = dialog.querySelector("h2")] = stops(dialog, FIELDS);
  if (!first) return;
  if (first.matches("h2")) first.tabIndex = -1;
  first.autofocus = true;
}

function rest(dialog) {
  const resting = [];
  for (let part = dialog; part !== document.body; part = part.parentElement) {
    resting.push(...[...part.parentElement.children].filter((one) => one !== part && !one.inert && !one.matches(HEARD)));
  }
  for (const one of resting) one.inert = true;
  return resting;
}

function wake() {
  for (const one of open.resting) one.inert = false;
}

// What stood in a menu that is closed by now is reached by the button of the menu.
function home(opener) {
  const menu = opener?.closest(".menu[popover]:not(:popover-open)");
  return menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : opener;
}

document.addEventListener("beforetoggle", (event) => {
  const dialog = event.target;
  if (!dialog.matches(".dialog[popover]")) return;
  if (event.newState === "open") {
    const active = document.activeElement;
    aim(dialog);
    open = { dialog, opener: active === document.body ? event.source : active, resting: rest(dialog) };
  } else if (open?.dialog === dialog) {
    // Before the browser gives the focus back: what rests cannot take it.
    wake();
  }
}, true);

document.addEventListener("toggle", (event) => {
  if (event.newState !== "closed" || open?.dialog !== event.target) return;
  const { dialog, opener } = open;
  open = null;
  const active = document.activeElement;
  if (active === document.body || dialog.contains(active)) home(opener)?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || !open?.dialog.matches(":popover-open")) return;
  const all = stops(open.dialog);
  const [last, first] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (document.activeElement !== last) return;
  event.preventDefault();
  first.focus();
});

// What is taken away, by whatever swap, does not tell that it closes; nothing may rest for good then.
new MutationObserver(() => {
  if (!open || open.dialog.isConnected) return;
  wake();
  open = null;
}).observe(document.body, { childList: true, subtree: true });
