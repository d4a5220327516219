// Without this script the cross of a toast is a link that loads the page again, without the message.

document.addEventListener("click", (event) => {
  const cross = event.target.closest("[data-dismiss]");
  if (!cross) return;
  event.preventDefault();
  cross.closest("[data-toast]").remove();
});
