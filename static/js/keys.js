// Keys of list pages: j next, k previous, o open, / search, ? help. Off in inputs, in dialogs, with modifiers,
// and while an input method composes, where these letters belong to the person who types pinyin.
(() => {
  "use strict";

  const list = () => document.querySelector("[data-keys-list]");
  const items = () => [...document.querySelectorAll("[data-keys-list] [data-keys-item]")];
  const current = () => items().findIndex((item) => item.classList.contains("is-active"));
  const link = (item) => (item.matches("a") ? item : item.querySelector("a[href]"));

  const choose = (index) => {
    const all = items();
    if (!all.length) return;
    const next = Math.max(0, Math.min(all.length - 1, index));
    all.forEach((item, at) => item.classList.toggle("is-active", at === next));
    link(all[next])?.focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  };

  const typing = (target) =>
    target.isContentEditable || target.matches?.("input, textarea, select, [role=textbox]") || target.closest?.("dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") {
      const help = document.getElementById("keys-help");
      if (help instanceof HTMLDialogElement && !help.open) {
        event.preventDefault();
        help.showModal();
      }
      return;
    }
    if (!list()) return;
    if (event.key === "j") choose(current() + 1);
    else if (event.key === "k") choose(current() - 1);
    else if (event.key === "o") {
      const item = items()[current()];
      if (!item) return;
      link(item)?.click();
    } else if (event.key === "/") {
      const search = document.querySelector("[data-keys-search]") || document.querySelector("form[role=search] input:not([type=hidden])");
      if (!search) return;
      search.focus();
      search.select?.();
    } else return;
    event.preventDefault();
  });

  // The row that has the focus is the chosen one, however the focus came there.
  document.addEventListener("focusin", (event) => {
    const item = event.target.closest?.("[data-keys-item]");
    if (item) items().forEach((other) => other.classList.toggle("is-active", other === item));
  });
})();
