/* The builder of segments. Without this script every button still works as a plain form.

   A choice in a sentence redraws the rules from the server; typing only counts anew. A list of boxes redraws
   when it is closed. Rows are dragged by their grip; on the grip the arrow keys do the same, and so does the menu
   of each row. After a move the focus goes on with the row. */
(() => {
  const form = document.getElementById("builder");
  const people = document.getElementById("people");
  const overlap = document.getElementById("overlap");
  if (!form || !people) return;
  const say = (element, name) => element?.dispatchEvent(new CustomEvent(name));
  const isRtl = () => getComputedStyle(form).direction === "rtl";
  let wantsFocus = false; /* a key or a button moved something: the focus follows it */

  form.addEventListener("change", (event) => {
    if (event.target.matches("select[data-token]")) say(form, "rerender");
    const list = event.target.closest(".tok-many");
    if (list && !event.target.matches("[data-find]")) list.dataset.changed = "";
  });
  form.addEventListener("input", () => { form.elements.touched.value = "1"; });

  /* What is looked for in a long list is not typed into the rule: nothing else may hear of it. Enter ticks the first. */
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find]")) return;
    event.stopPropagation();
    const words = event.target.value.trim().toLocaleLowerCase();
    for (const label of event.target.closest(".tok-list").querySelectorAll("label")) {
      label.hidden = !label.textContent.toLocaleLowerCase().includes(words);
    }
  }, true);
  form.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-find]") || event.key !== "Enter") return;
    event.preventDefault();
    event.target.closest(".tok-list").querySelector("label:not([hidden])")?.click();
  });
  form.addEventListener("toggle", (event) => {
    const list = event.target;
    const finder = list.matches?.(".tok-many") && list.open ? list.querySelector("[data-find]") : null;
    if (finder) {
      finder.hidden = false;
      /* What a list holds takes the focus only once it is drawn. */
      requestAnimationFrame(() => finder.focus({ preventScroll: true }));
    }
    if (!list.matches?.(".tok-many") || list.open || !("changed" in list.dataset)) return;
    delete list.dataset.changed;
    say(form, "rerender");
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-recount]")) say(people, "recount");
    const button = event.target.closest("#rules button[name=op]");
    if (button) wantsFocus = true;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-compare]")) say(overlap, "compare");
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (!document.getElementById("rules")?.contains(event.target) && event.target !== form) return;
    isLeaving = false;
    settle();
    arrange();
    follow();
    say(people, "recount");
    say(overlap, "compare");
  });

  /* What was typed last is saved with the rest: a count asked for late must not keep it as a draft once more. */
  let isLeaving = false;
  form.addEventListener("submit", (event) => {
    isLeaving = ["save", "save_over", "save_as", "discard"].includes(event.submitter?.value);
  });
  form.addEventListener("htmx:error", () => { isLeaving = false; });
  people.addEventListener("htmx:before:request", (event) => { if (isLeaving) event.preventDefault(); });

  /* One step at a time: each begins from what the one before made of the rules, so quick keys wait for it. */
  let isBusy = false;
  const waiting = [];
  const act = (step) => { if (isBusy) waiting.push(step); else step(); };
  form.addEventListener("htmx:before:request", () => { isBusy = true; });
  form.addEventListener("htmx:finally:request", () => {
    isBusy = false;
    setTimeout(() => { if (!isBusy) waiting.shift()?.(); });
  });

  /* keys: arrows on a grip move its row; undo and redo anywhere but in what is being typed */
  const press = (operation) => {
    const button = [...form.querySelectorAll("button[name=op]")].find((one) => one.value === operation);
    if (button) {
      form.requestSubmit(button);
      return;
    }
    /* Nothing to do it with: the server says so in the live region. */
    const stand = document.createElement("button");
    Object.assign(stand, { type: "submit", name: "op", value: operation, hidden: true });
    form.append(stand);
    form.requestSubmit(stand);
    stand.remove();
  };
  form.addEventListener("keydown", (event) => {
    if (!event.target.closest("[data-grip]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const [inward, outward] = isRtl() ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    const verb = { ArrowUp: "up", ArrowDown: "down", [inward]: "in", [outward]: "out" }[event.key];
    if (!verb) return;
    event.preventDefault();
    act(() => {
      const row = document.activeElement?.closest(".movable");
      if (!row) return;
      wantsFocus = true;
      press(`${verb} ${row.dataset.path}`);
    });
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, [contenteditable], dialog")) return;
    const key = event.key.toLowerCase();
    const verb = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (!verb || !form.querySelector(`[data-${verb}]`)) return;
    event.preventDefault();
    act(() => {
      const button = form.querySelector(`[data-${verb}]`);
      if (button?.getAttribute("aria-disabled") !== "true") form.requestSubmit(button);
      else waiting.length = 0;
    });
  });

  function follow() {
    const slug = document.getElementById("said")?.dataset.focus;
    if (!wantsFocus || !slug) return;
    wantsFocus = false;
    const row = document.getElementById(slug);
    const grip = document.getElementById(`grip-${slug}`);
    (grip?.checkVisibility() ? grip : row?.querySelector("button, select"))?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  /* The rules are morphed so that the focus stays; a control that was touched would keep what it showed before. */
  function settle() {
    for (const select of form.querySelectorAll("select[data-token]")) {
      const chosen = select.querySelector("option[selected]") ?? select.options[0];
      if (chosen) select.value = chosen.value;
    }
    for (const box of form.querySelectorAll(".tok-list [type=checkbox]")) box.checked = box.defaultChecked;
    for (const entry of form.querySelectorAll("input.tok")) {
      if (entry !== document.activeElement) entry.value = entry.defaultValue;
    }
    for (const hidden of form.querySelectorAll("#rules > input[type=hidden]")) hidden.value = hidden.defaultValue;
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
