"""What holds for every clause and document, whatever the figures."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.document import evaluate_document
from policies.rules.nodes import half_up
from tests.policies.rules import strategies
from tests.policies.rules.support import STEADY, claim, document, loan, policy

MANY = settings(STEADY, max_examples=150)

#: A clause as a function of one sum of money, and the most it can ever pay, in 分.
ONE_BASE = {
    "3.1.2": (lambda text: claim("3.1.2", loans=[loan(text, "2024-02-03", "2024-11-05")]), 200_000_000),
    "3.2.3": (lambda text: claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax=text), 2_000_000_000),
    "3.3.1": (lambda text: claim("3.3.1", silicon_led_rd=text), 1_000_000_000),
    "3.3.2": (lambda text: claim("3.3.2", product_sales=[{"category": "chip", "sales_ex_tax": text}]), 1_000_000_000),
    "3.4.1": (lambda text: claim("3.4.1", base_rd_subsidy=text), 2_000_000_000),
    "3.4.5": (lambda text: claim("3.4.5", projects=[{"investment": text}]), 500_000_000),
    "3.8.2": (lambda text: claim("3.8.2", events=[{"cost": text}]), 100_000_000),
}


def paid(asked):
    """The amount of one claim, in 分."""
    text = evaluate_document(policy(), document(asked), trace=False)["claims"][0]["amount"]
    return int(text.replace(".", ""))


@pytest.mark.parametrize("clause", ONE_BASE)
@MANY
@given(base=strategies.fen, more=st.integers(0, 10**9))
def test_monotone_in_its_base_and_never_above_its_cap(clause, base, more):
    maker, most = ONE_BASE[clause]
    less, greater = paid(maker(strategies.yuan(base))), paid(maker(strategies.yuan(base + more)))
    assert 0 <= less <= greater <= most


@MANY
@given(strategies.documents(), st.randoms())
def test_order_of_claims_changes_nothing_but_their_order(doc, random):
    shuffled = copy.deepcopy(doc)
    random.shuffle(shuffled["claims"])
    one, other = evaluate_document(policy(), doc), evaluate_document(policy(), shuffled)
    assert one["settlement"] == other["settlement"]
    assert sorted(map(str, one["claims"])) == sorted(map(str, other["claims"]))
    assert [item["clause"] for item in other["claims"]] == [item["clause"] for item in shuffled["claims"]]


@MANY
@given(strategies.documents())
def test_document_is_not_touched_and_the_answer_repeats(doc):
    before = copy.deepcopy(doc)
    assert evaluate_document(policy(), doc) == evaluate_document(policy(), doc)
    assert doc == before


@MANY
@given(strategies.documents())
def test_shape_of_the_answer(doc):
    answer = evaluate_document(policy(), doc)
    assert set(answer["settlement"]) == {"cap", "total", "lines", "trace"}
    eligible = {item["clause"] for item in answer["claims"] if item["status"] == "eligible"}
    assert {line["clause"] for line in answer["settlement"]["lines"]} == eligible
    for item in answer["claims"]:
        more = {"floor", "ceiling"} if item["status"] == "pending" else set()
        assert set(item) == {"clause", "status", "amount", "unmet", "trace"} | more
        assert (item["amount"] is None) == (item["status"] != "eligible")
        assert bool(item["unmet"]) == (item["status"] == "not_eligible")
    for line in answer["settlement"]["lines"]:
        assert line["reason"] in (None, "not_chosen", "external_award", "cap")
        assert (line["reason"] is None) == (line["settled"] == line["candidate"])


@STEADY
@given(st.integers(0, 10**12), st.integers(1, 10**9))
def test_half_up(numerator, denominator):
    whole, rest = divmod(numerator, denominator)
    assert half_up(numerator, denominator) == whole + (2 * rest >= denominator)
