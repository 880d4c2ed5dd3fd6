"""Loans: every turn of a year and of a rate, and days that the series does not know."""

import datetime as dt
from dataclasses import replace

import pytest

from policies.rules.columns import MISSING, Status, run_year
from policies.rules.compile import compiled
from policies.rules.document import read_document
from policies.rules.evaluate import evaluate_clause
from policies.rules.nodes import MissingRateError
from tests.policies.rules.columns.support import both, columns_of
from tests.policies.rules.support import claim, document, loan, policy, variant


@pytest.mark.parametrize("pick", ["daily", "drawn_on"])
@pytest.mark.parametrize("limited", [True, False])
def test_loans_on_both_sides_of_every_day_that_matters(pick, limited):
    rules = variant(lpr_pick=pick, loan_cap=limited)
    marks = ["2023-12-31", "2024-01-01", "2024-07-22", "2024-10-21", "2024-12-31", "2025-01-01", "2024-02-29"]
    days = [dt.date.fromisoformat(mark) + dt.timedelta(days=off) for mark in marks for off in (-1, 0, 1)]
    docs = [
        document(claim("3.1.2", loans=[loan("36000000.01", str(drawn), str(repaid) if repaid else None, "300000.00")]))
        for drawn in days
        for repaid in [None, *days]
        if repaid is None or drawn <= repaid
    ]
    columns, one_by_one = both(rules, docs)
    assert columns == one_by_one


def test_a_day_without_a_rate_is_told_where_the_claim_needs_it():
    """2026 is beyond the series that says so; who is not eligible, or not out on that day, needs no rate."""
    rules = compiled(policy())
    series = rules.clauses["3.1.2"].award.series
    after = dt.date.fromordinal(series.known_until + 1)
    before = dt.date.fromordinal(series.days[0] - 1)
    doc = document(claim("3.1.2", loans=[loan("1.00", "2024-05-01")]))
    year = columns_of(rules, [read_document(rules, doc)], 2024)
    table = year.claims["3.1.2"].tables["loans"]

    def run(**days):
        for key, day in days.items():
            table.columns[key][:] = MISSING if day is None else day.toordinal()
        return run_year(rules, replace(year, year=after.year))

    start, end = dt.date(after.year, 1, 1), dt.date(after.year, 12, 31)
    assert start < after <= end, "the series ends inside a year, or this shows nothing"
    assert run(drawn_on=start, repaid_on=after).claims["3.1.2"].amount[0] == 1  # 0.5 × 3% of 1 元 for half a year
    with pytest.raises(MissingRateError) as caught:
        run(drawn_on=start, repaid_on=after + dt.timedelta(days=1))
    assert (caught.value.series, caught.value.day) == (series.label, after)
    with pytest.raises(MissingRateError) as caught:
        run(drawn_on=start, repaid_on=None)
    assert caught.value.day == end
    assert run(drawn_on=end + dt.timedelta(days=1), repaid_on=None).claims["3.1.2"].amount[0] == 0
    year.facts["Y.revenue_prev"][:] = year.facts["Y.revenue"]
    assert run(drawn_on=start, repaid_on=None).claims["3.1.2"].status[0] == Status.NOT_ELIGIBLE
    year.facts["Y.revenue_prev"][:] = 0
    drawn_on = variant(lpr_pick="drawn_on")
    table.columns["drawn_on"][:] = before.toordinal()
    with pytest.raises(MissingRateError) as caught:
        run_year(drawn_on, year)
    assert caught.value.day == before
    assert run_year(rules, year).claims["3.1.2"].status[0] == Status.ELIGIBLE


@pytest.mark.parametrize("edge", ["first", "last"])
def test_the_first_and_the_last_day_that_the_series_knows(edge):
    """On the last day with a rate and beside it, columns and a single evaluation agree on amount and refusal."""
    rules = compiled(policy())
    clause = rules.clauses["3.1.2"]
    series = clause.award.series
    day = dt.date.fromordinal(series.days[0] if edge == "first" else series.known_until)
    template = read_document(rules, document(claim("3.1.2", loans=[loan("36000000.01", "2024-05-01")])))
    refused = set()
    for off in (-1, 0, 1):
        for length in (1, 2):
            drawn = day + dt.timedelta(days=off)
            lent = {
                **template.claims[0].facts["loans"][0],
                "drawn_on": drawn,
                "repaid_on": drawn + dt.timedelta(length),
            }
            given = replace(template, claims=(replace(template.claims[0], facts={"loans": [lent]}),))
            year = replace(columns_of(rules, [given], 2024), year=day.year)
            facts = {**given.facts, "loans": [lent]}
            one = amount_or_day(lambda facts=facts: evaluate_clause(clause, facts, day.year, trace=False).amount)
            column = amount_or_day(lambda year=year: run_year(rules, year).claims["3.1.2"].amount.tolist()[0])
            assert column == one
            if isinstance(one, dt.date):
                refused.add((off, length))
    assert refused == ({(-1, 1), (-1, 2)} if edge == "first" else {(0, 2), (1, 1), (1, 2)})


def amount_or_day(compute):
    """An amount in 分, or the day without a rate."""
    try:
        return compute()
    except MissingRateError as error:
        return error.day
