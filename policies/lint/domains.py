"""Which values a fact can have at all, by its declaration: what reachability is decided on.

Every value is a whole number: 分, pieces, ordinal days, 0 and 1 for a flag, the place of a choice. A domain is never
smaller than what the engine accepts, so whatever is impossible here is impossible there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from common.money import MAX_FEN, grouped
from policies.lint.consistency import bound
from policies.rules.compile import MAX_COUNT
from policies.rules.facts import EARLIEST, YEARS_AHEAD
from policies.rules.schema import Column, FactDecl

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Domain:
    """Closed spans of numbers, rising and apart, and whether there may be no answer."""

    spans: tuple[Span, ...]
    missing: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return not self.spans and not self.missing

    @property
    def low(self) -> int:
        """The least number; there must be one."""
        return self.spans[0][0]

    @property
    def high(self) -> int:
        """The greatest number; there must be one."""
        return self.spans[-1][1]

    def within(self, low: int | None, high: int | None) -> Domain:
        """Answers between two numbers, both included; None = no limit. No answer is not between them."""
        found = []
        for first, last in self.spans:
            lower = first if low is None else max(first, low)
            upper = last if high is None else min(last, high)
            if lower <= upper:
                found.append((lower, upper))
        return Domain(tuple(found))

    def outside(self, low: int | None, high: int | None) -> Domain:
        """Everything else, no answer included."""
        below = () if low is None else self.within(None, low - 1).spans
        above = () if high is None else self.within(high + 1, None).spans
        if low is not None and high is not None and low > high:
            return self  # between them is nothing
        return Domain(below + above, self.missing)

    def among(self, values: set[int], *, inside: bool) -> Domain:
        """Answers that are (or are not) one of the values."""
        if not inside:
            left = self
            for value in values:
                left = left.outside(value, value)
            return left
        return Domain(tuple(sorted(span for value in values for span in self.within(value, value).spans)))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A fact that conditions read: its type, label, choices, and domain in a policy year."""

    type: str
    label: str
    choices: tuple[str, ...]
    decl: Column
    domain: Domain

    def shown(self, value: int) -> str:
        """A value as people read it."""
        if self.type == "money":
            return f"{grouped(value)} 元"
        if self.type == "date":
            return shown_day(dt.date.fromordinal(value))
        return f"{value:,}"


def shown_day(day: object) -> str:
    """A day as people read it: 2025年12月31日."""
    return f"{day.year}年{day.month}月{day.day}日" if isinstance(day, dt.date) else str(day)


class Space:
    """The facts that a clause can read, in one policy year."""

    def __init__(self, own: Mapping[str, FactDecl], year_facts: Mapping[str, FactDecl], year: int) -> None:
        self.own = own
        self.year_facts = year_facts
        self.year = year

    def quantity(self, ref: str, table: str = "") -> Quantity | None:
        """What a reference reads, None where it resolves to nothing (told elsewhere)."""
        head, _, tail = ref.partition(".")
        if head == "Y":
            fact: Column | None = self.year_facts.get(tail)
            # Whether a figure of the year is there is asked document by document.
            return self._of(fact, may_miss=True) if fact else None
        if head == "row":
            column = self._column(table, tail)
            return self._of(column) if column else None
        if tail:
            return self._sum(head, self._column(head, tail))
        own = self.own.get(head)
        if own is not None and own.type == "table":
            return Quantity("count", own.label, (), own, Domain(((0, own.max_rows),)))
        return self._of(own) if own else None

    def _column(self, table: str, key: str) -> Column | None:
        fact = self.own.get(table)
        return next((column for column in fact.columns if column.key == key), None) if fact else None

    def _of(self, fact: Column, *, may_miss: bool = False) -> Quantity | None:
        spans = self._spans(fact)
        if not spans:
            return None
        domain = Domain(spans, may_miss or fact.nullable or fact.informational)
        return Quantity(fact.type, fact.label, tuple(choice.value for choice in fact.choices), fact, domain)

    def _sum(self, table: str, column: Column | None) -> Quantity | None:
        if column is None or column.type not in ("money", "count"):
            return None
        spans = self._spans(column)
        if not spans:
            return None
        high = spans[-1][1] * self.own[table].max_rows
        return Quantity(column.type, column.label, (), column, Domain(((0, high),)))

    def _spans(self, fact: Column) -> tuple[Span, ...] | None:
        """None or nothing where the declaration is faulty, which is told elsewhere."""
        low, high = self._default(fact)
        if fact.type in ("money", "count", "date"):
            low = bound(fact.type, fact.minimum) if fact.minimum else low
            high = bound(fact.type, fact.maximum) if fact.maximum else high
        if low is None or high is None:
            return None
        return ((low, high),) if low <= high else ()

    def _default(self, fact: Column) -> tuple[int | None, int | None]:
        if fact.type == "date":
            return EARLIEST.toordinal(), dt.date(self.year + YEARS_AHEAD, 12, 31).toordinal()
        return {
            "money": (0, MAX_FEN),
            "count": (0, MAX_COUNT),
            "flag": (0, 1),
            "choice": (0, len(fact.choices) - 1),
            "text": (1, 1),
        }.get(fact.type, (None, None))
