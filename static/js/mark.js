// Marking a quotation in the printed text. A button [data-mark="award.rate"] arms the pane [data-text-pane]; what is then
// selected there, or the phrase that is chosen with a click or the Enter key, becomes `award.rate.quote`, and the number
// in it `award.rate.literal`. Whoever selects the number alone gets the phrase around it as the quotation. Without this
// script both are typed.
"use strict";
(function () {
  const BREAKS = "，；。：、！？\n";
  const NUMBER =
    /百分之[零〇一二两三四五六七八九十百千\d.]+|(?:\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)(?:[-—~～至](?:\d[\d,]*(?:\.\d+)?))?(?:亿(?:\d+万)?元|万元|元|%|％|倍|家|人|项|个|名|次|天|日|年|月|台|片|件)/g;
  const KINDS = { money: /元$/, rate: /[%％]$|^百分之/, times: /倍$/ };
  // 一、 （一） 1． before a phrase number it and are no part of what it says.
  const NUMBERING = /^(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[．.、](?!\d))/;
  let armed = null;

  const pane = () => document.querySelector("[data-text-pane]");
  const status = (text) => {
    const line = document.querySelector("[data-mark-status]");
    if (line) line.textContent = text;
  };
  const named = (name) => document.querySelector(`[name="${CSS.escape(name)}"]`);
  const field = (path, name) => named(`${path}.${name}`);
  // A quotation is a field of its part, or stands alone: `total_cap.lifted_quote`.
  const quotation = (path) => field(path, "quote") || named(path);

  // The number of a passage that a field asks for: 一次 is none of the amounts in 一次性给予20万元.
  function numberIn(text, kind) {
    const found = text.match(NUMBER) || [];
    const fits = (number) => (KINDS[kind] ? KINDS[kind].test(number) : !Object.values(KINDS).some((one) => one.test(number)));
    return (kind && found.find(fits)) || found[0] || "";
  }

  function fill(input, value) {
    if (!input || input.readOnly || input.value === value) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // The phrase of a paragraph that holds the characters from start to end, without the marks at its ends.
  function phraseAround(text, start, end) {
    let from = start;
    let to = end;
    while (from > 0 && !BREAKS.includes(text[from - 1])) from -= 1;
    while (to < text.length && !BREAKS.includes(text[to])) to += 1;
    return unnumbered(text.slice(from, to));
  }

  // Pieces that can be chosen without selecting characters: by keyboard, or with a finger.
  function phrases(text) {
    const found = [];
    let piece = "";
    for (const char of text) {
      piece += char;
      if (BREAKS.includes(char)) {
        found.push(piece);
        piece = "";
      }
    }
    if (piece) found.push(piece);
    return found;
  }

  function arm(button) {
    disarm();
    const where = pane();
    if (!where) return;
    armed = button;
    button.setAttribute("aria-pressed", "true");
    where.classList.add("is-armed");
    for (const paragraph of where.querySelectorAll("[data-node-text]")) {
      const text = paragraph.textContent;
      paragraph.textContent = "";
      for (const piece of phrases(text)) {
        const span = document.createElement("span");
        span.className = "phrase";
        span.tabIndex = 0;
        span.setAttribute("role", "button");
        span.textContent = piece;
        paragraph.append(span);
      }
    }
    const own = where.querySelector("[data-own] .phrase, .phrase");
    if (own) own.focus({ preventScroll: false });
    status("请在原文中选取数字或语句，也可以用 Tab 键移到一句上按回车键；按 Esc 键取消。");
  }

  function disarm() {
    if (!armed) return;
    armed.setAttribute("aria-pressed", "false");
    armed = null;
    const where = pane();
    if (!where) return;
    where.classList.remove("is-armed");
    for (const paragraph of where.querySelectorAll("[data-node-text]")) paragraph.textContent = paragraph.textContent;
  }

  function take(quote, literal) {
    const button = armed;
    const path = button.dataset.mark;
    disarm();
    window.getSelection()?.removeAllRanges();
    fill(quotation(path), quote);
    if (field(path, "literal")) {
      const number = literal || numberIn(quote, field(path, "type")?.value || button.dataset.number);
      if (number) fill(field(path, "literal"), number);
    }
    status(`已标记：「${quote}」`);
    (field(path, "value") || quotation(path) || button).focus();
    show(path);
  }

  // What is selected inside one paragraph of the pane: {text, start, end, whole}; null where nothing is, or across two.
  function selected() {
    const selection = window.getSelection();
    if (!selection || selection.isCollapsed || selection.rangeCount !== 1) return null;
    const range = selection.getRangeAt(0);
    const holder = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-node-text]");
    const first = holder(range.startContainer);
    if (!first || first !== holder(range.endContainer) || !pane()?.contains(first)) return null;
    const before = document.createRange();
    before.selectNodeContents(first);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    const text = range.toString();
    return { text, start, end: start + text.length, whole: first.textContent };
  }

  function takeSelection() {
    const found = selected();
    if (!found || !found.text.trim()) return false;
    const text = found.text.trim();
    const alone = text.match(NUMBER)?.[0] === text;
    if (alone) take(phraseAround(found.whole, found.start, found.end), text);
    else take(text.replace(new RegExp(`^[${BREAKS}]+|[${BREAKS}]+$`, "g"), ""));
    return true;
  }

  // The quotation of the field at hand, shown in the text.
  function show(path) {
    if (!window.CSS?.highlights || !window.Highlight) return;
    CSS.highlights.delete("quotation");
    const quote = quotation(path)?.value.trim();
    const where = pane();
    if (!quote || !where) return;
    for (const paragraph of where.querySelectorAll("[data-node-text]")) {
      const at = paragraph.textContent.indexOf(quote);
      if (at < 0) continue;
      const folded = paragraph.closest("details");
      if (folded) folded.open = true;
      const range = rangeOf(paragraph, at, at + quote.length);
      CSS.highlights.set("quotation", new Highlight(range));
      const box = range.getBoundingClientRect();
      const frame = where.getBoundingClientRect();
      if (box.top < frame.top || box.bottom > frame.bottom) where.scrollTop += box.top - frame.top - frame.height / 3;
      return;
    }
  }

  function rangeOf(paragraph, start, end) {
    const range = document.createRange();
    const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
    let passed = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const after = passed + node.length;
      if (start >= passed && start < after) range.setStart(node, start - passed);
      if (end > passed && end <= after) {
        range.setEnd(node, end - passed);
        break;
      }
      passed = after;
    }
    return range;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) {
      // A selection that is there already is what is meant.
      const ready = selected();
      if (armed === button) {
        disarm();
        status("");
        return;
      }
      if (ready) {
        armed = button;
        takeSelection();
        return;
      }
      arm(button);
      return;
    }
    const phrase = event.target.closest(".phrase");
    if (armed && phrase && !takeSelection()) take(trimmed(phrase));
  });
  const unnumbered = (text) => text.trim().replace(NUMBERING, "").trim();
  const trimmed = (phrase) => unnumbered(phrase.textContent.trim().replace(new RegExp(`[${BREAKS}]+$`), ""));
  // Pressing the button must not lose what is selected.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("[data-mark]") && selected()) event.preventDefault();
  });
  document.addEventListener("mouseup", (event) => {
    if (armed && event.target.closest("[data-text-pane]") && selected()) {
      event.preventDefault();
      takeSelection();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!armed || event.isComposing) return;
    if (event.key === "Escape") {
      const button = armed;
      disarm();
      status("已取消标记。");
      button.focus();
      event.preventDefault();
    }
    const phrase = event.target.closest?.(".phrase");
    if (phrase && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      take(trimmed(phrase));
    }
  });
  document.addEventListener("focusin", (event) => {
    const cited = event.target.closest?.("[data-cited]");
    if (cited && !armed) show(cited.dataset.cited);
  });
})();
