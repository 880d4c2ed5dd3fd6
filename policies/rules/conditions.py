"""Compiled conditions: each says whether it holds, and if not, what was required and what is the case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from common.money import yuan
from policies.rules.nodes import Facts, Operand
from policies.rules.wording import day, exact, labelled, percent, quoted, told

_FIGURES = ("money", "count", "date")
_SIGN = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
#: (it holds, it does not hold), for money and for what is counted.
_WORDS = {
    "ge": (("不低于", "低于"), ("不少于", "少于")),
    "gt": (("高于", "不高于"), ("多于", "不多于")),
    "le": (("不高于", "高于"), ("不多于", "多于")),
    "lt": (("低于", "不低于"), ("少于", "不少于")),
}


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that does not hold.

    ``required`` and ``actual`` are written as in the evaluation document (money in 元 without separators);
    ``short_by`` is how much would have to change where that can be told (元, a number, days), else empty.
    ``sentence`` says all of it for people: 年度营业收入 19.2 亿元，低于 20 亿元，差 8,000 万元.
    """

    condition: str
    required: str
    actual: str
    quote: str
    short_by: str = ""
    sentence: str = ""


def _holds(op: str, left: int, right: int) -> bool:
    if op == "ge":
        return left >= right
    if op == "gt":
        return left > right
    return left <= right if op == "le" else left < right


def _plain(value: Any, kind: str) -> str:
    """A value as the evaluation document writes it."""
    if value is None:
        return "未填写"
    if kind == "money":
        return yuan(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)  # of a date its ISO form


def _read(value: int | dt.date, kind: str, unit: str = "") -> str:
    """A figure as people read it."""
    if isinstance(value, dt.date):
        return day(value)
    return told(value) if kind == "money" else f"{value:,} {unit}".rstrip()


def _compared(op: str, holds: bool, kind: str) -> str:
    """低于, 不少于, …: how a value stands to its threshold."""
    return _WORDS[op][kind != "money"][not holds]


