"""Which numbers a raw definition holds: where each stands, what kind it is, and its value where it is well formed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, cast

from common.money import grouped
from policies.lint.faults import walk
from policies.lint.literals import Value
from policies.rules.values import MONEY_PATTERN, PERCENT_PATTERN, TIMES_PATTERN

Kind = Literal["money", "rate", "times", "count"]

#: What stands in a field of a definition, where the number itself does not say.
FIELDS: dict[str, Kind] = {
    "amount": "money",
    "at_least": "money",
    "row_cap": "money",
    "floor": "money",
    "ceiling": "money",
    "rate": "rate",
    "share": "rate",
    "times": "times",
    "target": "count",
    "quota": "count",
}
#: Fields of conditions whose number says its kind itself.
TAGGED = ("value", "by")
NAMES: dict[str, str] = {"money": "金额", "rate": "比例", "times": "倍数", "count": "数量"}
_PATTERNS: dict[str, str] = {"money": MONEY_PATTERN, "rate": PERCENT_PATTERN, "times": TIMES_PATTERN}
#: How a literal of that kind is called by :mod:`.literals`.
LITERAL_KINDS = {"money": "money", "rate": "percent", "times": "times", "count": "count"}


@dataclass(frozen=True)
class RawNumber:
    """A cited number: ``role`` is the field it stands in; ``value`` is None where it is not well formed."""

    path: str
    role: str
    kind: Kind
    raw: Mapping[str, Any]
    value: Value | None


def numbers(raw: Any, path: str = "") -> Iterator[RawNumber]:
    """Every cited number of a raw definition that is written as a table, in its order."""
    for place, table in walk(raw, path):
        if "value" not in table:
            continue
        role = place.rsplit(".", 1)[-1]
        kind = table.get("type") if role in TAGGED else FIELDS.get(role)
        if isinstance(kind, str) and kind in NAMES:
            yield RawNumber(place, role, cast(Kind, kind), table, value_of(table["value"], kind))


def value_of(value: Any, kind: str) -> Value | None:
    """The exact value (分 for money), None where it is not written as that kind is."""
    if kind == "count":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if not isinstance(value, str) or not re.fullmatch(_PATTERNS[kind].strip("^$"), value):
        return None
    if kind == "money":
        return int(value.replace(".", ""))
    return Fraction(value[:-1]) / 100 if kind == "rate" else Fraction(value)


def shown(kind: str, value: Value) -> str:
    """A value as people read it: 20,000,000.00 元, 0.5%, 1 倍, 15."""
    if kind == "money" and isinstance(value, int):
        return f"{grouped(value)} 元"
    if kind in ("rate", "percent") and isinstance(value, Fraction):
        return f"{_decimal(value * 100)}%"
    if kind == "times" and isinstance(value, Fraction):
        return f"{_decimal(value)} 倍"
    return str(value)


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
