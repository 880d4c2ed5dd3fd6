// The preview of a cut: says how many pieces were changed since the page came, and marks them. Numbers are computed by the
// server; without this script nothing is missing but the marks.
(() => {
  "use strict";

  const initial = new Map();

  const changed = (row) => [...row.querySelectorAll("select")].some((select) => select.selectedIndex !== initial.get(select));

  const reflect = (form) => {
    const rows = [...form.querySelectorAll("[data-cut-row]")];
    rows.forEach((row) => row.classList.toggle("is-changed", changed(row)));
    const count = rows.filter((row) => row.classList.contains("is-changed")).length;
    const status = form.querySelector("[data-cut-status]");
    if (status) status.textContent = count ? `已更正 ${count} 处；“应用更正”后可以看到新的编号。` : "";
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-cut]").forEach((form) => {
      // A browser that comes back to the page keeps what was chosen: what the server sent is the selected option.
      form.querySelectorAll("select").forEach((select) => {
        const sent = [...select.options].findIndex((option) => option.defaultSelected);
        initial.set(select, Math.max(sent, 0));
      });
      form.addEventListener("change", () => reflect(form));
      reflect(form);
    });
  });
})();
