"""Settle the awards of all applicants of a year: :mod:`policies.rules.settle`, a column at a time.

The same order: the group's choice (同类型, 就高不就低), then the cap on the sum. Every clause is a few columns with one
entry for each claim; what concerns an applicant is a column with one entry for each applicant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.rules.columns.numbers import fitting, floor, mul_div, share
from policies.rules.columns.reading import Bools, Facts, Places, greatest
from policies.rules.columns.results import Codes, Reason
from policies.rules.columns.table import LIFTED, MISSING, Ints, YearColumns
from policies.rules.compile import CompiledPolicy

Indices = npt.NDArray[np.signedinteger[Any]]

#: More than any sum of awards: the cap of those who have none.
NO_CAP = int(np.iinfo(np.int64).max)


@dataclass(slots=True)
class Line:
    """All claims of one clause on their way through settlement."""

    clause: str
    exempt: bool
    #: Rows of the applicants.
    places: Places
    eligible: Bools
    #: What the clause gives in 分, 0 unless eligible; never changed here.
    candidate: Ints
    #: The greatest candidate that may occur.
    high: int
    #: 分 that already left the house; None when there is none at all.
    paid: Ints | None
    #: What is left of the candidate; what is settled in the end.
    amount: Ints
    reason: Codes


@dataclass(frozen=True, slots=True)
class Caps:
    """The cap of each applicant in 分, NO_CAP without one; ``unknown`` where there is one and its base is missing."""

    limit: Ints
    unknown: Bools | None


def total_caps(policy: CompiledPolicy, facts: Facts) -> Caps:
    """The cap on the sum of awards, floored to the 分. ``facts`` has one entry for each applicant.

    Raises:
        TooLargeError: by the greatest base it could leave 64 bits.
    """
    rule, year = policy.total_cap, facts.year
    if rule is None:
        return Caps(np.full(len(year), NO_CAP, dtype=np.int64), None)
    limit = floor(share(facts.whole(rule.base), rule.factor, rule.denominator)).values
    unknown = facts.unknown
    if (year.override != MISSING).any():
        limit = np.where(year.override == MISSING, limit, year.override)
        unknown = None if unknown is None else unknown & (year.override == MISSING)
    free = year.override == LIFTED
    for code, kind in enumerate(("enterprise", "association")):
        if kind not in rule.binds:
            free |= year.kind == code
    if rule.lifted_if:
        free |= facts.answers(rule.lifted_if) == 1
    if unknown is not None:
        unknown &= ~free
        free |= unknown
    return Caps(np.where(free, NO_CAP, limit), unknown)


def settle(policy: CompiledPolicy, year: YearColumns, lines: Sequence[Line], caps: Caps) -> tuple[Ints, Bools]:
    """Settle the lines, given in printed order, in place; answers totals and dropped choices, for each applicant.

    Raises:
        TooLargeError: the sum of an applicant's awards could leave 64 bits.
    """
    dropped = np.zeros(len(year), dtype=np.bool_)
    for group, members in policy.groups.items():
        dropped |= _choose(policy, year, group, [line for line in lines if line.clause in members])
    for line in lines:
        if line.paid is not None:
            line.amount = np.maximum(line.amount, line.paid)
            line.high = max(line.high, greatest(line.paid))
    mend = "请为条款设置上限（cap），或为其事实设置较小的最大值（maximum）"
    fitting(sum(line.high for line in lines), "一个申报主体的奖补合计", mend)
    inside = [line for line in lines if not line.exempt]
    totals = _sums([(line, line.amount) for line in inside], len(year))
    over = np.flatnonzero(totals > caps.limit)
    if len(over):
        totals[over] = _cut(policy, inside, over, caps.limit[over], totals[over], len(year))
    for line in lines:
        if line.exempt:
            totals[line.places] += line.amount
        _tell(line)
    return totals, dropped


def _sums(columns: Sequence[tuple[Line, Ints]], applicants: int) -> Ints:
    """Amounts of claims, added up for each applicant (who claims a clause once)."""
    sums = np.zeros(applicants, dtype=np.int64)
    for line, amounts in columns:
        sums[line.places] += amounts
    return sums


def _tell(line: Line) -> None:
    """A reason only where the amount differs, and another one where more was paid than the clause gives."""
    if line.amount is line.candidate:
        return
    np.copyto(line.reason, Reason.NONE, where=line.amount == line.candidate)
    if line.paid is not None:
        np.copyto(line.reason, Reason.PAID, where=line.amount > line.candidate)


# --------------------------------------------------------------------------------------------------- group


def _choose(policy: CompiledPolicy, year: YearColumns, group: str, lines: Sequence[Line]) -> Bools:
    """Leave one clause of the group, and only as far as no other measure has paid already.

    Answers where a choice is no eligible claim of the group. What is paid comes before a choice, a choice before the
    highest amount, and of equal amounts the first in print.
    """
    best = np.full(len(year), -1, dtype=np.int64)
    chosen = np.full(len(year), -1, dtype=np.int16)
    for number, line in enumerate(lines):
        before = best[line.places]
        better = line.eligible & (line.candidate > before)
        best[line.places] = np.where(better, line.candidate, before)
        chosen[line.places] = np.where(better, number, chosen[line.places])
    dropped = _apply_choices(year, group, lines, chosen)
    for number, line in reversed(list(enumerate(lines))):
        if line.paid is not None:
            chosen[line.places] = np.where(line.paid > 0, number, chosen[line.places])
    blocks = policy.definition.settings.external_award.value == "block"
    external = year.external.get(group)
    for number, line in enumerate(lines):
        other = chosen[line.places] != number
        line.amount = np.where(other, 0, line.amount)
        np.copyto(line.reason, Reason.NOT_CHOSEN, where=other)
        if external is None or not external.any():
            continue
        elsewhere = external[line.places]
        if blocks:
            touched = elsewhere > 0
            line.amount = np.where(touched, 0, line.amount)
        else:
            touched = (elsewhere > 0) & ~other
            line.amount = np.maximum(line.amount - elsewhere, 0)
        np.copyto(line.reason, Reason.EXTERNAL_AWARD, where=touched)
    return dropped


def _apply_choices(year: YearColumns, group: str, lines: Sequence[Line], chosen: Indices) -> Bools:
    """Put the clauses that applicants chose into ``chosen``; answers where the choice is no eligible claim."""
    choices = year.choices.get(group)
    if choices is None or (choices == MISSING).all():
        return np.zeros(len(year), dtype=np.bool_)
    dropped = choices != MISSING
    for number, line in enumerate(lines):
        if line.clause in year.words:
            wanted = line.eligible & (choices[line.places] == year.words.index(line.clause))
            chosen[line.places] = np.where(wanted, number, chosen[line.places])
            dropped[line.places] &= ~wanted
    return dropped


# ---------------------------------------------------------------------------------------------- cap on the sum


def _cut(policy: CompiledPolicy, lines: Sequence[Line], over: Ints, limit: Ints, demand: Ints, applicants: int) -> Ints:
    """Cut the awards of the applicants ``over`` to their caps; what is paid stays and is counted first.

    ``limit`` and ``demand`` have one entry for each of them, as has the answer: what is settled inside the sum.
    """
    rank = np.full(applicants, -1, dtype=np.int32)
    rank[over] = np.arange(len(over), dtype=np.int32)
    paid = _sums([(line, line.paid) for line in lines if line.paid is not None], applicants)[over]
    room = np.maximum(limit - paid, 0)
    whole = demand - paid
    in_order = policy.definition.settings.cap_allocation.value == "clause_order"
    shares = _ClauseOrder(room) if in_order else _ProRata(room, whole)
    settled = np.zeros(len(over), dtype=np.int64)
    for line in lines:
        who = rank[line.places]
        claims = np.flatnonzero(who >= 0)
        who = who[claims]
        before = line.amount[claims]
        kept = np.zeros_like(before) if line.paid is None else line.paid[claims]
        after = kept + shares.take(who, before - kept)
        line.amount = line.amount.copy()  # it may still be the candidate itself
        line.amount[claims] = after
        line.reason[claims[after != before]] = Reason.CAP
        settled[who] += after
    return settled


class _ClauseOrder:
    """Serves one clause after the other until the room is used up."""

    def __init__(self, room: Ints) -> None:
        self.room = room

    def take(self, who: Indices, want: Ints) -> Ints:
        part = np.minimum(want, self.room[who])
        self.room[who] -= part
        return part


class _ProRata:
    """Shares the room out in proportion: ``⌊C·S_k/S⌋ − ⌊C·S_{k−1}/S⌋`` over the running sums, exact beyond 64 bits."""

    def __init__(self, room: Ints, whole: Ints) -> None:
        self.room = room
        #: At least 1: where all is paid nothing is wanted, and nothing of nothing is 0.
        self.whole = np.maximum(whole, 1)
        self.high = int(self.whole.max())
        self.running = np.zeros_like(room)
        self.served = np.zeros_like(room)

    def take(self, who: Indices, want: Ints) -> Ints:
        running = self.running[who] + want
        served, _ = mul_div(self.room[who], running, self.whole[who], factor_high=self.high, divisor_high=self.high)
        part = served - self.served[who]
        self.running[who], self.served[who] = running, served
        return part
