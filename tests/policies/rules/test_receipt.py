"""A receipt proves how an award was computed, and notices when anything was changed."""

import copy
import json

import pytest

from policies.rules.document import evaluate_document
from policies.rules.receipt import build_receipt, digest, engine_sha256, verify_receipt
from tests.policies.rules.support import claim, document, loan, policy, variant

DOC = document(claim("3.1.2", loans=[loan("50000000.00", "2024-03-01")]), claim("3.1.1", "800000.00"), claim("3.4.2"))


def receipt(**more):
    answer = evaluate_document(policy(), DOC, **more)
    return json.loads(json.dumps(build_receipt(policy(), DOC, answer, **more)))


def test_receipt_recomputes():
    found = receipt()
    check = verify_receipt(found, policy())
    assert check.holds
    assert check.differences == ()
    assert found["engine_sha256"] == engine_sha256()
    assert found["source_sha256"] == policy().source_sha256
    assert found["decisions"] == {"3.1.1": {"amount": "800000.00"}}
    assert [series["key"] for series in found["series"]] == ["lpr_1y"]
    assert max(found["series"][0]["values"]) == "2024-10-21"


def test_receipt_remembers_what_was_paid():
    found = receipt(paid={"3.4.2": 1_600_000_000})
    assert found["paid"] == {"3.4.2": "16000000.00"}
    assert verify_receipt(found, policy()).holds


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("answer", "settlement", "total"), "1.00"),
        (("document", "applicant", "rd_staff"), 200),
        (("decisions", "3.1.1", "amount"), "900000.00"),
        (("series", 0, "known_until"), "2030-01-01"),
        (("policy_year",), 2025),
        (("engine_sha256",), "0" * 64),
    ],
)
def test_change_is_noticed(path, value):
    found = receipt()
    target = found
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    check = verify_receipt(found, policy())
    assert not check.untouched
    assert not check.holds
    assert check.differences


def test_forged_answer_with_fresh_sums_is_noticed():
    found = receipt()
    found["answer"]["settlement"]["total"] = "99.00"
    found["answer_sha256"] = digest(found["answer"])
    found["sha256"] = digest({key: value for key, value in found.items() if key != "sha256"})
    check = verify_receipt(found, policy())
    assert check.untouched
    assert not check.same_answer
    assert not check.holds


def test_other_definition_is_noticed():
    check = verify_receipt(receipt(), variant(day_count=365))
    assert not check.same_definition
    assert not check.same_answer
    assert check.untouched


def test_newer_engine_with_the_same_answer_is_told_but_holds():
    found = receipt()
    found["engine_sha256"] = "0" * 64
    found["sha256"] = digest({key: value for key, value in found.items() if key != "sha256"})
    check = verify_receipt(found, policy())
    assert check.holds
    assert check.differences == ("计算程序的版本与出具回执时不同。",)


def test_order_of_keys_does_not_matter():
    shuffled = json.loads(json.dumps(copy.deepcopy(DOC), sort_keys=True))
    assert digest(shuffled) == digest(DOC)
