"""Exact arithmetic over columns: what Python's unlimited integers and fractions say, up to the last bit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules.columns.numbers import (
    LIMIT,
    Exact,
    TooLargeError,
    Whole,
    carried,
    ceiling,
    fitting,
    floor,
    half_up,
    limited,
    mul_div,
    share,
    sum_rows,
    total,
)
from policies.rules.columns.reading import Facts, greatest
from policies.rules.columns.table import ClaimColumns, TableColumns, YearColumns
from tests.policies.rules.support import STEADY

sizes = st.one_of(st.integers(0, 3), st.integers(0, 10**9), st.integers(0, LIMIT), st.just(LIMIT))
DENOMINATORS = st.sampled_from([1, 2, 3, 5, 200, 7_200_000, 10**8, 365 * 10**12])


def ints(*values):
    return np.array(values, dtype=np.int64)


def values(number):
    """The numbers that an exact column stands for; its bounds must be true."""
    wholes = [0] * len(number.part) if number.whole is None else number.whole.tolist()
    assert all(0 <= whole <= number.whole_high for whole in wholes)
    assert all(0 <= part <= number.part_high <= LIMIT for part in number.part.tolist())
    return [
        whole + Fraction(part, number.denominator) for whole, part in zip(wholes, number.part.tolist(), strict=True)
    ]


@st.composite
def exacts(draw, denominator=None):
    """A column of two numbers, with or without wholes set aside."""
    unit = denominator or draw(DENOMINATORS)
    part = [draw(st.integers(0, 10**15)), draw(st.integers(0, 3 * unit))]
    whole = draw(st.one_of(st.none(), st.lists(st.integers(0, 10**15), min_size=2, max_size=2)))
    more = draw(st.sampled_from([0, 1]))  # a bound need not be reached
    return Exact(None if whole is None else ints(*whole), max(whole or [0]) + more, ints(*part), max(part) + more, unit)


@STEADY
@given(sizes, sizes, sizes)
def test_products_beyond_64_bits(value, factor, divisor):
    divisor = max(divisor, 1)
    value %= divisor
    quotient, rest = mul_div(ints(value), ints(factor), ints(divisor), factor_high=factor, divisor_high=divisor)
    assert (quotient[0], rest[0]) == divmod(value * factor, divisor)
    quotient, rest = mul_div(ints(value), factor, divisor, factor_high=LIMIT, divisor_high=divisor)
    assert (quotient[0], rest[0]) == divmod(value * factor, divisor)


def test_the_greatest_products():
    quotient, rest = mul_div(ints(LIMIT - 1), ints(LIMIT), ints(LIMIT), factor_high=LIMIT, divisor_high=LIMIT)
    assert (quotient[0], rest[0]) == (LIMIT - 1, 0)
    quotient, rest = mul_div(ints(LIMIT - 1), LIMIT - 1, LIMIT, factor_high=LIMIT, divisor_high=LIMIT)
    assert (quotient[0], rest[0]) == divmod((LIMIT - 1) ** 2, LIMIT)


@STEADY
@given(sizes, st.integers(0, 10**9), DENOMINATORS, st.booleans())
def test_share(value, factor, unit, as_column):
    times = Whole(ints(factor, 0), factor) if as_column else factor
    of = Whole(ints(value, 0), value)
    if value * factor > LIMIT and value * factor // unit > LIMIT:
        with pytest.raises(TooLargeError, match="按比例计算的金额"):
            share(of, times, unit)
        return
    assert values(share(of, times, unit)) == [Fraction(value * factor, unit), 0]


def test_share_at_the_border_of_the_direct_product():
    for value in (LIMIT // 3 - 1, LIMIT // 3, LIMIT // 3 + 1, LIMIT):
        found = share(Whole(ints(value), value), 3, 7)
        assert (found.whole is None) == (value * 3 <= LIMIT)
        assert values(found) == [Fraction(value * 3, 7)]


@STEADY
@given(exacts(), st.integers(0, 2 * 10**15), st.booleans())
def test_limits_roundings_and_carrying(number, most, as_column):
    found = values(number)
    assert values(carried(number)) == found
    limit = ints(most, most) if as_column else most
    assert values(limited(number, limit)) == [min(value, most) for value in found]
    for rounded, expected in [
        (half_up(number), [(2 * value + 1) // 2 for value in found]),
        (floor(number), [value // 1 for value in found]),
        (ceiling(number), [-(-value // 1) for value in found]),
    ]:
        assert rounded.values.tolist() == expected
        assert max(expected) <= rounded.high


@pytest.mark.parametrize("whole", [None, 5])
@pytest.mark.parametrize("most", [4, 5, 6, 7, LIMIT])
@pytest.mark.parametrize("part", [0, 1, 6, 7, 8, 13, 14])
def test_limits_near_a_whole(whole, most, part):
    number = Exact(None if whole is None else ints(whole), whole or 0, ints(part), part, 7)
    expected = [min(Fraction(part, 7) + (whole or 0), most)]
    assert values(limited(number, most)) == values(limited(number, ints(most))) == expected


@STEADY
@given(exacts(200), exacts(2), exacts(7_200_000))
def test_sum_of_parts(one, other, third):
    found = total([one, other, third], 7_200_000)
    assert values(found) == [sum(group) for group in zip(values(one), values(other), values(third), strict=True)]


def test_sum_of_parts_whose_numerators_are_too_large_together():
    parts = [Exact(None, 0, ints(LIMIT), LIMIT, 2), Exact(None, 0, ints(LIMIT), LIMIT, 3)]
    assert values(total(parts, 6)) == [Fraction(LIMIT, 2) + Fraction(LIMIT, 3)]
    with pytest.raises(TooLargeError, match="各部分的合计"):
        total([Exact(ints(LIMIT), LIMIT, ints(0), 0, 1), Exact(ints(1), 1, ints(0), 0, 1)], 1)
    with pytest.raises(TooLargeError, match="公分母"):
        total(parts, LIMIT)


def table(start, **columns):
    """A reader of one table of as many claims as there are starts but one."""
    size = len(start) - 1
    nothing = np.zeros(size, dtype=np.int64)
    claims = ClaimColumns(np.arange(size), {}, {"t": TableColumns(ints(*start), columns)}, nothing, nothing, nothing)
    year = YearColumns("x", 2024, nothing, {}, {}, {}, nothing, {}, (), nothing, nothing)
    return Facts(year, claims).rows("t")


def test_rows_of_claims_without_rows():
    rows = table([0, 0, 2, 2, 3, 3])
    assert (rows.lengths.tolist(), rows.most, len(rows)) == ([0, 2, 0, 1, 0], 2, 3)
    assert rows.sums(ints(5, 7, 11)).tolist() == [0, 12, 0, 11, 0]
    assert table([0]).sums(ints()).tolist() == []
    assert table([0, 0, 0]).sums(ints()).tolist() == [0, 0]


def test_rows_of_a_part_of_a_year():
    """A slice of claims keeps the columns of all: its rows begin where its first claim's do."""
    rows = table([2, 3, 5], x=ints(1, 2, 3, 4, 5, 6))
    assert len(rows) == 3
    assert rows.answers("x").tolist() == [3, 4, 5]
    assert rows.sums(rows.answers("x")).tolist() == [3, 9]


