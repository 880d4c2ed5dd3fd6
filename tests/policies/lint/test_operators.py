"""A comparison goes the way its quotation says."""

import pytest

from policies.lint import lint_policy
from policies.lint.operators import operator_faults
from tests.policies.lint.support import TEXT, shipped


def compared(op, quote, literal="20亿元", kind="compare"):
    number = {"type": "money", "value": "2000000000.00", "literal": literal, "quote": quote}
    name = {"compare": "value", "growth": "by"}[kind]
    return {"kind": kind, "op": op, name: number}


def said(*conditions):
    return list(operator_faults({"conditions": list(conditions)}))


@pytest.mark.parametrize(
    ("op", "quote", "meant"),
    [
        ("gt", "营业收入20亿元以上", "ge"),
        ("gt", "营业收入达到20亿元", "ge"),
        ("lt", "营业收入不低于20亿元", "ge"),
        ("ge", "营业收入超过20亿元", "gt"),
        ("gt", "营业收入不超过20亿元", "le"),
        ("lt", "最高20亿元", "le"),
        ("lt", "营业收入20亿元以下", "le"),
        ("le", "营业收入不足20亿元", "lt"),
    ],
)
@pytest.mark.parametrize("kind", ["compare", "growth"])
def test_the_other_way_is_refused(op, quote, meant, kind):
    (fault,) = said(compared(op, quote, kind=kind))
    assert fault.path == "conditions[0].op"
    assert fault.refuses
    called = {"ge": "达到", "gt": "超过", "le": "不超过", "lt": "低于"}[meant]
    assert f"请改为“{called}”" in fault.mend
    assert said(compared(meant, quote, kind=kind)) == []


@pytest.mark.parametrize(
    "item",
    [
        compared("gt", "营业收入20亿元"),
        compared("gt", "超过20亿元以上"),
        compared("gt", "20亿元以上的，其中20亿元以下"),
        compared("wrong", "20亿元以上"),
        {"kind": "not", "of": compared("lt", "20亿元以上")},
        {"kind": "compare", "op": "gt", "value": 5},
    ],
)
def test_what_is_not_plain_is_not_told(item):
    assert said(item) == []


def test_conditions_joined_are_looked_into():
    (fault,) = said({"kind": "any", "of": [compared("ge", "20亿元以上"), compared("gt", "20亿元以上")]})
    assert fault.path == "conditions[0].of[1].op"


def test_the_shipped_policy_goes_the_way_it_says_and_a_change_is_refused():
    policy = shipped()
    assert [fault for fault in lint_policy(policy, TEXT) if fault.path.endswith(".op")] == []
    clause = next(one for one in policy["clauses"] if one["id"] == "3.4.2")
    place = next(index for index, item in enumerate(clause["conditions"]) if item.get("value", {}).get("value") == 100)
    clause["conditions"][place]["op"] = "gt"
    paths = [fault.path for fault in lint_policy(policy, TEXT) if fault.refuses]
    assert paths == [f'clauses["3.4.2"].conditions[{place}].op']
