// A table of awards with ticks: how many are chosen and what they come to; exact, sums are counted in 分.
(() => {
  "use strict";

  const table = document.querySelector("[data-choose]");
  if (!table) return;
  const boxes = [...table.querySelectorAll("input[name=awards]")];
  const told = table.querySelector("[data-choose-sum]");

  const tell = () => {
    const ticked = boxes.filter((box) => box.checked);
    const fen = ticked.reduce((sum, box) => sum + BigInt(box.dataset.fen), 0n);
    const yuan = (fen / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    const rest = (fen % 100n).toString().padStart(2, "0");
    told.textContent = `已选 ${ticked.length} 项，合计 ${yuan}.${rest} 元`;
  };

  boxes.forEach((box) => box.addEventListener("change", tell));
  // The browser may bring ticks back with the page.
  window.addEventListener("pageshow", tell);
  tell();
})();
