"""The calculation in Chinese, line by line, as an accountant would write it; each line with its quotation.

Lines repeat the arithmetic of :mod:`.nodes` from the same numerators, they never compute a figure of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from common.money import grouped, yuan
from policies.rules import nodes as n
from policies.rules.compile import CompiledClause
from policies.rules.nodes import Facts, half_up

#: Decimals of a 元 in a line that is not rounded yet.
_PLACES = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One line: the sentence, its result (money in 元 without separators), the quotation, the clause.

    The clause is empty for a rule across clauses.
    """

    step: str
    value: str
    quote: str
    clause: str


_MONEY = re.compile(r"(?<![0-9.])([0-9]+)\.([0-9]{2})(?![0-9.])")


def readable(text: str) -> str:
    """An answer's ``required``, ``actual`` or ``short_by`` for people: every sum of money grouped, with its unit."""
    return _MONEY.sub(lambda found: f"{int(found[1]):,}.{found[2]} 元", text)


def exact(numerator: int, denominator: int) -> tuple[str, str, str]:
    """``numerator ÷ denominator`` 分 as (sign, grouped 元, plain 元).

    The sign is 「=」 when two to six decimals of a 元 say it exactly, else 「≈」 with six decimals.
    """
    scale = 10 ** (_PLACES - 2)
    units, rest = divmod(numerator * scale, denominator)
    sign = "="
    if rest:
        sign, units = "≈", half_up(numerator * scale, denominator)
    whole, part = divmod(units, 10**_PLACES)
    decimals = f"{part:0{_PLACES}d}"
    if not rest:
        decimals = decimals.rstrip("0").ljust(2, "0")
    return sign, f"{whole:,}.{decimals}", f"{whole}.{decimals}"


def conditions(clause: CompiledClause, facts: Facts, year: int) -> list[Step]:
    """One line for each condition: what is the case against what is required."""
    steps = []
    for condition in clause.conditions:
        line, value = condition.sentence(facts, year)
        verdict = "符合" if condition.holds(facts, year) else "不符合"
        steps.append(Step(f"{verdict}“{condition.label}”：{line}", value, condition.quote, clause.id))
    return steps


def pending(clause: str, award: n.Latitude) -> Step:
    """A decision is still to be taken."""
    return Step(f"金额由审核部门裁量决定（{_limits(award)}），尚未决定", "", award.quote, clause)


def decided(clause: str, award: n.Latitude, fen: int) -> Step:
    """What the reviewer decided."""
    step = f"审核部门决定金额 {grouped(fen)} 元（{_limits(award)}）"
    quote = award.ceiling_quote if award.ceiling is not None else award.quote
    return Step(step, yuan(fen), quote, clause)


def _limits(award: n.Latitude) -> str:
    low = f"不低于 {grouped(award.floor)} 元" if award.floor is not None else ""
    high = f"最高 {grouped(award.ceiling)} 元" if award.ceiling is not None else ""
    return "，".join(part for part in (low, high) if part) or "政策未规定限额"


def award(clause: CompiledClause, node: n.AwardNode, facts: Facts, year: int) -> list[Step]:
    """The formula, line by line."""
    match node:
        case n.Amount():
            return [Step(f"定额 {grouped(node.fen)} 元", yuan(node.fen), node.quote, clause.id)]
        case n.Share():
            return [_share(clause.id, node, facts, year, None, "")]
        case n.Tiers():
            return [_tiers(clause.id, node, facts, year, None, "")]
        case n.EachRow():
            return _rows(clause.id, node, facts, year)
        case n.Interest():
            return _interest(clause.id, node, facts, year)
        case n.Total():
            steps = [step for part in node.parts for step in award(clause, part, facts, year)]
            _, shown, plain = exact(node.numerator(facts, year), node.denominator)
            steps.append(Step(f"各部分合计 {shown} 元", plain, clause.definition.sentence, clause.id))
            return steps


def _share(clause: str, node: n.Share, facts: Facts, year: int, row: Facts | None, lead: str) -> Step:
    value = node.of.read(facts, row)
    sign, shown, plain = exact(node.numerator(facts, year, row), node.denominator)
    label = f"{node.of.label}合计" if node.of.source == "sum" else node.of.label
    if node.kind == "per_unit":
        left = f"{label} {value:,} {node.written}".rstrip() + f" × {grouped(node.factor)} 元"
    else:
        left = f"{label} {grouped(value)} 元 × {node.written}"
    return Step(f"{lead}{left} {sign} {shown} 元", plain, node.quote, clause)


def _tiers(clause: str, node: n.Tiers, facts: Facts, year: int, row: Facts | None, lead: str) -> Step:
    value = node.of.read(facts, row)
    tier = node.reached(value)
    if tier is None:
        first = node.tiers[0]
        step = f"{lead}{node.of.label} {grouped(value)} 元，未达到最低档 {grouped(first.at_least)} 元"
        return Step(step, "0.00", first.at_least_quote, clause)
    sign, shown, plain = exact(node.numerator(facts, year, row), node.denominator)
    left = f"{lead}{node.of.label} {grouped(value)} 元，达到 {grouped(tier.at_least)} 元一档"
    how = f" × {tier.written}" if tier.factor else "，定额"
    return Step(f"{left}{how} {sign} {shown} 元", plain, tier.quote, clause)


