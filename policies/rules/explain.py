"""The calculation in Chinese, line by line, as an accountant would write it; each line with its quotation.

A line begins with what is computed and can be read alone: the clause's title, the row, then the figures, the result.
How figures are written is one rule, see :mod:`.wording`. Lines repeat the arithmetic of :mod:`.nodes` from the same
numerators, they never compute a figure of their own; what a line prints is enough to compute its result again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from common.money import parse_yuan, yuan
from policies.rules import nodes as n
from policies.rules.compile import CompiledClause
from policies.rules.conditions import Either
from policies.rules.nodes import Facts
from policies.rules.wording import (
    HINT,
    PLACES,
    amount,
    day,
    exact,
    half_up,
    inner,
    labelled,
    period,
    quoted,
    told,
    unconfirmed,
)

#: Terms of a sum that are written out; beyond, their number is told.
_TERMS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One line: the sentence, its result (money in 元 without separators), the quotation, the clause.

    The clause is empty for a rule across clauses.
    """

    step: str
    value: str
    quote: str
    clause: str


_MONEY = re.compile(r"(?<![0-9.])(-?)([0-9]+\.[0-9]{2})(?![0-9.])")
_DAY = re.compile(r" ?(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")


def readable(text: str) -> str:
    """An answer's ``required``, ``actual`` or ``short_by`` for people: sums with their unit, days in Chinese."""
    text = _MONEY.sub(lambda found: told(int(f"{found[1]}{parse_yuan(found[2])}")), text)
    return _DAY.sub(lambda found: f"{int(found[1])}年{int(found[2])}月{int(found[3])}日", text)


def conditions(clause: CompiledClause, facts: Facts, year: int) -> list[Step]:
    """One line for each condition: what is the case against what is required, and by how much it misses."""
    steps = []
    for condition in clause.conditions:
        line, value = condition.sentence(facts, year)
        head, quote = "符合", condition.quote
        if not condition.holds(facts, year):
            head, line = "不符合", condition.unmet(facts, year).sentence
        elif isinstance(condition, Either):
            quote = next(part.quote for part in condition.parts if part.holds(facts, year))
        steps.append(Step(f"{head}{quoted(condition.label)}：{line}", value, quote, clause.id))
    return steps


def _title(clause: CompiledClause) -> str:
    return clause.definition.title


def pending(clause: CompiledClause, award: n.Latitude) -> Step:
    """A decision is still to be taken."""
    return Step(f"{_title(clause)}：金额由审核部门裁量决定（{_limits(award)}），尚未决定", "", award.quote, clause.id)


def decided(clause: CompiledClause, award: n.Latitude, fen: int) -> Step:
    """What the reviewer decided."""
    step = f"{_title(clause)}：审核部门裁量决定 {told(fen)}（{_limits(award)}）"
    quote = award.ceiling_quote if award.ceiling is not None else award.quote
    return Step(step, yuan(fen), quote, clause.id)


def _limits(award: n.Latitude) -> str:
    if award.floor is not None and award.ceiling is not None:
        return f"限额 {told(award.floor)}至 {told(award.ceiling)}"
    if award.floor is not None:
        return f"不低于 {told(award.floor)}"
    return f"最高 {told(award.ceiling)}" if award.ceiling is not None else "原文没有规定限额"


def award(clause: CompiledClause, node: n.AwardNode, facts: Facts, year: int) -> list[Step]:
    """The formula, line by line."""
    match node:
        case n.Amount():
            return [_fixed(clause, node, _title(clause))]
        case n.Share():
            return [*_summed(clause, node, facts), _share(clause, node, facts, year, None, _title(clause))]
        case n.Tiers():
            return [_tiers(clause, node, facts, year, None, _title(clause))]
        case n.EachRow():
            return _rows(clause, node, facts, year)
        case n.Interest():
            return _interest(clause, node, facts, year)
        case n.Total():
            steps = [step for part in node.parts for step in award(clause, part, facts, year)]
            terms = [exact(part.numerator(facts, year), part.denominator)[:2] for part in node.parts]
            return [*steps, _sum(clause, "各部分合计", terms, node, facts, year, clause.definition.sentence)]


def _fixed(clause: CompiledClause, node: n.Amount, lead: str) -> Step:
    return Step(f"{lead}：定额 {told(node.fen)}", yuan(node.fen), node.quote, clause.id)


def _summed(clause: CompiledClause, node: n.Share, facts: Facts) -> list[Step]:
    """How the base came about when it is a column of a table added up."""
    if node.of.source != "sum" or len(facts[node.of.key]) == 1:
        return []
    values = [row[node.of.column] for row in facts[node.of.key]]
    total = sum(values)
    terms = " + ".join(map(told, values)) if len(values) <= _TERMS else f"{len(values)} 行相加"
    line = f"{terms} = {told(total)}" if values else "没有填报，计 0.00 元"
    return [Step(f"{node.of.label}合计：{line}", yuan(total), node.quote, clause.id)]


