// The task page says every half minute that it is open, and shows who else has it open. Without scripts the page says
// so once, when it is opened. Nothing waits for an answer, and no failure disturbs the page.
(() => {
  "use strict";

  const EVERY = 30000;
  const form = document.querySelector("form[data-presence]");
  const told = document.querySelector("[data-presence-told]");
  if (!form) return;

  const beat = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        credentials: "same-origin",
        redirect: "error",
      });
      const plain = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
      if (answer.ok && plain && told) {
        const text = await answer.text();
        if (told.textContent !== text) told.textContent = text;
      }
    } catch {
      // No connection: the next beat tries again.
    }
  };

  setInterval(beat, EVERY);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => {
    const data = new FormData(form);
    data.append("leave", "1");
    navigator.sendBeacon(form.action, data);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) beat();
  });
})();
