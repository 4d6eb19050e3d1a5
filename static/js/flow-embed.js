/* Puts a flow into another site. In the page, where the script stands:
     <script async src="https://…/f/embed.js" data-flow="ID"></script>
   or as a window over it: data-mode="popup", opened after data-delay seconds, after scrolling data-scroll percent,
   when the pointer leaves towards the address bar (data-exit), or by any element with data-rapport-open="ID".
   A window that was closed or finished is not opened by itself again for data-quiet days (30). */
(() => {
  const script = document.currentScript;
  if (!script?.dataset.flow) return;
  const { flow, mode = "inline", delay, scroll, quiet = "30", title = "", close = "×" } = script.dataset;
  const origin = new URL(script.src).origin;
  const own = new URLSearchParams(location.search);
  const address = new URL(`${origin}/f/${encodeURIComponent(flow)}/`);
  for (const [name, value] of own) if (/^(utm_|ref$|lang$)/.test(name)) address.searchParams.set(name, value);
  address.searchParams.set("embed", "1");

  function frame() {
    const made = document.createElement("iframe");
    made.src = address.href;
    made.title = title || document.title;
    Object.assign(made.style, { border: "0", inlineSize: "100%", blockSize: "32rem", display: "block", colorScheme: "normal" });
    addEventListener("message", (event) => {
      if (event.origin !== origin || event.source !== made.contentWindow || event.data?.rapport !== flow) return;
      if (event.data.height > 0) made.style.blockSize = `${Math.min(event.data.height, 20000)}px`;
      if (event.data.ended) remember();
    });
    return made;
  }

  const key = `rapport-flow-${flow}`;
  const remember = () => { try { localStorage.setItem(key, String(Date.now())); } catch { /* storage may be shut */ } };
  function isQuiet() {
    try { return Date.now() - Number(localStorage.getItem(key) || 0) < Number(quiet) * 86400000; } catch { return false; }
  }

  if (mode !== "popup") {
    script.after(frame());
    return;
  }
  let dialog;
  function open() {
    if (dialog?.open) return;
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", title || document.title);
      Object.assign(dialog.style, {
        border: "0", padding: "0", borderRadius: "1rem", inlineSize: "min(36rem, 94vw)", maxBlockSize: "92vh",
        overflow: "auto", boxShadow: "0 1rem 4rem rgb(0 0 0 / .3)",
      });
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = close;
      button.setAttribute("aria-label", script.dataset.closeLabel || "Close");
      Object.assign(button.style, {
        position: "sticky", insetBlockStart: "0", float: "inline-end", inlineSize: "2.75rem", blockSize: "2.75rem",
        border: "0", background: "transparent", font: "1.5rem/1 sans-serif", cursor: "pointer",
      });
      button.addEventListener("click", () => dialog.close());
      dialog.addEventListener("close", remember);
      dialog.append(button, frame());
      document.body.append(dialog);
    }
    dialog.showModal();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(`[data-rapport-open="${CSS.escape(flow)}"]`)) { event.preventDefault(); open(); }
  });
  if (isQuiet()) return;
  let isDone = false;
  const once = () => { if (!isDone) { isDone = true; open(); } };
  if (delay !== undefined) setTimeout(once, Number(delay) * 1000);
  if (scroll !== undefined) {
    addEventListener("scroll", () => {
      const way = document.documentElement.scrollHeight - innerHeight;
      if (way > 0 && (scrollY / way) * 100 >= Number(scroll)) once();
    }, { passive: true });
  }
  if (script.dataset.exit !== undefined) {
    document.addEventListener("mouseout", (event) => { if (!event.relatedTarget && event.clientY <= 0) once(); });
  }
})();