def _share(clause: CompiledClause, node: n.Share, facts: Facts, year: int, row: Facts | None, lead: str) -> Step:
    value = node.of.read(facts, row)
    sign, shown, plain = exact(node.numerator(facts, year, row), node.denominator)
    label = node.of.label
    if node.kind == "per_unit":
        left = f"{labelled(label, f'{value:,} {node.written}').rstrip()} × {told(node.factor)}"
    else:
        if node.of.source == "sum" and len(facts[node.of.key]) != 1:
            label += "合计"
        left = f"{labelled(label, told(value))} × {node.written}"
    return Step(f"{lead}：{left} {sign} {shown} 元", plain, node.quote, clause.id)


def _tiers(clause: CompiledClause, node: n.Tiers, facts: Facts, year: int, row: Facts | None, lead: str) -> Step:
    value = node.of.read(facts, row)
    tier, base = node.reached(value), labelled(node.of.label, told(value))
    if tier is None:
        first = node.tiers[0]
        step = f"{lead}：{base}，未达到最低一档 {told(first.at_least)}，计 0.00 元"
        return Step(step, "0.00", first.at_least_quote, clause.id)
    sign, shown, plain = exact(node.numerator(facts, year, row), node.denominator)
    reached = f"{lead}：达到 {told(tier.at_least)}一档，"
    how = f"{base} × {tier.written} {sign} {shown} 元" if tier.factor else f"{base}，定额 {shown} 元"
    return Step(f"{reached}{how}", plain, tier.quote, clause.id)


def _lead(clause: CompiledClause, number: int, measure: str, row: Facts, label: str) -> str:
    name = row.get(label) if label else None
    return f"{_title(clause)}，第{number}{measure}" + (f"（{name}）" if name else "")


def _rows(clause: CompiledClause, node: n.EachRow, facts: Facts, year: int) -> list[Step]:
    steps, terms = [], []
    for number, row in enumerate(facts[node.table], start=1):
        lead = _lead(clause, number, "项", row, node.row_label)
        each = node.each
        if isinstance(each, n.Share):
            steps.append(_share(clause, each, facts, year, row, lead))
        elif isinstance(each, n.Tiers):
            steps.append(_tiers(clause, each, facts, year, row, lead))
        else:
            steps.append(_fixed(clause, each, lead))
        full, limited = each.numerator(facts, year, row), node.row_numerator(row, facts, year)
        if node.cap is not None and limited < full:
            shown = exact(full, node.denominator)[1]
            step = f"{lead}：{shown} 元超过单项上限 {told(node.cap)}，按上限计 {amount(node.cap)}"
            steps.append(Step(step, yuan(node.cap), node.cap_quote, clause.id))
        terms.append(exact(limited, node.denominator)[:2])
    if len(terms) == 1:
        return steps
    return [*steps, _sum(clause, "合计", terms, node, facts, year, node.cap_quote or _quote(node.each))]


def _quote(node: n.Amount | n.Share | n.Tiers) -> str:
    return node.tiers[0].quote if isinstance(node, n.Tiers) else node.quote


def _sum(
    clause: CompiledClause,
    what: str,
    terms: list[tuple[str, str]],
    node: n.AwardNode,
    facts: Facts,
    year: int,
    quote: str,
) -> Step:
    """Parts, each as (sign, 元), added up; 「≈」 as soon as a part is not shown in full."""
    sign, shown, plain = exact(node.numerator(facts, year), node.denominator)
    if any(one == "≈" for one, _ in terms):
        sign = "≈"
    if not terms:
        return Step(f"{_title(clause)}{what}：没有填报，计 0.00 元", plain, quote, clause.id)
    left = " + ".join(f"{text} 元" for _, text in terms) if len(terms) <= _TERMS else f"{len(terms)} 项相加"
    return Step(f"{_title(clause)}{what}：{left} {sign} {shown} 元", plain, quote, clause.id)


def _interest(clause: CompiledClause, node: n.Interest, facts: Facts, year: int) -> list[Step]:
    steps: list[Step] = []
    terms = []
    marks = (unconfirmed(node.days_confirmed), unconfirmed(node.limit_confirmed))
    for number, loan in enumerate(facts[node.table], start=1):
        lead = _lead(clause, number, "笔", loan, node.row_label)
        limited = node.row_numerator(loan, year)
        lines = _loan(clause, node, loan, year, limited, lead, marks)
        if len(lines) > 1 or node.stretches(loan, year):
            marks = ("", "")  # told once, where the settings first act
        steps += lines
        terms.append(exact(limited, node.denominator)[:2])
    if len(terms) == 1:
        return steps
    return [*steps, _sum(clause, "合计", terms, node, facts, year, node.quote)]


