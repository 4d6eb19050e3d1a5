/* Small behaviours of the dashboard, all by attributes; every page works without them.

   data-dialog="id"        opens that <dialog>; data-close inside it closes it
   data-dismiss            removes the snack around it; a snack leaves by itself after 10 seconds
   data-copy="text"        copies the text, data-copied="word" is said for a moment
   data-check-all="name"   checks or clears all boxes of that name in the same form
   data-confirm="text"     in a form: the button [data-confirmed] works once the typed text is the same
   data-rows               a list whose links [data-row] are walked with j and k
   data-submit             a select or box that sends its form when changed
   data-guess-zone         a select of time zones that starts with the browser's own */
(() => {
  const SNACK_SECONDS = 10;
  const BUSY_SECONDS = 15;
  const EDGE = 8; /* pixels between a menu and the side of the screen */
  const typing = (element) => element?.closest?.("input, textarea, select, [contenteditable]");

  /* dialogs, menus, copying */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      opener.closest("[popover]")?.hidePopover();
      document.getElementById(opener.dataset.dialog)?.showModal();
    }
    event.target.closest("[data-close]")?.closest("dialog")?.close();
    event.target.closest("[data-dismiss]")?.closest(".snack")?.remove();
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  /* an open menu stays on the screen, wherever its button came to stand; toggle does not bubble */
  document.addEventListener("toggle", (event) => {
    const list = event.target.matches?.("details.menu[open]") && event.target.querySelector(".menu-list");
    if (!list) return;
    list.style.translate = "none";
    const box = list.getBoundingClientRect();
    const room = document.documentElement.clientWidth - EDGE;
    const shift = box.left < EDGE ? EDGE - box.left : Math.min(0, room - box.right);
    if (shift) list.style.translate = `${shift}px`;
  }, true);

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.querySelector("[data-label]") ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.copied;
    setTimeout(() => { label.textContent = before; }, 2000);
  }

  /* snacks leave by themselves, but not while somebody is on them */
  function retire(snack) {
    setTimeout(() => {
      if (snack.matches(":hover, :focus-within")) retire(snack);
      else snack.remove();
    }, SNACK_SECONDS * 1000);
  }
  function adopt(root) {
    for (const snack of root.querySelectorAll("[data-snack]:not([data-seen])")) {
      snack.dataset.seen = "";
      retire(snack);
    }
  }
  adopt(document);
  document.addEventListener("htmx:after:swap", () => adopt(document));

  /* forms: one press is enough; the button says that something happens */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (button?.matches("[aria-disabled='true']")) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.defaultPrevented || !button?.matches(".btn") || form.method === "get") return;
    setTimeout(() => busy(button, true));
    addEventListener("pageshow", () => busy(button, false), { once: true });
    setTimeout(() => busy(button, false), BUSY_SECONDS * 1000); // a download leaves the page as it is
  }, true);
  document.addEventListener("htmx:finally:request", () => {
    for (const button of document.querySelectorAll(".btn[data-busy='sent']")) busy(button, false);
  });
  function busy(button, on) {
    if (on) {
      button.dataset.busy = "sent";
      button.setAttribute("aria-disabled", "true");
    } else if (button.dataset.busy === "sent") {
      delete button.dataset.busy;
      button.removeAttribute("aria-disabled");
    }
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    const button = form?.querySelector("[data-confirmed]");
    if (!button || !event.target.matches("[data-confirm]")) return;
    const same = event.target.value.trim() === event.target.dataset.confirm;
    button.setAttribute("aria-disabled", same ? "false" : "true");
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
    const name = event.target.dataset?.checkAll;
    if (!name) return;
    for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)) {
      box.checked = event.target.checked;
    }
  });

  for (const select of document.querySelectorAll("select[data-guess-zone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.value === "UTC" && [...select.options].some((option) => option.value === zone)) select.value = zone;
  }

  /* keys */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") search(event);
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (event.key === "j") walk(1, event);
    else if (event.key === "k") walk(-1, event);
  });

  function search(event) {
    const field = [...document.querySelectorAll("[data-search]")].find((input) => input.checkVisibility());
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }

  function walk(step, event) {
    const rows = [...document.querySelectorAll("[data-rows] [data-row]")];
    if (!rows.length) return;
    const here = rows.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
    event.preventDefault();
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }
})();
