"""Edges of the engine that documents alone do not reach."""

import datetime as dt
from dataclasses import replace

import pytest

from policies.rules.compile import compiled
from policies.rules.evaluate import amount_of, evaluate_clause
from policies.rules.nodes import MissingRateError
from tests.policies.rules.support import claim, evaluate, loan, policy
from tests.policies.rules.synthetic import QUOTE, cited, synthetic


def test_a_rate_without_fraction_is_written_with_two_decimals():
    """1,000万 for all of July 2025 × 50% × 3.00% × 31 ÷ 360."""
    answer = evaluate(claim("3.1.2", loans=[loan("10000000.00", "2025-07-01", "2025-08-01")]), year=2025)
    steps = [step["step"] for step in answer["claims"][0]["trace"] if "LPR" in step["step"]]
    assert [step.count("3.00%") for step in steps] == [1]
    assert answer["claims"][0]["amount"] == "12916.67"


def test_rates_are_written_with_two_decimals():
    series = compiled(policy()).clauses["3.1.2"].award.series
    written = {
        5: "0.05%",
        99: "0.99%",
        100: "1.00%",
        101: "1.01%",
        345: "3.45%",
        396: "3.96%",
        400: "4.00%",
        1234: "12.34%",
    }
    assert {rate: series.written(rate) for rate in written} == written


def test_a_loan_without_a_day_needs_no_rate():
    """Drawn and repaid on the first day that a series knows: the day before is not asked for."""
    node = compiled(policy()).clauses["3.1.2"].award
    day = dt.date(2024, 5, 1)
    short = replace(node, series=replace(node.series, days=(day.toordinal(),), rates=(345,)))
    row = {"principal": 100, "drawn_on": day, "repaid_on": day, "interest_paid": 100}
    assert short.stretches(row, 2024) == []
    one = short.stretches({**row, "repaid_on": day + dt.timedelta(days=1)}, 2024)
    assert [(found.first, found.last, found.days, found.rate) for found in one] == [(day, day, 1, 345)]


def test_a_day_that_the_series_does_not_know_is_told():
    """Before the first publication and after the last known day, never on them; the day itself is named."""
    series = compiled(policy()).clauses["3.1.2"].award.series
    first, last = series.days[0], series.known_until
    assert (series.rate_on(first), series.rate_on(last)) == (series.rates[0], series.rates[-1])
    for position, day in enumerate(series.days[1:]):
        assert (series.rate_on(day - 1), series.rate_on(day)) == series.rates[position : position + 2]
    for day in (first - 1, last + 1):
        with pytest.raises(MissingRateError) as caught:
            series.rate_on(day)
        assert (caught.value.series, caught.value.day.toordinal()) == (series.label, day)


def test_stretches_of_a_loan_are_cut_where_the_rate_changes():
    node = compiled(policy()).clauses["3.1.2"].award

    def stretches(drawn, repaid, year=2024):
        row = {"principal": 100, "drawn_on": drawn, "repaid_on": repaid, "interest_paid": 100}
        return [(str(one.first), str(one.last), one.days, one.rate) for one in node.stretches(row, year)]

    changed = dt.date(2024, 7, 22)
    one = dt.timedelta(days=1)
    assert stretches(changed, changed + one) == [("2024-07-22", "2024-07-22", 1, 335)]
    assert stretches(changed - one, changed) == [("2024-07-21", "2024-07-21", 1, 345)]
    assert stretches(changed - one, changed + one) == [
        ("2024-07-21", "2024-07-21", 1, 345),
        ("2024-07-22", "2024-07-22", 1, 335),
    ]
    assert stretches(dt.date(2020, 1, 1), None) == [
        ("2024-01-01", "2024-07-21", 203, 345),
        ("2024-07-22", "2024-10-20", 91, 335),
        ("2024-10-21", "2024-12-31", 72, 310),
    ]
    assert stretches(dt.date(2025, 1, 1), None) == stretches(dt.date(2023, 1, 1), dt.date(2024, 1, 1)) == []


def test_a_rate_is_asked_for_on_every_day_and_no_other():
    """Days before the first publication and after the last known one are refused, whichever rate is taken."""
    node = compiled(policy()).clauses["3.1.2"].award
    drawn_on = replace(node, pick="drawn_on")
    first, last = (dt.date.fromordinal(day) for day in (node.series.days[0], node.series.known_until))
    one = dt.timedelta(days=1)

    def days(interest, drawn, repaid):
        row = {"principal": 100, "drawn_on": drawn, "repaid_on": repaid, "interest_paid": 100}
        try:
            return sum(found.days for found in interest.stretches(row, repaid.year))
        except MissingRateError as error:
            return error.day

    for interest in (node, drawn_on):
        assert days(interest, first, first + one) == days(interest, last, last + one) == 1
        assert days(interest, first - one, first + one) == first - one
        assert days(interest, last - one, last + 2 * one) == last + one
    assert days(node, dt.date(2010, 1, 1), dt.date(2024, 1, 3)) == 2
    assert days(drawn_on, dt.date(2010, 1, 1), dt.date(2024, 1, 3)) == dt.date(2010, 1, 1)


FACTS = {"3.1.3c": {"equity_raised": 100, "received_on": dt.date(2023, 5, 1)}, "3.4.1": {"base_rd_subsidy": 100}}


@pytest.mark.parametrize(
    ("clause", "year", "decision", "status"),
    [
        ("3.1.3c", {}, None, "pending"),
        ("3.1.3c", {}, 100, "eligible"),
        ("3.4.1", {"Y.rd_expense": 10**12}, None, "eligible"),
        ("3.4.1", {"Y.rd_expense": 0}, None, "not_eligible"),
    ],
)
def test_the_working_is_told_unless_it_is_not_wanted(clause, year, decision, status):
    """The outcome is the same with it and without."""
    rules = compiled(policy()).clauses[clause]
    told = evaluate_clause(rules, {**FACTS[clause], **year}, 2024, decision=decision)
    assert (told.status, bool(told.trace)) == (status, True)
    assert evaluate_clause(rules, {**FACTS[clause], **year}, 2024, decision=decision, trace=True) == told
    plain = evaluate_clause(rules, {**FACTS[clause], **year}, 2024, decision=decision, trace=False)
    assert plain == replace(told, trace=())


def test_a_cap_on_a_decision_that_is_not_taken():
    latitude = {"kind": "discretion", "quote": QUOTE}
    rules = compiled(synthetic(c1_1={"award": latitude, "cap": {"amount": cited("1.00")}})).clauses["1.1"]
    assert amount_of(rules, {}, 2024) is None
    assert (amount_of(rules, {}, 2024, 99), amount_of(rules, {}, 2024, 101)) == (99, 100)
    assert evaluate_clause(rules, {}, 2024).status == "pending"
