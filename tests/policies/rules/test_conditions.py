"""Conditions one by one: where each holds, what is told of it, and what is missing where it does not."""

import datetime as dt
from dataclasses import replace

import pytest

from policies.rules.conditions import Answer, Comparison, DateWindow, Either, Every, Increase, Opposite
from policies.rules.nodes import Operand
from tests.policies.rules.synthetic import QUOTE

YEAR = 2024


def operand(key, kind, label=None):
    return Operand("fact", key, "", label or key, kind, 10**9)


def compare(op, threshold, kind="count", unit="人", key="heads"):
    return Comparison(f"{key} {op}", operand(key, kind), op, threshold, unit, QUOTE)


def told(condition, facts):
    """(it holds, the line, its value, and of the unmet condition: required, actual, short by, sentence)."""
    line, value = condition.sentence(facts, YEAR)
    if condition.holds(facts, YEAR):
        return True, line, value
    unmet = condition.unmet(facts, YEAR)
    assert (unmet.condition, unmet.quote) == (condition.label, condition.quote)
    return False, line, value, unmet.required, unmet.actual, unmet.short_by, unmet.sentence


@pytest.mark.parametrize(
    ("op", "heads", "expected"),
    [
        ("ge", 10, (True, "heads 10 人，不少于 10 人", "10")),
        ("ge", 7, (False, "heads 7 人，少于 10 人", "7", "≥ 10", "7", "3", "heads 7 人，少于 10 人，差 3 人")),
        ("gt", 11, (True, "heads 11 人，多于 10 人", "11")),
        ("gt", 10, (False, "heads 10 人，不多于 10 人", "10", "> 10", "10", "1", "heads 10 人，不多于 10 人，差 1 人")),
        ("gt", 7, (False, "heads 7 人，不多于 10 人", "7", "> 10", "7", "4", "heads 7 人，不多于 10 人，差 4 人")),
        ("le", 10, (True, "heads 10 人，不多于 10 人", "10")),
        ("le", 13, (False, "heads 13 人，多于 10 人", "13", "≤ 10", "13", "3", "heads 13 人，多于 10 人，超出 3 人")),
        ("lt", 9, (True, "heads 9 人，少于 10 人", "9")),
        (
            "lt",
            10,
            (False, "heads 10 人，不少于 10 人", "10", "< 10", "10", "1", "heads 10 人，不少于 10 人，超出 1 人"),
        ),
        (
            "lt",
            1_300,
            (
                False,
                "heads 1,300 人，不少于 10 人",
                "1300",
                "< 10",
                "1300",
                "1291",
                "heads 1,300 人，不少于 10 人，超出 1,291 人",
            ),
        ),
    ],
)
def test_counts_are_compared(op, heads, expected):
    assert told(compare(op, 10), {"heads": heads}) == expected


@pytest.mark.parametrize(
    ("op", "fen", "expected"),
    [
        ("ge", 10_000, (True, "base 100.00 元，不低于 100.00 元", "100.00")),
        ("gt", 10_001, (True, "base 100.01 元，高于 100.00 元", "100.01")),
        (
            "gt",
            10_000,
            (
                False,
                "base 100.00 元，不高于 100.00 元",
                "100.00",
                "> 100.00",
                "100.00",
                "0.01",
                "base 100.00 元，不高于 100.00 元，差 0.01 元",
            ),
        ),
        ("le", 10_000, (True, "base 100.00 元，不高于 100.00 元", "100.00")),
        (
            "le",
            2_000_000,
            (
                False,
                "base 2 万元，高于 100.00 元",
                "20000.00",
                "≤ 100.00",
                "20000.00",
                "19900.00",
                "base 2 万元，高于 100.00 元，超出 19,900.00 元",
            ),
        ),
        ("lt", 9_999, (True, "base 99.99 元，低于 100.00 元", "99.99")),
    ],
)
def test_money_is_compared(op, fen, expected):
    assert told(compare(op, 10_000, "money", "", "base"), {"base": fen}) == expected


@pytest.mark.parametrize(
    ("op", "asked"), [("ge", "不少于 10 人"), ("gt", "多于 10 人"), ("le", "不多于 10 人"), ("lt", "少于 10 人")]
)
@pytest.mark.parametrize("facts", [{}, {"heads": None}])
def test_a_missing_figure_is_named_with_what_is_asked_of_it(op, asked, facts):
    sign = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}[op]
    line = f"“heads”未填写，须{asked}"
    assert told(compare(op, 10), facts) == (False, line, "未填写", f"{sign} 10", "未填写", "", line)


