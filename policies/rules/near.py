"""Which claims only just fail: one condition alone, a threshold, missed by no more than a tenth of what it asks for."""

from __future__ import annotations

import numpy as np

from policies.rules.columns.numbers import Whole, ceiling, floor, share
from policies.rules.columns.reading import Bools, Facts
from policies.rules.columns.results import ClaimResults, Status
from policies.rules.columns.table import MISSING, ClaimColumns, Ints, YearColumns
from policies.rules.compile import CompiledClause
from policies.rules.conditions import Comparison, Increase

#: A tenth of what is required.
_PART = 10


def near(clause: CompiledClause, year: YearColumns, claims: ClaimColumns, results: ClaimResults) -> Bools | None:
    """Where a claim only just fails; None where none can.

    By how much it fails is what an evaluation document tells as ``short_by``: to exceed a number is one unit more.
    """
    unmet = results.unmet
    lone = np.flatnonzero((results.status == Status.NOT_ELIGIBLE) & (unmet & (unmet - 1) == 0))
    if not len(lone):
        return None
    found: Bools = np.zeros(len(unmet), dtype=np.bool_)
    facts, which = Facts(year, claims), unmet[lone]
    for bit, condition in enumerate(clause.conditions):
        rows = lone[which == 1 << bit]
        if not len(rows):
            continue
        if isinstance(condition, Comparison):
            found[rows] = _just_below(condition, facts, rows)
        elif isinstance(condition, Increase):
            found[rows] = _just_too_slow(condition, facts, rows)
    return found


def _just_below(condition: Comparison, facts: Facts, rows: Ints) -> Bools:
    value = facts.answers(condition.operand)[rows]
    short = np.abs(condition.threshold - value) + (condition.op in ("gt", "lt"))
    return (value != MISSING) & (short <= condition.threshold // _PART)


def _just_too_slow(condition: Increase, facts: Facts, rows: Ints) -> Bools:
    now, before = facts.answers(condition.now)[rows], facts.answers(condition.before)[rows]
    base = Whole(np.maximum(before, 0), int(before.max(initial=0)))
    asked = share(base, condition.factor, condition.denominator)
    least = ceiling(asked) if condition.op == "ge" else floor(asked)
    required = least.values + condition.amount
    short = required - (now - before) + (condition.op == "gt")
    return (now != MISSING) & (before != MISSING) & (short <= required // _PART)
