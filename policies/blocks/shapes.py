"""What the fields of the schema are to a form: a line of text, a choice, a part of its own, a list of parts.

The one place that looks at annotations; the tree, the reader and the operations ask :func:`shape_of`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import MinLen
from pydantic_core import PydanticUndefined

from policies.rules import schema as s
from policies.rules.values import Model

Control = Literal["text", "long", "flag", "whole", "money", "rate", "times", "day", "bound", "choice", "ref", "hidden"]


class PrintedClause(Model):
    """A clause that pays nothing: what is kept of it beside the printed sentence."""

    id: s.ClauseId
    title: str
    sentence: str
    quota: s.CitedCount | None = None


class RulesDefinition(Model):
    """The rules of a document across its clauses, as `PolicyRules.definition` holds them."""

    year_facts: tuple[s.FactDecl, ...] = ()
    total_cap: s.TotalCap | None = None
    groups: tuple[s.Group, ...] = ()


Schema = type[Model]

#: References, and the types of facts that may stand there ("table": a table of the clause; "row": a column of it).
REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("Compare", "fact"): ("money", "count"),
    ("Growth", "now"): ("money", "count"),
    ("Growth", "before"): ("money", "count"),
    ("OneOf", "fact"): ("choice",),
    ("IsTrue", "fact"): ("flag",),
    ("Given", "fact"): ("money", "count", "date", "flag", "choice", "text"),
    ("WithinDates", "fact"): ("date",),
    ("Rate", "of"): ("money",),
    ("Step", "of"): ("money",),
    ("PerUnit", "count"): ("count",),
    ("External", "fact"): ("money",),
    ("Cap", "base"): ("money",),
    ("TotalCap", "base"): ("money",),
    ("TotalCap", "lifted_if"): ("flag",),
    ("Rows", "table"): ("table",),
    ("LoanInterest", "table"): ("table",),
    ("Rows", "row_label"): ("row", "text"),
    ("LoanInterest", "row_label"): ("row", "text"),
    ("LoanInterest", "principal"): ("row", "money"),
    ("LoanInterest", "drawn_on"): ("row", "date"),
    ("LoanInterest", "repaid_on"): ("row", "date"),
    ("LoanInterest", "interest_paid"): ("row", "money"),
    ("LoanInterest", "series"): ("series",),
}
#: Lists whose entries are ticked: where the entries to choose from come from.
TICKED: dict[tuple[str, str], str] = {
    ("FactDecl", "evidence"): "evidence",
    ("OneOf", "values"): "choices",
    ("Group", "clauses"): "clauses",
    ("TotalCap", "binds"): "literal",
}
#: Lists of single words that are chosen one by one.
PICKED: dict[tuple[str, str], str] = {("Column", "evidence"): "evidence"}

_LONG = {"help", "quote", "reason", "lifted_quote"}
_VALUES: dict[type, Control] = {
    s.CitedMoney: "money",
    s.CitedRate: "rate",
    s.CitedTimes: "times",
    s.CitedCount: "whole",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One field, or one entry of a list, as a form sees it."""

    kind: Literal["field", "ticks", "part", "union", "list"]
    #: None may stand there.
    optional: bool = False
    control: Control = "text"
    #: Values of a literal.
    literals: tuple[Any, ...] = ()
    #: The classes of a part; more than one for a union, told apart by `tag`.
    parts: tuple[Schema, ...] = ()
    tag: str = ""
    #: The shape of a list's entries, and how many there must be.
    entry: Shape | None = None
    least: int = 0
    #: Types of facts that a reference may name, or the source of entries to tick.
    wanted: tuple[str, ...] = ()
    source: str = ""
    has_default: bool = False
    default: Any = None

    def part_for(self, tag: Any) -> Schema | None:
        """The class of a union's kind; of a plain part its only class."""
        if self.kind == "part":
            return self.parts[0]
        return next((part for part in self.parts if tag in get_args(part.model_fields[self.tag].annotation)), None)

    @property
    def kinds(self) -> list[str]:
        """The kinds of a union in the order of the schema."""
        return [str(get_args(part.model_fields[self.tag].annotation)[0]) for part in self.parts] if self.tag else []


