"""How figures and days are written in a working, for people. One rule:

- What somebody entered, what the policy prints, and the distance between two such figures read as they are said:
  5,000 万元, 19.2 亿元, else in 元 with 分 (:func:`told`).
- What a computation gives stays in 元 with 分 (:func:`amount`), or with up to six decimals before it is rounded
  (:func:`exact`).
- Days are written 2024年3月1日, periods 2024年3月1日至7月21日, both days included.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from common.money import grouped

#: Decimals of a 元 in a line that is not rounded yet.
PLACES = 6

_WAN = 10**6  # 分 in a 万元
_YI = 10**10
_INNER = str.maketrans("“”", "‘’")


def inner(label: str) -> str:
    """A label whose own marks “…” are one step down, as inside a quotation: ‘新三板’挂牌日期."""
    return label.translate(_INNER)


def quoted(label: str) -> str:
    """A label in “…”: “‘新三板’挂牌日期”."""
    return f"“{inner(label)}”"


def told(fen: int) -> str:
    """A given figure: from 1 亿元 on in 亿元 where two decimals say it, else in whole 万元, else in 元 with 分."""
    sign, size = ("−", -fen) if fen < 0 else ("", fen)
    if size >= _YI and size % (_YI // 100) == 0:
        return f"{sign}{size // _YI:,}.{size % _YI // (_YI // 100):02d}".rstrip("0").rstrip(".") + " 亿元"
    if size and size % _WAN == 0:
        return f"{sign}{size // _WAN:,} 万元"
    return f"{sign}{grouped(size)} 元"


def amount(fen: int) -> str:
    """The result of a computation: always 元 with 分."""
    return f"{grouped(fen)} 元"


def half_up(numerator: int, denominator: int) -> int:
    """``numerator ÷ denominator`` to the nearest whole, a half upwards (of shown decimals, never of money)."""
    return (2 * numerator + denominator) // (2 * denominator)


def exact(numerator: int, denominator: int, places: int = PLACES) -> tuple[str, str, str]:
    """``numerator ÷ denominator`` 分 as (sign, grouped 元, plain 元).

    The sign is 「=」 when two to ``places`` decimals of a 元 say it exactly, else 「≈」 with all of them.
    """
    scale = 10 ** (places - 2)
    units, rest = divmod(numerator * scale, denominator)
    sign = "="
    if rest:
        sign, units = "≈", half_up(numerator * scale, denominator)
    whole, part = divmod(units, 10**places)
    decimals = f"{part:0{places}d}"
    if not rest:
        decimals = decimals.rstrip("0").ljust(2, "0")
    return sign, f"{whole:,}.{decimals}", f"{whole}.{decimals}"


def percent(factor: int, denominator: int) -> str:
    """A share that a definition wrote in per cent: 1/200 → 0.5%."""
    millionths = factor * 100 * 10**6 // denominator
    return f"{millionths // 10**6}.{millionths % 10**6:06d}".rstrip("0").rstrip(".") + "%"


def day(value: dt.date) -> str:
    """2024年3月1日."""
    return f"{value.year}年{value.month}月{value.day}日"


def period(first: dt.date, last: dt.date) -> str:
    """2024年3月1日至7月21日; both days are counted."""
    if first == last:
        return day(first)
    return f"{day(first)}至{f'{last.month}月{last.day}日' if first.year == last.year else day(last)}"


#: How a line ends that rests on a value of a setting which nobody has confirmed yet.
UNCONFIRMED = "（默认值，待确认）"
#: How a line begins that asks reviewers to look at something and decides nothing.
HINT = "提示："


def decided_words(step: str) -> str | None:
    """A line as it stands in a letter: without the mark of an open point; None for a hint.

    Both are for those who review and set the points; a letter tells what was decided.
    """
    return None if step.startswith(HINT) else step.replace(UNCONFIRMED, "")


def settled(setting: Any) -> bool:
    """Whether somebody took responsibility for a setting's value: confirmed, or another one than the default."""
    return bool(setting.confirmed or setting.value != setting.default)


def unconfirmed(*confirmed: bool) -> str:
    """The mark of a line that rests on settings or a group; nothing when all of them are confirmed."""
    return "" if all(confirmed) else UNCONFIRMED


def labelled(label: str, value: str) -> str:
    """A label and its value; after a full-width bracket no blank is needed."""
    return f"{label}{value}" if label.endswith("）") else f"{label} {value}"
