"""Compiled conditions: each says whether it holds, and if not, what was required and what is the case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from common.money import grouped, yuan
from policies.rules.nodes import Facts, Operand

_SIGN = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that does not hold.

    ``required`` and ``actual`` are written as in the evaluation document (money in 元 without separators);
    ``short_by`` is the distance to the threshold where there is one, else empty.
    """

    condition: str
    required: str
    actual: str
    quote: str
    short_by: str = ""


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
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _read(value: Any, kind: str, unit: str = "") -> str:
    """A value as people read it."""
    if value is None:
        return "未填写"
    if kind == "money":
        return f"{grouped(value)} 元"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value:,} {unit}".rstrip() if isinstance(value, int) else str(value)


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
        short = "" if value is None else _plain(abs(self.threshold - value), kind)
        required = f"{_SIGN[self.op]} {_plain(self.threshold, kind)}"
        return Unmet(self.label, required, _plain(value, kind), self.quote, short)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The comparison as a line of the calculation, and its value."""
        value, kind = self.operand.read(facts), self.operand.type
        sign = _SIGN[self.op] if self.holds(facts, year) else {"ge": "<", "gt": "≤", "le": ">", "lt": "≥"}[self.op]
        line = f"{self.operand.label} {_read(value, kind, self.unit)} {sign} {_read(self.threshold, kind, self.unit)}"
        return line, _plain(value, kind)


@dataclass(frozen=True, slots=True)
class Increase:
    """``now − before op`` an amount, or a share (``factor ÷ denominator``) of ``before``."""

    label: str
    now: Operand
    before: Operand
    op: Literal["ge", "gt"]
    amount: int
    factor: int
    denominator: int
    quote: str

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
        """The least increase, rounded up to a whole 分 (or unit)."""
        sides = self._sides(facts)
        return self.amount if sides is None else -(-sides[1] // self.denominator)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        kind, required = self.now.type, self._required(facts)
        text = f"{_SIGN[self.op]} {_plain(required, kind)}"
        sides = self._sides(facts)
        if sides is None:
            return Unmet(self.label, text, "未填写", self.quote)
        actual = sides[0] // self.denominator
        return Unmet(self.label, text, _plain(actual, kind), self.quote, _plain(required - actual, kind))

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The subtraction as a line of the calculation, and its value."""
        kind, now, before = self.now.type, self.now.read(facts), self.before.read(facts)
        if now is None or before is None:
            return f"{self.now.label}或{self.before.label}未填写", "未填写"
        sign = _SIGN[self.op] if self.holds(facts, year) else {"ge": "<", "gt": "≤"}[self.op]
        line = (
            f"{self.now.label} {_read(now, kind)} − {self.before.label} {_read(before, kind)}"
            f" = {_read(now - before, kind)} {sign} {_read(self._required(facts), kind)}"
        )
        return line, _plain(now - before, kind)


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
        return any(value is option or value == option for option, _ in self.allowed)

    def _actual(self, facts: Facts) -> str:
        value = self.operand.read(facts)
        return dict(self.labels).get(value) or _read(value, self.operand.type)

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        required = "、".join(label for _, label in self.allowed) or "须填写"
        return Unmet(self.label, required, self._actual(facts), self.quote)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The answer as a line of the calculation, and its value."""
        actual = self._actual(facts)
        return f"{self.operand.label}：{actual}", actual


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

    def unmet(self, facts: Facts, year: int) -> Unmet:
        """What is missing."""
        value = self.operand.read(facts)
        return Unmet(self.label, self._required(year), _plain(value, "date"), self.quote)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The date as a line of the calculation, and its value."""
        value = self.operand.read(facts)
        return f"{self.operand.label} {_read(value, 'date')}（{self._required(year)}）", _plain(value, "date")


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
        """All alternatives, told as one condition."""
        parts = [part.unmet(facts, year) for part in self.parts]
        return Unmet(
            self.label,
            " 或 ".join(f"{part.condition}（{part.required}）" for part in parts),
            "；".join(f"{part.condition}：{part.actual}" for part in parts),
            self.quote,
        )

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The first alternative that holds, else all of them."""
        for part in self.parts:
            if part.holds(facts, year):
                return part.sentence(facts, year)
        return "；".join(part.sentence(facts, year)[0] for part in self.parts), "否"


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
        """The conditions that do not hold, told as one."""
        parts = [part.unmet(facts, year) for part in self.parts if not part.holds(facts, year)]
        return Unmet(
            "，且".join(part.condition for part in parts) or self.label,
            "，且 ".join(part.required for part in parts),
            "；".join(part.actual for part in parts),
            parts[0].quote if parts else self.quote,
        )

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """All of them in one line."""
        return "；".join(part.sentence(facts, year)[0] for part in self.parts), ""


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
        return Unmet(self.label, "否", "是", self.quote)

    def sentence(self, facts: Facts, year: int) -> tuple[str, str]:
        """The inner line."""
        return self.part.sentence(facts, year)


ConditionNode = Comparison | Increase | Answer | DateWindow | Either | Every | Opposite
