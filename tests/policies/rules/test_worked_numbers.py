"""Figures worked out by hand, sentence by sentence."""

import pytest

from policies.rules.document import evaluate_document
from tests.policies.rules.support import claim, document, evaluate, first, loan, variant

THREE = {"status_list": "fortune_500", "list_year": 2024}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # 3.1.3b 给予100万元奖励
        (claim("3.1.3b", neeq_listed_on="2024-05-06"), "1000000.00"),
        # 3.2.3 0.5%，每家公司每年不超过2000万元
        (claim("3.2.3", settlement_sales_ex_tax="123456789.00", **THREE), "617283.95"),  # 617,283.945 → half up
        (claim("3.2.3", settlement_sales_ex_tax="4000000000.00", **THREE), "20000000.00"),  # exactly the cap
        (claim("3.2.3", settlement_sales_ex_tax="3999999998.99", **THREE), "19999999.99"),  # 19,999,999.99495
        (claim("3.2.3", settlement_sales_ex_tax="4000000001.00", **THREE), "20000000.00"),  # cut
        (claim("3.2.3", settlement_sales_ex_tax="0.99", **THREE), "0.00"),  # 0.00495
        (claim("3.2.3", settlement_sales_ex_tax="1.00", **THREE), "0.01"),  # 0.005, a tie
        (claim("3.2.3", settlement_sales_ex_tax="3.00", **THREE), "0.02"),  # 0.015: to even would say 0.02 as well
        (claim("3.2.3", settlement_sales_ex_tax="5.00", **THREE), "0.03"),  # 0.025: to even would say 0.02
        # 3.3.1 20%，每年不超过1000万元
        (claim("3.3.1", silicon_led_rd="12345678.91"), "2469135.78"),  # 2,469,135.782
        (claim("3.3.1", silicon_led_rd="50000000.00"), "10000000.00"),
        (claim("3.3.1", silicon_led_rd="50000000.05"), "10000000.00"),
        # 3.4.2 研发费用的15%，每年不超过2000万元: 1亿 × 15% = 1,500万
        (claim("3.4.2"), "15000000.00"),
        # 3.4.5 投入的50%，单个项目最高不超过500万元
        (claim("3.4.5", projects=[{"name": "演示一线", "investment": "8000000.00"}]), "4000000.00"),
        (claim("3.4.5", projects=[{"investment": "10000000.01"}, {"investment": "1000000.00"}]), "5500000.00"),
        (claim("3.4.5", projects=[{"investment": "0.01"}, {"investment": "0.01"}]), "0.01"),  # sum first, then round
        (claim("3.4.5", projects=[{"investment": "0.01"}]), "0.01"),  # half a 分 upwards
        (claim("3.4.5", projects=[{"investment": "0.03"}]), "0.02"),
        # 3.8.2 50%活动经费，每项活动不超过100万元
        (claim("3.8.2", events=[{"name": "演示对接会", "held_on": "2024-06-01", "cost": "1500000.00"}]), "750000.00"),
        (claim("3.8.2", events=[{"cost": "2500000.00"}, {"cost": "1999999.99"}]), "2000000.00"),  # 100万 + 999,999.995
        (claim("3.8.2", events=[{"cost": "2500000.00"}, {"cost": "1999999.97"}]), "1999999.99"),  # …999,999.985 up
        # 3.8.3 每家企业50万元
        (claim("3.8.3", introduced=[{"name": "演示甲"}, {"name": "演示乙"}, {"name": "演示丙"}]), "1500000.00"),
        # 3.3.2 年销售额的10%，不超过1000万元
        (
            claim(
                "3.3.2",
                product_sales=[
                    {"category": "epi_wafer", "sales_ex_tax": "1000000.04"},
                    {"category": "mocvd", "sales_ex_tax": "2000000.01"},
                ],
            ),
            "300000.01",  # 300,000.005
        ),
        # 3.4.1 再加计1倍，最高不超过2000万元
        (claim("3.4.1", base_rd_subsidy="1234567.89"), "1234567.89"),
        (claim("3.4.1", base_rd_subsidy="20000000.01"), "20000000.00"),
        # 3.4.4 每项给予100-200万元: what was decided
        (claim("3.4.4", "1500000.00", project_name="演示专项"), "1500000.00"),
    ],
)
def test_amount(asked, expected):
    assert first(asked) == ("eligible", expected)


def test_loan_over_three_rates():
    """5,000万 from 1 March 2024, not repaid: 143 days at 3.45%, 91 at 3.35%, 72 at 3.10%, half of it, ÷ 360."""
    answer = evaluate(claim("3.1.2", loans=[loan("50000000.00", "2024-03-01")]))["claims"][0]
    # 342,604.1666… + 211,701.3888… + 155,000.00 = 709,305.5555…
    assert answer["amount"] == "709305.56"
    stretches = [step for step in answer["trace"] if "LPR" in step["step"]]
    assert [step["value"] for step in stretches] == ["342604.166667", "211701.388889", "155000.00", "709305.555556"]
    assert "本金 5,000 万元 × 50% × LPR 3.45% × 143 天 ÷ 360 ≈ 342,604.166667 元" in stretches[0]["step"]
    assert "2024年3月1日至7月21日" in stretches[0]["step"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # One day, the day of drawing: 1,000万 × 50% × 3.45% ÷ 360 = 479.1666…
        (loan("10000000.00", "2024-03-01", "2024-03-02"), "479.17"),
        # Repaid on the day it was drawn: no day.
        (loan("10000000.00", "2024-03-01", "2024-03-01"), "0.00"),
        # Repaid on 1 January: the last of the old year was its last day.
        (loan("10000000.00", "2023-03-01", "2024-01-01"), "0.00"),
        # 31 December counts when the loan runs on: 1,000万 × 50% × 3.10% ÷ 360 = 430.5555…
        (loan("10000000.00", "2024-12-31"), "430.56"),
        (loan("10000000.00", "2024-12-31", "2025-06-30"), "430.56"),
        # The day a rate is published already has it: 22 July 2024 at 3.35%, 465.2777…
        (loan("10000000.00", "2024-07-22", "2024-07-23"), "465.28"),
        (loan("10000000.00", "2024-07-21", "2024-07-22"), "479.17"),
        # No more than the interest paid.
        (loan("10000000.00", "2024-03-01", "2024-03-02", paid="479.16"), "479.16"),
        (loan("10000000.00", "2024-03-01", "2024-03-02", paid="0.00"), "0.00"),
        # Drawn after the year: nothing yet.
        (loan("10000000.00", "2025-01-01"), "0.00"),
    ],
)
def test_days_of_a_loan(asked, expected):
    assert first(claim("3.1.2", loans=[asked])) == ("eligible", expected)


