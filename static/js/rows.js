// Rows of a formset ([data-rows]): add from the <template>, take back and restore through the DELETE box.
// A removed row stays folded in the page and can be restored until the form is saved: nothing is lost by a slip.
(() => {
  "use strict";

  const rowsOf = (box) => [...box.querySelectorAll("[data-rows-row]")].filter((row) => !row.closest("template"));

  const number = (box) => {
    rowsOf(box).forEach((row, index) => {
      row.querySelectorAll("[data-rows-index]").forEach((mark) => { mark.textContent = String(index + 1); });
    });
  };

  const reflect = (row) => {
    const remove = row.querySelector("[data-rows-delete]");
    const toggle = row.querySelector("[data-rows-toggle]");
    if (!remove || !toggle) return;
    row.classList.toggle("is-removed", remove.checked);
    toggle.classList.toggle("link-danger", !remove.checked);
    toggle.textContent = remove.checked ? "恢复" : "移除";
    const index = row.querySelector("[data-rows-index]")?.textContent || "";
    toggle.setAttribute("aria-label", `${toggle.textContent}：${row.dataset.rowsLabel || ""} ${index}`);
  };

  const add = (box) => {
    const total = box.querySelector(`input[name="${box.dataset.rowsPrefix}-TOTAL_FORMS"]`);
    const most = Number(box.querySelector(`input[name="${box.dataset.rowsPrefix}-MAX_NUM_FORMS"]`)?.value || 1000);
    const template = box.querySelector("template[data-rows-template]");
    const status = box.querySelector("[data-rows-status]");
    const index = Number(total.value);
    if (index >= most) {
      if (status) {
        status.textContent = `最多 ${most} 行。`;
        status.classList.remove("visually-hidden");
      }
      return;
    }
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(index));
    const row = holder.content.querySelector("[data-rows-row]");
    box.querySelector("[data-rows-body]").append(holder.content);
    total.value = String(index + 1);
    number(box);
    reflect(row);
    if (window.htmx) window.htmx.process(row);
    row.querySelector("input:not([type=hidden], [type=checkbox]), select, textarea")?.focus();
    if (status) status.textContent = `已添加第 ${rowsOf(box).length} 行`;
    row.dispatchEvent(new CustomEvent("rows:added", { bubbles: true }));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-rows-add]");
    if (button) {
      const box = button.closest("[data-rows]");
      if (!box?.querySelector("template[data-rows-template]")) return; // the server adds the row
      event.preventDefault();
      add(box);
      return;
    }
    const toggle = event.target.closest?.("[data-rows-toggle]");
    if (toggle) {
      const row = toggle.closest("[data-rows-row]");
      const remove = row.querySelector("[data-rows-delete]");
      remove.checked = !remove.checked;
      reflect(row);
      remove.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  const prepare = (root) => {
    root.querySelectorAll?.("[data-rows]").forEach((box) => {
      number(box);
      rowsOf(box).forEach(reflect);
    });
  };
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  document.addEventListener("page:replaced", (event) => prepare(event.target));
})();
