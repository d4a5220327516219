// The keys of the desk. A key presses the control that carries its verb as data-key, so it can do nothing that a
// click cannot. The page says which key is which verb; where keys are switched off it says nothing.

// A box, a radio or a button takes no words: it keeps Space, arrows and Enter, of which none is a key of the desk.
const WORDLESS = ["checkbox", "radio", "button", "submit", "reset", "image"];
const WORDS = `input${WORDLESS.map((type) => `:not([type=${type}])`).join("")}`;
const TYPED_INTO = `${WORDS}, textarea, select, [contenteditable]:not([contenteditable='false'])`;
const COMPOSING = 229;
const STEPS = { next: 1, previous: -1 };

const desk = document.querySelector("[data-keys]");
const verbs = desk ? JSON.parse(desk.dataset.keys) : {};

// Between a request and its answer the page shows what is over: nothing may be decided there. Steps are counted and
// made up for, so that fast fingers arrive where they meant to.
const flying = new Set();
let owed = 0;
let moved = false;
let asked = null;

function visible(control) {
  // A control in the More menu stands for its bar, and one of a toast that has left still for what was done.
  const within = control.closest(".menu[popover], [data-toast]");
  return (within?.parentElement ?? control).checkVisibility();
}

function control(verb) {
  const found = [...document.querySelectorAll(`[data-key="${verb}"]`)].filter(visible);
  // What can be taken back is what was done last.
  return verb === "undo" ? found.at(-1) : found[0];
}

// The row so many further on, at first the edge of the list, then the page beyond it.
function rowAt(by) {
  const rows = [...document.querySelectorAll("#list .rows .row")];
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  // On a narrow screen the list may stand alone: its marked row is not open yet.
  if (here < 0 || !document.getElementById("item").checkVisibility()) return rows[Math.max(here, 0)];
  const edge = by > 0 ? rows.length - 1 : 0;
  if (here === edge) return document.querySelector(`#list .pager a[rel="${by > 0 ? "next" : "prev"}"]`);
  return rows[here + by] ?? rows[edge];
}

function step(by) {
  const target = rowAt(by);
  if (!target) return;
  moved = true;
  target.click();
}

function search() {
  const field = [...document.querySelectorAll("input[type=search], input[data-key=search]")].find(visible);
  if (!field) return control("filter")?.click();
  field.focus();
  return field.select();
}

// A row is selected by the tick beside it.
function select() {
  document.querySelector("#list .rows li:has(.row[aria-current]) [data-key='select']")?.click();
}

function press(verb) {
  const button = control(verb);
  if (!button || button.disabled) return;
  const line = document.getElementById("consequence");
  // The line above the buttons says why this one is off.
  if (button.getAttribute("aria-disabled") === "true") line?.focus();
  else if (button.dataset.confirm) ask(button, document.getElementById(button.dataset.confirm));
  else button.click();
}

// High risk: the consequence is read before Enter makes it happen.
function ask(button, line) {
  asked = { button, line, from: document.activeElement };
  line.dataset.asking = "";
  line.querySelector("[data-ask]").hidden = false;
  line.focus();
}

function stopAsking() {
  delete asked.line.dataset.asking;
  asked.line.querySelector("[data-ask]").hidden = true;
  asked = null;
}

function answer(event) {
  const { button, from } = asked;
  if (["Shift", "Control", "Alt", "Meta", "CapsLock"].includes(event.key)) return;
  if (event.key === "Enter" && event.repeat) return event.preventDefault();
  stopAsking();
  // Tab goes on from here by itself.
  if (event.key === "Tab") return;
  event.preventDefault();
  if (event.key === "Enter") button.click();
  else (from?.isConnected && from !== document.body ? from : document.getElementById("item-title"))?.focus();
}

function heard(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === COMPOSING) return "";
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(TYPED_INTO)) return "";
  const key = event.key ?? "";
  return verbs[event.shiftKey ? key : key.toLowerCase()] ?? "";
}

function act(verb) {
  if (verb === "help") document.getElementById("keys").togglePopover();
  else if (verb === "search") search();
  else if (verb === "select") select();
  else press(verb);
}

document.addEventListener("keydown", (event) => {
  if (asked) { answer(event); return; }
  const verb = heard(event);
  if (!verb) return;
  const over = document.querySelector("[popover]:popover-open");
  // Under an open dialog nothing is pressed; the list of keys goes away by its own key.
  if (over && !(verb === "help" && over.id === "keys")) return;
  event.preventDefault();
  if (verb in STEPS) {
    if (flying.size) owed += STEPS[verb];
    else step(STEPS[verb]);
  } else if (!event.repeat && !flying.size) {
    act(verb);
  }
});

document.addEventListener("focusout", (event) => {
  if (asked && event.target === asked.line) stopAsking();
});

// Only what will stand in the place of the item counts: tabs ask for their numbers, the search for words, and that
// something was opened is told, all meanwhile; that keeps nobody from deciding.
document.addEventListener("htmx:beforeSend", (event) => {
  if (event.detail.target?.id === "item") flying.add(event.detail.xhr);
});
document.addEventListener("htmx:afterRequest", (event) => flying.delete(event.detail.xhr));
// Where nothing came there is nowhere to go on from.
document.addEventListener("htmx:sendError", () => { owed = 0; });
document.addEventListener("htmx:responseError", () => { owed = 0; });
document.addEventListener("htmx:afterSettle", (event) => {
  // What was asked for stands there and works, though its request is told to be over only after this.
  flying.delete(event.detail.xhr);
  if (moved) document.querySelector("#list .row[aria-current]")?.scrollIntoView({ block: "nearest" });
  if (flying.size) return;
  moved = false;
  const by = owed;
  owed = 0;
  if (by) step(by);
});
