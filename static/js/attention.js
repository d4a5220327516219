// How long a suggestion was on a screen that somebody could see, and what of its evidence they opened: sent along with
// the decision, kept, and used for nothing else. It is counted for each suggestion in this tab, across pages.

const MOST_OPENED = 50;
let watched;
let since = 0;

function kept(id) {
  return JSON.parse(sessionStorage.getItem(`attention ${id}`) ?? '{"ms": 0, "opened": []}');
}

function keep(id, looked) {
  sessionStorage.setItem(`attention ${id}`, JSON.stringify(looked));
}

// What has passed since the last reading, while it could be seen.
function count() {
  const now = performance.now();
  if (watched && since) {
    const looked = kept(watched);
    looked.ms += Math.round(now - since);
    keep(watched, looked);
  }
  since = watched && !document.hidden ? now : 0;
}

function watch() {
  count();
  watched = document.querySelector("[data-attention]")?.dataset.attention;
  since = watched && !document.hidden ? performance.now() : 0;
}

document.addEventListener("visibilitychange", count);
addEventListener("pagehide", count);

// Evidence is whatever leads from the suggestion to something it stands on.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-attention] a[href], .context a[href]");
  if (!watched || !link || link.origin !== location.origin) return;
  const looked = kept(watched);
  if (looked.opened.includes(link.pathname) || looked.opened.length >= MOST_OPENED) return;
  looked.opened.push(link.pathname);
  keep(watched, looked);
});

// A form of the suggestion is sent, by the browser itself or by htmx.
document.addEventListener("formdata", (event) => {
  if (!watched || !event.target.getAttribute("action")?.includes(watched)) return;
  count();
  const looked = kept(watched);
  event.formData.set("visible_ms", looked.ms);
  for (const opened of looked.opened) event.formData.append("opened", opened);
});

document.addEventListener("htmx:afterSettle", watch);
watch();
