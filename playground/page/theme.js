// Sets the colours before the first paint, so that the page never flashes in the wrong ones.
// A plain script on purpose: modules run too late for that. The button that changes them is in app.js.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    // Storage may be blocked; the system's colours are fine then.
  }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
