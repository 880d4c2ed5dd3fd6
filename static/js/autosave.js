// form[data-autosave-url]: saves what was typed after each change and says so. Files are not part of it.
// One request at a time; what changes meanwhile is sent next. A failed save is tried again and said aloud.
// The server answers 2xx, optionally with JSON {"saved_at": "<ISO instant>"}; the form then fires "autosave:saved".
(() => {
  "use strict";

  const QUIET = 800; // ms of silence after the last change
  const RETRY = [4000, 15000, 60000];
  const forms = new WeakMap();

  const clock = (instant) =>
    new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false }).format(instant);

  const status = (form) => {
    let line = form.querySelector("[data-autosave-status]");
    if (!line) {
      line = document.createElement("span");
      line.className = "autosave-status";
      line.dataset.autosaveStatus = "";
      line.setAttribute("role", "status");
      (form.querySelector(".form-actions") || form).append(line);
    }
    return line;
  };

  const say = (form, state, text) => {
    const line = status(form);
    line.dataset.state = state;
    line.textContent = text;
  };

  const answers = (form) => {
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()]) if (value instanceof File) data.delete(name);
    return data;
  };

  const retry = (form, state, text) => {
    say(form, "failed", text);
    const wait = RETRY[Math.min(state.failures, RETRY.length - 1)];
    state.failures += 1;
    state.timer = setTimeout(() => save(form), wait);
  };

  // Signing in again in another window gives the browser a new token and this page keeps the old one: fetch the new one.
  const renewToken = async () => {
    const page = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
    if (!page.ok) return false;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
    if (!fresh) return false;
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh.value; });
    return true;
  };

  const isDirty = (state) => state.version !== state.saved;

  const save = async (form) => {
    const state = forms.get(form);
    clearTimeout(state.timer);
    if (state.busy || !isDirty(state)) return;
    state.busy = true;
    const sent = state.version;
    let retrying = false;
    let unreachable = ""; // why a press of the button would only lose what was typed
    let again = false;
    say(form, "saving", "正在保存…");
    try {
      const response = await fetch(form.dataset.autosaveUrl, {
        method: "POST",
        body: answers(form),
        headers: { "X-Autosave": "1", Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
      });
      const json = (response.headers.get("Content-Type") || "").includes("json");
      const body = json ? await response.json().catch(() => ({})) : {};
      if (response.ok) {
        state.saved = sent;
        state.failures = 0;
        state.renewed = false;
        say(form, "saved", `已保存 ${clock(body.saved_at ? new Date(body.saved_at) : new Date())}`);
        form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true, detail: body }));
      } else if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) {
        again = response.status === 403 && !state.renewed && (await renewToken());
        state.renewed = again;
        if (!again) {
          retrying = true;
          unreachable = "登录已失效。请在新窗口登录，再回到本页保存，本页内容仍在。";
          retry(form, state, `未保存：${unreachable}`);
        }
      } else if (response.status === 409) {
        say(form, "failed", `未保存：${body.message || "内容已在别处更新，请先复制您的修改再刷新页面。"}`);
      } else if (response.status === 422) {
        say(form, "failed", "部分内容有误，暂未保存；更正后会再次保存。");
      } else {
        retrying = true;
        retry(form, state, "未能保存，稍后自动重试。");
      }
    } catch {
      retrying = true;
      unreachable = "网络中断，稍后自动重试，本页内容仍在。";
      retry(form, state, "网络中断，未能保存，稍后自动重试。");
    } finally {
      state.busy = false;
    }
    if (again) {
      save(form);
      return;
    }
    // The button was pressed: now the form carries the version that this request made.
    if (state.waiting) {
      const { submitter } = state.waiting;
      state.waiting = null;
      if (unreachable) {
        say(form, "failed", `未提交：${unreachable}`);
        return;
      }
      state.ready = true;
      form.requestSubmit(submitter);
      state.ready = false;
      return;
    }
    // Typed while the request was under way: that is sent now.
    if (!retrying && state.version !== sent) save(form);
  };

  const touched = (event) => {
    const form = event.target.closest?.("form[data-autosave-url]");
    if (!form || event.isComposing || event.target.type === "file") return;
    if (!forms.has(form)) forms.set(form, { version: 0, saved: 0, busy: false, failures: 0, timer: 0, leaving: false, waiting: null, ready: false, renewed: false });
    const state = forms.get(form);
    state.version += 1;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(form), event.type === "change" ? 0 : QUIET);
  };

  document.addEventListener("input", touched);
  document.addEventListener("compositionend", touched);
  document.addEventListener("change", touched);
  document.addEventListener("rows:added", touched);
  document.addEventListener("submit", (event) => {
    const state = forms.get(event.target);
    if (!state) return;
    clearTimeout(state.timer);
    if (!state.ready && (state.busy || isDirty(state))) {
      // Sent now, the form would name a version that the request under way is about to replace: a conflict with oneself.
      // And where the session has ended, the sign-in page would take its place and all that was typed would be gone.
      event.preventDefault();
      state.waiting = { submitter: event.submitter };
      if (!state.busy) save(event.target);
      return;
    }
    state.leaving = true;
  });

  // Leaving with unsaved text: send it along, and let the browser ask where the last save failed.
  const each = (act) => document.querySelectorAll("form[data-autosave-url]").forEach((form) => {
    const state = forms.get(form);
    if (state && isDirty(state) && !state.leaving) act(form);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") each(save);
  });
  window.addEventListener("beforeunload", (event) => each(() => event.preventDefault()));
})();
