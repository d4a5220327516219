// Rows that are chosen stay chosen while one walks through the list, whatever is swapped: until they are decided or
// cleared, or the list shows something else. Those on another page of it go along as hidden parts of the form. Without
// this script the ticks of the page alone count.

const picked = new Set();
let showing = null;

function bar() {
  return document.getElementById("pick");
}

function boxes(form) {
  return [...form.elements].filter((part) => part.type === "checkbox");
}

// Which list it is: its view and filters, neither its order nor its page.
function shows(form) {
  const parts = [...new FormData(form)].filter(([name]) => !["pick", "order", "from"].includes(name));
  return JSON.stringify(parts);
}

function carry(form, ids) {
  form.querySelectorAll("input[name=pick]").forEach((part) => part.remove());
  form.append(...ids.map((id) => Object.assign(document.createElement("input"), {
    type: "hidden", name: "pick", value: id,
  })));
}

function draw() {
  const form = bar();
  const shown = form && shows(form);
  if (shown !== showing) picked.clear();
  showing = shown;
  if (!form) return;
  const here = boxes(form);
  const elsewhere = [...picked].filter((id) => !here.some((box) => box.value === id));
  // In a list of one page what does not stand there waits no longer.
  if (!document.querySelector("#list .pager")) elsewhere.splice(0).forEach((id) => picked.delete(id));
  for (const box of here) box.checked = picked.has(box.value);
  carry(form, elsewhere);
  form.querySelector("[data-picked]").textContent = picked.size ? `Decide ${picked.size} together` : "Decide together";
}

document.addEventListener("change", ({ target }) => {
  if (!target.form || target.form !== bar()) return;
  if (target.checked) picked.add(target.value);
  else picked.delete(target.value);
  draw();
  // A key ticks a box that has no focus, and would be silent.
  document.getElementById("live").textContent = `${picked.size} chosen`;
});

document.addEventListener("reset", ({ target }) => {
  if (target !== bar()) return;
  const leaves = target.contains(document.activeElement);
  picked.clear();
  draw();
  // The bar goes, and the button that was pressed with it.
  if (leaves) (document.querySelector("#list .row[aria-current]") ?? document.querySelector("#list .row")).focus();
});

// What was decided is left out, if it went: a refusal leaves it where it was.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const { verb, path } = detail.requestConfig ?? {};
  const decided = verb === "post" ? [...picked].find((id) => path.includes(id)) : null;
  if (decided && !document.getElementById(`row-${decided}`)) picked.delete(decided);
  draw();
});

// The browser brings ticks back with a page one returns to.
addEventListener("pageshow", () => {
  const form = bar();
  if (!form) return;
  showing = shows(form);
  boxes(form).filter((box) => box.checked).forEach((box) => picked.add(box.value));
  draw();
});
