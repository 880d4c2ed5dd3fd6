// form[data-draft]: after an autosave the form carries the version that now stands, so that the next save is not taken for
// somebody else's. form[data-once]: a second click while the first is under way sends nothing (the server would not file twice).
(() => {
  "use strict";

  document.addEventListener("autosave:saved", (event) => {
    const field = event.target.querySelector?.("[data-draft-version]");
    if (field && event.detail && event.detail.version !== undefined) field.value = String(event.detail.version);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });

  // The page may come back from the browser's memory (back button): then the form may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach((form) => { delete form.dataset.sent; });
  });
})();
