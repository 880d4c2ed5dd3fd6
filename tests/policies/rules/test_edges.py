"""Edges of the engine that documents alone do not reach."""

import datetime as dt
from dataclasses import replace

from policies.rules.compile import compiled
from tests.policies.rules.support import claim, evaluate, loan, policy


def test_a_rate_without_fraction_is_written_with_two_decimals():
    """1,000万 for all of July 2025 × 50% × 3.00% × 31 ÷ 360."""
    answer = evaluate(claim("3.1.2", loans=[loan("10000000.00", "2025-07-01", "2025-08-01")]), year=2025)
    steps = [step["step"] for step in answer["claims"][0]["trace"] if "LPR" in step["step"]]
    assert [step.count("3.00%") for step in steps] == [1]
    assert answer["claims"][0]["amount"] == "12916.67"


def test_a_loan_without_a_day_needs_no_rate():
    """Drawn and repaid on the first day that a series knows: the day before is not asked for."""
    node = compiled(policy()).clauses["3.1.2"].award
    day = dt.date(2024, 5, 1)
    short = replace(node, series=replace(node.series, days=(day.toordinal(),), rates=(345,)))
    row = {"principal": 100, "drawn_on": day, "repaid_on": day, "interest_paid": 100}
    assert short.stretches(row, 2024) == []
    one = short.stretches({**row, "repaid_on": day + dt.timedelta(days=1)}, 2024)
    assert [(found.first, found.last, found.days, found.rate) for found in one] == [(day, day, 1, 345)]
