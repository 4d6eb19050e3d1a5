/* The little that public pages outside of flows do by script; each of them works without it.

   data-copy="text"    copies the text; data-copied="word" is said for a moment
   data-share="url"    opens the device's own way of handing something on, data-share-title="words" with it */
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  for (const button of document.querySelectorAll("[data-share]")) button.hidden = !navigator.share;
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    const share = event.target.closest("[data-share]");
    if (copy && !copy.dataset.words) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.dataset.words = copy.textContent;
      copy.textContent = copy.dataset.copied;
      copy.setAttribute("aria-live", "polite");
      setTimeout(() => { copy.textContent = copy.dataset.words; delete copy.dataset.words; }, 2000);
    }
    if (share) navigator.share({ url: share.dataset.share, title: share.dataset.shareTitle }).catch(() => {});
  });
})();
