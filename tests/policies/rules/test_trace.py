"""The calculation as it is shown: it reads like an accountant's, and every quotation is the policy's own."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.corpus import CORPUS
from policies.rules.document import evaluate_document
from policies.rules.schema import PolicyDefinition
from policies.rules.wording import period, told
from tests.policies.rules import strategies
from tests.policies.rules.support import STEADY, claim, document, evaluate, loan, policy, variant


def steps(*claims, **changes):
    return [step["step"] for step in evaluate(*claims, **changes)["claims"][0]["trace"]]


def test_rate_with_a_cap():
    title = "硅衬底LED技术研发补助"
    assert steps(claim("3.3.1", silicon_led_rd="12345678.91")) == [
        f"{title}：硅衬底LED技术年度实际研发费用 12,345,678.91 元 × 20% = 2,469,135.782 元",
        f"{title}，四舍五入到分：2,469,135.782 元 ≈ 2,469,135.78 元",
        f"{title}：2,469,135.78 元未超过上限 1,000 万元",
        f"{title}：本条款计算金额 2,469,135.78 元",
    ]


def test_projects():
    title = "“5G+智慧工厂”建设补助"
    assert steps(
        claim("3.4.5", projects=[{"name": "演示一线", "investment": "10000000.02"}, {"investment": "0.01"}])
    ) == [
        f"{title}，第1项（演示一线）：软硬件、设备投入 10,000,000.02 元 × 50% = 5,000,000.01 元",
        f"{title}，第1项（演示一线）：5,000,000.01 元超过单项上限 500 万元，按上限计 5,000,000.00 元",
        f"{title}，第2项：软硬件、设备投入 0.01 元 × 50% = 0.005 元",
        f"{title}合计：5,000,000.00 元 + 0.005 元 = 5,000,000.005 元",
        f"{title}，四舍五入到分：5,000,000.005 元 ≈ 5,000,000.01 元",
        f"{title}：本条款计算金额 5,000,000.01 元",
    ]


def test_loan_limited_to_the_interest_paid():
    asked = {**loan("10000000.00", "2024-07-21", "2024-07-23", paid="900.00"), "project": "演示厂房"}
    one, sum_1 = "在昌项目贷款贴息，第1笔（演示厂房）", "本金 1,000 万元 × 50% × LPR"
    assert steps(claim("3.1.2", loans=[asked]))[1:5] == [
        f"{one}，2024年7月21日：{sum_1} 3.45% × 1 天 ÷ 360 ≈ 479.166667 元（默认值，待确认）",
        f"{one}，2024年7月22日：{sum_1} 3.35% × 1 天 ÷ 360 ≈ 465.277778 元",
        f"{one}，2 段合计：{sum_1}（3.45% × 1 天 + 3.35% × 1 天）÷ 360 ≈ 944.444444 元",
        f"{one}：944.444444 元超过本年度实际支付利息 900.00 元，按实际支付利息计 900.00 元（默认值，待确认）",
    ]


MARK = "（默认值，待确认）"


def confirmed():
    """The shipped policy with every setting and group confirmed."""
    data = policy().model_dump(mode="json")
    for setting in data["settings"].values():
        setting["confirmed"] = True
    for group in data["groups"]:
        group["confirmed"] = True
    return PolicyDefinition.model_validate(data)


RESTING = [
    (document(claim("3.1.2", loans=[loan("10000000.00", "2025-01-01"), loan("10000000.00", "2024-07-01")] * 2)), 2),
    (document(claim("3.4.1", base_rd_subsidy="6000000.00")), 1),
    (document(claim("3.3.1", silicon_led_rd="1.00"), claim("3.4.1", base_rd_subsidy="6000000.00")), 2),
    (document(claim("3.3.1", silicon_led_rd="1.00"), external_awards=[{"group": "研发投入", "amount": "9.00"}]), 1),
    (document(claim("3.1.3b", neeq_listed_on="2024-05-01"), claim("3.8.3", introduced=[{"name": "演示"}]),
              sales_ex_tax="100.00"), 1),
    (document(claim("3.4.5", projects=[{"investment": "1.00"}])), 0),
]  # fmt: skip


@pytest.mark.parametrize(("doc", "marks"), RESTING)
def test_lines_that_rest_on_an_unconfirmed_setting_say_so_once(doc, marks):
    def marked(rules):
        answer = evaluate_document(rules, doc)
        lines = [step for item in answer["claims"] for step in item["trace"]] + answer["settlement"]["trace"]
        return [step["step"] for step in lines if MARK in step["step"]]

    assert len(marked(policy())) == marks
    assert all(line.endswith(MARK) for line in marked(policy()))
    assert marked(confirmed()) == []


def test_the_limit_to_the_interest_paid_quotes_nothing():
    doc = document(
        claim("3.1.2", loans=[loan("10000000.00", "2024-07-21", paid=paid) for paid in ("1.00", "9999999.00")])
    )
    limits = [
        one for one in evaluate_document(policy(), doc)["claims"][0]["trace"] if "本年度实际支付利息" in one["step"]
    ]
    assert [one["quote"] for one in limits] == ["", ""]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (claim("3.1.3b", neeq_listed_on="2021-01-01"), "‘新三板’挂牌日期 2021年1月1日"),
        (claim("3.1.3a", listed_on="2025-01-01"), "首发上市日期 2025年1月1日"),
        (claim("3.1.3c", "1000000.00", equity_raised="1.00", received_on="2023-12-31"), "资金到账日期 2023年12月31日"),
        (
            claim(
                "3.8.3", introduced=[{"name": "甲", "above_scale_on": "2024-12-31"}, {"above_scale_on": "2023-01-01"}]
            ),
            "入库（成为规上工业企业）日期 2023年1月1日（第 2 行）",
        ),
    ],
)
def test_a_date_outside_the_policy_year_is_pointed_out_and_changes_nothing(asked, hint):
    item = evaluate(asked)["claims"][0]
    (line,) = [step for step in item["trace"] if step["step"].startswith("提示：")]
    assert line == {
        "step": f"提示：{hint} 不在政策年度 2024 年内；原文没有写明以哪一日为准，请核对",
        "value": "",
        "quote": "",
        "clause": asked["clause"],
    }
    assert item["trace"][-2] == line
    assert item["status"] in {"eligible", "pending"}


@pytest.mark.parametrize(
    "asked",
    [
        claim("3.1.3b", neeq_listed_on="2024-12-31"),
        claim("3.1.2", loans=[loan("1.00", "2023-01-01", "2025-02-01")]),
        claim("3.2.2", investor_fortune500=True, investment="1.00", production_started_on="2025-01-01"),
        claim("3.8.2", events=[{"cost": "1.00"}, {"cost": "1.00", "held_on": None}]),
    ],
)
def test_dates_inside_the_year_or_read_by_the_rule_are_not_pointed_out(asked):
    assert "提示" not in " ".join(steps(asked))


def test_claims_that_wait_for_a_decision_are_named_in_the_total():
    answer = evaluate(claim("3.1.3a"), claim("3.8.3", introduced=[{"name": "演示"}]))
    assert answer["settlement"]["trace"][-1]["step"].endswith("，另有 1 项待裁量（3.1.3a），未计入")
    assert answer["settlement"]["total"] == "500000.00"


def test_loan_without_a_day_in_the_year():
    told = steps(claim("3.1.2", loans=[loan("1.00", "2025-03-01")]))
    assert "在昌项目贷款贴息，第1笔：2024 年度内没有计息天数，计 0.00 元" in told


def test_cap_on_the_total_of_extra_and_base():
    doc = document(claim("3.4.1", base_rd_subsidy="15000000.00"))
    item = evaluate_document(variant(extra_cap="total"), doc)["claims"][0]
    assert item["amount"] == "5000000.00"
    assert any(
        "= 500 万元：15,000,000.00 元超过该上限，按上限计 5,000,000.00 元" in one["step"] for one in item["trace"]
    )


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00 元"),
        (1, "0.01 元"),
        (999_999, "9,999.99 元"),
        (1_000_000, "1 万元"),
        (1_000_001, "10,000.01 元"),
        (123_456_000_000, "123,456 万元"),
        (5_000_000_000, "5,000 万元"),
        (9_999_000_000, "9,999 万元"),
        (10_000_000_000, "1 亿元"),
        (10_000_000_001, "100,000,000.01 元"),
        (10_001_000_000, "10,001 万元"),
        (12_000_000_000, "1.2 亿元"),
        (12_300_000_000, "1.23 亿元"),
        (192_000_000_000, "19.2 亿元"),
        (1_000_000_000_000, "100 亿元"),
        (100_000_000_000_000, "10,000 亿元"),
        (-100_000_000_000, "−10 亿元"),
        (-1, "−0.01 元"),
    ],
)
def test_given_figures_read_as_they_are_said(fen, text):
    assert told(fen) == text


@given(st.integers(-(10**18), 10**18))
def test_a_given_figure_is_never_rounded(fen):
    text, unit = told(fen).split(" ")
    scale = {"元": 100, "万元": 10**6, "亿元": 10**10}[unit]
    assert Fraction(text.replace(",", "").replace("−", "-")) * scale == fen


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2024-03-01", "2024-07-21", "2024年3月1日至7月21日"),
        ("2024-12-31", "2024-12-31", "2024年12月31日"),
        ("2024-12-31", "2025-01-01", "2024年12月31日至2025年1月1日"),
    ],
)
def test_periods(first, last, text):
    assert period(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) == text


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
