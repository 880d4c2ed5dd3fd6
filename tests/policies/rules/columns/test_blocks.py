"""Blocks and conditions that the shipped policy does not use, and the borders of all of them."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.rules import strategies
from tests.policies.rules.columns.support import both
from tests.policies.rules.support import STEADY, claim, document, loan, policy
from tests.policies.rules.synthetic import QUOTE, STEP, cited, fact, synthetic

TIERS = [0, 1, 9_999, 10_000, 10_001, 99_999, 100_000, 100_001, 999_999, 1_000_000, 1_000_001, 10**15]
money = st.one_of(strategies.fen, st.sampled_from(TIERS)).map(strategies.yuan)
heads = st.one_of(st.integers(0, 22), st.just(10**9))
#: The rows of a table, none of them, and a clause beside them that has no table at all.
FACTS = {
    "1.1": st.fixed_dictionaries({"base": money}),
    "1.2": st.fixed_dictionaries({"base": money, "heads": heads}),
    "1.3": st.fixed_dictionaries(
        {"sites": st.lists(st.fixed_dictionaries({"base": money, "name": st.just("演示")}), max_size=4)}
    ),
    "1.4": st.fixed_dictionaries({"sites": st.lists(st.just({"name": "演示"}), max_size=4)}),
    "1.5": st.fixed_dictionaries(
        {
            "flag": st.booleans(),
            "heads": heads,
            "day": st.one_of(st.none(), strategies.near_rates.map(str)),
        }
    ),
}


@st.composite
def documents(draw):
    """A document of any made-up clauses; revenue near a tenth more than before."""
    before = draw(strategies.fen)
    now = max(0, before + before // 10 + draw(st.integers(-2, 2)))
    chosen = draw(st.lists(st.sampled_from(list(FACTS)), unique=True))
    return document(
        *[{"clause": clause, "facts": draw(FACTS[clause])} for clause in chosen],
        revenue=strategies.yuan(now),
        revenue_prev=strategies.yuan(before),
        sales_ex_tax=draw(money),
        kind=draw(st.sampled_from(["enterprise", "association"])),
    )


@settings(STEADY, max_examples=60)
@given(st.lists(documents(), min_size=1, max_size=8))
def test_made_up_policy(docs):
    columns, one_by_one = both(synthetic(), docs)
    assert columns == one_by_one


def same(docs, year=2024, **clauses):
    """Results of a made-up policy, which must be those of the scalar engine."""
    columns, one_by_one = both(synthetic(**clauses), docs, year=year)
    assert columns == one_by_one
    return columns


def test_step_between_two_tiers_and_beyond_64_bits():
    """A tier of a fine rate above one of an amount, at bases up to the largest sum of money."""
    tiers = [
        {"at_least": cited("1.00"), "amount": cited("5.00")},
        {"at_least": cited("2.00"), "rate": cited("33.333333%")},
    ]
    step = {**STEP, "tiers": tiers}
    bases = ["0.99", "1.00", "1.01", "1.99", "2.00", "2.01", "99999999999999.99"]
    docs = [document(claim("1.1", base=text)) for text in bases]
    found = same(docs, c1_1={"facts": [fact("base", "money")], "award": step})
    assert [item["claims"]["1.1"][1] for item in found][:5] == [0, 500, 500, 500, 67]
    rows = {"kind": "rows", "table": "sites", "each": {**step, "of": "row.base"}, "row_cap": cited("6.00")}
    sites = fact("sites", "table", columns=[fact("base", "money")])
    docs = [document(claim("1.1", sites=[{"base": text} for text in bases[k:]])) for k in range(len(bases))]
    same(docs, c1_1={"facts": [sites], "award": rows})


def test_rows_that_read_a_fact_of_the_claim_and_of_the_year():
    """A share of the claim's own fact, of a figure of the year, and of the sum of the table, once for each row."""
    sites = fact("sites", "table", columns=[fact("base", "money")])
    docs = [
        document(claim("1.1", base=text, sites=[{"base": "1.00"}] * k), revenue=f"{k}00.07")
        for k, text in enumerate(["0.00", "12.34", "5.55", "999999.99"])
    ]
    for ref in ("base", "Y.revenue", "sites.base"):
        each = {"kind": "rate", "of": ref, "rate": cited("7.5%")}
        award = {"kind": "rows", "table": "sites", "each": each, "row_cap": cited("1000.00")}
        same(docs, c1_1={"facts": [fact("base", "money"), sites], "award": award})


def test_interest_as_a_part_of_a_sum_and_a_cap_that_counts_its_base():
    shipped = {clause["id"]: clause for clause in policy().model_dump(mode="json")["clauses"]}
    lent = shipped["3.1.2"]
    part = {"kind": "rate", "of": "base", "rate": cited("12.5%")}
    award = {"kind": "sum", "parts": [part, lent["award"], {"kind": "fixed", "amount": cited("0.01")}]}
    docs = [
        document(claim("1.1", base=text, loans=loans))
        for text, loans in [
            ("0.03", []),
            ("0.04", [loan("36000000.00", "2024-07-21", "2024-07-23")]),
            ("0.11", [loan("1234.56", "2023-02-28"), loan("7.77", "2024-10-20", "2024-10-22", "0.01")]),
        ]
    ]
    same(docs, c1_1={"facts": [fact("base", "money"), *lent["facts"]], "award": award})


