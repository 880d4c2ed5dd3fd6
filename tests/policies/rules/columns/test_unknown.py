"""Facts that were never asked for, tables without rows, clauses that nobody claims, years without anybody."""

import numpy as np

from common.money import MAX_FEN
from policies.rules.columns import MISSING, Reason, Status, YearBuilder, run_year
from policies.rules.compile import compiled
from policies.rules.document import read_document
from tests.policies.rules.columns.support import both, columns_of
from tests.policies.rules.support import claim, document, loan, policy, variant
from tests.policies.rules.synthetic import QUOTE, cited, fact, synthetic


def test_what_was_never_asked_for_is_unknown_where_arithmetic_needs_it():
    """Filed under the shipped policy, run under another one that asks for more."""
    old = compiled(policy())
    docs = [
        document(claim("3.3.1", silicon_led_rd=text), claim("3.4.5", projects=[]), newly_introduced=True)
        for text in ("1.00", "2.00")
    ]
    year = columns_of(old, [read_document(old, doc) for doc in docs], 2024)
    raw = policy().model_dump(mode="json")
    clauses = {clause["id"]: clause for clause in raw["clauses"]}
    new = fact("new", "money")
    rate = {"kind": "rate", "of": "new", "rate": cited("10%")}

    def run(clause, **changes):
        data = policy().model_dump(mode="json")
        data["clauses"] = [{**item, **changes} if item["id"] == clause else item for item in data["clauses"]]
        return run_year(compiled(type(policy()).model_validate(data)), year)

    answer = run("3.3.1", facts=[*clauses["3.3.1"]["facts"], new], award=rate)
    found = answer.claims["3.3.1"]
    assert found.status.tolist() == [Status.UNKNOWN] * 2
    assert found.amount.tolist() == [MISSING] * 2
    assert (found.settled.tolist(), answer.total.tolist(), found.unmet.tolist()) == ([0, 0], [0, 0], [0, 0])
    # A condition takes it as not fulfilled, and then the amount does not matter.
    needs = {"kind": "compare", "label": "新", "fact": "new", "value": cited("1.00", "money")}
    found = run("3.3.1", facts=[*clauses["3.3.1"]["facts"], new], award=rate, conditions=[needs]).claims["3.3.1"]
    assert (found.status.tolist(), found.unmet.tolist()) == ([Status.NOT_ELIGIBLE] * 2, [1, 1])
    # A table that was never asked for is no empty table.
    table = fact("sites", "table", columns=[fact("base", "money")])
    for award in (
        {"kind": "rows", "table": "sites", "each": {"kind": "rate", "of": "row.base", "rate": cited("1%")}},
        {"kind": "rate", "of": "sites.base", "rate": cited("1%")},
        {"kind": "per_unit", "count": "sites", "amount": cited("1.00")},
        {**clauses["3.1.2"]["award"], "table": "loans"},
    ):
        facts = [table, *clauses["3.1.2"]["facts"]]
        assert run("3.3.1", facts=facts, award=award).claims["3.3.1"].status.tolist() == [Status.UNKNOWN] * 2
    # A latitude waits for its decision first.
    latitude = {"kind": "discretion", "quote": QUOTE}
    cap = {"scope": "claim", "amount": cited("1.00"), "base": "new"}
    found = run("3.3.1", facts=[new], award=latitude, cap=cap).claims["3.3.1"]
    assert found.status.tolist() == [Status.PENDING] * 2


def test_a_missing_value_in_one_row_or_one_claim():
    rules = compiled(policy())
    loans = [loan("36000000.00", "2024-05-01"), loan("36000000.00", "2024-05-01")]
    docs = [
        document(claim("3.1.2", loans=loans[:k]), claim("3.4.5", projects=[{"investment": "2.00"}] * k))
        for k in (2, 0, 1)
    ]
    year = columns_of(rules, [read_document(rules, doc) for doc in docs], 2024)
    lent = year.claims["3.1.2"].tables["loans"]
    before = lent.columns["interest_paid"].copy()
    for key, unlimited in (
        ("principal", Status.UNKNOWN),
        ("drawn_on", Status.UNKNOWN),
        ("interest_paid", Status.ELIGIBLE),
    ):
        kept = lent.columns[key].copy()
        lent.columns[key][1] = MISSING
        assert run_year(rules, year).claims["3.1.2"].status.tolist() == [Status.UNKNOWN, 0, 0]
        free = run_year(variant(loan_cap=False), year).claims["3.1.2"]
        assert free.status.tolist() == [unlimited, 0, 0]
        lent.columns[key][:] = kept
    assert (lent.columns["interest_paid"] == before).all()
    year.claims["3.4.5"].tables["projects"].columns["investment"][2] = MISSING
    found = run_year(rules, year).claims["3.4.5"]
    assert (found.status.tolist(), found.amount.tolist()) == ([0, 0, Status.UNKNOWN], [200, 0, MISSING])
    # A column that was never asked for is no null answer: not repaid is something else.
    lent.columns.pop("repaid_on")
    assert run_year(rules, year).claims["3.1.2"].status.tolist() == [Status.UNKNOWN, 0, Status.UNKNOWN]


