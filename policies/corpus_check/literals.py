"""Reader of the numbers that a Chinese policy sentence prints, as exact values.

「20亿元」 is 2,000,000,000 元 in 分, 「50%」 is one half, 「1倍」 is one, 「15项左右」 is the count 15,
「100-200万元」 is two amounts that share a unit, 「2025年12月31日」 is a day.
A number is never read as another kind: 20亿元 is not the count 20.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal as OneOf

Kind = OneOf["money", "percent", "times", "count", "date"]
Value = int | Fraction | date

_FEN = {"元": 100, "万元": 10_000 * 100, "亿元": 100_000_000 * 100}
_COUNTERS = "家|人|项|个|名|次|天|日|年|月|台|片|件|强|级"
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_PATTERN = re.compile(
    rf"(?P<date>(?P<y>\d{{4}})年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日)"
    rf"|(?P<low>{_NUMBER})(?:[-—~～至](?P<high>{_NUMBER}))?"
    rf"(?:(?P<money>亿元|万元|元)|(?P<percent>[%％])|(?P<times>倍)|(?P<count>{_COUNTERS}))"
)


@dataclass(frozen=True)
class NumberLiteral:
    """One printed number: its characters, its kind, and its value (two values for a range).

    Values: money – int of 分; percent and times – Fraction; count – int; date – datetime.date.
    """

    text: str
    kind: Kind
    values: tuple[Value, ...]


def read_literals(sentence: str) -> list[NumberLiteral]:
    """Return every number with a unit that a sentence (without blanks inside numbers) prints, in order."""
    found = []
    for match in _PATTERN.finditer(sentence):
        literal = _read(match)
        if literal is not None:
            found.append(literal)
    return found


def _read(match: re.Match[str]) -> NumberLiteral | None:
    if match["date"]:
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            return None
        return NumberLiteral(match[0], "date", (day,))
    numbers = [Fraction(Decimal(match[name].replace(",", ""))) for name in ("low", "high") if match[name]]
    if match["money"]:
        return _whole(match[0], "money", [number * _FEN[match["money"]] for number in numbers])
    if match["percent"]:
        return NumberLiteral(match[0], "percent", tuple(number / 100 for number in numbers))
    if match["times"]:
        return NumberLiteral(match[0], "times", tuple(numbers))
    return _whole(match[0], "count", numbers)


def _whole(text: str, kind: Kind, numbers: list[Fraction]) -> NumberLiteral | None:
    """A literal whose values must be whole (分 or pieces); None where they are not."""
    if any(number.denominator != 1 for number in numbers):
        return None
    return NumberLiteral(text, kind, tuple(int(number) for number in numbers))


def reads_as(sentence: str, kind: Kind, value: Value) -> bool:
    """Tell whether some number that the sentence prints has this kind and exactly this value."""
    return any(literal.kind == kind and value in literal.values for literal in read_literals(sentence))
