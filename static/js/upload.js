// form[data-upload]: sends the form with progress and a way to stop. The answer is the page the plain form would get.
(() => {
  "use strict";

  const show = (xhr) => {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const fresh = page.getElementById("main");
    const main = document.getElementById("main");
    if (!fresh || !main) {
      window.location.reload();
      return;
    }
    document.title = page.title;
    main.replaceChildren(...fresh.childNodes);
    if (window.htmx) window.htmx.process(main);
    main.dispatchEvent(new CustomEvent("page:replaced", { bubbles: true }));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-upload]") || event.defaultPrevented) return;
    const box = form.querySelector("[data-upload-progress]");
    const file = form.querySelector("input[type=file]");
    if (!box || !file?.files.length) return;
    event.preventDefault();

    const bar = box.querySelector("progress");
    const text = box.querySelector("[data-upload-text]");
    const stop = box.querySelector("[data-upload-stop]");
    const buttons = [...form.querySelectorAll("button[type=submit]")];
    const xhr = new XMLHttpRequest();
    const data = new FormData(form, event.submitter || undefined);
    let told = -1;

    const settle = (message) => {
      buttons.forEach((button) => { button.disabled = false; });
      bar.hidden = true;
      stop.hidden = true;
      text.textContent = message;
    };

    xhr.upload.addEventListener("progress", (progress) => {
      if (!progress.lengthComputable) return;
      const percent = Math.floor((progress.loaded / progress.total) * 100);
      bar.value = percent;
      // A screen reader is told every quarter, not every packet.
      const quarter = Math.floor(percent / 25);
      if (quarter !== told) {
        told = quarter;
        text.textContent = percent === 100 ? "已传完，正在检查…" : `已上传 ${percent}%`;
      }
    });
    xhr.addEventListener("load", () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        const moved = xhr.responseURL && xhr.responseURL.split("#")[0] !== window.location.href.split("#")[0];
        if (moved) window.location.assign(xhr.responseURL);
        else show(xhr);
      } else if ((xhr.getResponseHeader("Content-Type") || "").includes("html") && [409, 413, 422].includes(xhr.status)) {
        show(xhr);
      } else if (xhr.status === 413) {
        settle("文件过大，没有上传。");
      } else {
        settle("上传没有成功，请稍后再试。文件没有保存。");
      }
    });
    xhr.addEventListener("error", () => settle("网络中断，文件没有上传，请重试。"));
    xhr.addEventListener("abort", () => settle("已停止，文件没有上传。"));
    stop.addEventListener("click", () => xhr.abort(), { once: true });

    buttons.forEach((button) => { button.disabled = true; });
    box.hidden = false;
    bar.hidden = false;
    stop.hidden = false;
    bar.value = 0;
    text.textContent = "正在上传…";
    xhr.open("POST", form.action);
    xhr.send(data);
  });
})();