def test_a_sum_with_a_missing_row_fulfils_no_condition():
    sites = fact("sites", "table", columns=[fact("base", "money")])
    below = {"kind": "compare", "label": "不超过", "fact": "sites.base", "op": "le", "value": cited("9.00", "money")}
    award = {"kind": "rate", "of": "sites.base", "rate": cited("10%")}
    rules = compiled(synthetic(c1_1={"facts": [sites], "conditions": [below], "award": award}))
    docs = [document(claim("1.1", sites=[{"base": "1.00"}] * k)) for k in (1, 2, 0)]
    year = columns_of(rules, [read_document(rules, doc) for doc in docs], 2024)
    year.claims["1.1"].tables["sites"].columns["base"][2] = MISSING
    found = run_year(rules, year).claims["1.1"]
    assert (found.status.tolist(), found.amount.tolist()) == ([0, Status.NOT_ELIGIBLE, 0], [10, MISSING, 0])


def test_an_unknown_base_of_the_cap_leaves_what_it_binds_unknown():
    rules = compiled(policy())
    year = columns_of(
        rules,
        [
            read_document(
                rules, document(claim("3.1.3b", neeq_listed_on="2024-01-01"), claim("3.1.1", "5.00"), **changes)
            )
            for changes in (
                {},
                {"cap_override": {"lift": True}},
                {"cap_override": {"cap": "7.00"}},
                {"kind": "association"},
                {"newly_introduced": True},
            )
        ],
        2024,
    )
    year.facts["Y.sales_ex_tax"][:] = MISSING
    found = run_year(rules, year)
    assert found.claims["3.1.3b"].status.tolist() == [Status.UNKNOWN, 0, 0, 0, 0]
    assert found.claims["3.1.1"].status.tolist() == [0, 0, 0, 0, 0]
    assert found.cap.tolist() == [MISSING, MISSING, 700, MISSING, MISSING]
    assert found.total.tolist() == [500, 10**8 + 500, 1200, 10**8 + 500, 10**8 + 500]


def test_an_empty_year_and_clauses_that_nobody_claims():
    rules = compiled(policy())
    answer = run_year(rules, YearBuilder(rules, 2024).build())
    assert (answer.claims, len(answer.total), len(answer.cap), len(answer.choice_dropped)) == ({}, 0, 0, 0)
    docs = [document(), document(kind="association")]
    columns, one_by_one = both(policy(), docs)
    assert (
        columns
        == one_by_one
        == [
            {"claims": {}, "cap": 45_000_000_000, "total": 0, "dropped": False},
            {"claims": {}, "cap": None, "total": 0, "dropped": False},
        ]
    )


def test_tables_that_are_empty_everywhere():
    docs = [document(claim("3.4.5", projects=[]), claim("3.1.2", loans=[]), claim("3.8.3", introduced=[]))] * 2
    columns, one_by_one = both(policy(), docs)
    assert columns == one_by_one
    assert columns[0]["total"] == 0


def test_a_clause_that_the_policy_no_longer_has_is_left_out():
    rules = compiled(synthetic())
    year = columns_of(rules, [read_document(rules, document(claim("1.1", base="100.00")))], 2024)
    fewer = compiled(policy())
    answer = run_year(fewer, year)
    assert (answer.claims, answer.total.tolist()) == ({}, [0])


