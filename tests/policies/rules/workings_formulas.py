"""Read a line of a working as a calculation and compute it again, with fractions, from what the line prints.

Shares no code with the writer: units, signs and brackets are read from the sentence as a person would.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor

UNITS = {"亿元": 10**8, "万元": 10**4, "元": 1, "%": Fraction(1, 100)}
NUMBER = r"−?[0-9][0-9,]*(?:\.[0-9]+)?"
TOKEN = re.compile(rf"({NUMBER}) ?(亿元|万元|元|%)?|([+−×÷（）])")
CUT = re.compile(rf"：(?P<left>[^：]*÷[^：]*?)(?: = |，舍去不足一分的部分，计 )(?P<upto>{NUMBER}) 元(?P<rest>.*)")


class NoFormula(Exception):
    """The text is no calculation."""


def number(text: str, unit: str | None) -> Fraction:
    """One figure with its unit, in 元."""
    value = Fraction(text.replace(",", "").replace("−", "-"))
    return value * (UNITS[unit] if unit else 1)


def tokens(text: str) -> list[Fraction | str]:
    """Figures and signs; labels are passed over, with the brackets inside them."""
    text = re.sub(r"（[^（）0-9]*）", "", text)
    found: list[Fraction | str] = []
    for match in TOKEN.finditer(text):
        digits, unit, sign = match.groups()
        found.append(sign if sign else number(digits, unit))
    return found


def compute(text: str) -> Fraction:
    """The value of a left side."""
    queue = tokens(text)
    if not any(item in ("+", "−", "×", "÷") for item in queue):
        raise NoFormula(text)
    value = _sum(queue)
    assert not queue, text
    return value


def _sum(queue: list[Fraction | str]) -> Fraction:
    value = _product(queue)
    while queue and queue[0] in ("+", "−"):
        sign, part = queue.pop(0), _product(queue)
        value += part if sign == "+" else -part
    return value


def _product(queue: list[Fraction | str]) -> Fraction:
    value = _one(queue)
    while queue and queue[0] not in ("+", "−", "）"):
        sign = queue.pop(0) if queue[0] in ("×", "÷") else "×"  # × LPR（…）
        part = _one(queue)
        value = value / part if sign == "÷" else value * part
    return value


def _one(queue: list[Fraction | str]) -> Fraction:
    item = queue.pop(0)
    if item == "（":
        value = _sum(queue)
        assert queue.pop(0) == "）"
        return value
    assert isinstance(item, Fraction), item
    return item


def check(step: str) -> list[str]:
    """Compute every formula of a line again; answers what kinds were found, fails where one does not hold."""
    found = []
    step = step.removesuffix("（默认值，待确认）")
    for fragment in re.split("[，；]", step.rpartition("：")[2]):
        match = re.fullmatch(rf"(.*) ([=≈]) [^0-9−]*({NUMBER}) (亿元|万元|元|人|家)?", fragment)
        if match is None:
            assert "≈" not in fragment, step
            continue
        left, sign, digits, unit = match.groups()
        if "÷ 合计" in left or "÷ 未拨付部分合计" in left:
            continue
        if "四舍五入" in step:
            shown = tokens(left)
            assert len(shown) == 1, step
            assert number(digits, unit) == Fraction(floor(shown[0] * 100 + Fraction(1, 2)), 100), step
            found.append("rounding")
            continue
        try:
            value = compute(left)
        except NoFormula:
            continue
        off = abs(value - number(digits, unit))
        if sign == "=":
            assert off == 0, step
        else:
            half = Fraction(1, 2 * 10 ** len(digits.partition(".")[2]))
            terms = 1 + left.count("+") if "×" not in left else 0  # terms of a sum may be rounded themselves
            assert off <= half + terms * Fraction(1, 2 * 10**6), step
        found.append(sign)
    return found + _check_cut(step)


def _check_cut(step: str) -> list[str]:
    """按比例核减: the cumulative share, floored, minus what went before, plus what was paid."""
    match = CUT.search(step)
    if match is None or "按比例核减" not in step:
        return []
    exact, upto = compute(match["left"]), number(match["upto"], "元")
    assert upto == Fraction(floor(exact * 100), 100), step
    assert (" = " in step) == (exact == upto), step
    rest = match["rest"]
    if taken := re.match(rf"，减去前面条款已分 ({NUMBER}) 元，得 ({NUMBER}) 元", rest):
        upto -= number(taken[1], "元")
        assert upto == number(taken[2], "元"), step
        rest = rest[taken.end() :]
    if paid := re.match(rf"，加已拨付 ({NUMBER}) 元，共 ({NUMBER}) 元", rest):
        assert upto + number(paid[1], "元") == number(paid[2], "元"), step
        rest = rest[paid.end() :]
    assert rest == "", step
    return ["cut"]
