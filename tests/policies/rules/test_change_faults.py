"""Faulty change documents: every fault told at once with its place, and junk answered, never a crash."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.change import adjustable, apply_change
from policies.rules.compile import compile_policy
from policies.rules.document import EvaluationFault
from policies.rules.strict_json import loads
from tests.policies.rules.changes import EXAMPLE, clause, drafted, faults
from tests.policies.rules.support import NUMBER, STEADY, policy
from tests.policies.rules.synthetic import CLAUSES, synthetic

AT = 'clauses["3.4.2"]'


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"award.rate": "120%"}, "award.rate", "不能超过 100%"),
        ({"award.rate": "100.000001%"}, "award.rate", "不能超过 100%"),
        ({"award.rate": 12}, "award.rate", "实际是数字"),
        ({"award.rate": 0.12}, "award.rate", "实际是数字"),
        ({"award.rate": "0.12"}, "award.rate", "百分比"),
        ({"award.rate": "12％"}, "award.rate", "百分比"),
        ({"award.rate": "12%\n"}, "award.rate", "百分比"),
        ({"award.rate": "-1%"}, "award.rate", "不能为负数"),
        ({"award.rate": None}, "award.rate", "不能取消"),
        ({"award.rate": ["12%"]}, "award.rate", "实际是数组"),
        ({"cap.amount": "-5.00"}, "cap.amount", "不能为负数"),
        ({"cap.amount": "1.234"}, "cap.amount", "两位小数"),
        ({"cap.amount": 1000}, "cap.amount", "字符串"),
        ({"cap.amount": "1e9"}, "cap.amount", "金额格式不正确"),
        ({"cap.amount": "1" * 30}, "cap.amount", "金额过大"),
        ({"cap": "5.00"}, "cap", "null"),
        ({"cap": None, "cap.amount": "5.00"}, "cap.amount", "只保留一种"),
        ({"conditions[2].value": "100"}, "conditions[2].value", "应为整数"),
        ({"conditions[2].value": True}, "conditions[2].value", "应为整数"),
        ({"conditions[2].value": -1}, "conditions[2].value", "应在"),
        ({"conditions[2].value": 10**10}, "conditions[2].value", "应在"),
        ({"conditions[0]": {}}, "conditions[0]", "null"),
        ({"conditions[0]": None, "conditions[0].value": "1.00"}, "conditions[0].value", "只保留一种"),
        ({"conditions[3].value": "1.00"}, "conditions[3].value", "可以调整的有"),
        ({"exempt": None}, "exempt", "true 或 false"),
        ({"exempt": 1}, "exempt", "true 或 false"),
        ({"quota.target": 1.5}, "quota.target", "应为整数"),
        ({"award.kind": "fixed"}, "award.kind", "award.rate（补贴比例）"),
        ({"title": "新"}, "title", "可以调整的有"),
        ({"": 1}, None, "可以调整的有"),
        ({"award\n\x00": 1}, None, "可以调整的有"),
    ],
)  # fmt: skip
def test_a_faulty_key_of_a_clause(keys, path, words):
    found = faults({"clauses": {"3.4.2": keys}})
    assert len(found) == 1
    ((where, message),) = found.items()
    assert words in message
    assert where == f"{AT}.{path}" if path else where.startswith(AT)


def test_json_numbers_are_no_strings():
    change = loads('{"clauses": {"3.4.2": {"cap.amount": 1000.00, "conditions[2].value": 1e2, "award.rate": 12.5}}}')
    assert set(faults(change)) == {f"{AT}.cap.amount", f"{AT}.conditions[2].value", f"{AT}.award.rate"}


def test_limits_of_latitude_and_tiers_keep_their_order():
    assert (
        "裁量下限高于裁量上限"
        in faults({"clauses": {"3.4.4": {"award.floor": "3000000.00"}}})['clauses["3.4.4"].award']
    )
    change = {"clauses": {"1.1": {"award.tiers[1].at_least": "100.00"}}}
    assert "逐档升高" in faults(change, synthetic())['clauses["1.1"].award']
    change = {"clauses": {"1.1": {f"award.tiers[{k}]": None for k in range(3)}}}
    assert "至少需要 1 项" in faults(change, synthetic())['clauses["1.1"].award.tiers']


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ([], "", "应为对象"),
        (None, "", "应为对象"),
        ({}, "", "没有改变任何规定"),
        ({"note": "只有说明", "policy": NUMBER}, "", "没有改变任何规定"),
        ({"clauses": {"3.4.2": {}}}, "", "没有改变任何规定"),
        ({"policy": "洪府发〔2021〕25号", "total_cap": None}, "policy", NUMBER),
        ({"policy": None, "total_cap": None}, "policy", NUMBER),
        ({"note": 5, "total_cap": None}, "note", "应为文字"),
        ({"claims": []}, "claims", "未知的部分"),
        ({"clauses": []}, "clauses", "应为对象"),
        ({"clauses": {"9.9": {}}}, 'clauses["9.9"]', "3.4.2"),
        ({"clauses": {"3.4.2": "12%"}}, AT, "应为对象"),
        ({"groups": {"新组": []}}, "groups.新组", "空数组"),
        ({"groups": {"新组": "3.1.1"}}, "groups.新组", "字符串"),
        ({"groups": {"新组": None}}, "groups.新组", "研发投入"),
        ({"groups": {"新组": ["9.9"]}}, "groups.新组[0]", "未知的条款"),
        ({"groups": {"新组": [3.1]}}, "groups.新组[0]", "未知的条款"),
        ({"groups": {"新组": ["3.1.1", "3.1.1"]}}, "groups.新组[1]", "重复"),
        ({"groups": {"新组": ["3.3.1", "3.1.2"]}}, "groups.新组", "已在“研发投入”类中"),
        ({"groups": {"新组": ["3.1.1", "3.1.2"]}}, "groups.新组", "不计入的：3.1.1"),
        ({"groups": {"研发投入": ["3.3.1", "3.4.1"], "新组": ["3.3.1", "3.1.2"]}}, "groups.新组", "只能属于一类"),
        ({"groups": {" ": ["3.1.2"]}}, 'groups[" "]', "起名"),
        ({"clauses": {"3.3.1": {"exempt": True}}}, 'clauses["3.3.1"].exempt', "研发投入"),
        ({"total_cap": "3%"}, "total_cap", "应为对象"),
        ({"total_cap": {"rate": "101%"}}, "total_cap.rate", "不能超过 100%"),
        ({"total_cap": {"base": "Y.revenue"}}, "total_cap.base", "未知"),
        ({"settings": {"day_count": "360"}}, "settings.day_count", "360（一年按360天）、365"),
        ({"settings": {"day_count": True}}, "settings.day_count", "下列之一"),
        ({"settings": {"loan_cap": 1}}, "settings.loan_cap", "下列之一"),
        ({"settings": {"cap_allocation": None}}, "settings.cap_allocation", "下列之一"),
        ({"settings": {"city_share": "60%"}}, "settings.city_share", "不影响奖补金额，不在模拟范围内"),
        ({"settings": {"governing_day": "06-30"}}, "settings.governing_day", "不影响奖补金额，不在模拟范围内"),
        ({"groups": {"新组": ["3.1.2"]}}, "groups.新组", "至少要有两个条款"),
        ({"settings": {"nothing": 1}}, "settings.nothing", "day_count（"),
    ],
)  # fmt: skip
def test_a_faulty_part_of_the_document(change, path, words):
    found = faults(change)
    assert set(found) == {path}
    assert words in found[path]


def test_a_policy_without_a_cap_on_the_sum_has_none_to_change():
    bare, _ = apply_change(policy(), {"total_cap": None})
    assert "total_cap" not in {one.section for one in adjustable(bare)}
    assert "没有累计奖补上限" in faults({"total_cap": {"rate": "3%"}}, bare)["total_cap"]
    assert "没有改变任何规定" in faults({"total_cap": None}, bare)[""]


def test_every_fault_is_told_at_once():
    change = {
        "policy": "x",
        "clauses": {
            "9": {},
            "3.4.2": {"award.rate": "200%", "cap.amount": "-1", "x": 1},
            "3.4.4": {"award.floor": "9e9"},
        },
        "groups": {"新组": ["3.3.1", "9"]},
        "total_cap": {"rate": 3},
        "settings": {"day_count": 1},
    }
    assert set(faults(change)) == {
        "policy",
        'clauses["9"]',
        f"{AT}.award.rate",
        f"{AT}.cap.amount",
        f"{AT}.x",
        'clauses["3.4.4"].award.floor',
        "groups.新组[1]",
        "total_cap.rate",
        "settings.day_count",
    }


def test_keys_named_twice_are_told():
    change = loads('{"clauses": {"3.4.2": {"award.rate": "12%", "award.rate": "13%"}}}')
    assert "重复" in faults(change)[f"{AT}.award.rate"]


# ----------------------------------------------------------------------------------------------------------- junk

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["12%", "1000.00", "3.4.2", "kind", "rate", "3.3.1", "award.rate", "conditions[0]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths_of(value, way=()):
    """Every place inside a document."""
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths_of(inner, (*way, key))


def with_junk(document_, way, value):
    if not way:
        return value
    spoiled = copy.deepcopy(document_)
    node = spoiled
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    return spoiled


def is_answered(change, definition):
    """A changed policy that stands, or faults that each say something in Chinese."""
    try:
        after, changed = apply_change(definition, change)
    except EvaluationFault as fault:
        found = [one["message"] for one in fault.faults]
    else:
        compile_policy(after)
        found = [one.label for one in changed]
    assert found
    assert all(any("一" <= sign <= "鿿" for sign in said) for said in found)


@settings(STEADY, max_examples=150)
@given(st.sampled_from(list(paths_of(EXAMPLE))), junk)
def test_junk_anywhere_is_answered(way, value):
    is_answered(with_junk(EXAMPLE, way, value), policy())


DRAFTS = [(number, way) for number in CLAUSES for way in paths_of(clause(synthetic(), number).model_dump(mode="json"))]


@settings(STEADY, max_examples=200)
@given(st.sampled_from(DRAFTS), junk)
def test_junk_anywhere_in_a_draft_is_answered(place, value):
    number, way = place
    definition = clause(synthetic(), number).model_dump(mode="json")
    is_answered(drafted(with_junk(definition, way, value), number), synthetic())
