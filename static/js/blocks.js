// The editor of a definition ([data-blocks]): every change asks the server what the form says now. Its answer brings the
// sentences to their blocks, the faults to their fields and what a marked number reads as into empty fields. A choice
// that decides what else is asked for swaps the form. Without this script the buttons do the same.
(() => {
  "use strict";

  const DELAY = 250;
  let timer = 0;

  const form = () => document.querySelector("form[data-blocks]");
  const named = (name) => form()?.querySelector(`[name="${CSS.escape(name)}"]`);

  const ask = (delay = DELAY) => {
    clearTimeout(timer);
    timer = setTimeout(() => form()?.dispatchEvent(new CustomEvent("blocks:changed")), delay);
  };

  const changed = (event) => {
    if (!event.target.closest?.("form[data-blocks]")) return;
    if (event.target.name?.startsWith("new:") || event.target.name === "note") return;
    if (event.isComposing) return;
    event.target.dataset.touched = "";
    ask();
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", (event) => {
    changed(event);
    if (event.target.matches?.("form[data-blocks] [data-decides]")) swap();
  });

  // The part of the form that depends on a choice is drawn anew; the server keeps what was typed. A button that was
  // pressed meanwhile carries the choice itself, and takes the place of a redrawing that is still under way.
  let pressed = false;
  const swap = () => {
    if (!pressed) form()?.querySelector("[data-blocks-refresh]")?.click();
  };
  const isPress = (event) => event.detail.target?.id === "blocks-body" && !event.detail.elt?.matches("[data-blocks-refresh]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPress(event)) pressed = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isPress(event)) pressed = false;
  });

  // ------------------------------------------------------------------------------------------ the answer

  const answered = (box) => {
    for (const from of box.querySelectorAll("[data-said]")) {
      const into = form()?.querySelector(`[data-said-into="${CSS.escape(from.dataset.said)}"]`);
      if (into) into.replaceChildren(...[...from.childNodes].map((node) => node.cloneNode(true)));
    }
    showFaults(box);
    fillIn(box);
  };

  const showFaults = (box) => {
    const faults = new Map();
    for (const item of box.querySelectorAll("[data-fault]")) {
      if (item.hasAttribute("data-refuses")) faults.set(item.dataset.fault, [...(faults.get(item.dataset.fault) || []), (item.querySelector("[data-sentence]") || item).textContent.trim()]);
    }
    for (const old of form().querySelectorAll(".field-error:not(.is-warning)")) old.remove();
    for (const field of form().querySelectorAll(".is-invalid")) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
    }
    for (const wrapper of form().querySelectorAll(".has-error")) wrapper.classList.remove("has-error");
    for (const [path, sentences] of faults) {
      const field = document.getElementById(`id_${path}`);
      if (!path || !field) continue;
      // whoever is still typing is not told off beside the field; the list of faults says it
      const quiet = field === document.activeElement && field.value === "";
      if (quiet) continue;
      const control = field.matches("input, select, textarea");
      const wrapper = control ? field.closest(".field") || field : field;
      if (control) {
        field.classList.add("is-invalid");
        field.setAttribute("aria-invalid", "true");
        wrapper.classList.add("has-error");
      }
      for (const sentence of sentences) {
        const line = document.createElement("p");
        line.className = "field-error";
        line.textContent = `错误：${sentence}`;
        if (control) field.before(line);
        else (field.querySelector("summary, legend, .block-name") || field.firstElementChild || field).after(line);
      }
    }
  };

  const fillIn = (box) => {
    for (const from of box.querySelectorAll("[data-fill]")) {
      const field = named(from.dataset.fill);
      // marking leaves the focus on the empty field; whoever has typed there and emptied it is not contradicted
      const typing = field && field === document.activeElement && "touched" in field.dataset;
      if (!field || field.value !== "" || typing) continue;
      field.value = from.textContent;
      if (field.value === "") continue;
      if (field.matches("[data-decides]")) swap();
      ask(0);
    }
  };

  // ---------------------------------------------------------------------------------------- folded parts

  let open = new Map();
  let focused = "";
  let operation = "";

  // What is typed while an answer is under way is not lost with the old form. Where entries change their numbers
  // meanwhile, the form cannot be typed into until the answer is there.
  let sent = new Map();
  let typed = new Map();
  const controls = () => [...(form()?.querySelectorAll("[data-blocks-body] :is(input:not([type=hidden]), textarea, select)[name]") || [])];
  // Boxes of one list share a name; what they stand for tells them apart.
  const isTick = (one) => one.type === "checkbox";
  const called = (one) => (isTick(one) ? `${one.name}=${one.value}` : one.name);
  const values = () => new Map(controls().map((one) => [called(one), isTick(one) ? one.checked : one.value]));

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id !== "blocks-body") return;
    operation = event.detail.elt?.value || "";
    sent = values();
    if (!/^(refresh|add:)/.test(operation)) event.detail.target.inert = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target?.id === "blocks-body") event.detail.target.inert = false;
  });

  const retype = () => {
    for (const one of controls()) {
      const given = typed.get(called(one));
      if (given === undefined) continue;
      if (isTick(one)) one.checked = given;
      else one.value = given;
    }
    typed = new Map();
  };

  const remember = () => {
    typed = new Map([...values()].filter(([name, value]) => sent.has(name) && sent.get(name) !== value));
    open = new Map([...document.querySelectorAll("form[data-blocks] details[data-fold]")].map((one) => [one.dataset.fold, one.open]));
    focused = document.activeElement?.id || "";
  };

  const swapped = (body) => {
    for (const one of body.querySelectorAll("details[data-fold]")) {
      if (open.get(one.dataset.fold)) one.open = true;
    }
    retype();
    const fresh = body.querySelector("[data-fresh]"); // what was added or moved
    const stayed = fresh ? null : document.getElementById(focused);
    const wanted = fresh?.querySelector(ENTRY) || stayed || afterPress(body);
    wanted?.focus({ preventScroll: true });
    if (!stayed) wanted?.scrollIntoView({ block: "center" });
    operation = "";
    ask(0);
  };

  // The button that was pressed went with the old form. The focus goes to what was added, to the neighbour of what was
  // taken away, to the way to add it again, or to the button that stands in the old one's place.
  const ENTRY = ":is(input:not([type=hidden]), textarea, select:not([data-decides])):not([name^='new:'])";
  const afterPress = (body) => {
    const [verb, path = ""] = operation.split(":");
    const at = (place) => document.getElementById(`id_${place}`);
    const button = (value) => body.querySelector(`button[value="${CSS.escape(value)}"]`);
    if (verb === "add") {
      const inside = [...(at(path)?.querySelectorAll(ENTRY) || [])];
      return (at(path)?.matches(".block-list") ? inside.at(-1) : inside[0]) || at(path);
    }
    if (verb === "remove") {
      const [, list, index] = /^(.*)\.(\d+)$/.exec(path) || [];
      if (!list) return button(`add:${path}`) || at(path);
      const neighbour = at(path) || at(`${list}.${index - 1}`);
      return neighbour?.querySelector(":scope > summary") || neighbour || button(`add:${list}`) || at(list);
    }
    return button(operation);
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "blocks-body") remember();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const body = document.getElementById("blocks-body");
    if (event.detail.target?.id === "blocks-body" && body) swapped(body);
    if (event.detail.target?.id === "blocks-check") answered(event.detail.target);
  });

  // A link to a fault opens what its field is folded into, before error-summary.js puts the focus there.
  const reveal = (event) => {
    const link = event.target.closest?.("[data-error-summary] a[href^='#'], [data-check] a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    for (let box = field.closest("details"); box; box = box.parentElement?.closest("details")) box.open = true;
    if (link.closest("[data-check]")) {
      event.preventDefault();
      (field.closest(".field") || field).scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    }
  };
  document.addEventListener("click", reveal, true);

  // The pane opens at the sentence of the clause.
  document.addEventListener("DOMContentLoaded", () => {
    const pane = form() && document.querySelector("[data-text-pane]");
    const own = pane?.querySelector("[data-own]");
    if (own) pane.scrollTop = own.offsetTop - pane.offsetTop - pane.clientHeight / 4;
  });

  // ----------------------------------------------------------------------------------------- unsaved work

  let leaving = false;
  document.addEventListener("submit", (event) => {
    // session.js, which comes first, holds back what would be lost at the sign-in page
    if (event.target.matches?.("form[data-blocks]") && !event.defaultPrevented) leaving = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-discard]")) leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    const dirty = form()?.querySelector("[data-touched], [data-unsaved]");
    if (dirty && !leaving) event.preventDefault();
  });
})();
