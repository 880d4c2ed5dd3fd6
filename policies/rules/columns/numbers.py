"""Exact arithmetic over columns of 64-bit integers: shares, limits, sums, and the one rounding.

A number is kept as :mod:`policies.rules.nodes` keeps it, a numerator over a denominator that is known beforehand
(:class:`Exact`). Where the numerator could become too large, its whole part is set aside first. Nothing is ever
rounded on the way, no float exists, and every operation knows the greatest value that can come out of it: beyond
:data:`LIMIT` it refuses (:class:`TooLargeError`) before it computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from policies.rules.columns.table import Ints

#: No value is greater, so that the sum of any two, and twice any, still is an int64.
LIMIT = 2**61 - 1


class TooLargeError(Exception):
    """A value could leave 64 bits.

    ``what`` is a Chinese noun phrase that says which; ``mend`` what to do, empty where bounds of facts would help.
    """

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def fitting(high: int, what: str, mend: str = "") -> int:
    """The greatest possible value, if columns can hold it.

    Raises:
        TooLargeError: they cannot.
    """
    if high > LIMIT:
        raise TooLargeError(what, mend)
    return high


FEWER_DECIMALS = "请减少比例或倍数的小数位数"


@dataclass(frozen=True, slots=True)
class Whole:
    """Whole numbers, none negative, and the greatest that may occur."""

    values: Ints
    high: int


@dataclass(frozen=True, slots=True)
class Exact:
    """``whole + part ÷ denominator``, neither negative; ``part`` may be greater than the denominator.

    ``whole`` is None where nothing was set aside: then ``part`` is the numerator of the scalar engine.
    """

    whole: Ints | None
    whole_high: int
    part: Ints
    part_high: int
    denominator: int


class Summing(Protocol):
    """Rows that belong to claims; see :class:`.reading.Rows`."""

    most: int

    def sums(self, values: Ints) -> Ints:
        """The sum of a value of each row, for each claim."""


def mul_div(
    value: Ints, factor: Ints | int, divisor: Ints | int, *, factor_high: int, divisor_high: int
) -> tuple[Ints, Ints]:
    """Quotient and remainder of ``value × factor ÷ divisor``, also where the product has more than 64 bits.

    Needs ``0 ≤ value < divisor ≤ LIMIT``. Long multiplication: the factor is taken in chunks, the highest first, of so
    many bits that remainder and partial product together stay below 2^63.
    """
    bits = 62 - divisor_high.bit_length()
    quotient: Any = 0
    rest: Any = 0
    for place in reversed(range(0, max(factor_high.bit_length(), 1), bits)):
        chunk = (factor >> place) & (2**bits - 1)
        rest = (rest << bits) + value * chunk
        more = rest // divisor
        rest = rest - more * divisor
        quotient = (quotient << bits) + more
    return quotient, rest


def share(of: Whole, factor: Whole | int, denominator: int) -> Exact:
    """``of × factor ÷ denominator``."""
    times, times_high = (factor, factor) if isinstance(factor, int) else (factor.values, factor.high)
    high = of.high * times_high
    if high <= LIMIT:
        return Exact(None, 0, of.values * times, high, denominator)
    fitting(denominator, "比例的分母", FEWER_DECIMALS)
    whole_high = fitting(high // denominator, "按比例计算的金额")
    whole = of.values // denominator
    left = of.values - whole * denominator
    more, rest = mul_div(left, times, denominator, factor_high=times_high, divisor_high=denominator)
    return Exact(whole * times + more, whole_high, rest, denominator - 1, denominator)


def _split(number: Exact) -> tuple[Ints, Ints]:
    """All wholes, and what is left of one as a part below the denominator."""
    more = number.part // number.denominator
    whole = more if number.whole is None else number.whole + more
    return whole, number.part - more * number.denominator


def carried(number: Exact) -> Exact:
    """The same number with ``part`` below the denominator."""
    whole, part = _split(number)
    whole_high = number.whole_high + number.part_high // number.denominator
    return Exact(whole, whole_high, part, min(number.part_high, number.denominator - 1), number.denominator)


def limited(number: Exact, most: Ints | int) -> Exact:
    """No more than ``most`` wholes."""
    unit = number.denominator
    if number.whole is None:
        # A limit beyond the greatest number changes nothing; brought down to there, its numerator cannot be too large.
        beyond = number.part_high // unit + 1
        if isinstance(most, int):
            cut = min(most, beyond) * unit
            return Exact(None, 0, np.minimum(number.part, cut), min(number.part_high, cut), unit)
        return Exact(None, 0, np.minimum(number.part, np.minimum(most, beyond) * unit), number.part_high, unit)
    whole, part = _split(number)
    over = whole >= most
    high = number.whole_high + number.part_high // unit
    high = min(high, most) if isinstance(most, int) else high
    return Exact(np.where(over, most, whole), high, np.where(over, 0, part), min(number.part_high, unit - 1), unit)


def sum_rows(number: Exact, rows: Summing) -> Exact:
    """The sum of the rows of each claim."""
    if number.part_high * rows.most > LIMIT:
        number = carried(number)
    whole_high = fitting(number.whole_high * rows.most, "各行的合计")
    part_high = fitting(number.part_high * rows.most, "各行的合计")
    whole = None if number.whole is None else rows.sums(number.whole)
    return Exact(whole, whole_high, rows.sums(number.part), part_high, number.denominator)


def total(numbers: Sequence[Exact], denominator: int) -> Exact:
    """The sum of numbers over their common denominator."""
    fitting(denominator * len(numbers), "各部分比例的公分母", FEWER_DECIMALS)
    numerators = sum(number.part_high * (denominator // number.denominator) for number in numbers)
    if numerators > LIMIT:
        numbers = [carried(number) for number in numbers]
    part, part_high = None, 0
    whole, whole_high = None, 0
    for number in numbers:
        times = denominator // number.denominator
        part = number.part * times if part is None else part + number.part * times
        part_high += number.part_high * times
        whole_high = fitting(whole_high + number.whole_high, "各部分的合计")
        if number.whole is not None:
            whole = number.whole if whole is None else whole + number.whole
    assert part is not None  # a sum has parts
    return Exact(whole, whole_high, part, part_high, denominator)


def half_up(number: Exact) -> Whole:
    """To the nearest whole, a half upwards: ``⌊x + ½⌋``, and half a denominator need not be rounded up for it."""
    return _floored(number, number.denominator // 2)


def floor(number: Exact) -> Whole:
    """Down to a whole."""
    return _floored(number, 0)


def ceiling(number: Exact) -> Whole:
    """Up to a whole."""
    return _floored(number, number.denominator - 1)


def _floored(number: Exact, more: int) -> Whole:
    """``⌊(part + more) ÷ denominator⌋`` wholes and those set aside."""
    found, unit = number.part, number.denominator
    if unit > 1:
        found = found + more
        np.floor_divide(found, unit, out=found)
    if number.whole is not None:
        found = found + number.whole
    return Whole(found, number.whole_high + (number.part_high + more) // unit)
