"""A definition in sentences, as far as it goes: each condition, the award and the limits by themselves.

A part that is not complete yet has no sentence, and its place says so; what is missing is told by the lints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from common.money import yuan
from policies.blocks.amounts import show_money
from policies.blocks.read import declared
from policies.explain import Explanation, Line, explain
from policies.lint.literals import NumberLiteral, read_literals
from policies.lint.schema import checked
from policies.rules import schema as s


@dataclass
class Said:
    """Sentences by the path of the part of the form that they tell: `conditions.0`, `award`, `limits`."""

    lines: dict[str, tuple[Line, ...]] = field(default_factory=dict)

    @property
    def whole(self) -> list[Line]:
        """Every sentence in the order of the form."""
        return [line for lines in self.lines.values() for line in lines]


def say(definition: Mapping[str, Any], year_labels: Mapping[str, str]) -> Said:
    """The sentences of a monetary clause's definition that may be invalid."""
    facts = tuple(fact for item in declared(definition) if (fact := checked(s.FactDecl, item)[0]) is not None)
    said = Said()
    conditions = definition.get("conditions")
    for index, item in enumerate(conditions if isinstance(conditions, list) else []):
        condition = checked(s.Condition, item)[0]
        told = () if condition is None else _explained(facts, year_labels, conditions=(condition,)).conditions
        said.lines[f"conditions.{index}"] = told
    competitive = definition.get("competitive") is True
    award = checked(s.Award, definition.get("award"))[0]
    told = () if award is None else _explained(facts, year_labels, award=award, competitive=competitive).amount
    said.lines["award"] = told
    limits = {name: checked(kind, definition.get(name))[0] for name, kind in _LIMITS if definition.get(name)}
    said.lines["limits"] = _explained(facts, year_labels, **limits).limits
    return said


_LIMITS: tuple[tuple[str, Any], ...] = (("cap", s.Cap), ("exempt", s.Citation), ("quota", s.Quota))


def _explained(facts: tuple[s.FactDecl, ...], year_labels: Mapping[str, str], **parts: Any) -> Explanation:
    clause = s.ClauseDefinition.model_construct(
        **{"id": "0", "title": "〔缺〕", "sentence": "〔缺〕", "facts": facts, "award": None, **parts}
    )
    return explain(clause, year_labels)


def fills(definition: Any, path: str = "") -> dict[str, str]:
    """Values that stand empty and whose printed number reads: path of the field → what to fill in.

    A threshold without its kind is given the kind of its number.
    """
    found: dict[str, str] = {}
    if isinstance(definition, Mapping):
        literal, value = definition.get("literal"), definition.get("value")
        if isinstance(literal, str) and literal and value in (None, ""):
            found |= _filled(definition, literal, path)
        for name, inner in definition.items():
            found |= fills(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(definition, list):
        for index, inner in enumerate(definition):
            found |= fills(inner, f"{path}.{index}" if path else str(index))
    return found


_KINDS = {"money": "money", "percent": "rate", "times": "times", "count": "count"}


def _filled(cited: Mapping[str, Any], literal: str, path: str) -> dict[str, str]:
    numbers = [number for number in read_literals(literal) if number.text == literal.strip()]
    if len(numbers) != 1 or len(numbers[0].values) != 1:
        return {}
    number = numbers[0]
    kind, wanted = _KINDS.get(number.kind), cited.get("type")
    if kind is None or (wanted is not None and wanted != kind):
        return {}
    filled = {f"{path}.value": _typed(number)}
    return filled if wanted else {**filled, f"{path}.type": kind}


def _typed(number: NumberLiteral) -> str:
    """A printed number as a person would type it."""
    value: Any = number.values[0]
    if number.kind == "money":
        return show_money(yuan(value))
    if number.kind == "percent":
        return f"{decimal(value * 100)}%"
    return decimal(value) if number.kind == "times" else str(value)


def decimal(value: Any) -> str:
    """An exact fraction in digits; the reader's numbers have a finite decimal form."""
    whole, rest = divmod(value, 1)
    digits = ""
    while rest and len(digits) < 7:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)
