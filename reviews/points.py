"""The points of a file on which units state opinions, and the places that each of them rests on. Pure.

A place is written as in `applications.queries.differences.Change.place`: `Y.key` a figure of the year, `fact`,
`table.column`, `table` (its rows as such), `evidence:key`. A point is voided by a change in a place it rests on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from policies.rules.schema import (
    AllOf,
    AnyOf,
    ClauseDefinition,
    Condition,
    Discretion,
    External,
    FactDecl,
    Fixed,
    Growth,
    LoanInterest,
    Not,
    PerUnit,
    Rate,
    Rows,
    Step,
    Sum,
)

CONDITION, FIGURES, FACTS, EVIDENCE, AMOUNT = "condition", "figures", "facts", "evidence", "amount"
#: Documents that the enterprise files once for all its applications of a year: one point together.
SHARED_EVIDENCE = f"{EVIDENCE}:shared"
_YEAR = "Y."


@dataclass(frozen=True)
class Point:
    """One point: its key (`condition:1`, `figures`, `facts`, `evidence:invoice`, `evidence:shared`, `amount`), its
    words, for a condition the passage of the clause, and the places it rests on."""

    key: str
    label: str
    quote: str = ""
    rests_on: frozenset[str] = field(default_factory=frozenset)

    def is_touched_by(self, places: Iterable[str]) -> bool:
        """Whether a change in one of the places concerns the point; rows coming or going concern every column."""
        return any(
            place in self.rests_on
            or place.partition(".")[0] in self.rests_on
            or any(known.startswith(f"{place}.") for known in self.rests_on)
            for place in places
        )


@dataclass(frozen=True)
class Document:
    """A document that the clause asks for; shared ones are filed once a year."""

    key: str
    label: str
    shared: bool


def points_of(
    definition: ClauseDefinition, *, figures: Sequence[FactDecl], documents: Sequence[Document]
) -> tuple[Point, ...]:
    """The points of a file: one for each condition, then figures, facts, documents, amount.

    `figures` are those of the year that the file states, `documents` those the clause asks for. The amount rests on
    everything its block and its cap read; where a reviewer sets it (discretion), on all facts of the clause.
    """
    conditions = [
        Point(f"{CONDITION}:{number}", _label(condition), _quote(condition), frozenset(_refs(condition)))
        for number, condition in enumerate(_leaves(definition.conditions), start=1)
    ]
    facts = frozenset(fact.key for fact in definition.facts)
    found = [
        *conditions,
        Point(FIGURES, "年度数据", rests_on=frozenset(f"{_YEAR}{figure.key}" for figure in figures)),
        Point(FACTS, "申报事项", rests_on=facts),
    ]
    shared = frozenset(f"{EVIDENCE}:{item.key}" for item in documents if item.shared)
    if shared:
        found.append(Point(SHARED_EVIDENCE, "全年共用材料", rests_on=shared))
    found += [
        Point(f"{EVIDENCE}:{item.key}", item.label, rests_on=frozenset({f"{EVIDENCE}:{item.key}"}))
        for item in documents
        if not item.shared
    ]
    return (*found, Point(AMOUNT, "金额", rests_on=_amount_places(definition)))


def own_keys(points: Sequence[Point], wanted: Sequence[str] | None) -> frozenset[str]:
    """Which points are a unit's own: those that its setting names, by key or by kind (`condition`, `evidence`); all
    where there is no setting for it or where the setting names none that this file has."""
    found = frozenset(point.key for point in points if _fits(point.key, wanted or ()))
    return found or frozenset(point.key for point in points)


def _fits(key: str, wanted: Iterable[str]) -> bool:
    return any(key == name or key.startswith(f"{name}:") for name in wanted)


def _leaves(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Conditions one by one; what must hold together is several, what holds alternatively is one."""
    for condition in conditions:
        if isinstance(condition, AllOf):
            yield from _leaves(condition.of)
        else:
            yield condition


def _label(condition: Condition) -> str:
    if isinstance(condition, Not):
        return f"不属于：{_label(condition.of)}"
    if isinstance(condition, AllOf):
        return "、".join(_label(inner) for inner in condition.of)
    return condition.label


def _quotes(condition: Condition) -> Iterator[str]:
    if isinstance(condition, AllOf | AnyOf):
        for inner in condition.of:
            yield from _quotes(inner)
    elif isinstance(condition, Growth):
        yield condition.by.quote
    elif hasattr(condition, "quote"):
        yield condition.quote
    else:
        yield condition.value.quote


def _quote(condition: Condition) -> str:
    return "；".join(dict.fromkeys(_quotes(condition)))


def _refs(condition: Condition) -> Iterator[str]:
    if isinstance(condition, AllOf | AnyOf):
        for inner in condition.of:
            yield from _refs(inner)
    elif isinstance(condition, Not):
        yield from _refs(condition.of)
    elif isinstance(condition, Growth):
        yield from (condition.now, condition.before)
    else:
        yield condition.fact


def _amount_places(definition: ClauseDefinition) -> frozenset[str]:
    award, base = definition.award, [definition.cap.base] if definition.cap and definition.cap.base else []
    if isinstance(award, Discretion):
        return frozenset([*(fact.key for fact in definition.facts), *base])
    return frozenset([*_block_places(award), *base])


def _block_places(block: object) -> Iterator[str]:
    """Every place that a block reads."""
    if isinstance(block, Sum):
        for part in block.parts:
            yield from _block_places(part)
    elif isinstance(block, Rows):
        each = block.each
        yield block.table if isinstance(each, Fixed) else f"{block.table}.{each.of.removeprefix('row.')}"
    elif isinstance(block, Rate | Step):
        yield block.of
    elif isinstance(block, PerUnit):
        yield block.count
    elif isinstance(block, External):
        yield block.fact
    elif isinstance(block, LoanInterest):
        for column in (block.principal, block.drawn_on, block.repaid_on, block.interest_paid):
            yield f"{block.table}.{column}"
