// <dialog data-dialog>: shown as a section of the page without JavaScript, as a modal dialog with it.
(() => {
  "use strict";

  const prepare = (root) => {
    const dialogs = [...(root.querySelectorAll?.("dialog[data-dialog]:not([data-ready])") || [])];
    if (root.matches?.("dialog[data-dialog]:not([data-ready])")) dialogs.push(root);
    for (const dialog of dialogs) {
      // One that came back with faults stays in view.
      const wrong = dialog.querySelector(".has-error, .field-error") !== null;
      dialog.removeAttribute("open");
      dialog.dataset.ready = "";
      if (wrong) dialog.showModal();
    }
    for (const opener of root.querySelectorAll?.("a[data-dialog-open]") || []) {
      opener.setAttribute("role", "button");
      opener.setAttribute("aria-haspopup", "dialog");
    }
  };

  const open = (id) => {
    const dialog = document.getElementById(id);
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog-open]");
    if (opener) {
      event.preventDefault();
      open(opener.dataset.dialogOpen);
      return;
    }
    if (event.target.closest?.("[data-dialog-close]")) {
      event.target.closest("dialog")?.close();
    }
  });

  document.addEventListener("keydown", (event) => {
    // A link that acts as a button answers to the space bar as well.
    if (event.key === " " && event.target.matches?.("a[data-dialog-open]")) {
      event.preventDefault();
      open(event.target.dataset.dialogOpen);
    }
  });

  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  document.addEventListener("page:replaced", (event) => prepare(event.target));
})();
