// A page on which somebody reads a suggestion says so, so that colleagues see it. It is advice: nothing is locked.
// What is passed by quickly is not claimed; a claim ends by itself five minutes after the page is gone.

const READS_AFTER = 10_000;
const AGAIN_AFTER = 30_000;
let next;

function say(item) {
  if (!item.isConnected) return;
  next = setTimeout(say, AGAIN_AFTER, item);
  if (document.hidden) return;
  const token = document.querySelector("#take [name=csrfmiddlewaretoken]");
  if (!token) return;
  fetch(item.dataset.claim, { method: "POST", headers: { "X-CSRFToken": token.value } })
    .then(async (answer) => tell(item, answer.status === 409 ? await answer.text() : ""))
    .catch(() => {});
}

// Somebody else took it over, or decided it: said where it is read, and taken away when it is one's own again.
function tell(item, said) {
  let line = document.getElementById("presence");
  if (!said) return line?.remove();
  if (!line) {
    line = document.createElement("div");
    line.id = "presence";
    line.className = "banner";
    line.dataset.tone = "info";
    line.setAttribute("role", "status");
    line.append(document.createElement("p"));
    item.querySelector(".item-head")?.after(line);
  }
  // Only what is new is read out.
  if (line.firstChild.textContent !== said) line.firstChild.textContent = said;
}

function watch() {
  clearTimeout(next);
  const item = document.querySelector("[data-claim]");
  if (item) next = setTimeout(say, READS_AFTER, item);
}

document.addEventListener("htmx:afterSettle", watch);
watch();