# ------------------------------------------------------------------------------------------------ growth


def grown(op="ge", amount=0, percent=None, kind="money", unit=""):
    now, before = operand("now", kind, "今年"), operand("before", kind, "去年")
    factor, denominator = (percent, 100) if percent else (0, 1)
    return Increase("增长", now, before, op, amount, factor, denominator, QUOTE, unit)


def test_growth_by_an_amount():
    assert told(grown(amount=500), {"now": 1_500, "before": 1_000}) == (
        True,
        "今年 15.00 元 − 去年 10.00 元 = 5.00 元，不低于 5.00 元",
        "5.00",
    )
    assert told(grown(amount=500), {"now": 900, "before": 1_000}) == (
        False,
        "今年 9.00 元 − 去年 10.00 元 = −1.00 元，低于 5.00 元",
        "-1.00",
        "≥ 5.00",
        "-1.00",
        "6.00",
        "今年 9.00 元 − 去年 10.00 元 = −1.00 元，低于 5.00 元，差 6.00 元",
    )
    assert told(grown("gt", 500), {"now": 1_500, "before": 1_000}) == (
        False,
        "今年 15.00 元 − 去年 10.00 元 = 5.00 元，不高于 5.00 元",
        "5.00",
        "> 5.00",
        "5.00",
        "0.01",
        "今年 15.00 元 − 去年 10.00 元 = 5.00 元，不高于 5.00 元，差 0.01 元",
    )


def test_growth_of_a_count_keeps_its_measure_word():
    assert told(grown("gt", 2, kind="count", unit="人"), {"now": 1_010, "before": 1_009}) == (
        False,
        "今年 1,010 人 − 去年 1,009 人 = 1 人，不多于 2 人",
        "1",
        "> 2",
        "1",
        "2",
        "今年 1,010 人 − 去年 1,009 人 = 1 人，不多于 2 人，差 2 人",
    )


@pytest.mark.parametrize(
    ("op", "increase", "required", "short"),
    [
        ("ge", 1_000, "≥ 10.01", "0.01"),
        ("ge", 1_001, None, ""),
        ("gt", 1_000, "> 10.00", "0.01"),
        ("gt", 1_001, None, ""),
        ("ge", -7, "≥ 10.01", "10.08"),
        ("gt", -7, "> 10.00", "10.08"),
    ],
)
def test_growth_by_a_share_asks_for_whole_fen(op, increase, required, short):
    """A tenth of 100.05 is 10.005: the least increase for ≥ is 10.01, the last that is too small for > is 10.00."""
    facts = {"now": 10_005 + increase, "before": 10_005}
    condition = grown(op, percent=10)
    holds, line, _, *rest = told(condition, facts)
    assert line.endswith("低于 100.05 元 × 10% = 10.005 元" if op == "ge" else "高于 100.05 元 × 10% = 10.005 元")
    assert holds is (required is None)
    if required:
        assert (rest[0], rest[2]) == (required, short)


def test_growth_by_a_share_at_a_whole_fen():
    facts = {"now": 11_000, "before": 10_000}
    assert grown("ge", percent=10).holds(facts, YEAR)
    unmet = grown("gt", percent=10).unmet(facts, YEAR)
    assert (unmet.required, unmet.actual, unmet.short_by) == ("> 10.00", "10.00", "0.01")
    unmet = grown("ge", percent=10).unmet({**facts, "now": 10_999}, YEAR)
    assert (unmet.required, unmet.actual, unmet.short_by) == ("≥ 10.00", "9.99", "0.01")


@pytest.mark.parametrize(
    ("facts", "missing"),
    [({"now": 5}, "“去年”"), ({"before": 5}, "“今年”"), ({}, "“今年”、“去年”"), ({"now": None, "before": 5}, "“今年”")],
)
def test_growth_without_a_figure_names_the_missing_ones(facts, missing):
    line = f"{missing}未填写，无法计算增加额"
    assert told(grown(amount=100), facts) == (False, line, "未填写", "≥ 1.00", "未填写", "", line)
    assert told(grown("gt", percent=10), facts)[:3] == (False, line, "未填写")


# ------------------------------------------------------------------------------------------------ answers

