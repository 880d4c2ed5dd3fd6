"""Documents at every border of a definition, found by walking it: one 分, person or day below, on and above.

:func:`documents` is the whole list, made for the shipped policy; other tests (columns, mutants) take it as it is.
Nothing is listed by hand but how a fact is filled in: a definition that gains a threshold, cap, tier, row cap, limit or
rate gains the documents that stand on it. :func:`untouched` says which borders no document stands on.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from math import gcd
from typing import Any

from policies.rules.compile import CompiledClause, CompiledPolicy, compiled
from policies.rules.conditions import Answer, Comparison, DateWindow, Either, Every, Increase, Opposite
from policies.rules.nodes import Amount, EachRow, Interest, Latitude, Operand, Share, SimpleNode, Tiers, Total
from tests.policies.rules.strategies import thresholds, yuan
from tests.policies.rules.support import GOOD_YEAR, document, policy

#: Years that the shipped policy governs; borders that do not depend on the year are looked at in the middle one.
YEARS = (2023, 2024, 2025)
YEAR = 2024
AROUND = (-1, 0, 1)
DAY = dt.timedelta(days=1)

#: Where a figure stands: ("Y", key), ("fact", key), ("row", table, column) or ("rows", table).
Place = tuple[str, ...]
Settings = dict[Place, Any]


def place(operand: Operand) -> Place:
    """Where an operand is read from."""
    if operand.source in ("row", "sum"):
        return "row", operand.key, operand.column
    if operand.source == "rows":
        return "rows", operand.key
    head, _, tail = operand.key.partition(".")
    return ("Y", tail) if head == "Y" else ("fact", operand.key)


# ------------------------------------------------------------------------------------------ filling in


def _written(value: Any, kind: str) -> Any:
    """A value as the evaluation document writes it."""
    if kind == "money" and isinstance(value, int):
        return yuan(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _plain(fact: Any) -> Any:
    samples = {"money": "1000.00", "count": 1, "date": f"{YEAR}-06-01", "flag": True, "text": "演示"}
    return samples[fact.type] if fact.type in samples else fact.choices[0].value


def _facts(clause: CompiledClause) -> dict[str, Any]:
    """Own facts that say as little as a sound claim may."""
    return {
        key: [_row(fact)] if fact.type == "table" else _plain(fact)
        for key, fact in clause.facts.items()
        if not fact.informational
    }


def _row(table: Any) -> dict[str, Any]:
    row = {column.key: _plain(column) for column in table.columns if not column.informational}
    return {key: None if key == "repaid_on" else value for key, value in row.items()}


def _counted(table: Any) -> dict[str, Any]:
    """A row that counts: it says something."""
    texts = [column.key for column in table.columns if column.type == "text" and not column.unique]
    return dict.fromkeys(texts[:1], "演示")


def build(
    clause: CompiledClause, changes: Settings, *, year: int = YEAR, decision: int | None = None, **top: Any
) -> Any:
    """A document of one claim whose conditions hold but for what ``changes`` puts in its place."""
    facts, figures = _facts(clause), dict(GOOD_YEAR)
    settings: Settings = {}
    for condition in clause.conditions:
        settings |= satisfied(condition, year)
    for where, value in {**settings, **changes}.items():
        if where[0] == "Y":
            figures[where[1]] = _written(value, "money" if isinstance(GOOD_YEAR[where[1]], str) else "")
        elif where[0] == "fact":
            facts[where[1]] = _written(value, clause.facts[where[1]].type)
        elif where[0] == "rows":
            counted = _counted(clause.facts[where[1]])
            facts[where[1]] = [counted for _ in range(value)] if isinstance(value, int) else value
        else:
            values = value if isinstance(value, tuple) else (value,)
            kind = next(column.type for column in clause.facts[where[1]].columns if column.key == where[2])
            facts[where[1]] = [{**_row(clause.facts[where[1]]), where[2]: _written(one, kind)} for one in values]
    claim: dict[str, Any] = {"clause": clause.id, "facts": facts}
    if decision is not None:
        claim["decision"] = {"amount": yuan(decision)}
    return document(claim, year=year, **figures, **top)


# ----------------------------------------------------------------------------------------- conditions


def satisfied(node: Any, year: int) -> Settings:
    """Figures with which a condition just holds."""
    match node:
        case Comparison():
            step = {"ge": 0, "gt": 1, "le": 0, "lt": -1}[node.op]
            return {place(node.operand): node.threshold + step}
        case Increase():
            before = _year_value(node.before)
            return {place(node.now): before + _increase(node, before)}
        case Answer():
            return {place(node.operand): node.allowed[0][0]} if node.allowed else {}
        case DateWindow():
            first, last = node._window(year)
            return {place(node.operand): first or last}
        case Either():
            return satisfied(node.parts[0], year)
        case Every():
            return {key: value for part in node.parts for key, value in satisfied(part, year).items()}
        case Opposite():
            return failed(node.part, year)
    raise TypeError(node)


def failed(node: Any, year: int) -> Settings:
    """Figures with which a condition just fails."""
    match node:
        case Comparison():
            step = {"ge": -1, "gt": 0, "le": 1, "lt": 0}[node.op]
            return {place(node.operand): node.threshold + step}
        case Increase():
            before = _year_value(node.before)
            return {place(node.now): before + _increase(node, before) - 1}
        case Answer():
            allowed = [value for value, _ in node.allowed]
            return {place(node.operand): next(value for value, _ in node.labels if value not in allowed)}
        case DateWindow():
            first, last = node._window(year)
            return {place(node.operand): first - DAY if first else last + DAY}
        case Either():
            return {key: value for part in node.parts for key, value in failed(part, year).items()}
        case Every():
            return {**satisfied(node, year), **failed(node.parts[0], year)}
        case Opposite():
            return satisfied(node.part, year)
    raise TypeError(node)


def _year_value(operand: Operand) -> int:
    return int(GOOD_YEAR[operand.key.removeprefix("Y.")].replace(".", ""))


def _increase(node: Increase, before: int) -> int:
    """The least increase in 分 that fulfils a growth condition."""
    needed = node.amount + Fraction(before * node.factor, node.denominator)
    return -(-needed.numerator // needed.denominator) if node.op == "ge" else needed.numerator // needed.denominator + 1


def borders(node: Any, year: int) -> Iterator[Settings]:
    """One below, on and above what a condition asks; parts of an alternative while the other parts fail."""
    match node:
        case Comparison():
            yield from ({place(node.operand): node.threshold + off} for off in AROUND)
        case Increase():
            before = _year_value(node.before)
            for base in (before, 0, before + 7):
                least = base + _increase(node, base)
                yield from ({place(node.before): base, place(node.now): least + off} for off in AROUND)
        case Answer():
            yield from ({place(node.operand): value} for value, _ in node.labels)
        case DateWindow():
            for edge in node._window(year):
                if edge:
                    yield from ({place(node.operand): edge + off * DAY} for off in AROUND)
        case Either() | Every():
            other = failed if isinstance(node, Either) else satisfied
            for number, part in enumerate(node.parts):
                rest = [one for index, one in enumerate(node.parts) if index != number]
                around = {key: value for one in rest for key, value in other(one, year).items()}
                yield from ({**around, **found} for found in borders(part, year))
        case Opposite():
            yield from borders(node.part, year)


# --------------------------------------------------------------------------------------------- blocks


def near(target: Fraction) -> set[int]:
    """Whole numbers around a number that need not be whole."""
    low = target.numerator // target.denominator
    return {value for value in range(low - 1, low + 3) if value >= 0}


def _ties(denominator: int, start: int) -> set[int]:
    """Every remainder that a rounding can meet, from ``start`` on."""
    return {start + rest for rest in range(2 * denominator + 2)}


def _limits(node: Share, caps: list[int], start: int) -> set[int]:
    """Bases at every rounding, and at which a limit is reached, exactly and after rounding."""
    found = set(_ties(node.denominator, start)) if node.denominator <= 1000 else set()
    for cap, off in product(caps, (Fraction(-1), Fraction(-1, 2), Fraction(0), Fraction(1, 2), Fraction(1))):
        found |= near((cap + off) * node.denominator / node.factor)
    return found


def _share(clause: CompiledClause, node: Share, cap: int | None) -> Iterator[Settings]:
    where, caps = place(node.of), [] if cap is None else [cap]
    if node.kind == "per_unit":
        most = node.of.high if node.of.source == "rows" else 5
        yield from ({where: count} for count in (0, 1, 2, 3, most - 1, most))
        return
    start = 0
    if where[0] == "Y":
        start = -(-_year_value(node.of) // node.denominator) * node.denominator
    for base in sorted(_limits(node, caps, start)):
        yield {where: base}
        if node.of.source == "sum" and base:
            yield {where: (base - 1, 1)}
    if node.of.source == "sum":
        yield {("rows", where[1]): []}


def _rows(node: EachRow, clause_cap: int | None) -> Iterator[Settings]:
    each, caps = node.each, [] if node.cap is None else [node.cap]
    yield {("rows", node.table): []}
    if isinstance(each, Share):
        where = place(each.of)
        for base in sorted(_limits(each, caps, 0)):
            yield {where: base}
            yield {where: (base, 1)}
            yield {where: (base, base)}
    elif isinstance(each, Tiers):
        yield from _tiers(each, caps)
    if clause_cap is not None and isinstance(each, Share):
        for base in sorted(_limits(each, [clause_cap], 0)):
            yield {place(each.of): tuple([base // 3] * 3)}


def _tiers(node: Tiers, caps: list[int]) -> Iterator[Settings]:
    bases = {max(0, tier.at_least + off) for tier in node.tiers for off in AROUND}
    for tier, cap in product(node.tiers, caps):
        if tier.factor:
            bases |= near(Fraction(cap * node.denominator, tier.factor))
    yield from ({place(node.of): base} for base in sorted(bases))


def block(clause: CompiledClause, node: SimpleNode | Total) -> Iterator[Settings]:
    """Figures at every border of a block that does not depend on the year."""
    cap = clause.cap.fen if clause.cap else None
    match node:
        case Amount():
            yield {}
        case Share():
            yield from _share(clause, node, cap)
        case Tiers():
            yield from _tiers(node, [] if cap is None else [cap])
        case EachRow():
            yield from _rows(node, cap)
        case Total():
            for part in node.parts:
                yield from block(clause, part)
        case Interest():
            yield {("rows", node.table): []}


# ---------------------------------------------------------------------------------------------- loans


def _loan(node: Interest, principal: int, drawn: dt.date, repaid: dt.date | None, paid: int = 10**12) -> dict[str, Any]:
    return {
        node.principal: yuan(principal),
        node.drawn_on: drawn.isoformat(),
        node.repaid_on: repaid.isoformat() if repaid else None,
        node.interest_paid: yuan(paid),
    }


def loans(clause: CompiledClause, node: Interest, year: int) -> Iterator[list[dict[str, Any]]]:
    """Loans at every turn of rate and year, at every kind of rounding, at the interest paid and at the cap."""
    first, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    days = [dt.date.fromordinal(day) for day in node.series.days if first.toordinal() <= day < end.toordinal()]
    edges = sorted({day + off * DAY for day in [first, *days, end, dt.date(year, 2, 28)] for off in AROUND})
    for day in edges:
        yield [_loan(node, 36_000_000_01, day, day + DAY)]
        yield [_loan(node, 36_000_000_01, day, day)]
        yield [_loan(node, 36_000_000_01, day, None)]
        yield [_loan(node, 36_000_000_01, first - DAY, day)] if day >= first - DAY else []
    for start, stop in product(edges, edges):
        if start < stop:
            yield [_loan(node, 1_234_567_89, start, stop)]
    whole = node.denominator
    for day in [first, *days]:
        unit = node.share_factor * node.series.rate_on(day.toordinal())
        tie = whole // 2 // gcd(whole // 2, unit)  # one day at this rate is worth half a 分 more than a whole number
        for off in AROUND:
            yield [_loan(node, tie + off, day, day + DAY)]
            yield [_loan(node, tie + off, day, day + DAY), _loan(node, tie, day, day + DAY)]
        exact = Fraction(36_000_000_01 * unit, whole)
        for paid in near(exact):
            yield [_loan(node, 36_000_000_01, day, day + DAY, paid)]
    if clause.cap:
        row = {node.principal: 1, node.drawn_on: first, node.repaid_on: None, node.interest_paid: 10**12}
        each = Fraction(node.row_numerator(row, year), whole)  # 分 of interest on a 分 of principal, the whole year
        for off in (Fraction(-1), Fraction(-1, 2), Fraction(0), Fraction(1, 2), Fraction(1)):
            for principal in near((clause.cap.fen + off) / each):
                yield [_loan(node, principal, first, None)]
                yield [_loan(node, principal - 1, first, None), _loan(node, 1, first, None)]


# ---------------------------------------------------------------------------------------- one clause


def decisions(award: Latitude) -> tuple[list[int | None], list[int]]:
    """Amounts that a reviewer may decide (None: not yet), and those just outside."""
    low = 0 if award.floor is None else award.floor
    inside: list[int | None] = [None, low, low + 1]
    outside = [] if award.floor is None else [award.floor - 1]
    if award.ceiling is not None:
        inside += [award.ceiling - 1, award.ceiling]
        outside.append(award.ceiling + 1)
    return inside, outside


def of_clause(clause: CompiledClause) -> Iterator[dict[str, Any]]:
    """Sound documents at every border of one clause."""
    award = clause.award
    amount = (award.floor or 123) if isinstance(award, Latitude) else None
    for year, condition in product(YEARS, clause.conditions):
        for changes in borders(condition, year):
            yield build(clause, changes, year=year, decision=amount)
    if isinstance(award, Latitude):
        yield from (build(clause, {}, decision=fen) for fen in decisions(award)[0])
        return
    yield from (build(clause, changes) for changes in block(clause, award))
    for node in award.parts if isinstance(award, Total) else (award,):
        if isinstance(node, Interest):
            for year in YEARS:
                for rows in loans(clause, node, year):
                    yield build(clause, {("rows", node.table): rows}, year=year)


def refused(rules: CompiledPolicy | None = None) -> list[dict[str, Any]]:
    """Documents with a decision one 分 outside its limits."""
    clauses = (rules or compiled(policy())).clauses.values()
    return [
        build(clause, {}, decision=fen)
        for clause in clauses
        if isinstance(clause.award, Latitude)
        for fen in decisions(clause.award)[1]
    ]


def documents(rules: CompiledPolicy | None = None) -> list[dict[str, Any]]:
    """Every document, for all clauses and across them; fresh copies."""
    return copy.deepcopy(_shipped() if rules is None else _all(rules))


@cache
def _shipped() -> list[dict[str, Any]]:
    return _all(compiled(policy()))


def _all(rules: CompiledPolicy) -> list[dict[str, Any]]:
    from tests.policies.rules.boundaries_across import across

    found = [doc for clause in rules.clauses.values() for doc in of_clause(clause)]
    return found + list(across(rules))


# --------------------------------------------------------------------------------------- completeness


def figures(doc: dict[str, Any]) -> set[int]:
    """Every figure of a document (分 or number), and the growth of the year's."""
    found: set[int] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            found.add(len(value))
            for part in value:
                walk(part)
        elif isinstance(value, int) and not isinstance(value, bool):
            found.add(value)
        elif isinstance(value, str) and value.replace(".", "").isdigit() and value[-3:-2] == ".":
            found.add(int(value.replace(".", "")))

    walk(doc["applicant"])
    walk(doc["claims"])
    growth = [int(doc["applicant"][key].replace(".", "")) for key in ("revenue", "revenue_prev")]
    return {*found, growth[0] - growth[1]}


def untouched(rules: CompiledPolicy, docs: list[dict[str, Any]], amounts: dict[str, set[int]]) -> dict[str, set[int]]:
    """Borders (one below, on, above every threshold) that no document stands on, by clause.

    ``amounts``: what each clause gives before its cap, in 分: a cap is touched by an amount, not by a figure.
    """
    stood: dict[str, set[int]] = {clause: set(found) for clause, found in amounts.items()}
    for doc in docs:
        for claim in doc["claims"]:
            stood.setdefault(claim["clause"], set()).update(figures({**doc, "claims": [claim]}))
    wanted = {
        clause.id: {mark + off for mark in thresholds(clause) for off in AROUND} for clause in rules.clauses.values()
    }
    return {clause: marks - stood.get(clause, set()) for clause, marks in wanted.items()}
