// On a narrow screen one pane shows at a time: the page says which, and a swapped item says it anew.

document.addEventListener("htmx:afterSettle", () => {
  const panes = document.getElementById("panes");
  const item = document.getElementById("item");
  if (panes && item?.dataset.open) panes.dataset.open = item.dataset.open;
});
