"""Edges of the columns that documents alone do not reach."""

import datetime as dt
from dataclasses import replace

import numpy as np

from policies.rules.columns import MISSING, Status, columns_fault, run_year
from policies.rules.columns.blocks import exact
from policies.rules.columns.reading import Facts
from policies.rules.compile import compiled
from policies.rules.document import read_document
from tests.policies.rules import strategies
from tests.policies.rules.columns.support import both, columns_of
from tests.policies.rules.support import claim, document, loan, policy, variant
from tests.policies.rules.synthetic import STEP, cited, fact, synthetic

FIXED = {"kind": "fixed", "amount": cited("1.00")}


def test_tiers_of_rates_alone():
    step = {**STEP, "tiers": [tier for tier in STEP["tiers"] if "rate" in tier]}
    docs = [document(claim("1.1", base=text)) for text in ("999.99", "1000.00", "9999.99", "10000.00", "10000.20")]
    columns, one_by_one = both(synthetic(c1_1={"facts": [fact("base", "money")], "award": step}), docs)
    assert columns == one_by_one
    assert [item["claims"]["1.1"][1] for item in columns] == [0, 1000, 10000, 25000, 25001]


def test_growth_of_the_largest_sums():
    """before × 33,333,333 has more than 64 bits; the border is still found to the 分."""
    before = 7_500_000_000_000_001
    border = before - (-before * 33_333_333 // 10**8)
    facts = [fact("now", "money"), fact("before", "money")]
    grown = {"kind": "growth", "label": "增长", "now": "now", "before": "before", "by": cited("33.333333%", "rate")}
    docs = [
        document(claim("1.1", now=strategies.yuan(border + off), before=strategies.yuan(before))) for off in (-1, 0, 1)
    ]
    columns, one_by_one = both(synthetic(c1_1={"facts": facts, "conditions": [grown], "award": FIXED}), docs)
    assert columns == one_by_one
    assert [item["claims"]["1.1"][0] for item in columns] == ["not_eligible", "eligible", "eligible"]


def test_the_border_of_a_growth():
    """Base and growth together are 2^61 − 1 at most."""
    grown = {"kind": "growth", "label": "增长", "now": "now", "before": "before", "by": cited(1, "count")}
    for most, fits in ((2**61 - 2, True), (2**61 - 1, False)):
        facts = [fact("now", "count"), fact("before", "count", maximum=str(most))]
        rules = compiled(synthetic(c1_1={"facts": facts, "conditions": [grown], "award": FIXED}))
        assert (columns_fault(rules) is None) == fits


def _beyond_the_series():
    """Three claims for a year that the series does not know to its end, each with one loan of its first days."""
    rules = compiled(policy())
    series = rules.clauses["3.1.2"].award.series
    after = dt.date.fromordinal(series.known_until + 1)
    docs = [document(claim("3.1.2", loans=[loan("360000.00", "2024-05-01")])) for _ in range(3)]
    year = replace(columns_of(rules, [read_document(rules, doc) for doc in docs], 2024), year=after.year)
    columns = year.claims["3.1.2"].tables["loans"].columns
    columns["drawn_on"][:] = dt.date(after.year, 1, 1).toordinal()
    columns["repaid_on"][:] = dt.date(after.year, 1, 3).toordinal()
    return rules, year, columns


def test_only_who_needs_a_rate_is_asked_for_it():
    """A claim that is not eligible may have days that no rate is known for, beside claims that have none such."""
    rules, year, columns = _beyond_the_series()
    columns["repaid_on"][1] = MISSING  # runs through 31 December
    year.facts["Y.revenue"][1] = year.facts["Y.revenue_prev"][1]
    found = run_year(rules, year).claims["3.1.2"]
    assert found.status.tolist() == [Status.ELIGIBLE, Status.NOT_ELIGIBLE, Status.ELIGIBLE]
    assert found.amount[0] == found.amount[2] > 0


def test_a_claim_that_lacks_a_value_needs_no_rate():
    rules, year, columns = _beyond_the_series()
    columns["repaid_on"][1] = MISSING
    columns["principal"][1] = MISSING
    found = run_year(rules, year).claims["3.1.2"]
    assert found.status.tolist() == [Status.ELIGIBLE, Status.UNKNOWN, Status.ELIGIBLE]
    assert np.array_equal(found.amount == MISSING, [False, True, False])


# ------------------------------------------------------------------------------------- bounds of what blocks give


def exactly(award, facts, *docs):
    """What an award gives for claims, with its bounds."""
    rules = compiled(synthetic(c1_1={"facts": facts, "award": award}))
    year = columns_of(rules, [read_document(rules, doc) for doc in docs], 2024)
    claims = Facts(year, year.claims["1.1"])
    return rules.clauses["1.1"].award, claims, np.ones(len(claims), dtype=np.bool_)


def test_bounds_of_a_fixed_amount():
    number = exact(*exactly(FIXED, [], document(claim("1.1"))))
    assert (number.whole, number.whole_high, number.part.tolist(), number.part_high) == (None, 0, [100], 100)


def test_bounds_of_tiers():
    docs = [document(claim("1.1", base=base)) for base in ("100.00", "5000.00")]
    number = exact(*exactly(STEP, [fact("base", "money")], *docs))
    assert (number.whole_high, number.part_high, number.denominator) == (100, 500_000 * 5, 200)
    rates = {**STEP, "tiers": STEP["tiers"][1:]}
    number = exact(*exactly(rates, [fact("base", "money")], *docs))
    assert (number.whole, number.whole_high, number.part_high) == (None, 0, 500_000 * 5)


def test_bounds_of_interest_are_reached_by_a_loan_of_a_leap_year():
    shipped = {clause["id"]: clause for clause in policy().model_dump(mode="json")["clauses"]}["3.1.2"]
    doc = document(claim("1.1", loans=[loan("1000.00", "2023-01-01")]))
    node, facts, needed = exactly(shipped["award"], shipped["facts"], doc)
    series = replace(node.series, days=node.series.days[:1], rates=(345,))
    for pick in ("daily", "drawn_on"):
        number = exact(replace(node, series=series, pick=pick, limited=False), facts, needed)
        assert number.part.tolist() == [number.part_high] == [100_000 * 345 * 366]
        assert number.whole_high == 0


def test_the_rate_of_the_day_of_drawing_is_the_one_last_published():
    rules = variant(lpr_pick="drawn_on", loan_cap=False)
    series = rules.clauses["3.1.2"].award.series
    drawn = [dt.date.fromordinal(day + off) for day in series.days for off in (-1, 0, 1)][1:]
    docs = [document(claim("3.1.2", loans=[loan("36000000.00", str(day), "2025-06-30")])) for day in drawn]
    columns, one_by_one = both(rules, docs)
    assert columns == one_by_one
