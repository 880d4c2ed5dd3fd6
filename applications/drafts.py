"""The shape of a draft: facts as in the evaluation document, and beside them what was typed but cannot be read yet.

    {"status_list": "fortune_500", "projects": [{"name": "…"}, {}],
     "_raw": {"list_year": "去年", "projects-1-investment": "五百"}}

Nothing that a person typed is thrown away because it is wrong: it is shown again with its fault. Field names are those
of the form: the key of a fact, or table-row-column with rows counted from 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.rules.facts import quoted
from policies.rules.schema import Column, FactDecl

RAW_KEY = "_raw"
RAW_LIMIT = 2000

Draft = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One thing that stands in the way of filing: where it is and what to do about it, as a sentence.

    section: "figures", "facts", "evidence", "promise" or "general"; field_id: the id of the input on that page, or "".
    """

    field_id: str
    section: str
    message: str
    label: str = ""

    @property
    def full(self) -> str:
        """The sentence with the label in front, as the summary on top of a page prints it."""
        told = not self.label or self.label in self.message or quoted(self.label) in self.message
        return self.message if told else f"{self.label}：{self.message}"


@dataclass(frozen=True)
class Slot:
    """One input of a form: the declaration behind it and its place."""

    name: str
    declaration: Column
    table: FactDecl | None = None
    row: int | None = None

    @property
    def label(self) -> str:
        """The label with table and row where there is one: 项目第 2 条·投入."""
        if self.table is None:
            return self.declaration.label
        return f"{self.table.label}第 {(self.row or 0) + 1} 条·{self.declaration.label}"


def facts_of(draft: Mapping[str, Any]) -> Draft:
    """The readable values alone."""
    return {key: value for key, value in draft.items() if key != RAW_KEY}


def raw_of(draft: Mapping[str, Any]) -> dict[str, str]:
    """Field name → text that could not be read."""
    return dict(draft.get(RAW_KEY) or {})


def storable(text: object) -> str:
    """What was typed, in a form that a jsonb column takes: no NUL, no lone surrogate, of bounded length."""
    plain = str(text).replace("\x00", "")[:RAW_LIMIT]
    return plain.encode("utf-8", "replace").decode("utf-8")


def rows_of(draft: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The rows of a table fact, never anything else."""
    rows = draft.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def slots(facts: tuple[FactDecl, ...] | list[FactDecl], draft: Mapping[str, Any]) -> Iterator[tuple[Slot, Any]]:
    """Every input with its readable value (None where there is none), in the order of the form."""
    for fact in facts:
        if fact.type != "table":
            yield Slot(fact.key, fact), draft.get(fact.key)
            continue
        for number, row in enumerate(rows_of(draft, fact.key)):
            for column in fact.columns:
                name = f"{fact.key}-{number}-{column.key}"
                yield Slot(name, column, fact, number), row.get(column.key)
