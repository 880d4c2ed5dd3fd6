"""What a reference may name: the facts of the clause, the figures of the year, columns, series, evidence, clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.blocks.labels import option
from policies.blocks.shapes import Shape

Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Around:
    """What stands beside a definition in its document: key and label each."""

    year_facts: Sequence[Mapping[str, Any]] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    clauses: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """What can be named from one place: the clause's own facts, and the table whose rows are at hand."""

    around: Around
    facts: Sequence[Mapping[str, Any]] = ()
    #: The table of the block; its columns are read as row.key inside `each`, by their key in the block itself.
    table: str = ""
    in_row: bool = False

    def inside(self, table: Any, *, in_row: bool) -> Scope:
        """The scope inside a block over the rows of a table."""
        return Scope(self.around, self.facts, table if isinstance(table, str) else "", in_row)

    def references(self, wanted: Sequence[str]) -> Options:
        """The facts and columns of these types, the nearest first."""
        if wanted == ("series",):
            return list(self.around.series.items())
        if wanted[:1] == ("row",):
            return [(key, name) for key, name, kind in self._columns(self.table) if kind in wanted]
        found = list(self._row(wanted)) if self.in_row else []
        return [*found, *self._own(wanted), *self._year(wanted)]

    def _row(self, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
        for key, name, kind in self._columns(self.table):
            if kind in wanted:
                yield f"row.{key}", f"本行的「{name}」"

    def _own(self, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
        for key, name, kind in _named(self.facts):
            if kind == "table" and "count" in wanted:
                yield key, f"「{name}」的行数"
            elif kind in wanted:
                yield key, f"「{name}」"
            if kind == "table" and not self.in_row:
                for inner, column, of in self._columns(key):
                    if of in wanted and of in ("money", "count"):
                        yield f"{key}.{inner}", f"「{name}」各行「{column}」的合计"

    def _year(self, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
        for key, name, kind in _named(self.around.year_facts):
            if kind in wanted:
                yield f"Y.{key}", f"年度数据「{name}」"

    def _columns(self, table: str) -> Iterator[tuple[str, str, str]]:
        for fact in self.facts:
            if fact.get("key") == table:
                yield from _named(fact.get("columns"))

    def entries(self, shape: Shape, name: str, owner: Mapping[str, Any]) -> Options:
        """What can be ticked in a list."""
        if shape.source == "evidence":
            return list(self.around.evidence.items())
        if shape.source == "clauses":
            return list(self.around.clauses.items())
        if shape.source == "choices":
            return [(key, words) for key, words in self._choices(owner.get("fact"))]
        return [(str(one), option(name, one)) for one in ("enterprise", "association")]

    def _choices(self, ref: Any) -> Iterator[tuple[str, str]]:
        facts = {**{f"Y.{fact.get('key')}": fact for fact in self.around.year_facts}}
        facts |= {str(fact.get("key")): fact for fact in self.facts}
        found = facts.get(ref) if isinstance(ref, str) else None
        for choice in _mappings((found or {}).get("choices")):
            yield str(choice.get("value", "")), str(choice.get("label", ""))


def _mappings(items: Any) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, (list, tuple)) else []


def _named(items: Any) -> Iterator[tuple[str, str, str]]:
    """(key, label, type) of declarations that have a key."""
    for item in _mappings(items):
        key = item.get("key")
        if isinstance(key, str) and key:
            yield key, str(item.get("label") or key), str(item.get("type", ""))
