// Money fields (input[data-money="元"|"万元"]): the amount in capitals underneath, while typing.
// Same reading and the same rules as common/money.py (parse_entry, capitals); tests hold the two together.
(() => {
  "use strict";

  const DECIMALS = { 元: 2, 万元: 6 };
  const MAX_FEN = 9999999999999999n;
  const DIGITS = "零壹贰叁肆伍陆柒捌玖";
  const PLACES = ["", "拾", "佰", "仟"];
  const TWINS = { "，": ",", "．": ".", "￥": "¥", "－": "-", "＋": "+" };

  const halfWidth = (text) =>
    text.replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[，．￥－＋]/g, (c) => TWINS[c]);

  // Text as typed → BigInt of 分, or null when it is not (yet) an amount.
  const parse = (text, unit) => {
    let plain = halfWidth(text).replace(/\s+/g, "").replace(/^¥/, "");
    if (plain.endsWith(unit) && !(unit === "元" && plain.endsWith("万元"))) plain = plain.slice(0, -unit.length);
    if (plain.includes(",")) {
      const [head, tail = ""] = plain.split(/\.(.*)/s);
      if (!/^[0-9]{1,3}(,[0-9]{3}){1,13}$/.test(head) || tail.includes(",")) return null;
      plain = plain.replaceAll(",", "");
    }
    const match = /^([0-9]{0,40})(?:\.([0-9]{1,40}))?$/.exec(plain);
    if (!match || plain === "") return null;
    const [, whole, fraction = ""] = match;
    const decimals = DECIMALS[unit];
    if (fraction.length > decimals) return null;
    const fen = BigInt((whole || "0") + fraction.padEnd(decimals, "0"));
    return fen > MAX_FEN ? null : fen;
  };

  // 1…9999; a run of zeros inside gives one 零.
  const section = (number) => {
    let text = "";
    let gap = false;
    for (let place = 3; place >= 0; place -= 1) {
      const digit = Math.floor(number / 10 ** place) % 10;
      if (digit) {
        text += (gap && text ? "零" : "") + DIGITS[digit] + PLACES[place];
        gap = false;
      } else {
        gap = true;
      }
    }
    return text;
  };

  const whole = (number) => {
    for (const [scale, name] of [[100000000n, "亿"], [10000n, "万"]]) {
      if (number >= scale) {
        const low = number % scale;
        return whole(number / scale) + name + (low ? (low < scale / 10n ? "零" : "") + whole(low) : "");
      }
    }
    return section(Number(number));
  };

  const capitals = (fen) => {
    if (fen === 0n) return "零元整";
    const number = fen / 100n;
    const jiao = Number((fen / 10n) % 10n);
    const cent = Number(fen % 10n);
    let text = number ? `${whole(number)}元` : "";
    if (jiao) text += `${DIGITS[jiao]}角`;
    else if (cent && number) text += "零";
    return text + (cent ? `${DIGITS[cent]}分` : "整");
  };

  const grouped = (fen) => {
    const number = (fen / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    return `${number}.${(fen % 100n).toString().padStart(2, "0")}`;
  };

  const show = (input) => {
    const line = document.querySelector(`[data-money-capitals="${CSS.escape(input.id)}"]`);
    if (!line) return;
    const unit = input.dataset.money;
    const fen = parse(input.value, unit);
    line.classList.toggle("is-wrong", fen === null && input.value.trim() !== "");
    if (fen === null) {
      line.textContent = input.value.trim() === "" ? "" : `请填写数字，单位为${unit}`;
    } else {
      line.textContent = `人民币${capitals(fen)}${unit === "万元" ? `（${grouped(fen)} 元）` : ""}`;
    }
  };

  const showAll = (root) => root.querySelectorAll?.("input[data-money]").forEach(show);

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("input[data-money]") && !event.isComposing) show(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[data-money]")) show(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => showAll(document));
  document.addEventListener("htmx:load", (event) => showAll(event.detail.elt));
  document.addEventListener("page:replaced", (event) => showAll(event.target));

  // For other behaviours and for the tests that compare with common/money.py.
  window.money = Object.freeze({ parse, capitals, grouped });
})();
