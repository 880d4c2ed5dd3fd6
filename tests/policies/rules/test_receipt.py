"""A receipt proves how an award was computed, and notices when anything was changed."""

import copy
import json

import pytest

from policies.rules.document import evaluate_document
from policies.rules.receipt import (
    FORMAT,
    build_receipt,
    changes_since,
    definition_sha256,
    digest,
    engine_sha256,
    verify_receipt,
)
from policies.rules.schema import PolicyDefinition
from tests.policies.rules.support import claim, document, loan, policy, variant

DOC = document(claim("3.1.2", loans=[loan("50000000.00", "2024-03-01")]), claim("3.1.1", "800000.00"), claim("3.4.2"))

CLAIMED = {"3.1.1", "3.1.2", "3.4.2"}


def receipt(**more):
    answer = evaluate_document(policy(), DOC, **more)
    return json.loads(json.dumps(build_receipt(policy(), DOC, answer, **more)))


def summed(found):
    """The receipt with every sum made anew, as a careful forger would."""
    found["facts_sha256"], found["answer_sha256"] = digest(found["document"]), digest(found["answer"])
    found["sha256"] = digest({key: value for key, value in found.items() if key != "sha256"})
    return found


def changed(found, path, value):
    """The receipt with another value at one place."""
    target = found
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return found


def other(**settings):
    """The shipped policy, changed by a function on its JSON."""
    data = policy().model_dump(mode="json")
    settings["change"](data)
    return PolicyDefinition.model_validate(data)


def test_receipt_recomputes():
    found = receipt()
    check = verify_receipt(found, policy())
    assert check.holds
    assert check.verdict == "same"
    assert check.differences == ()
    assert found["engine_sha256"] == engine_sha256()
    assert found["source_sha256"] == policy().source_sha256
    assert found["definition_sha256"] == definition_sha256(policy())
    assert found["decisions"] == {"3.1.1": {"amount": "800000.00"}}
    assert [series["key"] for series in found["series"]] == ["lpr_1y"]
    assert max(found["series"][0]["values"]) == "2024-10-21"


def test_receipt_remembers_what_was_paid():
    found = receipt(paid={"3.4.2": 1_600_000_000})
    assert found["paid"] == {"3.4.2": "16000000.00"}
    assert verify_receipt(found, policy()).holds


def test_receipt_remembers_what_was_closed():
    """A clause that gets nothing more comes out again as it was; without the key the cap would give it the rest."""
    found = receipt(paid={"3.4.2": 500_000_000}, closed=["3.4.2"])
    assert found["closed"] == ["3.4.2"]
    assert verify_receipt(found, policy()).holds
    del found["closed"]
    assert not verify_receipt(summed(found), policy()).holds
    assert "closed" not in receipt()


CHANGES = [
    (("answer", "settlement", "total"), "1.00"),
    (("document", "applicant", "rd_staff"), 200),
    (("decisions", "3.1.1", "amount"), "900000.00"),
    (("series", 0, "known_until"), "2030-01-01"),
    (("policy_year",), 2025),
    (("engine_sha256",), "0" * 64),
]


@pytest.mark.parametrize(("path", "value"), CHANGES)
def test_change_is_noticed(path, value):
    check = verify_receipt(changed(receipt(), path, value), policy())
    assert not check.untouched
    assert not check.holds
    assert check.verdict == "touched"
    assert check.differences


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *CHANGES[:-1],
        (("policy",), "洪府发〔2024〕1号"),
        (("source_sha256",), "0" * 64),
        (("definition_sha256",), "0" * 64),
        (("paid",), {"3.4.2": "16000000.00"}),
        (("answer", "claims", 0, "trace", 0, "step"), "本金"),
        (("answer", "claims", 2, "amount"), "15000000.01"),
        (("answer", "claims", 2, "status"), "pending"),
        (("answer", "settlement", "lines", 0, "reason"), "cap"),
        (("answer", "settlement", "cap"), None),
    ],
)
def test_change_with_fresh_sums_is_noticed(path, value):
    """Whoever makes the sums anew still has the definition, the engine and what is said twice against him."""
    found = summed(changed(receipt(), path, value))
    check = verify_receipt(found, policy())
    assert not check.holds
    assert check.differences


