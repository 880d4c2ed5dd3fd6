"""Evaluate one clause: conditions → formula → rounding (half up, to the 分) → clause cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policies.rules import explain
from policies.rules.compile import CompiledClause
from policies.rules.conditions import Unmet
from policies.rules.explain import Step
from policies.rules.nodes import Facts, Latitude, half_up

Status = Literal["eligible", "not_eligible", "pending"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one clause gives for one set of facts.

    ``amount`` is in 分 and None unless the status is eligible. ``floor`` and ``ceiling`` (分, None = none in the
    text) are told while a reviewer's decision is pending.
    """

    clause: str
    status: Status
    amount: int | None
    unmet: tuple[Unmet, ...] = ()
    trace: tuple[Step, ...] = ()
    floor: int | None = None
    ceiling: int | None = None


def amount_of(clause: CompiledClause, facts: Facts, year: int, decision: int | None = None) -> int | None:
    """The amount alone, in 分, without a trace: None when a condition fails or a decision is pending."""
    if not all(condition.holds(facts, year) for condition in clause.conditions):
        return None
    award = clause.award
    if isinstance(award, Latitude):
        if decision is None:
            return None
        fen = decision
    else:
        fen = half_up(award.numerator(facts, year), award.denominator)
    limit = cap_limit(clause, facts)
    return fen if limit is None else min(fen, limit)


def cap_limit(clause: CompiledClause, facts: Facts) -> int | None:
    """The clause's cap in 分 for these facts, None without one."""
    cap = clause.cap
    if cap is None:
        return None
    return cap.fen if cap.base is None else max(0, cap.fen - cap.base.read(facts))


def evaluate_clause(
    clause: CompiledClause, facts: Facts, year: int, *, decision: int | None = None, trace: bool = True
) -> Outcome:
    """Evaluate one clause for a policy year.

    ``facts`` are validated (see :mod:`.facts`); ``decision`` is a reviewer's amount in 分, inside its bounds.

    Raises:
        MissingRateError: a reference series does not know a day that is needed.
    """
    unmet = tuple(condition.unmet(facts, year) for condition in clause.conditions if not condition.holds(facts, year))
    steps = explain.conditions(clause, facts, year) if trace else []
    if unmet:
        return Outcome(clause.id, "not_eligible", None, unmet, tuple(steps))
    award = clause.award
    if isinstance(award, Latitude):
        if decision is None:
            if trace:
                steps += [*explain.date_hints(clause, facts, year), explain.pending(clause, award)]
            return Outcome(clause.id, "pending", None, (), tuple(steps), award.floor, award.ceiling)
        fen = decision
        if trace:
            steps.append(explain.decided(clause, award, decision))
    else:
        numerator = award.numerator(facts, year)
        fen = half_up(numerator, award.denominator)
        if trace:
            steps += explain.award(clause, award, facts, year)
            steps += explain.rounding(clause, numerator, award.denominator)
    limit = cap_limit(clause, facts)
    if limit is not None:
        if trace:
            steps.append(explain.cap(clause, facts, fen, limit))
        fen = min(fen, limit)
    if trace:
        steps += [*explain.date_hints(clause, facts, year), explain.result(clause, fen)]
    return Outcome(clause.id, "eligible", fen, (), tuple(steps))
