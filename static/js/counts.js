// The numbers on the tabs are asked for every half minute, and only while somebody can see them.

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.matches("[data-poll]") && document.hidden) event.preventDefault();
});
