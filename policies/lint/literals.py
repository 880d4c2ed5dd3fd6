"""Reader of the numbers that a Chinese policy sentence prints, as exact values.

「20亿元」 is 2,000,000,000 元 in 分, 「50%」 is one half, 「1倍」 is one, 「15项左右」 is the count 15,
「100-200万元」 is two amounts that share a unit, 「1亿5000万元」 is one amount, 「2025年12月31日」 is a day.
Numbers in characters and in full-width digits are read alike: 「百分之五十」, 「二十亿元」, 「５０％」.
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
_WORDS = "[零〇一二两三四五六七八九十百千]+"
_PATTERN = re.compile(
    rf"(?P<date>(?P<y>\d{{4}})年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日)"
    rf"|百分之(?P<percent_words>{_NUMBER}|{_WORDS})"
    rf"|(?P<yi>{_NUMBER}|{_WORDS})亿(?P<wan>{_NUMBER}|{_WORDS})万元"
    rf"|(?P<low>{_NUMBER}|{_WORDS})(?:[-—~～至](?P<high>{_NUMBER}|{_WORDS}))?"
    rf"(?:(?P<money>亿元|万元|元)|(?P<percent>[%％])|(?P<times>倍)|(?P<count>{_COUNTERS}))"
)
# One character for one, so that a literal keeps the characters of its sentence.
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．－", "0123456789.-")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True)
class NumberLiteral:
    """One printed number: its characters, its kind, and its value (two values for a range).

    Values: money – int of 分; percent and times – Fraction; count – int; date – datetime.date.
    """

    text: str
    kind: Kind
    values: tuple[Value, ...]

    @property
    def in_digits(self) -> bool:
        """Whether it is printed in digits; 「一家」 may be a number or a manner of speaking."""
        return self.text[0].isdigit()


def read_literals(sentence: str) -> list[NumberLiteral]:
    """Return every number with a unit that a sentence (without blanks inside numbers) prints, in order."""
    found = []
    for match in _PATTERN.finditer(sentence.translate(_HALF_WIDTH)):
        literal = _read(match, sentence[match.start() : match.end()])
        if literal is not None:
            found.append(literal)
    return found


def _read(match: re.Match[str], text: str) -> NumberLiteral | None:
    if match["date"]:
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            return None
        return NumberLiteral(text, "date", (day,))
    names = [name for name in ("percent_words", "yi", "wan", "low", "high") if match[name]]
    read = [_number(match[name]) for name in names]
    numbers = [number for number in read if number is not None]
    if len(numbers) != len(read):
        return None
    if match["percent_words"] or match["percent"]:
        return NumberLiteral(text, "percent", tuple(number / 100 for number in numbers))
    if match["yi"]:
        return _whole(text, "money", [numbers[0] * _FEN["亿元"] + numbers[1] * _FEN["万元"]])
    if match["money"]:
        return _whole(text, "money", [number * _FEN[match["money"]] for number in numbers])
    if match["times"]:
        return NumberLiteral(text, "times", tuple(numbers))
    return _whole(text, "count", numbers)


def _number(text: str) -> Fraction | None:
    """The value of digits or characters (二十, 一千五百, 二〇); None for characters that are no number (十百)."""
    if text[0].isdigit():
        return Fraction(Decimal(text.replace(",", "")))
    if not any(char in _PLACES for char in text):
        return Fraction(int("".join(str(_DIGITS[char]) for char in text)))
    total, digit, last = 0, None, 10_000
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
            continue
        place = _PLACES[char]
        if place >= last or digit == 0 or (digit is None and place != 10):
            return None
        total, digit, last = total + (1 if digit is None else digit) * place, None, place
    return Fraction(total + (digit or 0))


def _whole(text: str, kind: Kind, numbers: list[Fraction]) -> NumberLiteral | None:
    """A literal whose values must be whole (分 or pieces); None where they are not."""
    if any(number.denominator != 1 for number in numbers):
        return None
    return NumberLiteral(text, kind, tuple(int(number) for number in numbers))


def reads_as(sentence: str, kind: Kind, value: Value) -> bool:
    """Tell whether some number that the sentence prints has this kind and exactly this value."""
    return any(literal.kind == kind and value in literal.values for literal in read_literals(sentence))