@cache
def shapes_of(part: Schema) -> Mapping[str, Shape]:
    """The fields of a class by name, in the order of the schema."""
    hints = get_type_hints(part, include_extras=True)
    return {name: _shape(part, name, hints[name]) for name in part.model_fields}


def shape_of(part: Schema, name: str) -> Shape:
    """One field of a class; raises KeyError for a name that it does not have."""
    return shapes_of(part)[name]


def is_kind(part: Schema, name: str) -> bool:
    """Whether the field only says of which kind its part is."""
    field = part.model_fields[name]
    return name in ("kind", "type") and get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def default_json(shape: Shape) -> Any:
    """What stands for a field that nobody filled in, as JSON."""
    return list(shape.default) if isinstance(shape.default, tuple) else shape.default


def _shape(part: Schema, name: str, hint: Any) -> Shape:
    field = part.model_fields[name]
    found = _of_hint(part, name, hint, list(field.metadata))
    if field.default is PydanticUndefined:
        return found
    return _with(found, has_default=True, default=field.default)


def _with(shape: Shape, **changes: Any) -> Shape:
    return Shape(**{name: changes.get(name, getattr(shape, name)) for name in Shape.__slots__})


def _of_hint(part: Schema, name: str, hint: Any, metadata: list[Any]) -> Shape:
    optional = False
    while get_origin(hint) is Annotated:
        hint, *more = get_args(hint)
        metadata += more
    if get_origin(hint) in (Union, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        optional = len(kinds) < len(get_args(hint))
        if len(kinds) > 1:
            return _with(_of_union(kinds, name), optional=optional)
        return _with(_of_hint(part, name, kinds[0], metadata), optional=optional)
    if get_origin(hint) is tuple:
        least = next((rule.min_length for rule in metadata if isinstance(rule, MinLen)), 0)
        return _of_list(part, name, get_args(hint)[0], least)
    if get_origin(hint) is Literal:
        # whether a fact is one of the year follows from where it is declared
        control: Control = "hidden" if name == "scope" and issubclass(part, s.Column) else "choice"
        return Shape("field", control=control, literals=get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Model):
        return Shape("part", parts=(hint,))
    return Shape("field", control=_control(part, name, hint), wanted=REFERENCES.get((part.__name__, name), ()))


def _of_union(kinds: list[Any], name: str) -> Shape:
    bare = [get_args(kind)[0] if get_origin(kind) is Annotated else kind for kind in kinds]
    if all(isinstance(kind, type) and issubclass(kind, Model) for kind in bare):
        return Shape("union", parts=tuple(bare), tag="type" if "type" in bare[0].model_fields else "kind")
    words = tuple(word for kind in bare if get_origin(kind) is Literal for word in get_args(kind))
    return Shape("field", control="day", literals=words)


def _of_list(part: Schema, name: str, entry: Any, least: int) -> Shape:
    for owner in part.__mro__:
        if source := TICKED.get((owner.__name__, name)):
            return Shape("ticks", source=source, least=least)
        if source := PICKED.get((owner.__name__, name)):
            return Shape("list", entry=Shape("field", control="choice", source=source), least=least)
    return Shape("list", entry=_of_hint(part, name, entry, []), least=least)


def _control(part: Schema, name: str, hint: Any) -> Control:
    if hint is bool:
        return "flag"
    if name == "value" and part in _VALUES:
        return _VALUES[part]
    if hint is int:
        return "whole"
    if hint is dt.date:
        return "day"
    if (part.__name__, name) in REFERENCES:
        return "ref"
    if name in ("minimum", "maximum"):
        return "bound"
    return "long" if name in _LONG else "text"
