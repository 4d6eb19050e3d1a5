/* Moving a campaign on the calendar: dragged to a day, or by its button, which opens the dialog with its day and hour.
   Both send the same form, so that what the server says of it is the same too. */
(() => {
  const form = document.getElementById("move-form");
  if (!form) return;
  let dragged = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dialog='move']");
    if (!button) return;
    form.action = button.dataset.moveUrl;
    form.querySelector("[data-move-title]").textContent = button.dataset.moveName;
    if (button.dataset.moveDay) form.elements.day.value = button.dataset.moveDay;
    form.elements.clock.value = button.dataset.moveClock;
  });

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-move-url][draggable]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
    dragged.dataset.dragged = "";
  });
  document.addEventListener("dragend", () => {
    if (dragged) delete dragged.dataset.dragged;
    dragged = null;
    mark(null);
  });
  document.addEventListener("dragover", (event) => {
    const day = dragged && event.target.closest("[data-day]");
    mark(day);
    if (day) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const day = dragged && event.target.closest("[data-day]");
    if (!day) return;
    event.preventDefault();
    if (day.contains(dragged)) return;
    form.action = dragged.dataset.moveUrl;
    form.elements.day.value = day.dataset.day;
    /* Without an hour it keeps the one it has. */
    form.elements.clock.value = "";
    form.requestSubmit();
  });

  function mark(day) {
    for (const marked of document.querySelectorAll("[data-over]")) {
      if (marked !== day) delete marked.dataset.over;
    }
    if (day) day.dataset.over = "";
  }
})();
