"""Run a compiled policy over the columns of a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from common.money import MAX_FEN
from policies.rules.columns.blocks import exact
from policies.rules.columns.conditions import holds
from policies.rules.columns.numbers import TooLargeError, Whole, half_up
from policies.rules.columns.reading import NO_CLAIMS, Bools, Facts, greatest
from policies.rules.columns.results import ClaimResults, Codes, Status, YearResults
from policies.rules.columns.settle import NO_CAP, Line, settle, total_caps
from policies.rules.columns.table import MISSING, Ints, YearBuilder, YearColumns
from policies.rules.compile import MAX_KEPT, CompiledClause, CompiledPolicy, DefinitionError, count_bounds
from policies.rules.nodes import Latitude

#: Bits of an int64 beside its sign: one for each condition of a clause.
MAX_CONDITIONS = 63


class ColumnsOverflowError(DefinitionError):
    """By the bounds of its facts a definition could leave 64 bits; the message names the clause and what to bound."""


def columns_fault(policy: CompiledPolicy) -> str | None:
    """Why a policy cannot run over columns, as a Chinese sentence that names the clause; None when it can."""
    if id(policy) not in _FAULTS:
        if len(_FAULTS) == MAX_KEPT:
            _FAULTS.clear()
        _FAULTS[id(policy)] = (policy, _fault(policy))
    return _FAULTS[id(policy)][1]


#: By identity; the policy is kept with its fault, so that no other one can take its place.
_FAULTS: dict[int, tuple[CompiledPolicy, str | None]] = {}


def run_year(policy: CompiledPolicy, year: YearColumns) -> YearResults:
    """Evaluate and settle a whole year. Claims of clauses that the policy does not have are left out.

    Raises:
        ColumnsOverflowError: see :func:`columns_fault`; nothing was computed. Or the facts themselves are beyond their
            bounds, and so far that 64 bits could be left.
        MissingRateError: a reference series does not know a day that a loan needs.
    """
    if fault := columns_fault(policy):
        raise ColumnsOverflowError(fault)
    return _run(policy, year)


def _run(policy: CompiledPolicy, year: YearColumns, *, declared: bool = False) -> YearResults:
    """``declared``: over no claim, to tell whether any could overflow; see :class:`.reading.Facts`."""
    figures = Facts(year, None, declared=declared)
    try:
        caps = total_caps(policy, figures)
    except TooLargeError as error:
        raise _overflow("累计奖补上限", error, figures.labels) from error
    results: dict[str, ClaimResults] = {}
    lines: list[Line] = []
    for clause in policy.clauses.values():
        claims = year.claims.get(clause.id, NO_CLAIMS if declared else None)
        if claims is None:
            continue
        facts = Facts(year, claims, declared=declared)
        try:
            status, unmet, fen = _evaluate(clause, facts)
        except TooLargeError as error:
            raise _overflow(f"条款 {clause.id}", error, facts.labels) from error
        if caps.unknown is not None and not clause.exempt:
            np.copyto(status, Status.UNKNOWN, where=(status == Status.ELIGIBLE) & caps.unknown[facts.places])
        eligible = status == Status.ELIGIBLE
        candidate = np.where(eligible, fen.values, 0)
        paid = claims.paid if claims.paid.any() else None
        reason = np.zeros(len(facts), dtype=np.int8)
        line = Line(clause.id, clause.exempt, facts.places, eligible, candidate, fen.high, paid, candidate, reason)
        lines.append(line)
        amount = np.where(eligible, fen.values, MISSING)
        results[clause.id] = ClaimResults(status, amount, unmet, candidate, reason)
    try:
        totals, dropped = settle(policy, year, lines, caps)
    except TooLargeError as error:
        most = max(lines, key=lambda line: line.high).clause
        raise _overflow(f"条款 {most} 等", error, ()) from error
    settled = {line.clause: replace(results[line.clause], settled=line.amount) for line in lines}
    return YearResults(settled, np.where(caps.limit == NO_CAP, MISSING, caps.limit), totals, dropped)


def _evaluate(clause: CompiledClause, facts: Facts) -> tuple[Codes, Ints, Whole]:
    """Conditions → formula → rounding → clause cap: status, conditions that fail, and 分 (read where eligible)."""
    unmet = np.zeros(len(facts), dtype=np.int64)
    for bit, condition in enumerate(clause.conditions):
        unmet |= (~holds(condition, facts)).astype(np.int64) << bit
    met = unmet == 0
    award = clause.award
    decided: Bools | None = None
    if isinstance(award, Latitude):
        decided = facts.claims.decision != MISSING
        ceiling = MAX_FEN if award.ceiling is None else award.ceiling
        # Inside its limits by intake; a decision taken under other limits is brought to the nearer of these.
        decision = np.clip(facts.claims.decision, award.floor or 0, ceiling)
        fen = Whole(decision, ceiling if facts.declared else greatest(decision))
    else:
        fen = half_up(exact(award, facts, met))
    if clause.cap:
        limit = clause.cap.fen if clause.cap.base is None else _beyond(clause.cap.fen, facts.whole(clause.cap.base))
        fen = Whole(np.minimum(fen.values, limit), min(fen.high, clause.cap.fen))
    status = np.full(len(facts), Status.ELIGIBLE, dtype=np.int8)
    if facts.unknown is not None:
        np.copyto(status, Status.UNKNOWN, where=facts.unknown)
    if decided is not None:
        np.copyto(status, Status.PENDING, where=~decided)
    np.copyto(status, Status.NOT_ELIGIBLE, where=~met)
    return status, unmet, fen


def _beyond(cap: int, base: Whole) -> Ints:
    """What a cap leaves beside a base that is counted inside it."""
    return np.maximum(cap - base.values, 0)


# ---------------------------------------------------------------------------------------------------- overflow


def _fault(policy: CompiledPolicy) -> str | None:
    for clause in policy.clauses.values():
        if len(clause.conditions) > MAX_CONDITIONS:
            return f"条款 {clause.id}：条件超过 {MAX_CONDITIONS} 个，无法批量计算。请用“全部满足”合并部分条件。"
    declared = [("年度数据", policy.definition.year_facts)]
    declared += [(f"条款 {clause.id}", clause.definition.facts) for clause in policy.clauses.values()]
    for where, facts in declared:
        for fact in facts:
            for column in (fact, *fact.columns):
                if column.type == "count" and count_bounds(column)[0] < 0:
                    return f"{where}：“{column.label}”的最小值为负数，无法批量计算。请将最小值（minimum）改为 0 以上。"
    nobody = YearBuilder(policy, policy.definition.valid_to.year).build()
    try:
        _run(policy, nobody, declared=True)
    except ColumnsOverflowError as error:
        return str(error)
    return None


def _overflow(where: str, error: TooLargeError, labels: Iterable[str]) -> ColumnsOverflowError:
    bounded = "、".join(f"“{label}”" for label in labels) or "相关事实"
    mend = error.mend or f"请为{bounded}设置较小的最大值（maximum），或减少表格的最多行数（max_rows）"
    return ColumnsOverflowError(f"{where}：{error.what}按事实的取值范围可能超出 64 位整数，无法批量计算。{mend}。")
