"""The calculation as it is shown: it reads like an accountant's, and every quotation is the policy's own."""

from hypothesis import given, settings

from policies.rules.corpus import CORPUS
from policies.rules.document import evaluate_document
from tests.policies.rules import strategies
from tests.policies.rules.strategies import RULES
from tests.policies.rules.support import STEADY, claim, document, evaluate, loan, policy, variant


def steps(*claims, **changes):
    return [step["step"] for step in evaluate(*claims, **changes)["claims"][0]["trace"]]


def test_rate_with_a_cap():
    label = RULES.clauses["3.3.1"].facts["silicon_led_rd"].label
    assert steps(claim("3.3.1", silicon_led_rd="12345678.91")) == [
        f"{label} 12,345,678.91 元 × 20% = 2,469,135.782 元",
        "四舍五入到分：2,469,135.782 元 → 2,469,135.78 元",
        "上限 10,000,000.00 元：2,469,135.78 元未超过上限",
        "本条款计算金额",
    ]


def test_projects():
    shown = steps(claim("3.4.5", projects=[{"name": "演示一线", "investment": "10000000.02"}, {"investment": "0.01"}]))
    assert shown[0].startswith("第1项（演示一线）：")
    assert shown[0].endswith("10,000,000.02 元 × 50% = 5,000,000.01 元")
    assert shown[1:] == [
        "第1项（演示一线）：超过单项上限，按上限 5,000,000.00 元计",
        shown[2],
        "合计：5,000,000.00 + 0.005 = 5,000,000.005 元",
        "四舍五入到分：5,000,000.005 元 → 5,000,000.01 元",
        "本条款计算金额",
    ]
    assert shown[2].startswith("第2项：")


def test_loan_limited_to_the_interest_paid():
    asked = {**loan("10000000.00", "2024-07-21", "2024-07-23", paid="900.00"), "project": "演示厂房"}
    loan_1, sum_1 = "第1笔（演示厂房）：", "本金 10,000,000.00 元 × 50% × LPR"
    assert steps(claim("3.1.2", loans=[asked]))[1:5] == [
        f"{loan_1}2024-07-21 至 2024-07-21，{sum_1} 3.45% × 1 天 ÷ 360 ≈ 479.166667 元",
        f"{loan_1}2024-07-22 至 2024-07-22，{sum_1} 3.35% × 1 天 ÷ 360 ≈ 465.277778 元",
        f"{loan_1}2 段合计 ≈ 944.444444 元",
        f"{loan_1}不超过本年度实际支付利息，按 900.00 元计",
    ]


def test_loan_without_a_day_in_the_year():
    assert "第1笔：政策年度 2024 年内没有计息天数" in steps(claim("3.1.2", loans=[loan("1.00", "2025-03-01")]))


def test_cap_on_the_total_of_extra_and_base():
    doc = document(claim("3.4.1", base_rd_subsidy="15000000.00"))
    item = evaluate_document(variant(extra_cap="total"), doc)["claims"][0]
    assert item["amount"] == "5000000.00"
    assert any(
        "余 5,000,000.00 元：15,000,000.00 元超过上限，按 5,000,000.00 元计" in one["step"] for one in item["trace"]
    )


@settings(STEADY, max_examples=80)
@given(strategies.documents())
def test_every_quotation_stands_in_the_source(doc):
    source = "".join((CORPUS / "hongfufa-2023-30" / "text.txt").read_text(encoding="utf-8").split())
    answer = evaluate_document(policy(), doc)
    shown = [step for item in answer["claims"] for step in [*item["trace"], *item["unmet"]]]
    for step in [*shown, *answer["settlement"]["trace"]]:
        assert "".join(step["quote"].split()) in source
    for item in answer["claims"]:
        if item["status"] == "eligible":
            assert item["trace"][-1]["value"] == item["amount"]
        assert all(step["clause"] == item["clause"] for step in item["trace"])
