"""Values as people type them and as a definition holds them: 500万元 and "5000000.00", 50％ and "50%".

What cannot be read stays as it was typed, with a sentence that says why, so that nothing is lost.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from common.money import MoneyError, grouped, parse_entry, parse_yuan, yuan
from policies.rules.values import PERCENT_PATTERN, TIMES_PATTERN

#: Days that a policy names by its own validity: as they are stored, and as they are called.
DAY_WORDS = {
    "valid_from": "施行日",
    "valid_to": "有效期最后一天",
    "year_start": "政策年度第一天",
    "year_end": "政策年度最后一天",
}
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．％，", "0123456789.%,")
_DAY = re.compile(r"(\d{4})(?:年|-|/)(\d{1,2})(?:月|-|/)(\d{1,2})日?")
#: From here on a bare number of 元 cannot be meant as 万元 or 亿元: 万 is counted in fewer digits.
_CLEARLY_YUAN = 10_000 * 100
_FEN_OF_YI = 10_000


class TypedError(ValueError):
    """A text is no value of this kind; the message is a Chinese sentence with what mends it."""


def _tidy(text: str) -> str:
    return "".join(text.translate(_HALF_WIDTH).split())


def read_money(text: str) -> str:
    """What was typed as the border string of 元: 500万元, 20亿元, 5,000,000, 5000000.00. Raises TypedError.

    A small bare number is refused: 500 may be 500 元 or 500 万元.
    """
    plain = _tidy(text)
    try:
        if plain.endswith("亿元"):
            return yuan(_times(parse_entry(plain.removesuffix("亿元") + "万元", "万元"), _FEN_OF_YI))
        if plain.endswith("万元"):
            return yuan(parse_entry(plain, "万元"))
        fen = parse_entry(plain, "元")
    except MoneyError as error:
        raise TypedError(f"{error}金额请写成 500万元、20亿元 或 5000000.00 的形式。") from error
    told = plain.endswith("元") or re.search(r"\.\d\d$", plain)
    if not told and 0 < fen < _CLEARLY_YUAN:
        raise TypedError(f"“{plain}”没有写明单位，可能是 {plain}元、{plain}万元或 {plain}亿元。请写上单位。")
    return yuan(fen)


def _times(fen: int, factor: int) -> int:
    return parse_yuan(yuan(fen * factor))


def show_money(value: str) -> str:
    """A stored amount as people write it, exact: 500万元, 20亿元, 1,234.50元; what is no amount as it stands."""
    try:
        fen = parse_yuan(value)
    except MoneyError:
        return value
    if yuan(fen) != value:
        return value
    if fen and fen % 10_000_000_000 == 0:
        return f"{fen // 10_000_000_000}亿元"
    if fen and fen % 1_000_000 == 0:
        return f"{fen // 1_000_000}万元"
    return f"{grouped(fen)}元"


def read_rate(text: str) -> str:
    """What was typed as a percentage; a bare number is refused, 50 may be 50 % or fifty times. Raises TypedError."""
    plain = _tidy(text)
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        raise TypedError(f"“{plain}”没有写明单位。比例请写成百分数，例如 {plain}%。")
    if not re.fullmatch(PERCENT_PATTERN, plain):
        raise TypedError(f"“{text.strip()[:40]}”不是比例的写法。请写成百分数，例如 50% 或 0.5%。")
    return plain


def read_times(text: str) -> str:
    """What was typed as a multiple: 1倍, 1.5. Raises TypedError."""
    plain = _tidy(text).removesuffix("倍")
    if not re.fullmatch(TIMES_PATTERN, plain):
        raise TypedError(f"“{text.strip()[:40]}”不是倍数的写法。请写成 1倍 或 1.5倍。")
    return plain


def read_whole(text: str) -> int:
    """What was typed as a whole number, thousands separators welcome. Raises TypedError."""
    plain = _tidy(text).replace(",", "")
    if not re.fullmatch(r"[0-9]{1,12}", plain):
        raise TypedError(f"“{text.strip()[:40]}”不是整数。请只填写数字，计量单位写在旁边一栏。")
    return int(plain)


def read_day(text: str, words: tuple[str, ...] = ()) -> str:
    """What was typed as a day in ISO, or the stored word for a day the policy names. Raises TypedError."""
    plain = _tidy(text)
    for word in words:
        if plain in (word, DAY_WORDS[word]):
            return word
    known = "".join(f"，或“{DAY_WORDS[word]}”" for word in words)
    found = _DAY.fullmatch(plain)
    try:
        return dt.date(*map(int, found.groups())).isoformat() if found else _no_day(text, known)
    except ValueError as error:
        if isinstance(error, TypedError):
            raise
        return _no_day(text, known)


def _no_day(text: str, known: str) -> Any:
    raise TypedError(f"“{text.strip()[:40]}”不是日期。请写成 2025-12-31 或 2025年12月31日{known}。")


def show_day(value: str) -> str:
    """A stored day as it is typed."""
    return DAY_WORDS.get(value, value)


def read_bound(text: str, kind: Any) -> str:
    """A bound of a fact of this type. Raises TypedError."""
    if kind == "money":
        return read_money(text)
    if kind == "count":
        return str(read_whole(text))
    return read_day(text) if kind == "date" else text


def show_bound(value: str, kind: Any) -> str:
    """A stored bound as it is typed."""
    return show_money(value) if kind == "money" else value