CHOICES = (("a", "甲"), ("b", "乙"), ("c", "丙"))
IS_TRUE = Answer("有标志", operand("flag", "flag"), ((True, "是"),), ((True, "是"), (False, "否")), QUOTE)
ONE_OF = Answer("类别", operand("pick", "choice"), CHOICES[:2], CHOICES, QUOTE)


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (IS_TRUE, {"flag": True}, (True, "“flag”为“是”", "是")),
        (IS_TRUE, {"flag": False}, (False, "“flag”为“否”", "否", "是", "否", "", "“flag”为“否”，应为“是”")),
        (IS_TRUE, {}, (False, "“flag”未填写", "未填写", "是", "未填写", "", "“flag”未填写，应为“是”")),
        (ONE_OF, {"pick": "b"}, (True, "“pick”为“乙”", "乙")),
        (ONE_OF, {"pick": "c"}, (False, "“pick”为“丙”", "丙", "甲、乙", "丙", "", "“pick”为“丙”，应为“甲”或“乙”")),
        (
            ONE_OF,
            {"pick": None},
            (False, "“pick”未填写", "未填写", "甲、乙", "未填写", "", "“pick”未填写，应为“甲”或“乙”"),
        ),
    ],
)
def test_answers_are_told_by_their_labels(condition, facts, expected):
    assert told(condition, facts) == expected


@pytest.mark.parametrize(
    ("kind", "value", "line", "plain"),
    [
        ("money", 1_000_000, "“x”为 1 万元", "10000.00"),
        ("count", 1_234, "“x”为 1,234", "1234"),
        ("count", 0, "“x”为 0", "0"),
        ("date", dt.date(2024, 3, 1), "“x”为2024年3月1日", "2024-03-01"),
        ("flag", True, "“x”为“是”", "是"),
        ("flag", False, "“x”为“否”", "否"),
        ("text", "5G 工厂", "“x”为“5G 工厂”", "5G 工厂"),
        ("choice", "b", "“x”为“乙”", "乙"),
    ],
)
def test_whatever_was_given_is_there(kind, value, line, plain):
    given = Answer("有", operand("x", kind), (), CHOICES if kind == "choice" else (), QUOTE)
    assert told(given, {"x": value}) == (True, line, plain)
    assert told(given, {"x": None}) == (False, "“x”未填写", "未填写", "须填写", "未填写", "", "“x”未填写，须填写")


# ------------------------------------------------------------------------------------------------ dates


def window(first=None, last=None):
    return DateWindow("期间", operand("day", "date"), first, last, QUOTE)


FIRST, LAST = dt.date(2024, 3, 1), dt.date(2024, 3, 10)
DATES = [
    (window(FIRST, LAST), FIRST, (True, "day为2024年3月1日，在2024年3月1日至2024年3月10日之间", "2024-03-01")),
    (window(FIRST, LAST), LAST, (True, "day为2024年3月10日，在2024年3月1日至2024年3月10日之间", "2024-03-10")),
    (window(FIRST), FIRST, (True, "day为2024年3月1日，不早于2024年3月1日", "2024-03-01")),
    (window(None, LAST), LAST, (True, "day为2024年3月10日，不晚于2024年3月10日", "2024-03-10")),
    (window("year_start"), dt.date(2024, 1, 1), (True, "day为2024年1月1日，不早于2024年1月1日", "2024-01-01")),
    (
        window(None, "year_end"),
        dt.date(2024, 12, 31),
        (True, "day为2024年12月31日，不晚于2024年12月31日", "2024-12-31"),
    ),
    (
        window(FIRST),
        dt.date(2020, 3, 1),
        (
            False,
            "day为2020年3月1日，早于2024年3月1日，早 1,461 天",
            "2020-03-01",
            "不早于 2024-03-01",
            "2020-03-01",
            "1461",
            "day为2020年3月1日，早于2024年3月1日，早 1,461 天",
        ),
    ),
    (
        window(None, LAST),
        dt.date(2028, 3, 10),
        (
            False,
            "day为2028年3月10日，晚于2024年3月10日，晚 1,461 天",
            "2028-03-10",
            "不晚于 2024-03-10",
            "2028-03-10",
            "1461",
            "day为2028年3月10日，晚于2024年3月10日，晚 1,461 天",
        ),
    ),
    (
        window(FIRST, LAST),
        None,
        (
            False,
            "“day”未填写，须在2024年3月1日至2024年3月10日之间",
            "未填写",
            "不早于 2024-03-01，不晚于 2024-03-10",
            "未填写",
            "",
            "“day”未填写，须在2024年3月1日至2024年3月10日之间",
        ),
    ),
    (
        window(FIRST),
        None,
        (
            False,
            "“day”未填写，须不早于2024年3月1日",
            "未填写",
            "不早于 2024-03-01",
            "未填写",
            "",
            "“day”未填写，须不早于2024年3月1日",
        ),
    ),
    (
        window(None, LAST),
        None,
        (
            False,
            "“day”未填写，须不晚于2024年3月10日",
            "未填写",
            "不晚于 2024-03-10",
            "未填写",
            "",
            "“day”未填写，须不晚于2024年3月10日",
        ),
    ),
    (window(), None, (False, "“day”未填写，须填写", "未填写", "", "未填写", "", "“day”未填写，须填写")),
]


