// A list with checkboxes: all of the page at once, a stretch with the shift key, and how many are ticked.
(() => {
  "use strict";

  const form = document.querySelector("[data-list-form]");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=selected]")];
  const all = form.querySelector("[data-list-all]");
  const count = form.querySelector("[data-list-count]");
  let last = null;

  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    if (count) count.textContent = ticked ? `已选 ${ticked} 件：` : "勾选后可以：";
  };

  boxes.forEach((box, at) => {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        const [from, to] = at < last ? [at, last] : [last, at];
        boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      }
      last = at;
      tell();
    });
  });
  all?.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    tell();
  });
  // The browser may bring ticks back with the page.
  window.addEventListener("pageshow", tell);
  tell();
})();