@pytest.mark.parametrize(
    ("drawn", "expected"), [("2024-07-21", "172500.00"), ("2024-07-22", "167500.00"), ("2024-07-23", "167500.00")]
)
def test_rate_of_the_day_of_drawing_when_so_set(drawn, expected):
    """1亿 for 36 days of 2025 × 50% × 3.45% or 3.35% ÷ 360, whatever was published since."""
    asked = document(claim("3.1.2", loans=[loan("100000000.00", drawn, "2025-02-06")]), year=2025)
    assert evaluate_document(variant(lpr_pick="drawn_on"), asked)["claims"][0]["amount"] == expected


def test_leap_year_counts_366_days():
    """A loan out all of 2024 earns 203 + 91 + 72 = 366 days."""
    answer = evaluate(claim("3.1.2", loans=[loan("36000000.00", "2023-01-01")]))["claims"][0]
    days = [int(step["step"].split(" 天")[0].rsplit(" ", 1)[1]) for step in answer["trace"] if "LPR " in step["step"]]
    assert days == [203, 91, 72]
    # 3,600万 × 50% ÷ 360 = 50,000 a day and unit rate: 50,000 × (203×3.45% + 91×3.35% + 72×3.10%)
    assert answer["amount"] == "614200.00"


def test_interest_is_capped_at_two_million():
    assert first(claim("3.1.2", loans=[loan("500000000.00", "2023-01-01")])) == ("eligible", "2000000.00")


def test_cap_of_five_per_cent_and_its_floor():
    """销售收入 2,000,000.19 × 5% = 100,000.0095, floored; two awards of 100万 and 50万 share it 2:1."""
    answer = evaluate(
        claim("3.1.3b", neeq_listed_on="2024-01-02"),
        claim("3.8.3", introduced=[{"name": "演示甲"}]),
        claim("3.1.1", "800000.00"),
        sales_ex_tax="2000000.19",
    )["settlement"]
    assert answer["cap"] == "100000.00"
    assert [(line["clause"], line["settled"], line["reason"]) for line in answer["lines"]] == [
        ("3.1.1", "800000.00", None),  # 一企一策 stands outside
        ("3.1.3b", "66666.66", "cap"),  # ⌊66,666.666⌋
        ("3.8.3", "33333.34", "cap"),  # the rest
    ]
    assert answer["total"] == "900000.00"


def test_higher_one_of_the_group_is_recommended_and_the_choice_counts():
    claims = (claim("3.3.1", silicon_led_rd="10000000.00"), claim("3.4.2"))
    lines = evaluate(*claims)["settlement"]["lines"]
    assert [(line["settled"], line["reason"]) for line in lines] == [("0.00", "not_chosen"), ("15000000.00", None)]
    lines = evaluate(*claims, choices={"研发投入": "3.3.1"})["settlement"]["lines"]
    assert [(line["settled"], line["reason"]) for line in lines] == [("2000000.00", None), ("0.00", "not_chosen")]


def test_tie_goes_to_the_clause_that_comes_first():
    lines = evaluate(
        claim("3.4.2"), claim("3.4.1", base_rd_subsidy="15000000.00"), claim("3.3.1", silicon_led_rd="1.00")
    )["settlement"]["lines"]
    assert {line["clause"]: line["settled"] for line in lines} == {
        "3.3.1": "0.00",
        "3.4.1": "15000000.00",
        "3.4.2": "0.00",
    }


def test_award_of_another_measure_blocks_the_group():
    answer = evaluate(claim("3.4.2"), external_awards=[{"group": "研发投入", "amount": "0.01"}])["settlement"]
    assert answer["lines"] == [
        {"clause": "3.4.2", "candidate": "15000000.00", "settled": "0.00", "reason": "external_award"}
    ]
    assert answer["total"] == "0.00"


@pytest.mark.parametrize(
    ("changes", "cap", "total"),
    [
        ({}, "5.00", "5.00"),
        ({"newly_introduced": True}, None, "1000000.00"),
        ({"kind": "association"}, None, "1000000.00"),
        ({"cap_override": {"lift": True}}, None, "1000000.00"),
        ({"cap_override": {"cap": "600000.00"}}, "600000.00", "600000.00"),
    ],
)
def test_who_is_capped(changes, cap, total):
    answer = evaluate(claim("3.1.3b", neeq_listed_on="2024-01-02"), **{"sales_ex_tax": "100.00", **changes})
    assert (answer["settlement"]["cap"], answer["settlement"]["total"]) == (cap, total)
