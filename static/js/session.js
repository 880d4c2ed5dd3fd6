// form[data-session-url]: asks before sending whether the person is still signed in. Where the session has ended, the page
// and what was typed stay, and a sentence says what to do; after signing in elsewhere the form gets the new token.
(() => {
  "use strict";

  const ENDED = "没有提交：登录已失效。请在新窗口登录，再回到本页提交，本页内容仍在。";

  const say = (form, text) => {
    let line = form.querySelector("[data-session-status]");
    if (!line) {
      line = document.createElement("p");
      line.className = "notice notice-danger";
      line.dataset.sessionStatus = "";
      line.setAttribute("role", "alert");
      form.append(line);
    }
    line.textContent = text;
  };

  // True where sending makes sense; a network that fails is left to the browser, which says so itself.
  const signedIn = async (form) => {
    try {
      const page = await fetch(form.dataset.sessionUrl, { credentials: "same-origin", redirect: "manual" });
      if (page.type === "opaqueredirect" || page.status === 401 || page.status === 403) return false;
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
      if (fresh) document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh.value; });
      return true;
    } catch {
      return true;
    }
  };

  const state = new WeakMap();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-session-url]")) return;
    if (state.get(form) === "asked") return; // the answer came, this is the form itself
    event.preventDefault();
    if (state.get(form)) return; // a second click while the first asks
    state.set(form, "asking");
    const { submitter } = event;
    if (await signedIn(form)) {
      state.set(form, "asked");
      form.requestSubmit(submitter);
    } else {
      state.delete(form);
      say(form, ENDED);
    }
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-session-url]").forEach((form) => state.delete(form)));
})();
