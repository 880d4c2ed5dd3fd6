"""Engine = oracle, to the 分, on generated documents and on every threshold of the definition."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.rules.compile import compiled
from policies.rules.document import evaluate_document, evaluate_input, read_document
from policies.rules.evaluate import amount_of
from policies.rules.nodes import Share
from tests.policies import oracle
from tests.policies.rules import strategies
from tests.policies.rules.support import STEADY, claim, document, loan, policy, variant

MANY = settings(STEADY, max_examples=300)


@MANY
@given(strategies.documents())
@example(document(claim("3.1.2", loans=[loan("36000000.00", "2024-02-29", "2024-03-01")])))
def test_documents(doc):
    assert oracle.shape(evaluate_document(policy(), doc)) == oracle.evaluate(doc)


@MANY
@given(strategies.documents())
def test_without_trace_the_same(doc):
    with_trace, without = evaluate_document(policy(), doc), evaluate_document(policy(), doc, trace=False)
    assert oracle.shape(with_trace) == oracle.shape(without)
    assert not any(item["trace"] for item in without["claims"])
    assert without["settlement"]["trace"] == []


@MANY
@given(strategies.documents(["3.3.1", "3.4.1", "3.4.2", "3.1.3b", "3.1.1", "3.4.5"]), st.data())
def test_choices(doc, data):
    eligible = [
        clause
        for clause, (status, _) in oracle.evaluate(doc)["claims"].items()
        if clause in oracle.RD_GROUP and status == "eligible"
    ]
    if eligible:
        doc["choices"] = {"研发投入": data.draw(st.sampled_from(eligible))}
    assert oracle.shape(evaluate_document(policy(), doc)) == oracle.evaluate(doc)


@pytest.mark.parametrize(
    "changed",
    [
        {"day_count": 365},
        {"lpr_pick": "drawn_on"},
        {"loan_cap": False},
        {"extra_cap": "total"},
        {"external_award": "difference"},
        {"cap_allocation": "clause_order"},
        {"day_count": 365, "lpr_pick": "drawn_on", "loan_cap": False},
        {"external_award": "difference", "cap_allocation": "clause_order", "extra_cap": "total"},
    ],
)
@settings(STEADY, max_examples=60)
@given(doc=strategies.documents())
def test_every_setting(changed, doc):
    assert oracle.shape(evaluate_document(variant(**changed), doc)) == oracle.evaluate(doc, **changed)


@MANY
@given(strategies.documents())
def test_fast_path_gives_the_same_amounts(doc):
    rules = compiled(policy())
    read = read_document(rules, doc)
    outcomes, _ = evaluate_input(read)
    for item, outcome in zip(read.claims, outcomes, strict=True):
        assert amount_of(item.clause, {**read.facts, **item.facts}, read.year, item.decision) == outcome.amount


YEAR_FIGURES = [("revenue", "3.4.2"), ("rd_expense", "3.4.2"), ("rd_expense", "3.4.1"), ("revenue", "3.1.2")]


@pytest.mark.parametrize(("figure", "clause"), YEAR_FIGURES)
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_every_threshold_of_a_figure(figure, clause, off):
    """One 分 below, on and above each threshold that the definition names; 以上 and 达到 include the number."""
    marks = strategies.thresholds(strategies.RULES.clauses[clause])
    facts = {"3.1.2": {"loans": []}, "3.4.1": {"base_rd_subsidy": "1.00"}}.get(clause, {})
    statuses = set()
    for mark in marks:
        doc = document(claim(clause, **facts), **{figure: strategies.yuan(mark + off), "revenue_prev": "0.00"})
        answer = evaluate_document(policy(), doc)
        assert oracle.shape(answer) == oracle.evaluate(doc)
        statuses.add(answer["claims"][0]["status"])
    assert "not_eligible" in statuses or off >= 0


@pytest.mark.parametrize("clause", ["3.2.3", "3.3.1", "3.3.2", "3.4.1", "3.4.2", "3.4.5", "3.8.2"])
def test_every_tie_and_every_cap_of_a_rate(clause):
    """All remainders of the rounding, and the base at which the cap begins, ± 3 分."""
    rules = strategies.RULES.clauses[clause]
    award = getattr(rules.award, "each", rules.award)
    assert isinstance(award, Share)
    bases = set(range(2 * award.denominator + 2))
    for mark in strategies.thresholds(rules):
        bases.update(max(0, mark + off) for off in range(-3, 4))
    makers = {
        "3.2.3": lambda text: {"settlement_sales_ex_tax": text, "status_list": "listed_ei"},
        "3.3.1": lambda text: {"silicon_led_rd": text},
        "3.3.2": lambda text: {"product_sales": [{"category": "chip", "sales_ex_tax": text}]},
        "3.4.1": lambda text: {"base_rd_subsidy": text},
        "3.4.5": lambda text: {"projects": [{"investment": text}, {"investment": "0.01"}]},
        "3.8.2": lambda text: {"events": [{"cost": text}, {"cost": "0.01"}]},
    }
    for base in sorted(bases):
        text = strategies.yuan(base)
        if clause == "3.4.2":
            doc = document(claim(clause), rd_expense=text)
        else:
            doc = document(claim(clause, **makers[clause](text)))
        assert oracle.shape(evaluate_document(policy(), doc)) == oracle.evaluate(doc), text
