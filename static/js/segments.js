/* The builder of segments. Without this script every button still works as a plain form.

   A choice in a sentence redraws the rules from the server; typing only counts anew. A list of boxes redraws
   when it is closed. Rows are dragged by their grip; the menu of each row does the same by keyboard. */
(() => {
  const form = document.getElementById("builder");
  const people = document.getElementById("people");
  if (!form || !people) return;
  const say = (element, name) => element.dispatchEvent(new CustomEvent(name));

  form.addEventListener("change", (event) => {
    if (event.target.matches("select[data-token]")) say(form, "rerender");
    const list = event.target.closest(".tok-many");
    if (list) list.dataset.changed = "";
  });
  form.addEventListener("toggle", (event) => {
    const list = event.target;
    if (!list.matches?.(".tok-many") || list.open || !("changed" in list.dataset)) return;
    delete list.dataset.changed;
    say(form, "rerender");
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-recount]")) say(people, "recount");
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (!document.getElementById("rules")?.contains(event.target) && event.target !== form) return;
    settle();
    arrange();
    say(people, "recount");
  });

  /* The rules are morphed so that the focus stays; a control that was touched would keep what it showed before. */
  function settle() {
    for (const select of form.querySelectorAll("select[data-token]")) {
      const chosen = select.querySelector("option[selected]");
      if (chosen) select.value = chosen.value;
    }
    for (const box of form.querySelectorAll(".tok-list [type=checkbox]")) box.checked = box.defaultChecked;
    for (const entry of form.querySelectorAll("input.tok")) {
      if (entry !== document.activeElement) entry.value = entry.defaultValue;
    }
  }

  const arranged = new WeakSet();
  const position = (row) => [...row.parentElement.children].filter((one) => one.matches(".movable")).indexOf(row);
  function arrange() {
    if (!window.Sortable) return;
    for (const list of form.querySelectorAll("[data-group]")) {
      if (arranged.has(list)) continue;
      arranged.add(list);
      window.Sortable.create(list, {
        group: "rules", handle: ".grip", draggable: ".movable", animation: 120, fallbackOnBody: true,
        onStart: (event) => { event.item.dataset.start = position(event.item); },
        onEnd: (event) => {
          const start = Number(event.item.dataset.start);
          let target = position(event.item);
          if (event.from === event.to) {
            if (target === start) return;
            // The server counts places before the row is taken away.
            if (target > start) target += 1;
          }
          form.elements.dragged.value = `move ${event.item.dataset.path} ${event.to.dataset.group},${target}`;
          say(form, "rerender");
        },
      });
    }
  }
  arrange();
})();
