"""Arithmetic of an impact over columns: what is noted of each claim, exact sums, the greatest gains."""

from __future__ import annotations

import numpy as np

from policies.rules.columns import Status, YearColumns
from policies.rules.columns.reading import Bools
from policies.rules.columns.results import ClaimResults
from policies.rules.columns.table import ClaimColumns, Ints
from policies.rules.compile import CompiledClause
from policies.rules.near import near

#: What is noted of each claim, one bit each, in this order.
NOTED = ("touched", "opened", "closed", "near", "pending")


def notes(
    clause: CompiledClause, year: YearColumns, claims: ClaimColumns, before: ClaimResults, after: ClaimResults
) -> tuple[Ints, Bools]:
    """What is noted of each claim, as a number of bits, and whether it is touched."""
    touched = before.settled != after.settled
    codes = np.zeros(len(touched), dtype=np.int64)
    was, now = before.status, after.status
    differs = was != now
    if differs.any():
        touched |= differs
        refused, accepted = was == Status.NOT_ELIGIBLE, now != Status.NOT_ELIGIBLE
        codes |= (refused & accepted).astype(np.int64) << 1
        codes |= (~refused & ~accepted).astype(np.int64) << 2
    codes |= touched
    if (close := near(clause, year, claims, after)) is not None:
        codes |= close.astype(np.int64) << 3
    waiting = (was == Status.PENDING) | (now == Status.PENDING)
    if waiting.any():
        codes |= waiting.astype(np.int64) << 4
    return codes, touched


_LOW = (1 << 31) - 1


def total(values: Ints) -> int:
    """The exact sum, also where it has more than 64 bits."""
    return (int((values >> 31).sum()) << 31) + int((values & _LOW).sum())


def totals(values: Ints, place: Ints, size: int) -> list[int]:
    """The exact sum for each district."""
    if not len(values):
        return [0] * size
    order = np.argsort(place.astype(np.int16) if size < 2**15 else place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(size))
    values = values[order]
    high, low = (np.add.reduceat(part, starts).tolist() for part in (values >> 31, values & _LOW))
    return [(upper << 31) + lower for upper, lower in zip(high, low, strict=True)]


def first(gain: Ints, ids: Ints, count: int) -> Ints:
    """Rows of the ``count`` greatest gains above 0; of equal ones those with the least ids."""
    rows = np.flatnonzero(gain > 0)
    if len(rows) <= count:
        return rows
    gains = gain[rows]
    least = np.partition(gains, len(gains) - count)[len(gains) - count]
    above, equal = rows[gains > least], rows[gains == least]
    wanted = count - len(above)
    if len(equal) > wanted:
        equal = equal[np.argpartition(ids[equal], wanted - 1)[:wanted]]
    return np.concatenate([above, equal])
