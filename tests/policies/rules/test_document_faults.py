"""Bad input: every fault is told, each at its path, with a sentence; nothing is coerced and nothing crashes."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.corpus import corpus_source
from policies.rules.document import EvaluationFault, evaluate_document, evaluate_text
from tests.policies.rules.faulty import BASE, DECISION, LOAN, PROJECT, SALES, changed
from tests.policies.rules.support import STEADY, claim, document, faults, loan, policy

TABLE = [
    # money
    ((*PROJECT, "investment"), 8000000, "claims[1].facts.projects[0].investment", "字符串"),
    ((*PROJECT, "investment"), 8000000.5, "claims[1].facts.projects[0].investment", "字符串"),
    ((*PROJECT, "investment"), True, "claims[1].facts.projects[0].investment", "布尔值"),
    ((*PROJECT, "investment"), None, "claims[1].facts.projects[0].investment", "请填写"),
    ((*PROJECT, "investment"), ["1.00"], "claims[1].facts.projects[0].investment", "数组"),
    ((*PROJECT, "investment"), "-1.00", "claims[1].facts.projects[0].investment", "负数"),
    ((*PROJECT, "investment"), "1.234", "claims[1].facts.projects[0].investment", "两位小数"),
    ((*PROJECT, "investment"), "1,000.00", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "1e6", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "１００", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), " 1.00", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "NaN", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "+1.00", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "1.", "claims[1].facts.projects[0].investment", "格式"),
    ((*PROJECT, "investment"), "9" * 30, "claims[1].facts.projects[0].investment", "过大"),
    ((*PROJECT, "investment"), "9" * 5000, "claims[1].facts.projects[0].investment", "最多 99,999,999,999,999.99 元"),
    ((*PROJECT, "investment"), ..., "claims[1].facts.projects[0].investment", "缺少"),
    ((*PROJECT, "cost"), "1.00", "claims[1].facts.projects[0].cost", "未知"),
    (PROJECT, "演示", "claims[1].facts.projects[0]", "对象"),
    (PROJECT[:-1], {"0": {}}, "claims[1].facts.projects", "数组"),
    (PROJECT[:-1], [{"investment": "1.00"}] * 201, "claims[1].facts.projects", "最多 200 行"),
    (PROJECT[:-1], ..., "claims[1].facts.projects", "缺少"),
    # dates
    ((*LOAN, "drawn_on"), "2024-02-30", "claims[0].facts.loans[0].drawn_on", "有效的日期"),
    ((*LOAN, "drawn_on"), "2024-3-1", "claims[0].facts.loans[0].drawn_on", "有效的日期"),
    ((*LOAN, "drawn_on"), "20240301", "claims[0].facts.loans[0].drawn_on", "有效的日期"),
    ((*LOAN, "drawn_on"), "2024-03-01T00:00:00", "claims[0].facts.loans[0].drawn_on", "有效的日期"),
    ((*LOAN, "drawn_on"), "1899-12-31", "claims[0].facts.loans[0].drawn_on", "之间"),
    ((*LOAN, "drawn_on"), "0000-01-01", "claims[0].facts.loans[0].drawn_on", "有效的日期"),
    ((*LOAN, "repaid_on"), "2999-01-01", "claims[0].facts.loans[0].repaid_on", "之间"),
    ((*LOAN, "drawn_on"), 20240301, "claims[0].facts.loans[0].drawn_on", "日期字符串"),
    ((*LOAN, "drawn_on"), None, "claims[0].facts.loans[0].drawn_on", "请填写"),
    ((*LOAN, "repaid_on"), "2024-02-29", "claims[0].facts.loans[0].repaid_on", "早于放款日"),
    ((*LOAN, "repaid_on"), ..., "claims[0].facts.loans[0].repaid_on", "缺少"),
    ((*LOAN, "interest_paid"), ..., "claims[0].facts.loans[0].interest_paid", "缺少"),
    # text, choice
    ((*LOAN, "bank"), 5, "claims[0].facts.loans[0].bank", "文字"),
    ((*LOAN, "bank"), "a\x00b", "claims[0].facts.loans[0].bank", "控制字符"),
    ((*LOAN, "bank"), "\ud800", "claims[0].facts.loans[0].bank", "控制字符"),
    ((*LOAN, "bank"), "长" * 501, "claims[0].facts.loans[0].bank", "最多 500 字"),
    (("claims", 2, "facts", "status_list"), "fortune500", "claims[2].facts.status_list", "下列之一"),
    (("claims", 2, "facts", "status_list"), ["listed_ei"], "claims[2].facts.status_list", "下列之一"),
    (SALES, ..., "claims[2].facts.settlement_sales_ex_tax", "缺少"),
    (("claims", 2, "facts", "list_year"), "2024", "claims[2].facts.list_year", "整数"),
    # decisions
    (DECISION, {"amount": "999999.99"}, "claims[3].decision.amount", "下限 100 万元"),
    (DECISION, {"amount": "2000000.01"}, "claims[3].decision.amount", "上限 200 万元"),
    (DECISION, {"amount": 1500000}, "claims[3].decision.amount", "字符串"),
    (DECISION, {}, "claims[3].decision.amount", "缺少"),
    (DECISION, "1500000.00", "claims[3].decision", "对象"),
    (DECISION, {"amount": "1500000.00", "by": "x"}, "claims[3].decision.by", "未知"),
    (DECISION, {"amount": "1500000.00", "reason": 5}, "claims[3].decision.reason", "文字"),
    (("claims", 4, "decision"), {"amount": "1.00"}, "claims[4].decision", "不接受裁量"),
    # claims
    (("claims", 4, "clause"), "3.4.3", "claims[4].clause", "未知的条款“3.4.3”"),
    (("claims", 4, "clause"), "3.4.5", "claims[4].clause", "重复"),
    (("claims", 4, "clause"), 3.4, "claims[4].clause", "应为字符串"),
    (("claims", 4, "clause"), ["3.4.2"], "claims[4].clause", "应为字符串"),
    (("claims", 4, "clause"), ..., "claims[4].clause", "缺少“条款编号”"),
    (("claims", 4, "facts"), {"targets": "x", "x": 1}, "claims[4].facts.x", "未知的事实"),
    (("claims", 4, "facts"), [], "claims[4].facts", "对象"),
    (("claims", 4, "extra"), 1, "claims[4].extra", "未知"),
    (("claims", 4), None, "claims[4]", "对象"),
    (("claims",), {}, "claims", "数组"),
    (("claims",), ..., "claims", "缺少"),
    # the applicant
    (("applicant", "rd_staff"), "100", "applicant.rd_staff", "整数"),
    (("applicant", "rd_staff"), 100.0, "applicant.rd_staff", "整数"),
    (("applicant", "rd_staff"), True, "applicant.rd_staff", "整数"),
    (("applicant", "rd_staff"), -1, "applicant.rd_staff", "之间"),
    (("applicant", "rd_staff"), 10**30, "applicant.rd_staff", "之间"),
    (("applicant", "rd_staff"), ..., "applicant.rd_staff", "条款 3.4.2"),
    (("applicant", "rd_staff"), None, "applicant.rd_staff", "缺少"),
    (("applicant", "revenue_prev"), ..., "applicant.revenue_prev", "条款 3.1.2"),
    (("applicant", "sales_ex_tax"), ..., "applicant.sales_ex_tax", "累计奖补上限"),
    (("applicant", "newly_introduced"), 1, "applicant.newly_introduced", "true 或 false"),
    (("applicant", "newly_introduced"), "false", "applicant.newly_introduced", "true 或 false"),
    (("applicant", "kind"), "company", "applicant.kind", "enterprise"),
    (("applicant", "kind"), ..., "applicant.kind", "enterprise"),
    (("applicant", "kind"), ["enterprise"], "applicant.kind", "enterprise"),
    (("applicant", "profit"), "1.00", "applicant.profit", "未知"),
    (("applicant",), [], "applicant", "对象"),
    (("applicant",), ..., "applicant", "缺少"),
    # policy and year
    (("policy",), "洪府发〔2021〕25号", "policy", "未知的政策文号"),
    (("policy",), ..., "policy", "缺少"),
    (("policy_year",), 2022, "policy_year", "没有适用的政策"),
    (("policy_year",), 2026, "policy_year", "没有适用的政策"),
    (("policy_year",), "2024", "policy_year", "整数"),
    (("policy_year",), 2024.0, "policy_year", "整数"),
    (("policy_year",), True, "policy_year", "整数"),
    (("policy_year",), 10**12, "policy_year", "四位年份"),
    (("policy_year",), -5, "policy_year", "四位年份"),
    (("policy_year",), ..., "policy_year", "缺少"),
    (("today",), "2026-01-01", "today", "未知"),
    # across clauses
    (("choices",), {"研发投入": "3.4.1"}, "choices.研发投入", "没有在 claims 中申报"),
    (("choices",), {"研发投入": "3.4.5"}, "choices.研发投入", "应为该类中的一个条款"),
    (("choices",), {"研发投入": None}, "choices.研发投入", "应为该类中的一个条款"),
    (("choices",), {"人才": "3.4.2"}, "choices.人才", "未知的同类型分组"),
    (("choices",), [], "choices", "对象"),
    (("external_awards",), {}, "external_awards", "数组"),
    (("external_awards", 0, "group"), "人才", "external_awards[0].group", "分组"),
    (("external_awards", 0, "group"), ["研发投入"], "external_awards[0].group", "分组"),
    (("external_awards", 0, "amount"), 0, "external_awards[0].amount", "字符串"),
    (("external_awards", 0, "amount"), "-0.01", "external_awards[0].amount", "负数"),
    (("external_awards", 0, "amount"), ..., "external_awards[0].amount", "缺少"),
    (("external_awards", 0, "on"), "x", "external_awards[0].on", "未知"),
    (("cap_override",), {"lift": False}, "cap_override.lift", "true"),
    (("cap_override",), {"lift": 1}, "cap_override.lift", "true"),
    (("cap_override",), {}, "cap_override", "之一"),
    (("cap_override",), {"lift": True, "cap": "1.00"}, "cap_override", "之一"),
    (("cap_override",), {"cap": 5}, "cap_override.cap", "字符串"),
    (("cap_override",), {"lift": True, "by": "x"}, "cap_override.by", "未知"),
    (("cap_override",), "lift", "cap_override", "对象"),
]


def test_base_is_sound():
    assert evaluate_document(policy(), BASE)["settlement"]["lines"]


@pytest.mark.parametrize(("path", "value", "where", "words"), TABLE)
def test_fault(path, value, where, words):
    found = faults(changed(path, value))
    assert [fault for fault in found if fault["path"] == where and words in fault["message"]], found
    for fault in found:
        assert set(fault) == {"path", "message"}
        assert fault["message"].endswith("。")


@pytest.mark.parametrize(("path", "value", "where", "words"), TABLE)
def test_the_same_fault_through_json(path, value, where, words):
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(json.dumps(changed(path, value)), corpus_source)
    assert where in {fault["path"] for fault in caught.value.faults}


def test_all_faults_at_once():
    doc = copy.deepcopy(BASE)
    expected = set()
    for path, value, where in (
        (("policy_year",), 2026, "policy_year"),
        (("applicant", "kind"), "x", "applicant.kind"),
        (("applicant", "rd_staff"), "many", "applicant.rd_staff"),
        ((*LOAN, "principal"), 1, "claims[0].facts.loans[0].principal"),
        ((*LOAN, "repaid_on"), "2024-01-01", "claims[0].facts.loans[0].repaid_on"),
        ((*PROJECT, "investment"), "-1", "claims[1].facts.projects[0].investment"),
        (DECISION, {"amount": "1.00"}, "claims[3].decision.amount"),
        (("choices",), {"x": "y"}, "choices.x"),
        (("cap_override",), 5, "cap_override"),
        (("zzz",), 5, "zzz"),
    ):
        target = doc
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value
        expected.add(where)
    assert {fault["path"] for fault in faults(doc)} == expected


def test_choice_of_a_claim_that_is_not_eligible():
    doc = document(claim("3.4.2"), claim("3.3.1", silicon_led_rd="1.00"), rd_staff=99, choices={"研发投入": "3.4.2"})
    assert faults(doc) == [
        {
            "path": "choices.研发投入",
            "message": "所选条款 3.4.2 不是本次符合条件的申报条款，请从符合条件的条款中选择：3.3.1。",
        }
    ]


def test_loan_older_than_the_series_under_the_rate_of_drawing():
    """Only then is a rate of before 2021 needed, and none is known."""
    from tests.policies.rules.support import variant

    doc = document(claim("3.1.2", loans=[loan("1.00", "2019-01-01")]))
    assert evaluate_document(policy(), doc)
    with pytest.raises(EvaluationFault) as caught:
        evaluate_document(variant(lpr_pick="drawn_on"), doc)
    assert [(f["path"], "没有 2019-01-01 的数据" in f["message"]) for f in caught.value.faults] == [
        ("claims[0].facts.loans[0].drawn_on", True)
    ]


def test_figures_that_no_claim_needs_may_be_missing_or_null():
    doc = document(claim("3.1.3b", neeq_listed_on="2024-01-01"), kind="association")
    doc["applicant"] = {"kind": "association", "revenue": None}
    assert evaluate_document(policy(), doc)["settlement"]["total"] == "1000000.00"


def test_an_empty_table_is_a_sum_of_nothing():
    assert evaluate_document(policy(), document(claim("3.4.5", projects=[])))["claims"][0]["amount"] == "0.00"


def test_same_enterprise_introduced_twice_counts_once():
    row = {"name": "演示甲", "uscc": "91360100MA35000001"}
    found = faults(document(claim("3.8.3", introduced=[row, row])))
    assert [fault["path"] for fault in found] == ["claims[0].facts.introduced[1].uscc"]


@pytest.mark.parametrize("row", [{}, {"name": None}, {"name": " ", "uscc": ""}])
def test_a_row_that_is_counted_says_something(row):
    found = faults(document(claim("3.8.3", introduced=[{"name": "演示甲"}, row])))
    assert [fault["path"] for fault in found] == ["claims[0].facts.introduced[1]"]
    assert "第 2 行没有任何内容" in found[0]["message"]


def test_missing_figures_are_told_in_the_order_of_their_declaration():
    doc = document(claim("3.4.2"), claim("3.1.2", loans=[]))
    doc["applicant"] = {"kind": "enterprise"}
    told = [fault["path"].removeprefix("applicant.") for fault in faults(doc)]
    declared = [fact.key for fact in policy().year_facts]
    assert told == [key for key in declared if key in told]
    assert {"revenue", "revenue_prev", "rd_expense", "rd_staff", "sales_ex_tax"} <= set(told)
    assert any("（条款 3.1.2 需要）" in fault["message"] for fault in faults(doc))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["1.00", "3.4.2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PATHS = sorted({path for path, _, _, _ in TABLE}, key=str)


@given(st.sampled_from(PATHS), junk)
@settings(STEADY, max_examples=400)
def test_junk_anywhere_is_answered_never_a_crash(path, value):
    try:
        answer = evaluate_document(policy(), changed(path, value))
    except EvaluationFault as fault:
        answer = fault.as_json()
    assert answer.get("errors") or answer["settlement"]["lines"] is not None


@STEADY
@given(junk)
def test_junk_alone_is_answered(value):
    with pytest.raises(EvaluationFault):
        evaluate_document(policy(), value)


@STEADY
@given(st.binary(max_size=200))
def test_bytes_are_answered(raw):
    with pytest.raises(EvaluationFault):
        evaluate_text(raw, corpus_source)


def test_fault_is_an_answer_with_a_status_wherever_it_surfaces():
    with pytest.raises(EvaluationFault) as caught:
        evaluate_document(policy(), changed((*PROJECT, "investment"), "-1"))
    assert caught.value.status == 422
    assert caught.value.as_json() == {"errors": caught.value.faults}
    assert caught.value.errors == {fault["path"]: [fault["message"]] for fault in caught.value.faults}
    assert caught.value.message == caught.value.faults[0]["message"]
