"""Money: a Python int of 分 inside, strings at the borders, never a float.

Three borders exist, each with its own reader or writer:

* JSON and the API: strings of 元 with at most two decimals (``parse_yuan`` / ``yuan``), strict.
* People typing into a form: separators, full-width digits and 万元 are welcome (``parse_entry``).
* Paper: thousands separators (``grouped``) and capitals (``capitals``).

This module imports no Django; everything in it is a pure function.
"""

import re
from typing import Final, Literal

Unit = Literal["元", "万元"]

MAX_FEN: Final = 9_999_999_999_999_999
"""Largest amount handled, in 分 (99,999,999,999,999.99 元). Sums of a few such values still fit a bigint."""

_DECIMALS: Final[dict[str, int]] = {"元": 2, "万元": 6}  # decimals until one 分 is reached

_STRICT = re.compile(r"([0-9]{1,40})(?:\.([0-9]{1,40}))?")
_PLAIN = re.compile(r"([0-9]{1,40})?(?:\.([0-9]{1,40}))?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,13}")

# Only the twins an input method produces. A general NFKC would also turn "10²" into "102".
_HALF_WIDTH = str.maketrans(
    {**{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "，": ",", "．": ".", "￥": "¥", "－": "-", "＋": "+"}
)

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")


class MoneyError(ValueError):
    """A text is not an amount; the message is a Chinese sentence for the person who wrote it."""


def _check(fen: int) -> int:
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise TypeError(f"an amount is an int of 分, not {type(fen).__name__}")
    return fen


def _to_fen(whole: str, fraction: str, decimals: int) -> int:
    fen = int((whole or "0") + fraction.ljust(decimals, "0"))
    if fen > MAX_FEN:
        raise MoneyError("金额过大，超出系统可以处理的范围。")
    return fen


def parse_yuan(text: str) -> int:
    """Read a border string of 元 such as ``"1234.50"`` into 分.

    Strict: ASCII digits and at most two decimals; no sign, exponent, separator, blank or bare point.
    Raises MoneyError with a Chinese sentence for everything else, including values that are no strings.
    """
    if not isinstance(text, str):
        raise MoneyError('金额应为字符串，单位为元，例如 "1234.50"。')
    match = _STRICT.fullmatch(text)
    if match is None:
        raise MoneyError("金额格式不正确：只能是数字，单位为元，最多两位小数，例如 1234.50。")
    whole, fraction = match.group(1), match.group(2) or ""
    if len(fraction) > 2:
        raise MoneyError("金额最多保留两位小数（到分）。")
    return _to_fen(whole, fraction, 2)


def parse_entry(text: str, unit: Unit = "元") -> int:
    """Read what a person typed, in 元 or 万元, into 分.

    Accepts thousands separators, full-width digits, blanks, a leading ¥ and the unit itself at the end.
    Exact: 元 takes two decimals, 万元 six; more is an error, never a rounding. Raises MoneyError.
    """
    if unit not in _DECIMALS:
        raise ValueError(f"unknown unit {unit!r}")
    plain = "".join(str(text).translate(_HALF_WIDTH).split()).removeprefix("¥")
    if plain.endswith(unit) and not (unit == "元" and plain.endswith("万元")):
        plain = plain.removesuffix(unit)
    if not plain:
        raise MoneyError("请填写金额。")
    if plain.startswith("-"):
        raise MoneyError("金额不能为负数。")
    if re.search("[万亿元]", plain):
        raise MoneyError(f"请只填写数字，单位已经是“{unit}”。")
    if "," in plain:
        head, point, tail = plain.partition(".")
        if not _GROUPED.fullmatch(head) or "," in tail:
            raise MoneyError("千分位逗号的位置不正确，请检查金额。")
        plain = head.replace(",", "") + point + tail
    match = _PLAIN.fullmatch(plain)
    if match is None or plain.endswith("."):
        raise MoneyError(f"“{str(text).strip()[:40]}”不是有效的金额，请填写数字，单位为{unit}。")
    whole, fraction = match.group(1) or "", match.group(2) or ""
    decimals = _DECIMALS[unit]
    if len(fraction) > decimals:
        raise MoneyError(f"以{unit}为单位最多填写 {decimals} 位小数（精确到分）。")
    return _to_fen(whole, fraction, decimals)


def yuan(fen: int) -> str:
    """Write 分 as the border string of 元, always two decimals: ``123400`` → ``"1234.00"``."""
    sign, absolute = ("-", -fen) if _check(fen) < 0 else ("", fen)
    return f"{sign}{absolute // 100}.{absolute % 100:02d}"


def grouped(fen: int) -> str:
    """Write 分 in 元 with thousands separators: ``123400`` → ``"1,234.00"``."""
    sign, absolute = ("-", -fen) if _check(fen) < 0 else ("", fen)
    return f"{sign}{absolute // 100:,}.{absolute % 100:02d}"


def wan(fen: int) -> str:
    """Write 分 in 万元, exact and as short as possible: ``123400`` → ``"0.1234"``, ``200000000`` → ``"200"``."""
    sign, absolute = ("-", -fen) if _check(fen) < 0 else ("", fen)
    return f"{sign}{absolute // 1_000_000}.{absolute % 1_000_000:06d}".rstrip("0").rstrip(".")


def _section(number: int) -> str:
    """Capitals of 1…9999 without outer zeros; a run of zeros inside becomes one 零."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return text


def _whole(number: int) -> str:
    """Capitals of a positive whole number: four digits at a time, 万 and 亿 nested (万亿 above 亿)."""
    for scale, name in ((10**8, "亿"), (10**4, "万")):
        if number >= scale:
            high, low = divmod(number, scale)
            text = _whole(high) + name
            if low:
                text += ("零" if low < scale // 10 else "") + _whole(low)
            return text
    return _section(number)


def capitals(fen: int) -> str:
    """Write an amount in capitals for letters and receipts, without the leading 人民币.

    Rules of 《支付结算办法》附一: 整 after 元 or 角, nothing after 分; zeros inside give a single 零. Where the rules
    leave 零 optional (the 万 or 元 place is 0, the next place is not) it is left out: 1680.32 → 壹仟陆佰捌拾元叁角贰分.
    Raises ValueError for negative amounts: a letter states a claim or an award, its direction is in its words.
    """
    if not 0 <= _check(fen) <= MAX_FEN:
        raise ValueError(f"no capitals for {fen} 分")
    if fen == 0:
        return "零元整"
    number, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    text = f"{_whole(number)}元" if number else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif cent and number:
        text += "零"
    return text + (f"{_DIGITS[cent]}分" if cent else "整")
