/* What makes a flow's pages smoother; each of them works without any of this.

   data-live="url"     a form whose sums and conditional questions follow what is filled in
   data-ranking        places by dragging, by keys and by buttons instead of numbers
   data-sign           signing by hand; data-countdown  the time that is left; data-copy, data-share
   #puzzle             a proof of work (ALTCHA) instead of a sum; data-celebrate  confetti, unless motion is unwelcome
   In a frame the height is told to the page around it. */
(() => {
  const script = document.currentScript;
  const root = document.documentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const flow = location.pathname.split("/")[2];
  const make = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  function icon(name) {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawn.setAttribute("class", "i");
    drawn.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    drawn.append(use);
    return drawn;
  }

  /* sums and conditional questions */
  function follow(form) {
    let waiting, running;
    const ask = async () => {
      running?.abort();
      running = new AbortController();
      const sent = new FormData(form);
      for (const [name, value] of [...sent]) if (value instanceof File) sent.delete(name);
      sent.set("do", "preview");
      try {
        const answer = await fetch(form.dataset.live, { method: "POST", body: sent, signal: running.signal });
        if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) return;
        const { blocks, values } = await answer.json();
        if (!document.contains(form)) return;
        for (const [name, words] of Object.entries(values)) {
          const place = form.querySelector(`[data-value="${CSS.escape(name)}"] bdi`);
          if (place) place.textContent = words || "–";
        }
        if (blocks?.some((name) => !placeOf(form, name))) await bring(form, sent, blocks);
        for (const block of form.querySelectorAll("[data-block]")) {
          if (blocks) block.hidden = !blocks.includes(block.dataset.block);
        }
      } catch { /* the next change asks again; sending works anyway */ }
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 250); });
  }
  const placeOf = (form, name) => form.querySelector(`[data-block="${CSS.escape(name)}"]`);
  /* questions that appeared: fetched with the whole step and put where they belong */
  async function bring(form, sent, blocks) {
    sent.set("do", "refresh");
    const answer = await fetch(form.dataset.live, { method: "POST", body: sent, headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form");
    if (!fresh || fresh.dataset.step !== form.dataset.step) return;
    let before = null;
    for (const name of blocks) {
      const made = placeOf(fresh, name);
      if (!placeOf(form, name) && made) {
        const first = form.querySelector("[data-block]");
        if (before) before.after(made); else if (first) first.before(made);
        made.querySelectorAll("[data-ranking]").forEach(rank);
        made.querySelectorAll("[data-sign]").forEach(sign);
      }
      before = placeOf(form, name) ?? before;
    }
    form.elements.seen.value = fresh.elements.seen.value;
  }

  /* ranking */
  function rank(list) {
    const rows = () => [...list.children];
    const number = () => rows().forEach((row, place) => {
      row.querySelector("select").value = String(place + 1);
      row.querySelector(".place").textContent = String(place + 1);
      row.querySelector("[data-move='-1']").disabled = place === 0;
      row.querySelector("[data-move='1']").disabled = place === list.children.length - 1;
    });
    const touched = () => { number(); list.dispatchEvent(new Event("input", { bubbles: true })); };
    const move = (row, by) => {
      const other = rows()[rows().indexOf(row) + by];
      if (!other) return;
      if (by < 0) other.before(row); else other.after(row);
      touched();
    };
    for (const row of rows()) {
      const label = row.querySelector("label");
      const select = row.querySelector("select");
      select.hidden = true;
      label.removeAttribute("for");
      const arrow = (by, name, word) => {
        const button = make("button", { type: "button", class: "btn", "data-variant": "ghost", "data-move": by, "aria-label": `${word}: ${label.textContent}` }, icon(name));
        button.addEventListener("click", () => { move(row, by); button.focus(); });
        return button;
      };
      const grip = make("span", { class: "grip", "aria-hidden": "true" }, icon("grip"));
      row.prepend(grip, make("span", { class: "place" }));
      row.append(arrow(-1, "up", list.dataset.up), arrow(1, "down", list.dataset.down));
      row.addEventListener("keydown", (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (by && event.altKey) { event.preventDefault(); move(row, by); event.target.focus(); }
      });
    }
    const wasRanked = rows().some((row) => row.querySelector("select").value);
    number();
    if (!wasRanked) list.closest("form")?.addEventListener("submit", number, { once: true });
    load(script.dataset.sortable).then(() => window.Sortable?.create(list, { handle: ".grip", animation: calm.matches ? 0 : 150, onEnd: touched }));
  }
  const loaded = {};
  const load = (src) => (loaded[src] ??= new Promise((done) => {
    const tag = make("script", { src });
    tag.addEventListener("load", done);
    tag.addEventListener("error", done);
    document.head.append(tag);
  }));

  /* signing by hand: a path of whole numbers, as SVG writes it */
  function sign(box) {
    const pad = box.querySelector("canvas");
    const kept = box.querySelector("input[type=hidden]");
    const pen = pad.getContext("2d");
    let path = kept.value, isDown = false;
    const draw = () => {
      pen.clearRect(0, 0, pad.width, pad.height);
      pen.lineWidth = 3; pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = getComputedStyle(pad).color;
      if (path) pen.stroke(new Path2D(path));
    };
    const at = (event) => {
      const size = pad.getBoundingClientRect();
      const x = Math.round((event.clientX - size.left) * pad.width / size.width);
      const y = Math.round((event.clientY - size.top) * pad.height / size.height);
      return `${x} ${y}`;
    };
    box.hidden = false;
    draw();
    pad.addEventListener("pointerdown", (event) => { isDown = true; pad.setPointerCapture(event.pointerId); path += `M${at(event)}`; });
    pad.addEventListener("pointermove", (event) => { if (isDown && path.length < 90000) { path += `L${at(event)}`; kept.value = path; draw(); } });
    for (const kind of ["pointerup", "pointercancel"]) pad.addEventListener(kind, () => { isDown = false; kept.value = path; });
    box.querySelector("[data-clear]").addEventListener("click", () => { path = kept.value = ""; draw(); });
  }

  /* the time that is left */
  function count(place) {
    const until = Date.parse(place.dateTime);
    const show = () => {
      if (!document.contains(place)) return clearInterval(timer);
      const left = Math.floor((until - Date.now()) / 1000);
      if (left <= 0) { place.textContent = place.dataset.over; return clearInterval(timer); }
      const days = Math.floor(left / 86400);
      const clock = [left / 3600 % 24, left / 60 % 60, left % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
      place.textContent = (days ? `${days} ${place.dataset.days} ` : "") + clock;
      return undefined;
    };
    const timer = setInterval(show, 1000);
    show();
  }

  /* proof of work: the number whose SHA-256 with the salt is the challenge */
  async function prove(box) {
    if (!crypto.subtle) return;
    const { salt, challenge, maxnumber, signature, algorithm } = box.dataset;
    const state = box.querySelector(".puzzle-state");
    const coder = new TextEncoder();
    box.querySelector(".puzzle-sum").hidden = true;
    state.hidden = false;
    state.textContent = state.dataset.working;
    const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");
    for (let number = 0; number <= Number(maxnumber); number += 1) {
      if (hex(await crypto.subtle.digest(algorithm, coder.encode(salt + number))) === challenge) {
        box.querySelector("[name=altcha]").value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
        state.textContent = state.dataset.done;
        return;
      }
    }
    box.querySelector(".puzzle-sum").hidden = false;
    state.hidden = true;
  }

  function celebrate() {
    if (calm.matches) return;
    const sheet = make("canvas", { class: "confetti", "aria-hidden": "true" });
    document.body.append(sheet);
    const pen = sheet.getContext("2d");
    sheet.width = innerWidth; sheet.height = innerHeight;
    const colours = ["--b", "--b-2", "--good"].map((name) => getComputedStyle(root).getPropertyValue(name).trim());
    const bits = Array.from({ length: 90 }, (_none, place) => ({
      x: innerWidth / 2, y: innerHeight / 3, speed: 4 + Math.random() * 9, turn: Math.random() * 6.28,
      spin: (Math.random() - .5) * .3, fall: 0, angle: Math.random() * 6.28, colour: colours[place % 3],
    }));
    const began = performance.now();
    const step = (time) => {
      pen.clearRect(0, 0, sheet.width, sheet.height);
      for (const bit of bits) {
        bit.fall += .18; bit.x += Math.cos(bit.angle) * bit.speed; bit.y += Math.sin(bit.angle) * bit.speed + bit.fall;
        bit.speed *= .97; bit.turn += bit.spin;
        pen.save(); pen.translate(bit.x, bit.y); pen.rotate(bit.turn); pen.fillStyle = bit.colour; pen.fillRect(-4, -6, 8, 12); pen.restore();
      }
      if (time - began < 2500) requestAnimationFrame(step); else sheet.remove();
    };
    requestAnimationFrame(step);
  }

  function adopt() {
    const screen = document.getElementById("screen");
    if (!screen || screen.dataset.adopted) return;
    screen.dataset.adopted = "1";
    const all = (selector) => screen.querySelectorAll(selector);
    for (const button of all("[data-copy]")) button.hidden = !navigator.clipboard;
    for (const button of all("[data-share]")) button.hidden = !navigator.share;
    all("form[data-live]").forEach(follow);
    all("[data-ranking]").forEach(rank);
    all("[data-sign]").forEach(sign);
    all("[data-countdown]").forEach(count);
    all("#puzzle").forEach(prove);
    const limit = screen.querySelector("[data-time-limit]");
    if (limit) setTimeout(() => { if (document.contains(limit)) limit.requestSubmit(limit.querySelector("[data-main]")); }, limit.dataset.timeLimit * 1000 + 300);
    for (const region of all(".region")) {
      const radio = document.getElementById(region.dataset.for);
      region.addEventListener("click", () => { radio.click(); });
      radio.closest("fieldset").addEventListener("change", () => region.classList.toggle("on", radio.checked));
      region.classList.toggle("on", radio.checked);
    }
    if ("celebrate" in screen.dataset) { celebrate(); parent.postMessage({ rapport: flow, ended: true }, "*"); }
    tell();
  }

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    const share = event.target.closest("[data-share]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      const before = copy.textContent;
      copy.textContent = copy.dataset.copied;
      setTimeout(() => { copy.textContent = before; }, 2000);
    }
    if (share) navigator.share({ url: share.dataset.share, title: share.dataset.shareTitle }).catch(() => {});
  });
  document.addEventListener("input", (event) => {
    const range = event.target.closest(".range");
    if (range) range.parentElement.querySelector("output").textContent = Number(range.value).toLocaleString(root.lang, { useGrouping: false, maximumFractionDigits: 10 });
  });
  document.addEventListener("change", (event) => {
    const box = event.target.closest("input[type=checkbox]");
    if (!box?.checked) return;
    for (const other of box.form?.elements[box.name]?.length ? box.form.elements[box.name] : []) {
      if (other !== box && (box.dataset.exclusive !== undefined || other.dataset.exclusive !== undefined)) other.checked = false;
    }
  });

  /* after a swap: say where we are, and go to the beginning or to what is to be mended */
  document.addEventListener("htmx:after:swap", () => {
    adopt();
    const screen = document.getElementById("screen");
    if (screen?.dataset.title) document.title = screen.dataset.title;
    const place = document.getElementById("problems") ?? screen;
    place?.focus({ preventScroll: true });
    place?.scrollIntoView({ block: "start", behavior: "instant" });
  });

  const tell = () => {
    if (parent !== window) parent.postMessage({ rapport: flow, height: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
  adopt();
  document.getElementById("problems")?.focus();
})();