def _missing(*operands: Operand) -> str:
    return "、".join(quoted(operand.label) for operand in operands) + "未填写"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operand op threshold``."""

    label: str
    operand: Operand
    op: Literal["ge", "gt", "le", "lt"]
    threshold: int
    unit: str
    quote: str

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether it holds; a missing value never does."""
        value = self.operand.read(facts)
        return value is not None and _holds(self.op, value, self.threshold)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        value, kind = self.operand.read(facts), self.operand.type
        required = f"{_SIGN[self.op]} {_plain(self.threshold, kind)}"
        line, _ = self.sentence(facts, year)
        if value is None:
            return Unmet(self.label, required, _plain(value, kind), self.quote, "", line)
        short = abs(self.threshold - value) + (self.op in ("gt", "lt"))  # beyond the number itself, by the least unit
        how = "差" if self.op in ("ge", "gt") else "超出"
        line = f"{line}，{how} {_read(short, kind, self.unit)}"
        return Unmet(self.label, required, _plain(value, kind), self.quote, _plain(short, kind), line)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The comparison as a line of the calculation, and its value."""
        value, kind = self.operand.read(facts), self.operand.type
        if value is None:
            return f"{_missing(self.operand)}，须{self._asked(kind)}", _plain(value, kind)
        how = _compared(self.op, self.holds(facts, year), kind)
        left = labelled(self.operand.label, _read(value, kind, self.unit))
        return f"{left}，{how} {_read(self.threshold, kind, self.unit)}", _plain(value, kind)

    def _asked(self, kind: str) -> str:
        return f"{_compared(self.op, True, kind)} {_read(self.threshold, kind, self.unit)}"


@dataclass(frozen=True, slots=True)
class Increase:
    """``now − before op`` an amount, or a share (``factor ÷ denominator``) of ``before``, which then is money."""

    label: str
    now: Operand
    before: Operand
    op: Literal["ge", "gt"]
    amount: int
    factor: int
    denominator: int
    quote: str
    unit: str = ""

    def _sides(self, facts: Facts) -> tuple[int, int] | None:
        """Both sides times the denominator."""
        now, before = self.now.read(facts), self.before.read(facts)
        if now is None or before is None:
            return None
        return (now - before) * self.denominator, self.amount * self.denominator + before * self.factor

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether it holds; a missing value never does."""
        sides = self._sides(facts)
        return sides is not None and _holds(self.op, *sides)

    def _required(self, facts: Facts) -> int:
        """The threshold in whole 分 (or units): the least increase for ≥, the last that is too small for >."""
        sides = self._sides(facts)
        if sides is None:
            return self.amount
        return -(-sides[1] // self.denominator) if self.op == "ge" else sides[1] // self.denominator

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        kind, required = self.now.type, self._required(facts)
        text = f"{_SIGN[self.op]} {_plain(required, kind)}"
        sides = self._sides(facts)
        line, _ = self.sentence(facts, year)
        if sides is None:
            return Unmet(self.label, text, "未填写", self.quote, "", line)
        actual = sides[0] // self.denominator
        short = required - actual + (self.op == "gt")
        line = f"{line}，差 {_read(short, kind, self.unit)}"
        return Unmet(self.label, text, _plain(actual, kind), self.quote, _plain(short, kind), line)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The subtraction as a line of the calculation, and its value."""
        kind, now, before = self.now.type, self.now.read(facts), self.before.read(facts)
        if now is None or before is None:
            missing = [operand for operand, value in ((self.now, now), (self.before, before)) if value is None]
            return f"{_missing(*missing)}，无法计算增加额", "未填写"
        how = _compared(self.op, self.holds(facts, year), kind)
        line = (
            f"{labelled(self.now.label, _read(now, kind, self.unit))}"
            f" − {labelled(self.before.label, _read(before, kind, self.unit))}"
            f" = {_read(now - before, kind, self.unit)}，{how} {self._threshold(before, kind)}"
        )
        return line, _plain(now - before, kind)

    def _threshold(self, before: int, kind: str) -> str:
        if not self.factor:
            return _read(self.amount, kind, self.unit)
        sign, shown, _ = exact(before * self.factor, self.denominator)
        return f"{told(before)} × {percent(self.factor, self.denominator)} {sign} {shown} 元"


@dataclass(frozen=True, slots=True)
class Answer:
    """A fact has one of the values (``one_of``), is true (``is_true``), or is there at all (``given``)."""

    label: str
    operand: Operand
    #: Allowed values with their labels; empty for ``given``.
    allowed: tuple[tuple[Any, str], ...]
    #: Every value with its label, to tell the actual one.
    labels: tuple[tuple[Any, str], ...]
    quote: str

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether it holds; a missing answer never does."""
        value = self.operand.read(facts)
        if not self.allowed:
            return value is not None
        return any(value == option for option, _ in self.allowed)

    def _actual(self, facts: Facts) -> str:
        value = self.operand.read(facts)
        if value is None or self.operand.type in _FIGURES:
            return _plain(value, self.operand.type)
        return dict(self.labels).get(value) or _plain(value, self.operand.type)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        options = [label for _, label in self.allowed]
        line, _ = self.sentence(facts, year)
        asked = "应为" + "或".join(quoted(label) for label in options) if options else "须填写"
        return Unmet(
            self.label, "、".join(options) or "须填写", self._actual(facts), self.quote, "", f"{line}，{asked}"
        )

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The answer as a line of the calculation, and its value."""
        actual, value = self._actual(facts), self.operand.read(facts)
        if value is None:
            return _missing(self.operand), actual
        shown = _read(value, self.operand.type) if self.operand.type in _FIGURES else quoted(actual)
        blank = " " if shown[0].isdigit() and self.operand.type != "date" else ""
        return f"{quoted(self.operand.label)}为{blank}{shown}", actual


@dataclass(frozen=True, slots=True)
class DateWindow:
    """A date between two days, both included; bounds are days or "01-01" / "12-31" of the policy year."""

    label: str
    operand: Operand
    not_before: dt.date | Literal["year_start"] | None
    not_after: dt.date | Literal["year_end"] | None
    quote: str

    def _window(self, year: int) -> tuple[dt.date | None, dt.date | None]:
        first = dt.date(year, 1, 1) if self.not_before == "year_start" else self.not_before
        last = dt.date(year, 12, 31) if self.not_after == "year_end" else self.not_after
        return first, last

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether it holds; a missing date never does."""
        value = self.operand.read(facts)
        first, last = self._window(year)
        return value is not None and (first is None or value >= first) and (last is None or value <= last)

    def _required(self, year: int) -> str:
        first, last = self._window(year)
        return "，".join(
            part for part in (first and f"不早于 {first.isoformat()}", last and f"不晚于 {last.isoformat()}") if part
        )

    def _asked(self, year: int) -> str:
        first, last = self._window(year)
        if first and last:
            return f"在{day(first)}至{day(last)}之间"
        return f"不早于{day(first)}" if first else f"不晚于{day(last)}" if last else "填写"

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        value = self.operand.read(facts)
        line, _ = self.sentence(facts, year)
        first, last = self._window(year)
        short = ""
        if value is not None and first and value < first:
            short = str((first - value).days)
        elif value is not None and last and value > last:
            short = str((value - last).days)
        return Unmet(self.label, self._required(year), _plain(value, "date"), self.quote, short, line)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The date as a line of the calculation, and its value."""
        value = self.operand.read(facts)
        if value is None:
            return f"{_missing(self.operand)}，须{self._asked(year)}", _plain(value, "date")
        first, last = self._window(year)
        head, how = f"{self.operand.label}为{day(value)}", self._asked(year)
        if first and value < first:
            how = f"早于{day(first)}，早 {(first - value).days:,} 天"
        elif last and value > last:
            how = f"晚于{day(last)}，晚 {(value - last).days:,} 天"
        return f"{head}，{how}", _plain(value, "date")


def _listed(lines: list[str]) -> str:
    return "；".join(f"（{number}）{line}" for number, line in enumerate(lines, start=1))


@dataclass(frozen=True, slots=True)
class Either:
    """At least one condition holds."""

    label: str
    parts: tuple[ConditionNode, ...]
    quote: str

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether one of them holds."""
        return any(part.holds(facts, year) for part in self.parts)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """All alternatives, told as one condition; what is there is told under the name of the fact."""
        parts = [part.unmet(facts, year) for part in self.parts]
        labels = [
            part.operand.label if isinstance(part, Comparison | Answer | DateWindow) else part.label
            for part in self.parts
        ]
        return Unmet(
            self.label,
            " 或 ".join(f"{part.condition}（{part.required}）" for part in parts),
            "；".join(f"{label}：{part.actual}" for label, part in zip(labels, parts, strict=True)),
            self.quote,
            "",
            f"以下 {len(parts)} 项至少须符合一项，均不符合：{_listed([part.sentence for part in parts])}",
        )

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The first alternative that holds, else all of them."""
        for part in self.parts:
            if part.holds(facts, year):
                line, value = part.sentence(facts, year)
                return f"{len(self.parts)} 项中至少须符合一项，已符合：{line}", value
        return _listed([part.sentence(facts, year)[0] for part in self.parts]), "否"


@dataclass(frozen=True, slots=True)
class Every:
    """All conditions hold (used inside another condition)."""

    label: str
    parts: tuple[ConditionNode, ...]
    quote: str

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether all of them hold."""
        return all(part.holds(facts, year) for part in self.parts)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """The conditions that do not hold, at least one of them, told as one."""
        parts = [part.unmet(facts, year) for part in self.parts if not part.holds(facts, year)]
        return Unmet(
            "，且".join(part.condition for part in parts),
            "，且 ".join(part.required for part in parts),
            "；".join(part.actual for part in parts),
            parts[0].quote,
            "",
            f"{len(self.parts)} 项须全部符合，不符合的是：{'，且'.join(part.sentence for part in parts)}",
        )

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """All of them in one line."""
        lines = "，且".join(part.sentence(facts, year)[0] for part in self.parts)
        return f"{len(self.parts)} 项须全部符合：{lines}", ""


@dataclass(frozen=True, slots=True)
class Opposite:
    """The condition does not hold."""

    label: str
    part: ConditionNode
    quote: str

    def holds(self, facts: Facts, year: int) -> bool:
        """Whether the inner condition fails."""
        return not self.part.holds(facts, year)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """The inner condition holds and should not."""
        return Unmet(self.label, "否", "是", self.quote, "", self.sentence(facts, year)[0])

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The inner line."""
        return self.part.sentence(facts, year)


ConditionNode = Comparison | Increase | Answer | DateWindow | Either | Every | Opposite
