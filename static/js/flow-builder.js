/* The builder of flows. Without this script every button is a plain form and every line a plain link.

   What is typed is saved after a pause, one request at a time; then everything but the fields is drawn anew, so that
   nobody loses what they are typing. A button, or a choice that others depend on (data-redraw), draws all anew.
   Parts of the page are elements with data-part, replaced by id. Steps, blocks and answers are dragged by their grip;
   on the grip the arrow keys do the same. */
(() => {
  const form = document.getElementById("work");
  const frame = document.getElementById("flow-frame");
  if (!form) return;
  const PAUSE = 700;
  const RETRY = 5000;
  let timer = 0;
  let isBusy = false;
  let isStopped = false;
  let waiting = null;
  let wantsSave = false;
  let presses = 0; /* of buttons: a page that was asked for before the last one is out of date */

  const state = () => document.querySelector("#flow-saved [data-state]");
  const say = (words) => { const place = state(); if (place) place.textContent = words; };
  const panel = () => form.elements.at?.value ?? "";

  function touch() {
    if (isStopped) return;
    say(form.dataset.unsaved);
    clearTimeout(timer);
    timer = setTimeout(() => send({}), PAUSE);
  }

  /* operation: what a button asks for. whole: draw the fields anew as well. */
  async function send({ operation = "", whole = false, focus = "", grip = "" }) {
    clearTimeout(timer);
    if (isBusy) {
      if (operation || whole) waiting = { operation, whole, focus, grip };
      else wantsSave = true;
      return;
    }
    isBusy = true;
    if (operation) presses += 1;
    say(form.dataset.saving);
    const body = new FormData(form);
    if (operation) body.set("op", operation);
    let response = null;
    try {
      response = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "1" }, credentials: "same-origin" });
    } catch { /* said below */ }
    isBusy = false;
    if (!response || ![200, 409, 422].includes(response.status)) {
      say(form.dataset.offline);
      timer = setTimeout(() => send({ operation, whole, focus, grip }), RETRY);
      return;
    }
    isStopped = response.status === 409;
    show(await response.text(), Boolean(operation) || whole || response.status === 409, focus);
    if (grip) document.querySelector(`[data-path="${CSS.escape(grip)}"] [data-grip]`)?.focus();
    const next = waiting;
    waiting = null;
    if (next) send(next);
    else if (wantsSave) { wantsSave = false; touch(); }
  }

  function show(html, whole, focus) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const open = [...document.querySelectorAll("#flow-middle details[open]")].map(mark);
    for (const part of page.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (!old || (part.id === "flow-middle" && !whole)) continue;
      if (part.closest("#flow-middle") && part.id !== "flow-middle" && whole) continue;
      const top = old.scrollTop;
      const fresh = document.adoptNode(part);
      old.replaceWith(fresh);
      fresh.scrollTop = top;
    }
    if (whole) for (const one of document.querySelectorAll("#flow-middle details")) if (open.includes(mark(one))) one.open = true;
    arrange();
    const said = document.getElementById("flow-said");
    if (whole) aim(focus || said?.dataset.focus);
    const at = said?.dataset.panel;
    if (at) {
      history.replaceState(history.state, "", `?at=${encodeURIComponent(at)}&lang=${encodeURIComponent(form.elements.lang?.value ?? "")}`);
      reframe(at);
    }
  }

  const mark = (details) => `${details.closest("[data-path], .rule, .card")?.id || details.closest("[data-path]")?.dataset.path || ""} ${details.querySelector("summary")?.textContent}`;

  function reframe(at) {
    if (!frame) return;
    const address = new URL(frame.src, location.href);
    address.searchParams.set("at", at);
    frame.src = address.href;
  }

  /* The cursor goes to the control of a place, or to the nearest thing around it that is there. */
  function aim(id) {
    let wish = id;
    while (wish && wish !== "f") {
      const found = document.getElementById(wish);
      if (found) {
        for (let box = found.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
        const field = found.matches("input, select, textarea") ? found : found.querySelector("input:not([type=hidden]), textarea, select") ?? found;
        field.focus();
        field.scrollIntoView({ block: "nearest" });
        if (field.matches("input:not([type=checkbox]), textarea") && field.value.length < 200) field.select?.();
        return;
      }
      const end = wish.lastIndexOf("-");
      wish = end > 0 ? wish.slice(0, end) : "";
    }
  }

  /* typing, choosing, pressing */
  document.addEventListener("input", (event) => { if (event.target.form === form && !event.target.matches("select, [type=checkbox]")) touch(); });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.form !== form) return;
    if (field.matches("[data-redraw]")) send({ whole: true, focus: field.id });
    else send({});
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const menu = event.submitter?.closest("details.menu");
    if (menu) menu.open = false;
    send({ operation: event.submitter?.value ?? "", whole: true });
  });

  form.addEventListener("builder:save", (event) => send(event.detail));

  /* going to another part without leaving the page */
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-panel]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      await leave();
      const address = new URL(link.getAttribute("href"), location.href);
      const before = presses;
      const response = await fetch(address.pathname + address.search, { headers: { "X-Part": "1" }, credentials: "same-origin" }).catch(() => null);
      if (before !== presses) return;
      if (!response?.ok) { location.assign(address); return; }
      history.pushState({}, "", address.pathname + address.search);
      show(await response.text(), true, link.dataset.to);
      const edit = document.querySelector(".flow-editor [name=pane][value=b]");
      if (edit) edit.checked = true;
      if (!link.dataset.to) document.getElementById("flow-middle")?.focus({ preventScroll: true });
      return;
    }
    const loader = event.target.closest("a[data-load]");
    if (loader) {
      event.preventDefault();
      loader.setAttribute("aria-disabled", "true");
      loader.dataset.busy = "sent";
      const response = await fetch(loader.href, { credentials: "same-origin" }).catch(() => null);
      loader.removeAttribute("aria-disabled");
      delete loader.dataset.busy;
      if (!response?.ok) { location.assign(loader.href); return; }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const found = page.getElementById(loader.dataset.load);
      if (found) document.getElementById(loader.dataset.load)?.replaceWith(document.adoptNode(found));
    }
  });
  window.addEventListener("popstate", () => location.reload());
  async function leave() {
    const isUnsaved = state()?.textContent === form.dataset.unsaved;
    if (isUnsaved) await send({});
    while (isBusy) await new Promise((done) => { setTimeout(done, 50); });
  }
  window.addEventListener("beforeunload", (event) => {
    if (state()?.textContent === form.dataset.unsaved || isBusy) event.preventDefault();
  });

  /* keys: arrows on a grip; undo and redo anywhere but in what is being typed */
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (grip && ["ArrowUp", "ArrowDown"].includes(event.key) && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const up = event.key === "ArrowUp";
      const path = grip.closest("[data-path]").dataset.path;
      const cut = path.lastIndexOf("/");
      const place = Number(path.slice(cut + 1)) + (up ? -1 : 1);
      const list = grip.closest("[data-sort]");
      if (place < 0 || place >= list.querySelectorAll(":scope > [data-path]").length) return;
      send({ operation: grip.dataset[up ? "up" : "down"], whole: true, grip: `${path.slice(0, cut)}/${place}` });
      return;
    }
    const isTyping = event.target.closest("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "z" && !isTyping) {
      event.preventDefault();
      send({ operation: event.shiftKey ? "redo" : "undo", whole: true });
    }
  });

  /* dragging */
  function arrange() {
    for (const list of document.querySelectorAll("[data-sort]")) {
      if (list.dataset.ready || !window.Sortable || !list.querySelector("[data-grip]")) continue;
      list.dataset.ready = "1";
      window.Sortable.create(list, {
        handle: "[data-grip]", draggable: "[data-path]", animation: 120,
        onEnd: (event) => { if (event.oldDraggableIndex !== event.newDraggableIndex) send({ operation: `move ${event.item.dataset.path} ${event.newDraggableIndex}`, whole: true }); },
      });
    }
  }
  arrange();
  if (location.hash) aim(location.hash.slice(1));
})();