def test_forged_answer_with_fresh_sums_is_noticed():
    found = summed(changed(receipt(), ("answer", "settlement", "total"), "99.00"))
    check = verify_receipt(found, policy())
    assert check.untouched
    assert not check.same_answer
    assert not check.holds
    assert check.verdict == "different"
    assert "合计：凭据为 99.00 元，现为 16,509,305.56 元" in check.differences[-1]


def test_other_definition_is_noticed():
    check = verify_receipt(receipt(), variant(day_count=365))
    assert not check.same_definition
    assert not check.same_answer
    assert not check.holds
    assert check.untouched


def test_another_definition_does_not_prove_a_receipt_that_promises_its_own():
    """Even where it gives the same amounts."""
    check = verify_receipt(receipt(), other(change=lambda data: data["settings"]["city_share"].update(value="40%")))
    assert check.same_amounts
    assert not check.same_definition
    assert not check.holds


def test_without_any_definition_nothing_is_proven():
    check = verify_receipt(receipt(), None)
    assert check.untouched
    assert not check.holds
    assert "没有可用的条款定义，不能重新计算。" in check.differences


def test_newer_engine_with_the_same_answer_is_told_but_holds():
    found = summed(changed(receipt(), ("engine_sha256",), "0" * 64))
    check = verify_receipt(found, policy())
    assert check.holds
    assert check.verdict == "same"
    assert check.differences == ("计算程序的版本与出具凭据时不同。",)


class TestWording:
    def reworded(self, engine):
        found = receipt()
        for claimed in found["answer"]["claims"]:
            for step in claimed["trace"]:
                step["step"] = f"旧：{step['step']}"
        found["engine_sha256"] = engine
        return summed(found)

    def test_another_engine_may_say_it_differently(self):
        check = verify_receipt(self.reworded("0" * 64), policy())
        assert check.holds
        assert check.verdict == "wording"
        assert (check.same_amounts, check.same_answer) == (True, False)
        assert check.differences[-1] == "金额一致，计算过程的文字表述因程序版本更新而不同。"

    def test_the_same_engine_says_the_same(self):
        check = verify_receipt(self.reworded(engine_sha256()), policy())
        assert not check.holds
        assert check.verdict == "different"
        assert check.differences == ("金额一致，计算过程的文字表述与凭据不同。",)

    def test_an_amount_never_passes_as_wording(self):
        found = self.reworded("0" * 64)
        found["answer"]["claims"][0]["amount"] = "453715.29"
        check = verify_receipt(summed(found), policy())
        assert not check.holds
        assert not check.same_amounts
        assert "3.1.2 条款金额：凭据为 453,715.29 元，现为 709,305.56 元" in check.differences[-1]


class TestFormats:
    def first_format(self):
        return summed(changed(receipt(), ("format",), 1))

    def test_the_first_format_is_read(self):
        check = verify_receipt(self.first_format(), policy())
        assert check.holds
        assert check.verdict == "same"

    def test_the_first_format_may_be_verified_with_what_stands_in_for_its_definition(self):
        later = other(change=lambda data: data["series"][0].update(known_until="2027-01-01"))
        check = verify_receipt(self.first_format(), later)
        assert check.holds
        assert not check.same_definition
        assert check.same_series
        assert check.differences == ("条款定义与出具凭据时不同。",)

    def test_what_stands_in_must_give_the_same_amounts(self):
        check = verify_receipt(self.first_format(), variant(day_count=365))
        assert not check.holds
        assert check.verdict == "different"

    @pytest.mark.parametrize("number", [FORMAT + 1, 0, "2", None, True])
    def test_an_unknown_format_is_not_guessed_at(self, number):
        check = verify_receipt(summed(changed(receipt(), ("format",), number)), policy())
        assert check.untouched
        assert not check.readable
        assert not check.holds
        assert any("格式" in sentence for sentence in check.differences)


