// Pages of evidence turn with the arrow keys while the focus is inside the viewer.
(() => {
  "use strict";

  const TURN = { ArrowLeft: "evidence-previous", ArrowRight: "evidence-next" };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !TURN[event.key]) return;
    if (!event.target.closest?.("[data-evidence-keys]")) return;
    const link = document.getElementById(TURN[event.key]);
    if (!link) return;
    event.preventDefault();
    link.focus();
    link.click();
  });

  // The list of files scrolls: the one that is shown must be in sight.
  const show = () => {
    const list = document.querySelector(".evidence-files");
    const current = list?.querySelector(".is-current");
    if (current) list.scrollTop = current.offsetTop - list.offsetTop - (list.clientHeight - current.offsetHeight) / 2;
  };
  document.addEventListener("DOMContentLoaded", show);

  // On the last page there is no link to the next one: the focus stays in the viewer.
  document.addEventListener("htmx:afterSwap", (event) => {
    const viewer = document.getElementById("evidence-view");
    if (!viewer || event.detail.target?.id !== "evidence-view") return;
    show();
    if (document.activeElement === document.body && event.detail.requestConfig?.elt?.id?.startsWith("evidence-")) {
      viewer.querySelector("[aria-current], .evidence-turn a")?.focus();
    }
  });
})();
