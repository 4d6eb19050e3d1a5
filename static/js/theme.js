/* Runs before the first paint: follow the device where the account has not chosen light or dark. */
(() => {
  const root = document.documentElement;
  if (root.dataset.theme !== "system") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => root.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", apply);
  apply();
})();