@pytest.mark.parametrize(("condition", "value", "expected"), DATES)
def test_dates_lie_in_their_window(condition, value, expected):
    assert told(condition, {"day": value}) == expected


# ------------------------------------------------------------------------------------------------ combined

FEW, MANY = compare("lt", 3), compare("gt", 9)
NOT_TOO_MANY = Every("多于九人；不超过二十人", (MANY, compare("le", 20)), "另一句")
GROWN = grown(amount=100)
EITHER = Either("人数或增长", (FEW, NOT_TOO_MANY, GROWN), QUOTE)


def test_the_first_alternative_that_holds_is_told():
    facts = {"now": 300, "before": 100}
    head = "3 项中至少须符合一项，已符合："
    assert told(EITHER, {**facts, "heads": 2}) == (True, f"{head}heads 2 人，少于 3 人", "2")
    assert told(EITHER, {**facts, "heads": 12}) == (
        True,
        f"{head}2 项须全部符合：heads 12 人，多于 9 人，且heads 12 人，不多于 20 人",
        "",
    )
    assert told(EITHER, {**facts, "heads": 5}) == (
        True,
        f"{head}今年 3.00 元 − 去年 1.00 元 = 2.00 元，不低于 1.00 元",
        "2.00",
    )


def test_all_alternatives_are_told_when_none_holds():
    assert told(EITHER, {"now": 100, "before": 100, "heads": 23}) == (
        False,
        "（1）heads 23 人，不少于 3 人；（2）2 项须全部符合：heads 23 人，多于 9 人，且heads 23 人，多于 20 人；"
        "（3）今年 1.00 元 − 去年 1.00 元 = 0.00 元，低于 1.00 元",
        "否",
        "heads lt（< 3） 或 heads le（≤ 20） 或 增长（≥ 1.00）",
        "heads：23；多于九人；不超过二十人：23；增长：0.00",
        "",
        "以下 3 项至少须符合一项，均不符合：（1）heads 23 人，不少于 3 人，超出 21 人；"
        "（2）2 项须全部符合，不符合的是：heads 23 人，多于 20 人，超出 3 人；"
        "（3）今年 1.00 元 − 去年 1.00 元 = 0.00 元，低于 1.00 元，差 1.00 元",
    )


def test_of_conditions_that_must_all_hold_those_that_fail_are_told():
    parts = (replace(MANY, quote="前一句"), replace(GROWN, quote="后一句"))
    unmet = Every("两项", parts, "另一句").unmet({"heads": 3, "now": 100, "before": 100}, YEAR)
    assert (unmet.condition, unmet.required, unmet.actual) == ("heads gt，且增长", "> 9，且 ≥ 1.00", "3；0.00")
    assert (unmet.quote, unmet.short_by) == ("前一句", "")
    assert unmet.sentence == (
        "2 项须全部符合，不符合的是：heads 3 人，不多于 9 人，差 7 人，且"
        "今年 1.00 元 − 去年 1.00 元 = 0.00 元，低于 1.00 元，差 1.00 元"
    )


def test_a_condition_that_must_not_hold():
    assert told(Opposite("不多", MANY, QUOTE), {"heads": 9}) == (True, "heads 9 人，不多于 9 人", "9")
    line = "heads 10 人，多于 9 人"
    assert told(Opposite("不多", MANY, QUOTE), {"heads": 10}) == (False, line, "10", "否", "是", "", line)


def test_days_on_the_bounds_of_a_window_miss_nothing():
    for value in (FIRST, LAST):
        for condition in (window(FIRST, LAST), window(FIRST), window(None, LAST), window()):
            assert condition.unmet({"day": value}, YEAR).short_by == ""
    upside_down = window(LAST, FIRST).unmet({"day": LAST}, YEAR)
    assert (upside_down.short_by, upside_down.sentence) == ("9", "day为2024年3月10日，晚于2024年3月1日，晚 9 天")
