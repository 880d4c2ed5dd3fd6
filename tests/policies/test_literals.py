"""Printed numbers read as their values, each as its own kind."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.lint.literals import read_literals, reads_as


@pytest.mark.parametrize(
    ("sentence", "kind", "values"),
    [
        ("20亿元以上", "money", (2_000_000_000_00,)),
        ("不超过500万元", "money", (5_000_000_00,)),
        ("100-200万元的支持", "money", (1_000_000_00, 2_000_000_00)),
        ("50元", "money", (50_00,)),
        ("0.5亿元", "money", (50_000_000_00,)),
        ("给予0.5%的补贴", "percent", (Fraction(1, 200),)),
        ("50%补助", "percent", (Fraction(1, 2),)),
        ("加计1倍", "times", (Fraction(1),)),
        ("15项左右", "count", (15,)),
        ("100人以上", "count", (100,)),
        ("至2025年12月31日止", "date", (date(2025, 12, 31),)),
        # full forms: in characters, in full-width digits, in two units
        ("二十亿元以上", "money", (2_000_000_000_00,)),
        ("一千五百万元", "money", (15_000_000_00,)),
        ("不超过1亿5000万元", "money", (150_000_000_00,)),
        ("百分之五十", "percent", (Fraction(1, 2),)),
        ("百分之0.5", "percent", (Fraction(1, 200),)),
        ("５０％补助", "percent", (Fraction(1, 2),)),
        ("１００－２００万元的支持", "money", (1_000_000_00, 2_000_000_00)),
        ("加计两倍", "times", (Fraction(2),)),
        ("一百零五家", "count", (105,)),
        ("二〇二五年", "count", (2025,)),
    ],
)
def test_literal(sentence, kind, values):
    assert [(literal.kind, literal.values) for literal in read_literals(sentence)] == [(kind, values)]


def test_an_amount_is_never_a_count():
    assert reads_as("20亿元以上", "money", 2_000_000_000_00)
    assert not reads_as("20亿元以上", "count", 20)
    assert not reads_as("500万元", "money", 5_000_00)


def test_several_numbers_of_one_sentence():
    sentence = "对年度营业收入达到20亿元以上、年度研发费用达到1亿元以上、全职研发人员达到100人以上的，按照15%"
    assert [literal.text for literal in read_literals(sentence)] == ["20亿元", "1亿元", "100人", "15%"]


@pytest.mark.parametrize("sentence", ["5G+智慧工厂", "2025年13月40日", "0.001元", "没有数字", "", "百万元", "十百元"])
def test_what_is_no_number_reads_as_nothing(sentence):
    assert [literal for literal in read_literals(sentence) if literal.kind in {"money", "date"}] == []


@given(st.integers(0, 10**8))
def test_whole_万元_round_trip(wan):
    assert reads_as(f"不超过{wan}万元", "money", wan * 10_000 * 100)
    assert not reads_as(f"不超过{wan}万元", "money", wan * 10_000 * 100 + 1)
