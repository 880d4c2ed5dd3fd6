// Ticks of one field, all at once: [data-tick-all="clauses"] holds two buttons and a line that counts. Without this
// script every box is ticked by hand.
(() => {
  "use strict";

  for (const place of document.querySelectorAll("[data-tick-all]")) {
    const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(place.dataset.tickAll)}"]`)];
    const told = place.querySelector("[data-tick-count]");
    const tell = () => {
      told.textContent = `已选 ${boxes.filter((box) => box.checked).length} 个，共 ${boxes.length} 个`;
    };
    place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-tick-to]");
      if (!button) return;
      for (const box of boxes) box.checked = button.dataset.tickTo === "all";
      tell();
    });
    for (const box of boxes) box.addEventListener("change", tell);
    // The browser may bring ticks back with the page.
    window.addEventListener("pageshow", tell);
    tell();
  }
})();
