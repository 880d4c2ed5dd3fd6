"""The conditions of :mod:`policies.rules.conditions` for all claims of a clause: each says where it holds."""

from __future__ import annotations

import datetime as dt
from functools import reduce

import numpy as np

from policies.rules import conditions as c
from policies.rules.columns.numbers import Whole, ceiling, fitting, floor, share
from policies.rules.columns.reading import Bools, Facts, greatest
from policies.rules.columns.table import MISSING, Ints


def holds(condition: c.ConditionNode, facts: Facts) -> Bools:
    """Where a condition holds; a missing value never fulfils one.

    Raises:
        TooLargeError: by the greatest values of its facts it could leave 64 bits.
    """
    match condition:
        case c.Comparison():
            value = facts.answers(condition.operand)
            return (value != MISSING) & _compare(condition.op, value, condition.threshold)
        case c.Increase():
            return _increase(condition, facts)
        case c.Answer():
            return _answer(condition, facts)
        case c.DateWindow():
            return _window(condition, facts)
        case c.Either():
            return reduce(np.logical_or, (holds(part, facts) for part in condition.parts))
        case c.Every():
            return reduce(np.logical_and, (holds(part, facts) for part in condition.parts))
        case c.Opposite():
            return ~holds(condition.part, facts)


def _compare(op: str, left: Ints, right: Ints | int) -> Bools:
    if op == "ge":
        return left >= right
    if op == "gt":
        return left > right
    return left <= right if op == "le" else left < right


def _increase(condition: c.Increase, facts: Facts) -> Bools:
    """``now − before op amount + before × factor ÷ denominator``.

    A whole number is at least ``x`` when it is at least ``⌈x⌉``, and more than ``x`` when it is more than ``⌊x⌋``.
    """
    now, before = facts.answers(condition.now), facts.answers(condition.before)
    given = (now != MISSING) & (before != MISSING)
    base = Whole(np.maximum(before, 0), condition.before.high if facts.declared else greatest(before))
    asked = share(base, condition.factor, condition.denominator)
    least = ceiling(asked) if condition.op == "ge" else floor(asked)
    fitting(base.high + least.high + condition.amount, f"“{condition.label}”的增长额")
    return given & _compare(condition.op, now, base.values + least.values + condition.amount)


def _answer(condition: c.Answer, facts: Facts) -> Bools:
    value = facts.answers(condition.operand)
    if not condition.allowed:
        return value != MISSING
    options = [option for option, _ in condition.allowed]
    if condition.operand.type == "flag":
        codes = [int(option) for option in options]
    else:  # a word that nobody answered has no code
        codes = [code for code, word in enumerate(facts.year.words) if word in options]
    found = np.zeros(len(facts), dtype=np.bool_)
    for code in codes:
        found |= value == code
    return found


def _window(condition: c.DateWindow, facts: Facts) -> Bools:
    value, year = facts.answers(condition.operand), facts.year.year
    first = dt.date(year, 1, 1) if condition.not_before == "year_start" else condition.not_before
    last = dt.date(year, 12, 31) if condition.not_after == "year_end" else condition.not_after
    found = value != MISSING
    if first is not None:
        found &= value >= first.toordinal()
    if last is not None:
        found &= value <= last.toordinal()
    return found
