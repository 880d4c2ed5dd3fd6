"""Turn a definition into its compiled form: references resolved, shares as whole numbers, settings applied.

A definition that passes the schema can still make no sense (a rate of a date, a column that does not exist); those
faults are found here, once, so that an evaluation cannot meet them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, cast

from common.money import MAX_FEN, parse_yuan
from policies.rules import conditions as c
from policies.rules import nodes as n
from policies.rules import schema as s
from policies.rules.date_hints import DateHint, date_hints
from policies.rules.wording import settled

#: The largest count that a fact may hold unless its declaration says less.
MAX_COUNT = 10**9


class DefinitionError(Exception):
    """A definition makes no sense; the message names clause and place (for administrators of clauses)."""


@dataclass(frozen=True, slots=True)
class CapNode:
    """The most a clause pays, in 分; ``base`` is counted inside it where the definition says so."""

    fen: int
    scope: str
    base: n.Operand | None
    literal: str
    quote: str
    #: Whether the setting that says what the cap limits is confirmed, where it matters: said in the working.
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """One clause, ready to evaluate."""

    definition: s.ClauseDefinition
    id: str
    order: int
    conditions: tuple[c.ConditionNode, ...]
    award: n.AwardNode | n.Latitude
    cap: CapNode | None
    exempt: bool
    #: Keys of the figures of the year that the clause reads (without ``Y.``).
    year_keys: frozenset[str]
    #: Own facts by key.
    facts: dict[str, s.FactDecl]
    #: Dates that decide nothing; the working points out those outside the policy year.
    date_hints: tuple[DateHint, ...]


@dataclass(frozen=True, slots=True)
class CompiledCap:
    """The cap on the sum of awards: ``⌊factor × base ÷ denominator⌋``."""

    base: n.Operand
    factor: int
    denominator: int
    written: str
    quote: str
    lifted_if: n.Operand | None
    lifted_quote: str
    binds: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy, ready to evaluate."""

    definition: s.PolicyDefinition
    year_facts: dict[str, s.FactDecl]
    clauses: dict[str, CompiledClause]
    groups: dict[str, tuple[str, ...]]
    total_cap: CompiledCap | None

    def governs(self, year: int) -> bool:
        """Whether the policy is in force on the governing day of a policy year (31 December by default)."""
        month, day = map(int, self.definition.settings.governing_day.value.split("-"))
        return self.definition.valid_from <= dt.date(year, month, day) <= self.definition.valid_to


def money_bounds(fact: s.Column) -> tuple[int, int]:
    """Lowest and highest value of a money fact, in 分."""
    low = parse_yuan(fact.minimum) if fact.minimum else 0
    return low, parse_yuan(fact.maximum) if fact.maximum else MAX_FEN


def count_bounds(fact: s.Column) -> tuple[int, int]:
    """Lowest and highest value of a count fact."""
    return int(fact.minimum or 0), int(fact.maximum or MAX_COUNT)


