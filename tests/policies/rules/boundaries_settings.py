"""Documents at the borders that only another value of a setting has: :func:`variants` pairs both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from policies.rules.compile import CompiledClause, CompiledPolicy, compiled
from policies.rules.nodes import Interest, Share
from tests.policies.rules import boundaries_across as across
from tests.policies.rules.boundaries import AROUND, DAY, _loan, build, near, place
from tests.policies.rules.support import policy


def variants() -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """(settings that differ, documents), every value of a setting that changes an amount."""
    rules = compiled(policy())
    lending = [clause for clause in rules.clauses.values() if isinstance(clause.award, Interest)]
    counted = [clause for clause in rules.clauses.values() if clause.definition.cap and clause.definition.cap.base]
    return [
        ({"lpr_pick": "drawn_on"}, [doc for clause in lending for doc in _drawn(clause)]),
        ({"day_count": 365}, [doc for clause in lending for doc in _days(clause)]),
        ({"loan_cap": False}, [doc for clause in lending for doc in _days(clause)]),
        ({"extra_cap": "total"}, [doc for clause in counted for doc in _counted(clause)]),
        ({"external_award": "difference"}, list(_groups(rules))),
        ({"cap_allocation": "clause_order"}, list(across._cap(rules))),
    ]


def _drawn(clause: CompiledClause) -> Iterator[dict[str, Any]]:
    """Loans drawn around every day of the series: one day of the year, at the rate of the day of drawing."""
    node = clause.award
    assert isinstance(node, Interest)
    first = dt.date.fromordinal(node.series.days[0])
    for year in (2024, 2025):
        for ordinal in node.series.days:
            for off in AROUND:
                day = dt.date.fromordinal(ordinal) + off * DAY
                if day >= first and day.year <= year:
                    start = max(day, dt.date(year, 1, 1))
                    yield build(
                        clause, {("rows", node.table): [_loan(node, 36_000_000_01, day, start + DAY)]}, year=year
                    )


def _days(clause: CompiledClause) -> Iterator[dict[str, Any]]:
    """One day at each rate, with the interest paid just below, on and above what it earns."""
    node = clause.award
    assert isinstance(node, Interest)
    for ordinal in node.series.days:
        day = dt.date.fromordinal(ordinal)
        if day.year < 2023:
            continue
        for paid in near(_earned(node, 36_000_000_01, ordinal)):
            rows = [_loan(node, 36_000_000_01, day, day + DAY, paid)]
            yield build(clause, {("rows", node.table): rows}, year=day.year)


def _earned(node: Interest, principal: int, day: int) -> Fraction:
    """One day of interest, 分."""
    return Fraction(principal * node.share_factor * node.series.rate_on(day), node.denominator)


def _counted(clause: CompiledClause) -> Iterator[dict[str, Any]]:
    """A cap that counts its base: where the rest begins to bind, and where nothing is left."""
    assert isinstance(clause.award, Share)
    assert clause.cap is not None
    for mark in (0, clause.cap.fen // 2, clause.cap.fen):
        yield from (build(clause, {place(clause.award.of): mark + off}) for off in AROUND if mark + off >= 0)


def _groups(rules: CompiledPolicy) -> Iterator[dict[str, Any]]:
    for name in rules.groups:
        yield from across._group(rules, name)
