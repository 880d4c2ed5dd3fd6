"""Compiled award blocks: whole numbers over a denominator that is known before any fact is.

Every block answers ``numerator(facts, year, row)``; its amount in 分 is that numerator over ``denominator``.
Nothing is rounded in here: rounding is one visible step of :mod:`.evaluate`.

``facts`` is one flat mapping: own facts under their key, figures of the year under ``Y.key``. Money is an int of 分,
a date a ``datetime.date``, a table a list of such mappings, a null answer None.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

Facts = Mapping[str, Any]

#: Rates of a series are kept in hundredths of a per cent (3.45% = 345).
BASIS = 10_000


class MissingRateError(Exception):
    """A reference series says nothing about a day."""

    def __init__(self, series: str, day: dt.date) -> None:
        super().__init__(f"{series}: {day}")
        self.series = series
        self.day = day


@dataclass(frozen=True, slots=True)
class Operand:
    """Where a number or answer is read from, with its label and the greatest value there; 0 where it is no number."""

    source: Literal["fact", "row", "sum", "rows"]
    key: str
    column: str
    label: str
    type: str
    high: int

    def read(self, facts: Facts, row: Facts | None = None) -> Any:
        """The value, in 分 for money; None where the answer is null or was not given."""
        if self.source == "fact":
            return facts.get(self.key)
        if self.source == "row":
            assert row is not None
            return row.get(self.column)
        if self.source == "sum":
            return sum(line[self.column] for line in facts[self.key])
        return len(facts[self.key])


@dataclass(frozen=True, slots=True)
class Amount:
    """A fixed amount of 分."""

    fen: int
    literal: str
    quote: str
    denominator: int = 1

    def numerator(self, facts: Facts, year: int, row: Facts | None = None) -> int:
        """See the module."""
        return self.fen


@dataclass(frozen=True, slots=True)
class Share:
    """``factor ÷ denominator`` of an operand: a rate of money, a multiple, or an amount per unit."""

    kind: Literal["rate", "per_unit", "external"]
    of: Operand
    factor: int
    denominator: int
    #: The factor as people write it: 0.5%, 1 倍; for per_unit the measure word, the factor itself is money.
    written: str
    quote: str

    def numerator(self, facts: Facts, year: int, row: Facts | None = None) -> int:
        """See the module."""
        value: int = self.of.read(facts, row)
        return value * self.factor


@dataclass(frozen=True, slots=True)
class TierNode:
    """One tier: reached from ``at_least`` 分 on; its share of the base, or its amount, over the common denominator."""

    at_least: int
    at_least_quote: str
    factor: int
    amount: int
    written: str
    quote: str


@dataclass(frozen=True, slots=True)
class Tiers:
    """The highest tier reached decides for the whole base."""

    of: Operand
    tiers: tuple[TierNode, ...]
    denominator: int

    def reached(self, value: int) -> TierNode | None:
        """The tier that decides for a base of ``value`` 分."""
        best = None
        for tier in self.tiers:
            if value >= tier.at_least:
                best = tier
        return best

    def numerator(self, facts: Facts, year: int, row: Facts | None = None) -> int:
        """See the module."""
        value: int = self.of.read(facts, row)
        tier = self.reached(value)
        return 0 if tier is None else value * tier.factor + tier.amount


@dataclass(frozen=True, slots=True)
class SeriesNode:
    """A reference series: publication days, ordinal, rising, and rates in hundredths of a per cent."""

    key: str
    label: str
    short: str
    days: tuple[int, ...]
    rates: tuple[int, ...]
    known_until: int

    def rate_on(self, day: int) -> int:
        """The rate last published on or before the day (an ordinal).

        Raises:
            MissingRateError: the day lies before the first publication or after the last known day.
        """
        if day < self.days[0] or day > self.known_until:
            raise MissingRateError(self.label, dt.date.fromordinal(day))
        return self.rates[bisect_right(self.days, day) - 1]

    def written(self, rate: int) -> str:
        """A rate as people write it: 3.45%."""
        return f"{rate // 100}.{rate % 100:02d}%"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one loan at one rate; ``first`` and ``last`` are both counted."""

    first: dt.date
    last: dt.date
    days: int
    rate: int


