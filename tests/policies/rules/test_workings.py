"""The workings as people read them: kept as files, and every formula holds when it is computed again from its line."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.compile import compiled
from policies.rules.document import evaluate_document
from policies.rules.settle import SettlementError, SettlementInput, settle
from tests.policies.rules import strategies, workings
from tests.policies.rules.support import STEADY, claim, document, loan, policy, variant
from tests.policies.rules.workings_formulas import check, compute

RULES = compiled(policy())
TEXTS = workings.texts()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_workings_are_as_they_were_reviewed(name):
    """After a change of wording: python -m tests.policies.rules.workings, and read the difference."""
    assert (workings.FOLDER / name).read_text(encoding="utf-8") == TEXTS[name]


def test_every_monetary_clause_has_its_workings_and_nothing_else_lies_there():
    assert {path.name for path in workings.FOLDER.iterdir()} == set(TEXTS)
    assert {f"{clause.id}.txt" for clause in policy().clauses} <= set(TEXTS)


def lines(answer):
    return [step for item in answer["claims"] for step in item["trace"]] + answer["settlement"]["trace"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("本金 5,000 万元 × 50% × LPR 3.45% × 143 天 ÷ 360", Fraction(50_000_000 * 345 * 143, 2 * 10_000 * 360)),
        ("本金 1 亿元 × 50% × LPR（3.45% × 1 天 + 3.35% × 2 天）÷ 360", Fraction(10**8 * 1015, 2 * 10_000 * 360)),
        ("销售收入（不含税）3 亿元 × 5%", 15_000_000),
        ("年度营业收入 40 亿元 − 上年度营业收入 50 亿元", -(10**9)),
        ("（累计 1.00 元 + 2.00 元）× 上限 1.50 元 ÷ 合计 4.50 元", 1),
        ("外地企业 3 家 × 50 万元", 1_500_000),
    ],
)
def test_the_reader_of_formulas_reads(text, value):
    assert compute(text) == value


@pytest.mark.parametrize(
    "line",
    [
        "补助：研发费用 100.00 元 × 20% = 20.01 元",
        "补助合计：1.00 元 + 2.00 元 = 3.01 元",
        "贴息：本金 1 万元 × 50% × LPR 3.45% × 1 天 ÷ 360 ≈ 0.479168 元",
        "补助，四舍五入到分：0.025000 元 ≈ 0.02 元",
        "3.1.3b 奖励按比例核减：1.00 元 × 上限 1.00 元 ÷ 合计 3.00 元，舍去不足一分的部分，计 0.34 元",
    ],
)
def test_a_line_that_does_not_add_up_is_noticed(line):
    with pytest.raises(AssertionError):
        check(line)


@settings(STEADY, max_examples=250)
@given(strategies.documents())
def test_every_formula_holds_when_computed_from_its_line(doc):
    for step in lines(evaluate_document(policy(), doc)):
        check(step["step"])


@settings(STEADY, max_examples=60)
@given(strategies.documents(["3.1.2", "3.4.1"]), st.sampled_from([365, 360]), st.sampled_from(["daily", "drawn_on"]))
def test_formulas_hold_under_other_settings(doc, day_count, pick):
    rules = variant(day_count=day_count, lpr_pick=pick, loan_cap=False, extra_cap="total")
    for step in lines(evaluate_document(rules, doc)):
        check(step["step"])


FORMULAS = {
    "3.1.2": claim("3.1.2", loans=[loan("12345678.91", "2024-03-01"), loan("10000.00", "2024-12-31")]),
    "3.2.3": claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="123456789.01"),
    "3.3.1": claim("3.3.1", silicon_led_rd="0.13"),
    "3.3.2": claim("3.3.2", product_sales=[{"category": "chip", "sales_ex_tax": text} for text in ("0.17", "0.18")]),
    "3.4.1": claim("3.4.1", base_rd_subsidy="17.00"),
    "3.4.2": claim("3.4.2"),
    "3.4.5": claim("3.4.5", projects=[{"investment": "0.17"}, {"investment": "99999999.99"}]),
    "3.8.2": claim("3.8.2", events=[{"cost": "0.17"}, {"cost": "99999999.99"}]),
    "3.8.3": claim("3.8.3", introduced=[{"name": "演示甲"}] * 3),
}


@pytest.mark.parametrize("clause", FORMULAS)
def test_every_clause_with_a_formula_prints_one(clause):
    """So that the checks above do not pass by finding nothing; the printed result is the line's value."""
    found = []
    for step in evaluate_document(policy(), document(FORMULAS[clause]))["claims"][0]["trace"]:
        kinds = check(step["step"])
        found += kinds
        if kinds:
            assert step["step"].removesuffix("（默认值，待确认）").endswith(" 元") or step["step"].startswith("符合")
    assert "=" in found or "≈" in found


fen = st.one_of(st.integers(1, 400), st.integers(1, 10**10))
candidates = st.dictionaries(st.sampled_from(list(RULES.clauses)), fen, min_size=1, max_size=8)


@settings(STEADY, max_examples=300)
@given(candidates, st.integers(0, 10**11), st.dictionaries(st.sampled_from(list(RULES.clauses)), fen, max_size=3))
def test_every_cut_holds_when_computed_from_its_line(found, base, paid):
    facts = {"Y.sales_ex_tax": base, "Y.newly_introduced": False}
    for rules in (RULES, variant(cap_allocation="clause_order"), variant(external_award="difference")):
        try:
            result = settle(rules, SettlementInput("enterprise", facts, found, {"研发投入": 300}, paid=paid))
        except SettlementError:
            return
        for step in result.trace:
            check(step.step)
        settled = {line.clause: line.settled for line in result.lines}
        for step in result.trace:
            if "按比例核减" in step.step or "按条款顺序安排" in step.step:
                assert int(step.value.replace(".", "")) == settled[step.clause]


def test_a_cut_prints_its_formula():
    facts = {"Y.sales_ex_tax": 2_000, "Y.newly_introduced": False}
    trace = settle(RULES, SettlementInput("enterprise", facts, {"3.1.3b": 70, "3.8.2": 80, "3.8.3": 1})).trace
    assert [kind for step in trace for kind in check(step.step)].count("cut") == 3


def test_a_tie_that_six_decimals_hide_is_shown_with_more():
    """507.04 × 50% × 3.55% ÷ 360 = 0.02499988… 元 is 0.025000 in six decimals and rounds to 0.02, not to 0.03."""
    asked = claim("3.1.2", loans=[loan("507.04", "2023-06-20", "2023-06-21")])
    steps = [step["step"] for step in evaluate_document(policy(), document(asked, year=2023))["claims"][0]["trace"]]
    (rounding,) = [step for step in steps if "四舍五入" in step]
    assert rounding.endswith("四舍五入到分：0.0249999 元 ≈ 0.02 元")