class _Compiler:
    """Compiles one clause; keeps where it is for its error messages."""

    def __init__(self, policy: s.PolicyDefinition, clause: s.ClauseDefinition | None) -> None:
        self.policy = policy
        self.clause = clause
        self.year = {fact.key: fact for fact in policy.year_facts}
        self.own = {fact.key: fact for fact in clause.facts} if clause else {}
        self.year_keys: set[str] = set()

    def fail(self, text: str) -> DefinitionError:
        return DefinitionError(f"{self.clause.id if self.clause else self.policy.number}: {text}")

    # -- references

    def operand(self, ref: str, *types: str, table: str = "", nullable: bool = False) -> n.Operand:
        """Resolve a reference; ``types`` are the kinds of value that make sense at this place."""
        head, _, tail = ref.partition(".")
        fact: s.Column | None
        key, column = ref, ""
        if head == "Y":
            fact, source = self.year.get(tail), "fact"
            self.year_keys.add(tail)
        elif head == "row":
            fact, source, key, column = self.column(table, tail), "row", table, tail
        elif tail:
            fact, source, key, column = self.column(head, tail), "sum", head, tail
        else:
            fact, source = self.own.get(head), "fact"
        if fact is None:
            raise self.fail(f"no fact {ref}")
        if fact.type == "table" and "count" in types and isinstance(fact, s.FactDecl):
            return n.Operand("rows", head, "", fact.label, "count", fact.max_rows)
        if fact.type not in types:
            raise self.fail(f"{ref} is a {fact.type}, {' or '.join(types)} is needed")
        if (not nullable or source == "sum") and (fact.nullable or fact.informational):
            raise self.fail(f"{ref} can be missing and is used in arithmetic")
        _, high = {"money": money_bounds, "count": count_bounds}.get(fact.type, lambda _: (0, 0))(fact)
        if source == "sum":
            high *= self.own[head].max_rows
        return n.Operand(cast(Any, source), key, column, fact.label, fact.type, high)

    def column(self, table: str, key: str) -> s.Column | None:
        fact = self.own.get(table)
        return next((column for column in fact.columns if column.key == key), None) if fact else None

    def choices(self, ref: str) -> dict[str, str]:
        head, _, tail = ref.partition(".")
        fact = self.year.get(tail) if head == "Y" else self.own.get(head)
        return {choice.value: choice.label for choice in fact.choices} if fact else {}

    def table(self, key: str) -> s.FactDecl:
        fact = self.own.get(key)
        if fact is None or fact.type != "table":
            raise self.fail(f"{key} is no table")
        return fact

    # -- conditions

    def condition(self, item: s.Condition) -> c.ConditionNode:
        match item:
            case s.Compare():
                operand = self.operand(item.fact, item.value.type, nullable=True)
                return c.Comparison(
                    item.label, operand, item.op, self.number(item.value), _unit(item.value), item.value.quote
                )
            case s.Growth():
                kind = "money" if item.by.type == "rate" else item.by.type
                now, before = (
                    self.operand(item.now, kind, nullable=True),
                    self.operand(item.before, kind, nullable=True),
                )
                rate = item.by.fraction if isinstance(item.by, s.CitedRate) else Fraction(0)
                amount = 0 if isinstance(item.by, s.CitedRate) else self.number(item.by)
                return c.Increase(
                    item.label,
                    now,
                    before,
                    item.op,
                    amount,
                    rate.numerator,
                    rate.denominator,
                    item.by.quote,
                    _unit(item.by),
                )
            case s.OneOf():
                labels = self.choices(item.fact)
                if unknown := set(item.values) - set(labels):
                    raise self.fail(f"{item.fact} has no choice {sorted(unknown)}")
                allowed = tuple((value, labels[value]) for value in item.values)
                operand = self.operand(item.fact, "choice", nullable=True)
                return c.Answer(item.label, operand, allowed, tuple(labels.items()), item.quote)
            case s.IsTrue():
                operand = self.operand(item.fact, "flag", nullable=True)
                return c.Answer(item.label, operand, ((True, "是"),), ((True, "是"), (False, "否")), item.quote)
            case s.Given():
                operand = self.operand(item.fact, "money", "count", "date", "flag", "choice", "text", nullable=True)
                return c.Answer(item.label, operand, (), tuple(self.choices(item.fact).items()), item.quote)
            case s.WithinDates():
                first = self.policy.valid_from if item.not_before == "valid_from" else item.not_before
                last = self.policy.valid_to if item.not_after == "valid_to" else item.not_after
                operand = self.operand(item.fact, "date", nullable=True)
                return c.DateWindow(item.label, operand, first, last, item.quote)
            case s.AllOf():
                parts = tuple(self.condition(part) for part in item.of)
                return c.Every("；".join(part.label for part in parts), parts, parts[0].quote)
            case s.AnyOf():
                parts = tuple(self.condition(part) for part in item.of)
                return c.Either(item.label, parts, parts[0].quote)
            case s.Not():
                return c.Opposite(item.label, self.condition(item.of), item.quote)

    def number(self, value: Any) -> int:
        """Of a sum of money or a count; no fact is of the type of a rate."""
        return cast(int, value.fen if isinstance(value, s.CitedMoney) else value.value)

    # -- blocks

    def award(self, item: s.Award) -> n.AwardNode | n.Latitude:
        match item:
            case s.Discretion():
                low, high = item.floor, item.ceiling
                return n.Latitude(
                    low.fen if low else None,
                    high.fen if high else None,
                    item.quote,
                    low.quote if low else item.quote,
                    high.quote if high else item.quote,
                )
            case s.Sum():
                parts = tuple(self.block(part) for part in item.parts)
                return n.Total(parts, lcm(*(part.denominator for part in parts)))
            case _:
                return self.block(item)

    def block(self, item: s.SimpleBlock, table: str = "") -> Any:
        match item:
            case s.Fixed():
                return n.Amount(item.amount.fen, item.amount.literal, item.amount.quote)
            case s.Rate():
                of, rate = self.operand(item.of, "money", table=table), item.rate.fraction
                return n.Share("rate", of, rate.numerator, rate.denominator, item.rate.value, item.rate.quote)
            case s.External():
                of, times = self.operand(item.fact, "money"), item.times.fraction
                written = f"{item.times.value} 倍"
                return n.Share("external", of, times.numerator, times.denominator, written, item.times.quote)
            case s.PerUnit():
                of = self.operand(item.count, "count")
                return n.Share("per_unit", of, item.amount.fen, 1, item.unit, item.amount.quote)
            case s.Step():
                return self.step(item, table)
            case s.Rows():
                fact = self.table(item.table)
                each = self.block(item.each, item.table)
                cap = item.row_cap
                label = self.row_label(item.table, item.row_label)
                return n.EachRow(
                    item.table, label, each, cap.fen if cap else None, cap.quote if cap else "", fact.max_rows
                )
            case s.LoanInterest():
                return self.interest(item)

    def step(self, item: s.Step, table: str) -> n.Tiers:
        denominator = lcm(*(tier.rate.fraction.denominator for tier in item.tiers if tier.rate))
        tiers = []
        for tier in item.tiers:
            cited = tier.rate or tier.amount
            assert cited is not None
            factor = int(tier.rate.fraction * denominator) if tier.rate else 0
            amount = tier.amount.fen * denominator if tier.amount else 0
            tiers.append(n.TierNode(tier.at_least.fen, tier.at_least.quote, factor, amount, cited.value, cited.quote))
        return n.Tiers(self.operand(item.of, "money", table=table), tuple(tiers), denominator)

    def row_label(self, table: str, key: str | None) -> str:
        if key is None:
            return ""
        column = self.column(table, key)
        if column is None or column.type != "text":
            raise self.fail(f"{table}.{key} is no text column")
        return key

    def interest(self, item: s.LoanInterest) -> n.Interest:
        table, settings = self.table(item.table), self.policy.settings
        principal = self.operand(f"row.{item.principal}", "money", table=item.table)
        self.operand(f"row.{item.drawn_on}", "date", table=item.table)
        self.operand(f"row.{item.repaid_on}", "date", table=item.table, nullable=True)
        self.operand(f"row.{item.interest_paid}", "money", table=item.table)
        series = next((series for series in self.policy.series if series.key == item.series), None)
        if series is None:
            raise self.fail(f"no series {item.series}")
        share = item.share.fraction
        return n.Interest(
            table=item.table,
            table_label=table.label,
            row_label=self.row_label(item.table, item.row_label),
            principal=item.principal,
            drawn_on=item.drawn_on,
            repaid_on=item.repaid_on,
            interest_paid=item.interest_paid,
            principal_high=principal.high,
            max_rows=table.max_rows,
            series=compile_series(series),
            share_factor=share.numerator,
            share_denominator=share.denominator,
            share_written=item.share.value,
            quote=item.share.quote,
            day_count=settings.day_count.value,
            pick=settings.lpr_pick.value,
            limited=settings.loan_cap.value,
            days_confirmed=settled(settings.day_count) and settled(settings.lpr_pick),
            limit_confirmed=settled(settings.loan_cap),
        )


