"""The cases that law people can read: one file per clause under `corpus/`, run on the shipped policy."""

import tomllib
from pathlib import Path

import pytest

from policies.lint.text import flatten, stands_in
from policies.rules.corpus import CORPUS
from policies.rules.document import EvaluationFault, evaluate_document
from tests.policies.rules.support import claim, document, policy

FOLDER = Path(__file__).parent / "corpus"
FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
CLAUSES = {name: file for name, file in FILES.items() if name != "across"}
CASES = [
    pytest.param(file["clause"], case, id=f"{name} {case['name']}")
    for name, file in CLAUSES.items()
    for case in file["cases"]
]
ACROSS = [pytest.param(case, id=case["name"]) for case in FILES["across"]["cases"]]


def test_every_monetary_clause_has_a_case_file():
    assert set(CLAUSES) == {clause.id for clause in policy().clauses}


@pytest.mark.parametrize("name", sorted(CLAUSES))
def test_case_file_quotes_the_sentence_of_its_clause(name):
    clause = next(clause for clause in policy().clauses if clause.id == name)
    assert CLAUSES[name]["clause"] == name
    assert CLAUSES[name]["sentence"] == clause.sentence


def test_case_file_across_clauses_quotes_the_policy():
    text = (CORPUS / "hongfufa-2023-30" / "text.txt").read_text(encoding="utf-8")
    assert stands_in(FILES["across"]["sentence"], flatten(text))


def _with_nulls(facts):
    """TOML has no null: a loan without 还款日 is one that is not repaid."""
    return {**facts, "loans": [{"repaid_on": None, **loan} for loan in facts["loans"]]} if "loans" in facts else facts


@pytest.mark.parametrize(("clause", "case"), CASES)
def test_case(clause, case):
    asked = document(claim(clause, case.get("decision"), **_with_nulls(case["facts"])), **case.get("applicant", {}))
    if "fault" in case:
        with pytest.raises(EvaluationFault) as fault:
            evaluate_document(policy(), asked)
        assert [error["path"] for error in fault.value.faults] == [case["fault"]]
        return
    answer = evaluate_document(policy(), asked)["claims"][0]
    assert (answer["status"], answer["amount"]) == (case["status"], case.get("amount"))
    assert [unmet["condition"] for unmet in answer["unmet"]] == case.get("unmet", [])
    assert (answer.get("floor"), answer.get("ceiling")) == (case.get("floor"), case.get("ceiling"))


@pytest.mark.parametrize("case", ACROSS)
def test_case_across_clauses(case):
    extra = {"choices": case["choices"]} if "choices" in case else {}
    asked = document(*case["claims"], **extra, **case.get("applicant", {}))
    settlement = evaluate_document(policy(), asked)["settlement"]
    assert settlement["cap"] == case.get("cap")
    assert {line["clause"]: line["settled"] for line in settlement["lines"]} == case["settled"]
    assert settlement["total"] == case["total"]
