/* Pictures in the builder of flows: choosing one of the workspace's, drawing places on one; sending captions of videos.

   What changes is put into the fields of the page and saved by flow-builder.js, which hears builder:save on the form.
   Whoever uses no mouse types the same numbers into the fields below the picture. */
(() => {
  const form = document.getElementById("work");
  const dialog = document.getElementById("pictures");
  if (!form) return;
  const SMALLEST = 2; /* percent of the picture: less was no drawing but a press */
  const CORNER = 3;
  let wanted = "";

  const save = (detail) => form.dispatchEvent(new CustomEvent("builder:save", { detail }));

  /* choosing */
  async function list(options) {
    const place = document.getElementById("picture-list");
    const address = dialog.querySelector("[data-pictures]").dataset.pictures;
    const response = await fetch(address, { credentials: "same-origin", ...options }).catch(() => null);
    if (!response || ![200, 422].includes(response.status)) { place.textContent = place.dataset.offline; return; }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-pick]");
    if (opener && dialog) {
      wanted = opener.dataset.pick;
      dialog.showModal();
      list();
    }
    const picture = event.target.closest("#pictures [data-picture]");
    const field = picture && document.getElementById(wanted);
    if (field) {
      field.value = picture.dataset.picture;
      dialog.close();
      save({ whole: true, focus: wanted });
    }
  });

  dialog?.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    list({ method: "POST", body: new FormData(event.target) }).then(() => { event.target.reset(); if (button) delete button.dataset.busy; });
  });

  /* captions: the file is sent at once, and its address stands in the field beside */
  document.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-captions]");
    if (!input?.files.length) return;
    const body = new FormData();
    body.set("captions", input.files[0]);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const response = await fetch(input.dataset.captions, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    const said = await response?.json().catch(() => null);
    const field = document.getElementById(input.dataset.for);
    input.value = "";
    if (said?.address && field) {
      field.value = said.address;
      save({ whole: true, focus: field.id });
      return;
    }
    const help = document.getElementById(`${input.dataset.for}-help`);
    if (help) help.textContent = said?.problem ?? input.dataset.offline;
  });

  /* drawing: all numbers are percent of the picture, as in the fields */
  const clamp = (value, most) => Math.min(Math.max(value, 0), most);
  const place_of = (map, event) => {
    const box = map.getBoundingClientRect();
    return { x: clamp((event.clientX - box.left) * 100 / box.width, 100), y: clamp((event.clientY - box.top) * 100 / box.height, 100) };
  };
  const sides_of = (rect) => Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, Number(rect.getAttribute(name))]));
  const show = (group, sides) => {
    for (const [name, value] of Object.entries(sides)) group.querySelector(".region").setAttribute(name, value);
    const corner = group.querySelector(".corner");
    corner?.setAttribute("x", sides.x + sides.width - CORNER);
    corner?.setAttribute("y", sides.y + sides.height - CORNER);
  };
  const between = (one, two) => ({ x: Math.min(one.x, two.x), y: Math.min(one.y, two.y), width: Math.abs(one.x - two.x), height: Math.abs(one.y - two.y) });
  const words = (value) => String(Math.round(value * 10) / 10);

  function corners() {
    for (const group of document.querySelectorAll(".hotspot-edit [data-region]")) show(group, sides_of(group.querySelector(".region")));
  }

  function moved(drag, to) {
    const { from, sides } = drag;
    if (drag.kind === "new") return between(from, to);
    if (drag.kind === "size") {
      return { ...sides, width: clamp(to.x - sides.x, 100 - sides.x), height: clamp(to.y - sides.y, 100 - sides.y) };
    }
    return { ...sides, x: clamp(sides.x + to.x - from.x, 100 - sides.width), y: clamp(sides.y + to.y - from.y, 100 - sides.height) };
  }

  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const map = event.target.closest(".hotspot-edit");
    if (!map || event.button !== 0 || !document.querySelector(".flow-editor fieldset.plain:enabled")) return;
    event.preventDefault();
    let group = event.target.closest("[data-region]");
    const kind = !group ? "new" : event.target.matches(".corner") ? "size" : "move";
    const from = place_of(map, event);
    if (!group) {
      group = document.createElementNS("http://www.w3.org/2000/svg", "g");
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      rect.setAttribute("class", "region");
      group.append(rect);
      map.querySelector("svg").append(group);
    }
    const rect = group.querySelector(".region");
    drag = { map, group, kind, from, sides: kind === "new" ? { ...from, width: 0, height: 0 } : sides_of(rect) };
    map.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (drag) show(drag.group, moved(drag, place_of(drag.map, event)));
  });
  document.addEventListener("pointercancel", () => { if (drag?.kind === "new") drag.group.remove(); drag = null; });
  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const done = drag;
    const sides = moved(done, place_of(done.map, event));
    drag = null;
    if (sides.width < SMALLEST || sides.height < SMALLEST) {
      if (done.kind === "new") done.group.remove();
      else show(done.group, done.sides);
      return;
    }
    const said = ["x", "y", "width", "height"].map((name) => words(sides[name]));
    if (done.kind === "new") { save({ operation: `draw ${done.map.dataset.map} ${said.join(" ")}`, whole: true }); return; }
    ["x", "y", "width", "height"].forEach((name, number) => {
      const field = document.getElementById(`${done.group.dataset.region}-${name}`);
      if (field) field.value = said[number];
    });
    save({ whole: true });
  });

  new MutationObserver(corners).observe(document.querySelector(".panes-flow"), { childList: true });
  corners();
})();
