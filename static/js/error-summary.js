// After a failed post the focus goes to the error summary; its links put the focus into the field itself.
(() => {
  "use strict";

  const focusSummary = (root) => {
    const summary = root.querySelector?.("[data-error-summary]");
    if (summary) {
      summary.focus({ preventScroll: true });
      summary.scrollIntoView({ block: "start" });
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-error-summary] a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    // Scroll to the label, or the question would stand above the edge of the window.
    (field.closest(".field") || field).scrollIntoView({ block: "start" });
    field.focus({ preventScroll: true });
  });

  document.addEventListener("DOMContentLoaded", () => focusSummary(document));
  document.addEventListener("htmx:load", (event) => focusSummary(event.detail.elt));
  document.addEventListener("page:replaced", (event) => focusSummary(event.target));
})();