def _loan(
    clause: CompiledClause, node: n.Interest, loan: Facts, year: int, limited: int, lead: str, marks: tuple[str, str]
) -> list[Step]:
    """One line for each stretch of days at one rate, their sum, and the limit, which the policy does not print.

    ``marks``: what the first stretch and the limit end with, while their settings are not confirmed.
    """
    stretches = node.stretches(loan, year)
    if not stretches:
        return [Step(f"{lead}：{year} 年度内没有计息天数，计 0.00 元", "0.00", node.quote, clause.id)]
    left = f"本金 {told(loan[node.principal])} × {node.share_written} × {node.series.short}"
    steps: list[Step] = []
    for stretch in stretches:
        sign, shown, plain = exact(node.stretch_numerator(loan, stretch), node.denominator)
        step = (
            f"{lead}，{period(stretch.first, stretch.last)}：{left} {node.series.written(stretch.rate)}"
            f" × {stretch.days} 天 ÷ {node.day_count} {sign} {shown} 元"
        )
        steps.append(Step(step + (marks[0] if not steps else ""), plain, node.quote, clause.id))
    full = sum(node.stretch_numerator(loan, stretch) for stretch in stretches)
    sign, shown, plain = exact(full, node.denominator)
    if len(stretches) > 1:
        parts = " + ".join(f"{node.series.written(stretch.rate)} × {stretch.days} 天" for stretch in stretches)
        step = f"{lead}，{len(stretches)} 段合计：{left}（{parts}）÷ {node.day_count} {sign} {shown} 元"
        steps.append(Step(step, plain, node.quote, clause.id))
    if node.limited:
        paid = loan[node.interest_paid]
        bound = f"本年度实际支付利息 {told(paid)}"
        if limited < full:
            step = f"{lead}：{shown} 元超过{bound}，按实际支付利息计 {amount(paid)}{marks[1]}"
            steps.append(Step(step, yuan(paid), "", clause.id))
        else:
            steps.append(Step(f"{lead}：{shown} 元未超过{bound}{marks[1]}", plain, "", clause.id))
    return steps


def quota_note(clause: CompiledClause, awarded: int) -> str | None:
    """What to tell officers when a year's awards go beyond the number the clause aims at; a quota never blocks."""
    quota = clause.definition.quota
    if quota is None or awarded <= quota.target.value:
        return None
    target = quota.target
    return (
        f"条款 {clause.id} 本年度已有 {awarded} {target.unit}，"
        f"超过原文“{target.literal}”的目标数 {target.value} {target.unit}。"
    )


def rounding(clause: CompiledClause, numerator: int, denominator: int) -> list[Step]:
    """The rounding to the 分, told whenever it changes anything, with as many decimals as it takes to follow it."""
    if numerator % denominator == 0:
        return []
    fen, places = n.half_up(numerator, denominator), PLACES
    while half_up(half_up(numerator * 10 ** (places - 2), denominator), 10 ** (places - 2)) != fen:
        places += 1
    _, shown, _ = exact(numerator, denominator, places)
    return [Step(f"{_title(clause)}，四舍五入到分：{shown} 元 ≈ {amount(fen)}", yuan(fen), "", clause.id)]


def cap(clause: CompiledClause, facts: Facts, fen: int, limit: int) -> Step:
    """The clause's cap, whether it binds or not."""
    node = clause.cap
    assert node is not None
    bound, head, mark = f"上限 {told(limit)}", _title(clause), unconfirmed(node.confirmed)
    if node.base is not None:
        base = node.base.read(facts)
        head += f"，上限 {told(node.fen)} − {labelled(node.base.label, told(base))}"
        head += f" = {told(limit)}" if base <= node.fen else "，没有余额，上限为 0.00 元"
        bound = "该上限"
    if fen > limit:
        step = f"{head}：{amount(fen)}超过{bound}，按上限计 {amount(limit)}{mark}"
        return Step(step, yuan(limit), node.quote, clause.id)
    return Step(f"{head}：{amount(fen)}未超过{bound}{mark}", yuan(fen), node.quote, clause.id)


def date_hints(clause: CompiledClause, facts: Facts, year: int) -> list[Step]:
    """One line for each date outside the policy year that decides nothing: the policy does not say which day counts."""
    steps: list[Step] = []
    for hint in clause.date_hints:
        rows = facts.get(hint.table) or () if hint.table else (facts,)
        found = [(number, row.get(hint.key)) for number, row in enumerate(rows, start=1)]
        outside = [(number, value) for number, value in found if value is not None and value.year != year]
        if not outside:
            continue
        told_days = [f"{day(value)}（第 {number} 行）" if hint.table else day(value) for number, value in outside]
        more = f" 等 {len(told_days)} 个日期" if len(told_days) > _TERMS else ""
        step = (
            f"{HINT}{inner(hint.label)} {'、'.join(told_days[:_TERMS])}{more} 不在政策年度 {year} 年内；"
            "原文没有写明以哪一日为准，请核对"
        )
        steps.append(Step(step, "", "", clause.id))
    return steps


def result(clause: CompiledClause, fen: int) -> Step:
    """The last line: what the clause gives."""
    return Step(f"{_title(clause)}：本条款计算金额 {amount(fen)}", yuan(fen), clause.definition.sentence, clause.id)