def test_sums_stay_exact_when_the_running_sum_leaves_64_bits():
    rows = table(list(range(9)))
    column = [LIMIT - k for k in range(8)]
    assert rows.sums(ints(*column)).tolist() == column


@pytest.mark.parametrize(("part", "unit"), [(LIMIT, 2), (LIMIT // 2, 3), (10, 3)])
def test_sum_of_rows_keeps_the_wholes_of_large_numerators(part, unit):
    rows = table([0, 1, 3])
    number = Exact(None, 0, ints(part, part, part - 1), part, unit)
    found = sum_rows(number, rows)
    assert values(found) == [Fraction(part, unit), Fraction(2 * part - 1, unit)]
    with pytest.raises(TooLargeError, match="各行的合计"):
        sum_rows(Exact(ints(1, 1, 1), LIMIT, ints(1, 1, 1), 1, 2), rows)


# ------------------------------------------------------------------------- bounds: true, and no greater than need be


def only(value):
    """A column of one number and its bound."""
    return Whole(ints(value), value)


def bounds(number):
    """(whole_high, part_high) of a number, and whether wholes were set aside."""
    values(number)
    return number.whole_high, number.part_high, number.whole is not None


@pytest.mark.parametrize(
    ("value", "factor", "unit", "expected"),
    [
        (10, 3, 7, (0, 30, False)),
        (LIMIT, 1, 7, (0, LIMIT, False)),
        (LIMIT, 3, 7, (LIMIT * 3 // 7, 6, True)),
        (LIMIT, 5, 5, (LIMIT, 4, True)),
    ],
)
def test_bounds_of_a_share(value, factor, unit, expected):
    assert bounds(share(only(value), factor, unit)) == bounds(share(only(value), only(factor), unit)) == expected


def test_a_share_over_more_than_the_limit_is_refused():
    assert bounds(share(only(LIMIT), 2, LIMIT)) == (2, LIMIT - 1, True)
    with pytest.raises(TooLargeError) as caught:
        share(only(LIMIT), 2, LIMIT + 1)
    assert (caught.value.what, caught.value.mend) == ("比例的分母", "请减少比例或倍数的小数位数")


@pytest.mark.parametrize(
    ("part", "expected"), [(0, (5, 0)), (5, (5, 5)), (6, (5, 6)), (7, (6, 6)), (8, (6, 6)), (20, (7, 6)), (21, (8, 6))]
)
def test_bounds_of_a_carried_number(part, expected):
    assert bounds(carried(Exact(ints(5), 5, ints(part), part, 7))) == (*expected, True)
    assert bounds(carried(Exact(None, 0, ints(part), part, 7))) == (expected[0] - 5, expected[1], True)


def test_bounds_of_a_limited_number():
    plain, split = Exact(None, 0, ints(20), 20, 7), Exact(ints(5), 5, ints(20), 20, 7)
    assert bounds(limited(plain, 2)) == (0, 14, False)
    assert bounds(limited(plain, 9)) == (0, 20, False)
    assert bounds(limited(plain, ints(2))) == bounds(limited(plain, ints(9))) == (0, 20, False)
    assert bounds(limited(split, 6)) == (6, 6, True)
    assert bounds(limited(split, 9)) == (7, 6, True)
    assert bounds(limited(split, ints(6))) == bounds(limited(split, ints(9))) == (7, 6, True)
    assert bounds(limited(Exact(ints(5), 5, ints(3), 3, 7), 6)) == (5, 3, True)
    assert bounds(limited(Exact(ints(5), 5, ints(14), 14, 7), 9)) == (7, 6, True)


def test_bounds_of_a_sum_of_rows():
    rows = table([0, 2])
    assert bounds(sum_rows(Exact(None, 0, ints(20, 20), 20, 7), rows)) == (0, 40, False)
    assert bounds(sum_rows(Exact(ints(3, 3), 3, ints(20, 20), 20, 7), rows)) == (6, 40, True)
    half = 2**60 - 1  # twice as much is one less than the limit
    assert bounds(sum_rows(Exact(None, 0, ints(half, half), half, 7), rows)) == (0, 2 * half, False)
    more = half + 1
    assert bounds(sum_rows(Exact(None, 0, ints(more, more), more, 7), rows)) == (2 * (more // 7), 12, True)
    rows = table([0, 1])
    assert bounds(sum_rows(Exact(None, 0, ints(LIMIT), LIMIT, 7), rows)) == (0, LIMIT, False)


def test_bounds_of_a_sum_of_parts():
    one, two = Exact(None, 0, ints(20), 20, 7), Exact(ints(3), 3, ints(5), 5, 2)
    assert bounds(total([one], 7)) == (0, 20, False)
    assert bounds(total([one, one], 14)) == (0, 80, False)
    assert bounds(total([one, two, two], 14)) == (6, 40 + 35 + 35, True)
    assert bounds(total([two, one], 14)) == (3, 35 + 40, True)
    just, over = Exact(None, 0, ints(LIMIT - 20), LIMIT - 20, 7), Exact(None, 0, ints(LIMIT - 19), LIMIT - 19, 7)
    assert bounds(total([just, one], 7)) == (0, LIMIT, False)
    assert bounds(total([over, one], 7)) == ((LIMIT - 19) // 7 + 2, 12, True)


def test_a_sum_of_parts_over_more_than_the_limit_is_refused():
    tiny = Exact(None, 0, ints(0), 0, 1)
    assert values(total([tiny, tiny], 2**60 - 1)) == [0]
    with pytest.raises(TooLargeError) as caught:
        total([tiny, tiny], 2**60)
    assert (caught.value.what, caught.value.mend) == ("各部分比例的公分母", "请减少比例或倍数的小数位数")


@pytest.mark.parametrize("part", [0, 3, 4, 6, 7, 10, 11, 14])
def test_bounds_of_what_is_rounded(part):
    for number, whole in ((Exact(None, 0, ints(part), part, 7), 0), (Exact(ints(5), 5, ints(part), part, 7), 5)):
        exactly = Fraction(part, 7) + whole
        for rounded, expected in (
            (half_up(number), (2 * exactly + 1) // 2),
            (floor(number), exactly // 1),
            (ceiling(number), -(-exactly // 1)),
        ):
            assert rounded.values.tolist() == [rounded.high] == [expected]


def test_whole_numbers_are_not_rounded():
    number = Exact(None, 0, ints(5), 5, 1)
    assert half_up(number) == floor(number) == ceiling(number)
    assert (half_up(number).values.tolist(), half_up(number).high) == ([5], 5)


def test_the_greatest_of_values():
    assert [greatest(ints(*values)) for values in ([], [0], [0, 7, 3])] == [0, 0, 7]


def test_what_fits_is_the_limit_and_no_more():
    assert LIMIT == 2**61 - 1
    assert fitting(LIMIT, "一个数") == LIMIT
    with pytest.raises(TooLargeError) as caught:
        fitting(LIMIT + 1, "一个数", "请减少")
    assert (caught.value.what, caught.value.mend) == ("一个数", "请减少")
    with pytest.raises(TooLargeError) as caught:
        fitting(LIMIT + 1, "一个数")
    assert caught.value.mend == ""