def _stretch(first: int, end: int, rate: int) -> Stretch:
    """The days from ``first`` on and before ``end``, both ordinals."""
    return Stretch(dt.date.fromordinal(first), dt.date.fromordinal(end - 1), end - first, rate)


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest on loans, day by day, at a share of a reference rate."""

    table: str
    table_label: str
    row_label: str
    principal: str
    drawn_on: str
    repaid_on: str
    interest_paid: str
    principal_high: int
    max_rows: int
    series: SeriesNode
    share_factor: int
    share_denominator: int
    share_written: str
    quote: str
    day_count: int
    pick: Literal["daily", "drawn_on"]
    limited: bool
    #: Whether day count and choice of rate, and the limit, are confirmed settings: said in the working.
    days_confirmed: bool
    limit_confirmed: bool

    @property
    def denominator(self) -> int:
        """Share × hundredths of a per cent × days of a year."""
        return self.share_denominator * BASIS * self.day_count

    def stretches(self, row: Facts, year: int) -> list[Stretch]:
        """The days of the year that one loan was out, cut where the rate changes.

        The day of drawing counts, the day of repayment does not; a loan not repaid runs through 31 December.

        Raises:
            MissingRateError: the series does not know one of the days.
        """
        drawn: dt.date = row[self.drawn_on]
        repaid: dt.date | None = row[self.repaid_on]
        year_end = dt.date(year + 1, 1, 1).toordinal()
        first = max(drawn.toordinal(), dt.date(year, 1, 1).toordinal())
        end = year_end if repaid is None else min(repaid.toordinal(), year_end)
        if first >= end:
            return []
        self.series.rate_on(end - 1)
        if self.pick == "drawn_on":
            return [_stretch(first, end, self.series.rate_on(drawn.toordinal()))]
        marks = [first, *(day for day in self.series.days if first < day < end), end]
        return [_stretch(start, stop, self.series.rate_on(start)) for start, stop in pairwise(marks)]

    def stretch_numerator(self, row: Facts, stretch: Stretch) -> int:
        """Interest of one stretch over :attr:`denominator`."""
        principal: int = row[self.principal]
        return principal * self.share_factor * stretch.rate * stretch.days

    def row_numerator(self, row: Facts, year: int) -> int:
        """Interest of one loan, no more than the interest paid on it when that limit is set."""
        total = sum(self.stretch_numerator(row, stretch) for stretch in self.stretches(row, year))
        return min(total, row[self.interest_paid] * self.denominator) if self.limited else total

    def numerator(self, facts: Facts, year: int, row: Facts | None = None) -> int:
        """See the module."""
        return sum(self.row_numerator(loan, year) for loan in facts[self.table])


@dataclass(frozen=True, slots=True)
class EachRow:
    """A block over the rows of a table, each row no more than ``cap`` 分."""

    table: str
    row_label: str
    each: Amount | Share | Tiers
    cap: int | None
    cap_quote: str
    max_rows: int

    @property
    def denominator(self) -> int:
        """That of the block of a row."""
        return self.each.denominator

    def row_numerator(self, row: Facts, facts: Facts, year: int) -> int:
        """One row, limited."""
        value = self.each.numerator(facts, year, row)
        return value if self.cap is None else min(value, self.cap * self.denominator)

    def numerator(self, facts: Facts, year: int, row: Facts | None = None) -> int:
        """See the module."""
        return sum(self.row_numerator(line, facts, year) for line in facts[self.table])


SimpleNode = Amount | Share | Tiers | Interest | EachRow


@dataclass(frozen=True, slots=True)
class Total:
    """Blocks added up over their common denominator."""

    parts: tuple[SimpleNode, ...]
    denominator: int

    def numerator(self, facts: Facts, year: int, row: Facts | None = None) -> int:
        """See the module."""
        return sum(part.numerator(facts, year) * (self.denominator // part.denominator) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Latitude:
    """An amount that a reviewer decides, between two limits in 分; None = no limit in the text."""

    floor: int | None
    ceiling: int | None
    quote: str
    floor_quote: str
    ceiling_quote: str


AwardNode = SimpleNode | Total


def half_up(numerator: int, denominator: int) -> int:
    """``numerator ÷ denominator`` to the nearest whole, a half upwards. Both non-negative."""
    return (2 * numerator + denominator) // (2 * denominator)
