/* Finding a choice in a long select of a sentence by typing. Without this script, and under a finger, the browser's own
   list opens as ever.

   The list is made from the select's options; choosing sets the select and says so, as the browser would. */
(() => {
  const form = document.getElementById("builder");
  const panel = document.getElementById("find-choice");
  if (!form || !panel?.showPopover) return;
  const LONG = 12; /* as with boxes: of more than this one would rather look for one */
  const EDGE = 8;
  const field = panel.querySelector("input");
  const list = panel.querySelector("[role=listbox]");
  const none = panel.querySelector("[data-none]");
  const home = panel.parentElement;
  let select = null;
  let active = null;

  const isLong = (one) => one.matches?.("select[data-token]") && one.options.length > LONG;
  const shown = () => [...list.querySelectorAll("[role=option]:not([hidden])")];

  function open(opener) {
    select = opener;
    list.replaceChildren(...[...select.children].map((child, at) => (
      child.matches("optgroup") ? groupOf(child, at) : optionOf(child)
    )));
    field.value = "";
    list.setAttribute("aria-label", select.getAttribute("aria-label"));
    /* Inside a sentence's sheet, which is above the page, the list has to be above that. */
    (select.closest("[popover]:popover-open") ?? home).append(panel);
    panel.showPopover();
    place();
    narrow();
    field.focus();
  }

  function groupOf(group, at) {
    const box = document.createElement("div");
    const head = document.createElement("b");
    head.id = `find-choice-group-${at}`;
    head.textContent = group.label;
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", head.id);
    box.append(head, ...[...group.children].map(optionOf));
    return box;
  }

  function optionOf(option) {
    const one = document.createElement("div");
    one.id = `find-choice-${option.index}`;
    one.setAttribute("role", "option");
    one.dataset.at = option.index;
    one.textContent = option.text;
    return one;
  }

  function place() {
    const box = select.getBoundingClientRect();
    const width = panel.offsetWidth;
    const height = panel.offsetHeight;
    const page = document.documentElement;
    const start = getComputedStyle(select).direction === "rtl" ? box.right - width : box.left;
    const below = box.bottom + height + EDGE < page.clientHeight || box.top < height + EDGE;
    panel.style.left = `${Math.max(EDGE, Math.min(start, page.clientWidth - width - EDGE))}px`;
    panel.style.top = `${below ? box.bottom + 4 : box.top - height - 4}px`;
    panel.style.maxHeight = below ? `min(24rem, ${Math.max(page.clientHeight - box.bottom - 2 * EDGE, 160)}px)` : "";
  }

  function narrow() {
    const words = field.value.trim().toLocaleLowerCase();
    for (const one of list.querySelectorAll("[role=option]")) {
      one.hidden = !one.textContent.toLocaleLowerCase().includes(words);
    }
    for (const group of list.querySelectorAll("[role=group]")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    const left = shown();
    none.hidden = left.length > 0;
    point((!words && left.find((one) => Number(one.dataset.at) === select.selectedIndex)) || left[0]);
  }

  function point(one) {
    active?.removeAttribute("aria-selected");
    active = one ?? null;
    active?.setAttribute("aria-selected", "true");
    active?.scrollIntoView({ block: "nearest" });
    if (active) field.setAttribute("aria-activedescendant", active.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function close({ goBack }) {
    if (!select) return;
    const opener = select;
    select = null;
    panel.hidePopover();
    list.replaceChildren();
    list.removeAttribute("aria-label");
    home.append(panel); /* a sheet that is drawn anew would take it along */
    if (goBack) opener.focus();
  }

  function choose(one) {
    const opener = select;
    close({ goBack: true });
    if (!one || opener.selectedIndex === Number(one.dataset.at)) return;
    opener.selectedIndex = Number(one.dataset.at);
    opener.dispatchEvent(new Event("input", { bubbles: true }));
    opener.dispatchEvent(new Event("change", { bubbles: true }));
  }

  let isTouch = false;
  form.addEventListener("pointerdown", (event) => { isTouch = event.pointerType === "touch"; }, true);
  form.addEventListener("mousedown", (event) => {
    if (isTouch || event.button || !isLong(event.target)) return;
    event.preventDefault();
    if (select === event.target) close({ goBack: true });
    else open(event.target);
  });
  form.addEventListener("keydown", (event) => {
    if (!isLong(event.target) || event.ctrlKey || event.metaKey) return;
    if (!["Enter", " ", "ArrowDown", "ArrowUp", "F4"].includes(event.key)) return;
    event.preventDefault();
    open(event.target);
  });

  /* What is looked for is not typed into the rule. */
  for (const kind of ["input", "change"]) panel.addEventListener(kind, (event) => event.stopPropagation());
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    const left = shown();
    const at = left.indexOf(active);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) point(left[Math.max(0, Math.min(at + steps[event.key], left.length - 1))]);
    else if (event.key === "Enter") choose(active);
    else if (event.key === "Escape") close({ goBack: true });
    else if (event.key === "Tab") close({ goBack: true });
    else return;
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const one = event.target.closest("[role=option]");
    if (one) choose(one);
  });
  document.addEventListener("pointerdown", (event) => {
    if (select && !panel.contains(event.target) && event.target !== select) close({ goBack: false });
  }, true);
  window.addEventListener("resize", () => close({ goBack: false }));
})();