def _lead(number: int, measure: str, row: Facts, label: str) -> str:
    name = row.get(label) if label else None
    return f"第{number}{measure}（{name}）：" if name else f"第{number}{measure}："


def _rows(clause: str, node: n.EachRow, facts: Facts, year: int) -> list[Step]:
    steps, shown_rows = [], []
    rows = facts[node.table]
    for number, row in enumerate(rows, start=1):
        lead = _lead(number, "项", row, node.row_label)
        each = node.each
        if isinstance(each, n.Share):
            steps.append(_share(clause, each, facts, year, row, lead))
        elif isinstance(each, n.Tiers):
            steps.append(_tiers(clause, each, facts, year, row, lead))
        else:
            steps.append(Step(f"{lead}定额 {grouped(each.fen)} 元", yuan(each.fen), each.quote, clause))
        limited = node.row_numerator(row, facts, year)
        if node.cap is not None and limited < each.numerator(facts, year, row):
            step = f"{lead}超过单项上限，按上限 {grouped(node.cap)} 元计"
            steps.append(Step(step, yuan(node.cap), node.cap_quote, clause))
        shown_rows.append(exact(limited, node.denominator)[1])
    return [*steps, *_sum(clause, shown_rows, node, facts, year, node.cap_quote or _quote(node.each))]


def _quote(node: n.Amount | n.Share | n.Tiers) -> str:
    return node.tiers[0].quote if isinstance(node, n.Tiers) else node.quote


def _sum(clause: str, parts: list[str], node: n.SimpleNode, facts: Facts, year: int, quote: str) -> list[Step]:
    if len(parts) == 1:
        return []
    sign, shown, plain = exact(node.numerator(facts, year), node.denominator)
    terms = " + ".join(parts) if len(parts) <= 12 else f"{len(parts)} 行"
    return [Step(f"合计：{terms or '0 行'} {sign} {shown} 元", plain, quote, clause)]


def _interest(clause: str, node: n.Interest, facts: Facts, year: int) -> list[Step]:
    steps, parts = [], []
    for number, loan in enumerate(facts[node.table], start=1):
        lead = _lead(number, "笔", loan, node.row_label)
        stretches = node.stretches(loan, year)
        for stretch in stretches:
            sign, shown, plain = exact(node.stretch_numerator(loan, stretch), node.denominator)
            step = (
                f"{lead}{stretch.first.isoformat()} 至 {stretch.last.isoformat()}，"
                f"本金 {grouped(loan[node.principal])} 元"
                f" × {node.share_written} × {node.series.short} {node.series.written(stretch.rate)}"
                f" × {stretch.days} 天 ÷ {node.day_count} {sign} {shown} 元"
            )
            steps.append(Step(step, plain, node.quote, clause))
        full = sum(node.stretch_numerator(loan, stretch) for stretch in stretches)
        limited = node.row_numerator(loan, year)
        if not stretches:
            steps.append(Step(f"{lead}政策年度 {year} 年内没有计息天数", "0.00", node.quote, clause))
        elif len(stretches) > 1:
            sign, shown, plain = exact(full, node.denominator)
            steps.append(Step(f"{lead}{len(stretches)} 段合计 {sign} {shown} 元", plain, node.quote, clause))
        if limited < full:
            paid = loan[node.interest_paid]
            step = f"{lead}不超过本年度实际支付利息，按 {grouped(paid)} 元计"
            steps.append(Step(step, yuan(paid), node.quote, clause))
        parts.append(exact(limited, node.denominator)[1])
    return [*steps, *_sum(clause, parts, node, facts, year, node.quote)]


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


def rounding(clause: str, numerator: int, denominator: int) -> list[Step]:
    """The rounding to the 分, told whenever it changes anything."""
    if numerator % denominator == 0:
        return []
    fen = half_up(numerator, denominator)
    _, shown, _ = exact(numerator, denominator)
    return [Step(f"四舍五入到分：{shown} 元 → {grouped(fen)} 元", yuan(fen), "", clause)]


def cap(clause: CompiledClause, facts: Facts, fen: int, limit: int) -> Step:
    """The clause's cap, whether it binds or not."""
    node = clause.cap
    assert node is not None
    text = f"上限 {grouped(limit)} 元"
    if node.base is not None:
        base = grouped(node.base.read(facts))
        text = f"上限 {grouped(node.fen)} 元 − {node.base.label} {base} 元，余 {grouped(limit)} 元"
    if fen > limit:
        return Step(f"{text}：{grouped(fen)} 元超过上限，按 {grouped(limit)} 元计", yuan(limit), node.quote, clause.id)
    return Step(f"{text}：{grouped(fen)} 元未超过上限", yuan(fen), node.quote, clause.id)
