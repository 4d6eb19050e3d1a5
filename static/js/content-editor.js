/* The template editor: saves while typing, one request at a time, and shows what the server says of it.

   The server answers with the parts of the page that changed (elements marked data-part, replaced by id), 409 when
   another window saved first, 422 when a field is refused. Without this file the form has a button and saves too. */
(() => {
  const form = document.querySelector("[data-editor]");
  if (!form) return;
  const frame = document.getElementById("letter-frame");
  const PAUSE = 700;
  const RETRY = 5000;
  const editable = !form.querySelector("fieldset[disabled]");
  let timer = 0;
  let saving = false;
  let dirty = false;
  let blocked = false;
  let lastField = form.elements.mjml;

  const saved = () => document.getElementById("letter-saved");

  function say(words) {
    const place = saved().querySelector("span");
    if (place) place.textContent = words;
  }

  function touch() {
    if (!editable) return;
    dirty = true;
    say(form.dataset.unsaved);
    clearTimeout(timer);
    if (!blocked) timer = setTimeout(save, PAUSE);
  }

  async function save(keep) {
    clearTimeout(timer);
    if (saving) return;
    saving = true;
    dirty = false;
    say(form.dataset.saving);
    const body = new FormData(form);
    if (keep) body.set("keep", keep);
    let response;
    try {
      response = await fetch(form.action || location.pathname, {
        method: "POST", body, headers: { "X-Autosave": "1" }, credentials: "same-origin",
      });
    } catch {
      response = null;
    }
    saving = false;
    if (!response || (!response.ok && ![409, 422].includes(response.status))) {
      dirty = true;
      say(form.dataset.offline);
      timer = setTimeout(save, RETRY);
      return;
    }
    show(await response.text());
    blocked = response.status === 409;
    if (response.status === 200) {
      form.elements.lock_version.value = saved().dataset.version;
      reframe();
    } else {
      // What was typed is still only here.
      dirty = dirty || blocked || response.status === 422;
      if (response.status === 422) say(`${form.dataset.refused} ${saved().textContent.trim()}`);
      return;
    }
    if (dirty) touch();
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const part of page.querySelectorAll("[data-part]")) {
      document.getElementById(part.id)?.replaceWith(document.adoptNode(part));
    }
  }

  function reframe() {
    const address = saved().dataset.frame;
    if (!address) return;
    const dark = document.querySelector("[name=colors]:checked").value === "dark";
    // A version in the address, so that a frame is never taken from a cache.
    frame.src = `${address}&v=${saved().dataset.version}${dark ? "&dark" : ""}`;
  }

  /* Desktop width is shown whole by making it smaller; a media query must still see the real width. */
  function fit() {
    const paper = frame.parentElement;
    const desktop = document.querySelector("[name=width]:checked").value === "desktop";
    const scale = desktop ? Math.min(1, paper.clientWidth / 640) : 1;
    frame.style.setProperty("--scale", scale);
  }

  function insert(button) {
    const field = button.dataset.into ? form.elements[button.dataset.into] : lastField;
    put(field, button.dataset.insert);
    button.closest("details").open = false;
  }

  function insert_picture(button) {
    const alt = document.getElementById("picture-alt");
    const words = alt.value.trim().replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
    button.closest("dialog").close();
    put(form.elements.mjml, `<mj-image src="${button.dataset.picture}" alt="${words}" />\n`);
    alt.value = "";
  }

  function put(field, code) {
    if (field === form.elements.mjml) show_tab("mjml");
    field.focus();
    // The old command is the only one that keeps the browser's own undo.
    if (!document.execCommand("insertText", false, code)) {
      field.setRangeText(code, field.selectionStart, field.selectionEnd, "end");
      touch();
    }
  }

  function show_tab(name) {
    const radio = form.querySelector(`[name=tab][value="${name}"]`);
    if (radio) radio.checked = true;
  }

  function go(button) {
    const name = { mjml: "mjml", html: "mjml", text: "text" }[button.dataset.go] ?? button.dataset.go;
    const field = form.elements[name];
    if (!field) return;
    if (name === "mjml" || name === "text") show_tab(name);
    document.querySelector("[name=pane][value=a]").checked = true;
    field.focus();
    const line = Number(button.dataset.line);
    if (!line || field.tagName !== "TEXTAREA") return;
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    field.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(field).lineHeight));
  }

  function read_as(link, event) {
    event.preventDefault();
    form.elements.as.value = link.dataset.as;
    const test = document.querySelector("#test-form [name=contact_id]");
    if (test) test.value = link.dataset.as;
    history.replaceState(null, "", link.getAttribute("href"));
    const menu = link.closest("details");
    const words = menu.querySelector("[data-words]").dataset.words;
    menu.querySelector("summary").firstChild.textContent = words.replace("%s", link.querySelector("bdi").textContent);
    menu.open = false;
    if (editable) save();
    else location.reload();
  }

  form.addEventListener("input", (event) => {
    if (!["tab", "q"].includes(event.target.name)) touch();
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea, [name=subject], [name=preheader]")) lastField = event.target;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(event.submitter?.dataset.keep);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "colors") reframe();
    if (event.target.name === "width") fit();
  });
  document.addEventListener("click", (event) => {
    const insertion = event.target.closest("[data-insert]");
    if (insertion) insert(insertion);
    const picture = event.target.closest("[data-picture]");
    if (picture) insert_picture(picture);
    const place = event.target.closest("[data-go]");
    if (place) go(place);
    const person = event.target.closest("[data-as]");
    if (person) read_as(person, event);
    if (event.target.closest("[data-reload]")) dirty = false;
  });
  document.addEventListener("toggle", (event) => {
    // The list is drawn one frame after it was opened; before that it cannot have the focus.
    const search = event.target.matches?.("details[open]") && event.target.querySelector("input[type=search]");
    if (search) requestAnimationFrame(() => search.focus());
  }, true);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && editable) {
      event.preventDefault();
      save();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (dirty || saving) event.preventDefault();
  });
  new ResizeObserver(fit).observe(frame.parentElement);
})();
