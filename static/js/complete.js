// Completes names while a rule is typed. The names stand in a datalist, which a textarea cannot use by itself, and on
// the page beside it: without this script they are typed by hand.

const WORD = /[A-Za-z_][\w.]*$/;
const MOST = 8;

function choices(area) {
  const typed = WORD.exec(area.value.slice(0, area.selectionStart))?.[0] ?? "";
  if (!typed) return { typed, found: [] };
  const all = [...document.getElementById(area.dataset.complete).options].map((option) => option.value);
  const found = all.filter((name) => name.startsWith(typed) && name !== typed);
  return { typed, found: found.length ? found : all.filter((name) => name.includes(`.${typed}`)) };
}

function attach(area) {
  const list = document.createElement("ul");
  list.className = "complete";
  list.id = `${area.id}_choices`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Names");
  list.hidden = true;
  area.after(list);
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  let chosen = -1;

  function close() {
    list.hidden = true;
    chosen = -1;
    area.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    chosen = place;
    [...list.children].forEach((line, at) => line.setAttribute("aria-selected", String(at === place)));
    const line = list.children[place];
    if (line) area.setAttribute("aria-activedescendant", line.id);
  }

  function take(name) {
    const { typed } = choices(area);
    area.setRangeText(name, area.selectionStart - typed.length, area.selectionStart, "end");
    close();
    area.focus();
  }

  function offer() {
    const { found } = choices(area);
    list.replaceChildren(...found.slice(0, MOST).map((name, at) => {
      const line = document.createElement("li");
      line.id = `${list.id}_${at}`;
      line.setAttribute("role", "option");
      line.textContent = name;
      line.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(name);
      });
      return line;
    }));
    if (!list.children.length) return close();
    list.hidden = false;
    mark(0);
  }

  area.addEventListener("input", offer);
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) mark((chosen + steps[event.key] + list.children.length) % list.children.length);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  if (document.activeElement === area) offer(); // typed into before this script was here
}

document.querySelectorAll("textarea[data-complete]").forEach(attach);