def test_counting_conditions_on_tables():
    sites = fact("sites", "table", columns=[fact("base", "money")])
    conditions = [
        {"kind": "compare", "label": "两处以上", "fact": "sites", "value": cited(2, "count")},
        {"kind": "compare", "label": "合计超过", "fact": "sites.base", "op": "gt", "value": cited("3.00", "money")},
        {"kind": "compare", "label": "合计低于", "fact": "sites.base", "op": "lt", "value": cited("5.00", "money")},
        {"kind": "given", "label": "有", "fact": "sites", "quote": QUOTE},
    ]
    award = {"kind": "per_unit", "amount": cited("2.00"), "count": "sites"}
    docs = [
        document(claim("1.1", sites=[{"base": text} for text in texts]))
        for texts in (
            [],
            ["3.00"],
            ["3.01"],
            ["1.00", "2.00"],
            ["1.00", "2.01"],
            ["1.00", "1.00", "2.99"],
            ["3.00", "2.00"],
        )
    ]
    found = same(docs, c1_1={"facts": [sites], "conditions": conditions, "award": award})
    assert [item["claims"]["1.1"][2] for item in found] == [[0, 1], [0, 1], [0], [1], [], [], [2]]


@pytest.mark.parametrize("op", ["ge", "gt"])
@pytest.mark.parametrize("by", [cited("33.333333%", "rate"), cited("0.03", "money"), cited("0%", "rate")])
def test_growth_at_its_border(op, by):
    base = [fact("now", "money", nullable=True), fact("before", "money", nullable=True)]
    grown = {"kind": "growth", "label": "增长", "now": "now", "before": "before", "op": op, "by": by}
    award = {"kind": "fixed", "amount": cited("1.00")}
    values = [None, *(strategies.yuan(fen) for fen in (0, 1, 2, 3, 4, 5, 6, 7, 8, 300, 400, 401, 10**16 - 1))]
    docs = [document(claim("1.1", now=now, before=before)) for now in values for before in values]
    same(docs, c1_1={"facts": base, "conditions": [grown], "award": award})


@pytest.mark.parametrize("first", [None, "year_start", "valid_from", "2024-03-01"])
@pytest.mark.parametrize("last", [None, "year_end", "valid_to", "2024-03-02"])
def test_windows(first, last):
    window = {"kind": "within_dates", "label": "期间", "fact": "day", "quote": QUOTE}
    window |= {"not_before": first} if first else {}
    window |= {"not_after": last} if last else {}
    marks = [
        dt.date(2024, 1, 1),
        dt.date(2024, 3, 1),
        dt.date(2024, 12, 31),
        dt.date(2023, 10, 10),
        dt.date(2025, 12, 31),
    ]
    days = {str(mark + dt.timedelta(days=off)) for mark in marks for off in (-1, 0, 1, 2)}
    docs = [document(claim("1.1", day=day)) for day in [None, *sorted(days)]]
    conditions = [window, {"kind": "not", "label": "不在期间", "quote": QUOTE, "of": window}]
    award = {"kind": "fixed", "amount": cited("1.00")}
    same(docs, c1_1={"facts": [fact("day", "date", nullable=True)], "conditions": conditions, "award": award})


def test_every_comparison_of_a_missing_and_of_a_given_count():
    conditions = [
        {"kind": "compare", "label": op, "fact": "heads", "op": op, "value": cited(3, "count")}
        for op in ("ge", "gt", "le", "lt")
    ]
    flag = {"kind": "is_true", "label": "是", "fact": "flag", "quote": QUOTE}
    chosen = {"kind": "one_of", "label": "为", "fact": "kind", "values": ["a", "c"], "quote": QUOTE}
    conditions += [flag, chosen, {"kind": "not", "label": "不是", "quote": QUOTE, "of": flag}]
    choices = [{"value": value, "label": value} for value in "abc"]
    facts = [
        fact("heads", "count", nullable=True),
        fact("flag", "flag", nullable=True),
        fact("kind", "choice", nullable=True, choices=choices),
    ]
    docs = [
        document(claim("1.1", heads=number, flag=answer, kind=kind))
        for number in (None, 0, 2, 3, 4)
        for answer in (None, False, True)
        for kind in (None, "b", "a", "c")
    ]
    award = {"kind": "fixed", "amount": cited("1.00")}
    same(docs, c1_1={"facts": facts, "conditions": conditions, "award": award})


@settings(STEADY, max_examples=15)
@given(st.tuples(*[strategies.claims(clause) for clause in strategies.RULES.clauses]), money)
def test_all_clauses_of_the_shipped_policy_at_once(claims, sales):
    columns, one_by_one = both(policy(), [document(*claims, sales_ex_tax=sales)])
    assert columns == one_by_one
    assert len(columns[0]["claims"]) == 18