def _unit(value: Any) -> str:
    return value.unit if isinstance(value, s.CitedCount) else ""


def compile_series(series: s.Series) -> n.SeriesNode:
    """A reference series with rates in hundredths of a per cent."""
    return n.SeriesNode(
        series.key,
        series.label,
        series.short,
        tuple(value.on.toordinal() for value in series.values),
        tuple(int(value.value.replace(".", "")) for value in series.values),
        series.known_until.toordinal(),
    )


def _compile_clause(policy: s.PolicyDefinition, clause: s.ClauseDefinition, order: int) -> CompiledClause:
    compiler = _Compiler(policy, clause)
    conditions = tuple(compiler.condition(item) for item in clause.conditions)
    award = compiler.award(clause.award)
    cap = None
    if clause.cap:
        amount, ref, extra = clause.cap.amount, clause.cap.base, policy.settings.extra_cap
        base = compiler.operand(ref, "money") if ref and extra.value == "total" else None
        clear = ref is None or settled(extra)
        cap = CapNode(amount.fen, clause.cap.scope, base, amount.literal, amount.quote, clear)
    own = {fact.key: fact for fact in clause.facts}
    if len(own) != len(clause.facts):
        raise DefinitionError(f"{clause.id}: two facts have the same key")
    return CompiledClause(
        clause,
        clause.id,
        order,
        conditions,
        award,
        cap,
        clause.exempt is not None,
        frozenset(compiler.year_keys),
        own,
        date_hints(clause, conditions, award),
    )


def compile_policy(definition: s.PolicyDefinition) -> CompiledPolicy:
    """Compile a definition.

    Raises:
        DefinitionError: a reference, type or setting does not fit; the first fault found.
    """
    clauses = {clause.id: _compile_clause(definition, clause, k) for k, clause in enumerate(definition.clauses)}
    total = definition.total_cap
    cap = None
    if total:
        compiler = _Compiler(definition, None)
        rate = total.rate.fraction
        cap = CompiledCap(
            base=compiler.operand(total.base, "money"),
            factor=rate.numerator,
            denominator=rate.denominator,
            written=total.rate.value,
            quote=total.rate.quote,
            lifted_if=compiler.operand(total.lifted_if, "flag", nullable=True) if total.lifted_if else None,
            lifted_quote=total.lifted_quote or total.rate.quote,
            binds=frozenset(total.binds),
        )
    return CompiledPolicy(
        definition,
        {fact.key: fact for fact in definition.year_facts},
        clauses,
        {
            group.name: tuple(sorted(group.clauses, key=lambda clause: clauses[clause].order))
            for group in definition.groups
        },
        cap,
    )


#: So many compiled definitions are kept.
MAX_KEPT = 64
_COMPILED: dict[int, CompiledPolicy] = {}


def compiled(policy: s.PolicyDefinition | CompiledPolicy) -> CompiledPolicy:
    """The compiled form, kept for definitions seen before (by identity: they are immutable, and kept with it)."""
    if isinstance(policy, CompiledPolicy):
        return policy
    found = _COMPILED.get(id(policy))
    if found is None:
        if len(_COMPILED) == MAX_KEPT:
            _COMPILED.clear()
        found = _COMPILED[id(policy)] = compile_policy(policy)
    return found
