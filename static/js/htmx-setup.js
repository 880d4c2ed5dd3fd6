// htmx: give every request the CSRF token of the form or page it comes from; say so when the server cannot be reached or
// the session has ended (accounts/middleware.py answers 401), and nothing of the page is replaced.
(() => {
  "use strict";

  const token = (element) => {
    const field =
      (element.closest && element.closest("form")?.querySelector('input[name="csrfmiddlewaretoken"]')) ||
      document.querySelector('input[name="csrfmiddlewaretoken"]');
    return field ? field.value : "";
  };

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") {
      event.detail.headers["X-CSRFToken"] = token(event.detail.elt);
    }
  });

  const say = (text) => {
    let box = document.querySelector("[data-connection]");
    if (!box) {
      box = document.createElement("div");
      box.className = "notice notice-danger";
      box.dataset.connection = "";
      box.setAttribute("role", "alert");
      const main = document.querySelector("#main .wrap") || document.getElementById("main") || document.body;
      main.prepend(box);
    }
    box.textContent = text;
  };

  // Signing in elsewhere makes the token of this page an old one: the next try goes with a fresh one.
  const refreshed = async () => {
    try {
      const page = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
      if (page.type === "opaqueredirect") return false;
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
      if (!fresh) return false;
      document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh.value; });
      return true;
    } catch {
      return false;
    }
  };

  document.addEventListener("htmx:sendError", () => say("网络连接中断，页面内容可能不是最新。恢复连接后请刷新。"));
  document.addEventListener("htmx:responseError", async (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 || status === 403) {
      say("登录可能已失效，或没有权限。请在新窗口登录后再试，本页已填写的内容仍在。");
      if (status === 403 && (await refreshed())) say("刚才的操作没有执行，请再试一次；仍不能操作的，是没有权限。本页已填写的内容仍在。");
    } else {
      say("服务器没有正常答复，请稍后再试。");
    }
  });
})();