def test_a_definition_is_known_by_the_hash_it_was_read_with():
    """A field that the schema gains gives the same definition another hash; the kept one counts."""
    found = summed(changed(receipt(), ("definition_sha256",), "a" * 64))
    assert not verify_receipt(found, policy()).holds
    assert verify_receipt(found, policy(), sha256="a" * 64).holds


@pytest.mark.parametrize(
    "junk",
    [
        {},
        [],
        None,
        "x",
        7,
        {"format": 2},
        {"format": 1, "document": [], "answer": {}, "paid": []},
        {"format": 2, "document": {"claims": [{}]}, "answer": {"claims": 1}, "paid": {"3.4.2": 1}},
    ],
)
def test_junk_is_answered(junk):
    check = verify_receipt(junk, policy())
    assert not check.holds
    assert check.verdict == "touched"


@pytest.mark.parametrize("key", sorted(receipt()))
def test_a_receipt_without_one_of_its_parts_does_not_hold(key):
    found = receipt()
    del found[key]
    assert not verify_receipt(found, policy()).holds
    if key != "sha256":
        found["sha256"] = digest({name: value for name, value in found.items() if name != "sha256"})
        assert not verify_receipt(found, policy()).holds or key == "engine_sha256"


def test_figures_that_no_longer_fit_are_told():
    found = receipt()
    del found["document"]["applicant"]["revenue"]
    check = verify_receipt(summed(found), policy())
    assert not check.holds
    assert "不能重新计算" in check.differences[-1]
    assert "营业收入" in check.differences[-1]


def test_order_of_keys_does_not_matter():
    shuffled = json.loads(json.dumps(copy.deepcopy(DOC), sort_keys=True))
    assert digest(shuffled) == digest(DOC)


class TestChangesSince:
    def said(self, change):
        return changes_since(policy(), other(change=change), 2024, CLAIMED)

    def test_nothing_changed_says_nothing(self):
        assert changes_since(policy(), policy(), 2024) == ()

    def test_a_setting(self):
        said = self.said(lambda data: data["settings"]["day_count"].update(value=365))
        assert said == ("设置「贷款贴息的计息年天数」现为 365，出具时为 360。",)

    def test_a_rate_after_the_year_does_not_concern_it(self):
        def change(data):
            data["series"][0]["known_until"] = "2027-01-31"
            data["series"][0]["values"].append({"on": "2027-01-20", "value": "2.90"})

        first, second = self.said(change)
        assert "数据截至日期现为 2027-01-31" in first
        assert second == (
            "一年期贷款市场报价利率 2027-01-20 起的利率现为 2.90%，出具时没有（在 2024 年度之后，不影响该年度的金额）。"
        )

    def test_a_corrected_rate_of_the_year(self):
        def change(data):
            next(row for row in data["series"][0]["values"] if row["on"] == "2024-10-21")["value"] = "3.20"

        assert self.said(change) == ("一年期贷款市场报价利率 2024-10-21 起的利率现为 3.20%，出具时为 3.10%。",)

    def test_clauses_that_it_does_not_claim_are_counted(self):
        def change(data):
            clauses = {clause["id"]: clause for clause in data["clauses"]}
            clauses["3.4.2"]["award"]["rate"]["value"] = "12%"
            clauses["3.4.5"]["award"]["row_cap"]["value"] = "1.00"
            clauses["3.8.3"]["award"]["amount"]["value"] = "1.00"

        assert self.said(change) == (
            "条款 3.4.2 的补贴比例现为 12%，出具时为 15%。",
            "另有其他条款的 2 处变化，与本件无关。",
        )
        assert len(changes_since(policy(), other(change=change), 2024)) == 3