def test_facts_and_results_are_left_as_they_were():
    rules = compiled(policy())
    docs = [
        document(claim("3.1.2", loans=[loan("36000000.00", "2024-05-01")]), claim("3.4.2"), sales_ex_tax="1000.00")
    ] * 3
    year = columns_of(rules, [read_document(rules, doc) for doc in docs], 2024)
    before = {key: values.copy() for key, values in year.facts.items()}
    first, again = run_year(rules, year), run_year(rules, year)
    for clause, found in first.claims.items():
        assert found.settled.tolist() == again.claims[clause].settled.tolist()
        assert (found.settled < found.amount).all()
        for column in (found.amount, found.settled, found.unmet):
            assert column.dtype == np.int64
    assert all((values == before[key]).all() for key, values in year.facts.items())


def test_an_unknown_base_of_the_cap_changes_nothing_for_claims_without_an_amount():
    rules = compiled(policy())
    doc = document(claim("3.4.2"), claim("3.7.2"), rd_staff=99)
    year = columns_of(rules, [read_document(rules, doc)], 2024)
    year.facts["Y.sales_ex_tax"][:] = MISSING
    found = run_year(rules, year).claims
    assert found["3.4.2"].status.tolist() == [Status.NOT_ELIGIBLE]
    assert found["3.7.2"].status.tolist() == [Status.PENDING]


def test_only_who_has_no_base_has_no_cap():
    """Of four applicants one has no base of the cap, one none and another cap, one none and nothing that binds."""
    rules = compiled(policy())
    doc = claim("3.1.3b", neeq_listed_on="2024-01-01")
    changes = [{}, {}, {"cap_override": {"cap": "7.00"}}, {"newly_introduced": True}]
    given = [read_document(rules, document(doc, sales_ex_tax="100.00", **change)) for change in changes]
    year = columns_of(rules, given, 2024)
    year.facts["Y.sales_ex_tax"][1:] = MISSING
    found = run_year(rules, year)
    assert found.claims["3.1.3b"].status.tolist() == [0, Status.UNKNOWN, 0, 0]
    assert found.cap.tolist() == [500, MISSING, 700, MISSING]
    assert found.total.tolist() == [500, 0, 700, 10**8]


def test_a_decision_outside_the_limits_is_brought_to_the_nearer():
    def settled(decisions, **limits):
        rules = compiled(synthetic(c1_1={"award": {"kind": "discretion", "quote": QUOTE, **limits}}))
        doc = document(claim("1.1"), cap_override={"lift": True})
        year = columns_of(rules, [read_document(rules, doc)] * len(decisions), 2024)
        year.claims["1.1"].decision[:] = decisions
        found = run_year(rules, year).claims["1.1"]
        assert (found.amount == MISSING).tolist() == [one == MISSING for one in decisions]
        assert (found.status == Status.PENDING).tolist() == [one == MISSING for one in decisions]
        return found.settled.tolist()

    low, high = cited("1.00"), cited("2.00")
    decisions = [99, 100, 150, 200, 201, MISSING, 0, MAX_FEN]
    assert settled(decisions, floor=low, ceiling=high) == [100, 100, 150, 200, 200, 0, 100, 200]
    assert settled(decisions, floor=low) == [100, 100, 150, 200, 201, 0, 100, MAX_FEN]
    assert settled(decisions, ceiling=high) == [99, 100, 150, 200, 200, 0, 0, 200]
    assert settled([*decisions, MAX_FEN + 1]) == [99, 100, 150, 200, 201, 0, 0, MAX_FEN, MAX_FEN]


def test_nothing_is_a_value_beside_a_missing_one():
    """Rows and figures of 0 are known, also where another claim of the clause lacks one."""
    rules = compiled(policy())
    docs = [
        document(claim("3.4.5", projects=[{"investment": "0.00"}]), claim("3.4.1", base_rd_subsidy="0.00"))
        for _ in range(2)
    ]
    year = columns_of(rules, [read_document(rules, doc) for doc in docs], 2024)
    year.claims["3.4.5"].tables["projects"].columns["investment"][1] = MISSING
    year.claims["3.4.1"].facts["base_rd_subsidy"][1] = MISSING
    for found in run_year(rules, year).claims.values():
        assert found.status.tolist() == [0, Status.UNKNOWN]
        assert found.amount.tolist() == [0, MISSING]


def test_codes_of_statuses_and_reasons_are_all_different():
    assert {one.name: one.value for one in Status} == {"ELIGIBLE": 0, "NOT_ELIGIBLE": 1, "PENDING": 2, "UNKNOWN": 3}
    assert {one.name: one.value for one in Reason} == {
        "NONE": 0,
        "NOT_CHOSEN": 1,
        "EXTERNAL_AWARD": 2,
        "CAP": 3,
        "PAID": 4,
    }
