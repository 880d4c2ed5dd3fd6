"""Columns = one claim after the other = oracle, to the 分: the whole year of generated documents in one run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.compile import compiled
from tests.policies import oracle
from tests.policies.rules import strategies
from tests.policies.rules.columns.support import both
from tests.policies.rules.support import STEADY, policy, variant

RD = ["3.3.1", "3.4.1", "3.4.2", "3.1.3b", "3.1.1", "3.4.5"]
YEARS = st.sampled_from([2023, 2024, 2025])


def of_year(docs, year):
    """The documents as if all were of one year; 3.2.2 and loans may cross it, which is the point."""
    for doc in docs:
        doc["policy_year"] = year
    return docs


def by_oracle(doc, **changed):
    """The oracle's answer in the words of the comparison, 分."""

    def fen(amount):
        return None if amount is None else int(amount * 100)

    answer = oracle.evaluate(doc, **changed)
    lines = answer["settlement"]["lines"]
    claims = {}
    for clause, (status, amount) in answer["claims"].items():
        _, settled, reason = lines.get(clause, (None, 0, None))
        claims[clause] = [status, fen(amount), fen(settled), reason]
    return {"claims": claims, "cap": fen(answer["settlement"]["cap"]), "total": fen(answer["settlement"]["total"])}


def without_bits(found):
    """The oracle tells no single condition, and takes no choice that is dropped."""
    claims = {clause: [*line[:2], *line[3:]] for clause, line in found["claims"].items()}
    return {"claims": claims, "cap": found["cap"], "total": found["total"]}


@settings(STEADY, max_examples=40)
@given(docs=st.lists(strategies.documents(), min_size=1, max_size=12), year=YEARS)
def test_documents(docs, year):
    docs = of_year(docs, year)
    columns, one_by_one = both(policy(), docs, year=year)
    assert columns == one_by_one
    assert [without_bits(found) for found in columns] == [by_oracle(doc) for doc in docs]


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
@settings(STEADY, max_examples=8)
@given(docs=st.lists(strategies.documents(), min_size=4, max_size=10))
def test_every_setting(changed, docs):
    docs = of_year(docs, 2024)
    columns, one_by_one = both(variant(**changed), docs)
    assert columns == one_by_one
    assert [without_bits(found) for found in columns] == [by_oracle(doc, **changed) for doc in docs]


@pytest.mark.parametrize("how", ["block", "difference"])
@settings(STEADY, max_examples=20)
@given(docs=st.lists(strategies.documents(RD), min_size=3, max_size=10), data=st.data())
def test_choices_and_paid_amounts(how, docs, data):
    """What is paid stays; a choice counts while it is an eligible claim of its group."""
    rules, paid = compiled(variant(external_award=how)), []
    for doc in of_year(docs, 2024):
        claimed = [item["clause"] for item in doc["claims"]]
        group = [clause for clause in claimed if clause in oracle.RD_GROUP]
        if group and data.draw(st.booleans()):
            doc["choices"] = {"研发投入": data.draw(st.sampled_from(group))}
        before = {clause: data.draw(st.one_of(st.just(0), strategies.fen)) for clause in claimed}
        # One clause of a group is paid at most, and then it is the one that is chosen, if any is.
        keep = doc.get("choices", {}).get("研发投入") or (data.draw(st.sampled_from(group)) if group else None)
        paid.append({clause: fen for clause, fen in before.items() if fen and (clause not in group or clause == keep)})
    columns, one_by_one = both(rules, docs, paid)
    assert columns == one_by_one
