"""Whether some facts make a set of conditions hold, and others fail, in one policy year.

Exact for conditions that each read one fact; for growth, which reads two, the extremes of both are taken. The answer
"impossible" is always right; "possible" is said when in doubt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction

from policies.lint.domains import Domain, Quantity, Space
from policies.rules.schema import (
    AllOf,
    AnyOf,
    CitedCount,
    CitedMoney,
    CitedRate,
    Compare,
    Condition,
    Given,
    Growth,
    IsTrue,
    Not,
    OneOf,
    WithinDates,
)

Goal = tuple[Condition, bool]
Box = Mapping[str, Domain]

#: Steps of one question; a definition that needs more is said to be possible.
BUDGET = 20_000
#: Steps of all questions about one clause in one year.
TOTAL_BUDGET = 200_000


class _OutOfBudgetError(Exception):
    """The question is too large."""


def threshold(number: CitedMoney | CitedCount | CitedRate) -> int:
    """The number that a fact is compared with; a rate (told elsewhere) compares with nothing."""
    if isinstance(number, CitedMoney):
        return number.fen
    return number.value if isinstance(number, CitedCount) else 0


def window(item: WithinDates, year: int, first: dt.date, last: dt.date) -> tuple[int | None, int | None]:
    """The ordinal days of a date window; first, last: the validity of the policy."""
    starts = {"valid_from": first, "year_start": dt.date(year, 1, 1)}
    ends = {"valid_to": last, "year_end": dt.date(year, 12, 31)}
    low = starts.get(item.not_before) if isinstance(item.not_before, str) else item.not_before
    high = ends.get(item.not_after) if isinstance(item.not_after, str) else item.not_after
    return low.toordinal() if low else None, high.toordinal() if high else None


class Search:
    """Answers questions about one clause in one policy year."""

    def __init__(self, space: Space, valid_from: dt.date, valid_to: dt.date) -> None:
        self.space = space
        self.valid_from = valid_from
        self.valid_to = valid_to
        self._left = 0
        self._total = TOTAL_BUDGET

    def possible(self, goals: Sequence[Goal], box: Box | None = None) -> bool:
        """Whether facts exist for which each condition holds (True) or fails (False); `box` narrows some facts."""
        self._left = asked = min(BUDGET, self._total)
        try:
            return self._solve(list(goals), dict(box or {}), [], [])
        except _OutOfBudgetError:
            return True
        finally:
            self._total -= asked - max(self._left, 0)

    def _solve(self, goals: list[Goal], box: dict[str, Domain], growths: list[Goal], choices: list[list[Goal]]) -> bool:
        """Narrow by everything that must be; then try alternatives, one after another."""
        self._left -= 1
        if self._left < 0:
            raise _OutOfBudgetError
        box, growths, choices, goals = dict(box), list(growths), list(choices), list(goals)
        while goals:
            item, wanted = goals.pop()
            if isinstance(item, Not):
                goals.append((item.of, not wanted))
            elif isinstance(item, (AllOf, AnyOf)):
                parts = [(part, wanted) for part in item.of]
                if isinstance(item, AllOf) is wanted:
                    goals += parts
                else:
                    choices.append(parts)
            elif isinstance(item, Growth):
                growths.append((item, wanted))
                if not self._narrow_growth(item, wanted, box):
                    return False
            elif not self._narrow(item, wanted, box):
                return False
        if not all(self._grows(item, wanted, box) for item, wanted in growths if isinstance(item, Growth)):
            return False
        if not choices:
            return True
        return any(self._solve([part], box, growths, choices[1:]) for part in choices[0])

    def _quantity(self, ref: str, box: Mapping[str, Domain]) -> tuple[Quantity, Domain] | None:
        found = self.space.quantity(ref)
        return None if found is None else (found, box.get(ref, found.domain))

    def _narrow(self, item: Condition, wanted: bool, box: dict[str, Domain]) -> bool:
        ref = item.fact if isinstance(item, (Compare, OneOf, IsTrue, Given, WithinDates)) else ""
        found = self._quantity(ref, box)
        if found is None:
            return True  # what refers to nothing is told elsewhere
        quantity, domain = found
        box[ref] = left = self._left_of(item, wanted, quantity, domain)
        return not left.empty

    def _left_of(self, item: Condition, wanted: bool, quantity: Quantity, domain: Domain) -> Domain:
        if isinstance(item, Given):
            return Domain(domain.spans) if wanted else Domain((), domain.missing)
        if isinstance(item, OneOf):
            values = {quantity.choices.index(value) for value in item.values if value in quantity.choices}
            return domain.among(values, inside=wanted)
        low: int | None
        high: int | None
        if isinstance(item, IsTrue):
            low, high = 1, 1
        elif isinstance(item, WithinDates):
            low, high = window(item, self.space.year, self.valid_from, self.valid_to)
        elif isinstance(item, Compare) and not isinstance(item.value, CitedRate):
            mark = threshold(item.value)
            low, high = {
                "ge": (mark, None),
                "gt": (mark + 1, None),
                "le": (None, mark),
                "lt": (None, mark - 1),
            }[item.op]
        else:
            return domain
        if wanted:
            return domain.within(low, high)
        if low is None and high is None:
            return Domain((), domain.missing)  # any answer would be inside
        return domain.outside(low, high)

    def _narrow_growth(self, item: Growth, wanted: bool, box: dict[str, Domain]) -> bool:
        """Growth needs both figures; that it fails does not."""
        if not wanted:
            return True
        for ref in (item.now, item.before):
            if found := self._quantity(ref, box):
                box[ref] = Domain(found[1].spans)
                if box[ref].empty:
                    return False
        return True

    def _grows(self, item: Growth, wanted: bool, box: Mapping[str, Domain]) -> bool:
        now, before = self._quantity(item.now, box), self._quantity(item.before, box)
        if now is None or before is None:
            return True
        if not wanted and (now[1].missing or before[1].missing):
            return True
        if not now[1].spans or not before[1].spans:
            return False
        rate = item.by.fraction if isinstance(item.by, CitedRate) else Fraction(0)
        amount = 0 if isinstance(item.by, CitedRate) else threshold(item.by)
        if item.now == item.before:
            most = least = Fraction(-amount)
            most, least = most - rate * now[1].low, least - rate * now[1].high
        else:
            most = now[1].high - amount - (1 + rate) * before[1].low
            least = now[1].low - amount - (1 + rate) * before[1].high
        if wanted:
            return most > 0 if item.op == "gt" else most >= 0
        return least <= 0 if item.op == "gt" else least < 0


def governed_years(first: dt.date, last: dt.date, day: str) -> list[int]:
    """The policy years whose governing day (MM-DD) lies in a validity; where there is none, the years it touches."""
    month, date = map(int, day.split("-"))
    years = range(first.year, min(last.year, first.year + 200) + 1)
    return [year for year in years if first <= dt.date(year, month, date) <= last] or list(years)


__all__ = ["BUDGET", "Box", "Goal", "Search", "governed_years", "threshold", "window"]
