"""Each kind of fault: told at its place, with a sentence that names the thing and one that says what mends it."""

import pytest

from policies.lint import lint_policy
from tests.policies.lint.support import (
    OWN_TEXT,
    SENTENCE,
    TEXT,
    clause_of,
    fact,
    judged,
    made_up,
    number,
    of_clause,
    told,
)

BASE = [fact("base", "money")]
HEADS = [fact("heads", "count")]
QUOTE = "演示依据"


SHARE = number("15%", "15%")
LIMIT = number("20000000.00", "2000万元")
RATE = {"kind": "rate", "of": "base", "rate": SHARE}


def compare(key, op, value, literal, label="演示条件", kind="count"):
    return {"kind": "compare", "label": label, "fact": key, "op": op, "value": number(value, literal, kind)}


def test_the_shipped_policy_has_neither_fault_nor_warning():
    assert judged() == []


def test_the_made_up_clause_is_sound():
    assert of_clause() == {}


# 1, 9 ------------------------------------------------------------------------------------------ quotations


@pytest.mark.parametrize(("missing", "called"), [("quote", "引文"), ("literal", "原文中的数")])
def test_a_number_without_quotation(missing, called):
    amount = number("20000000.00", "2000万元")
    del amount[missing]
    faults = of_clause(award={"kind": "fixed", "amount": amount})
    told(faults, f"award.amount.{missing}", "20000000.00", "没有", called, mend="引文")


def test_a_bare_number():
    told(
        of_clause(award={"kind": "fixed", "amount": "20000000.00"}),
        "award.amount",
        "没有引文",
        mend="金额的引文和“原文中的数”",
    )


def test_what_only_lacks_words_hides_no_other_fault():
    amount = {"value": "20000000.00", "literal": "2000万元"}
    faults = of_clause(
        facts=HEADS,
        conditions=[{"kind": "compare", "label": "甲", "fact": "heads", "value": {"value": 100, "quote": SENTENCE}},
                    compare("heads", "lt", 50, "50人")],
        award={"kind": "fixed", "amount": amount},
    )  # fmt: skip
    told(faults, "award.amount.quote", "没有“引文”")
    told(faults, "conditions[0].value.type", "没有写明是金额、数量还是比例")
    told(faults, "conditions[1]", "不可能同时成立")


def test_a_clause_that_cites_nothing():
    faults = of_clause(award={"kind": "fixed", "amount": "20000000.00"})
    told(faults, "", "没有任何引文", mend="引文")


def test_a_policy_that_cites_nothing():
    faults = lint_policy({**made_up(), "clauses": []}, OWN_TEXT)
    assert any(fault.path == "" and "没有任何引文" in fault.message for fault in faults)


def test_a_flag_that_lifts_the_cap_without_a_quotation():
    faults = {fault.path: fault for fault in judged(lambda policy: policy["total_cap"].pop("lifted_quote"))}
    told(faults, "total_cap.lifted_quote", "没有引文")


# 2 --------------------------------------------------------------------------------------------- the source


def test_a_quotation_that_is_not_in_the_source():
    amount = {**number("20000000.00", "2000万元"), "quote": "最高不超过二千万元2000万元"}
    told(of_clause(award={"kind": "fixed", "amount": amount}), "award.amount.quote", "不在原文中", mend="逐字复制")


def test_a_quotation_of_another_document():
    award = {"kind": "discretion", "quote": "另一文件的句子", "source": "洪府发〔2023〕7号"}
    told(of_clause(award=award), "award.quote", "不在原文中", mend="洪府发〔2023〕7号")


def test_a_quotation_of_blanks():
    award = {"kind": "discretion", "quote": "　 "}
    told(of_clause(award=award), "award.quote", "空白", mend="逐字复制")


def test_a_number_quoted_from_another_sentence():
    def change(policy):
        amount = clause_of(policy, "3.3.1")["cap"]["amount"]
        amount["quote"] = "给予每家企业每年不超过1000万元的奖励"

    faults = {fault.path: fault for fault in judged(change)}
    told(faults, 'clauses["3.3.1"].cap.amount.quote', "不在本条款的原文句中", mend="自己的句子")


def test_a_quotation_that_cuts_a_number_in_two():
    """「0.5%」 cut to 「5%」 stands in the source and reads as 5 %."""

    def change(policy):
        rate = clause_of(policy, "3.2.3")["award"]["rate"]
        rate.update(value="5%", literal="5%", quote="5%的补贴")

    faults = {fault.path: fault for fault in judged(change)}
    told(faults, 'clauses["3.2.3"].award.rate.quote', "截断", mend="完整的数字")


def test_another_source_text():
    faults = {fault.path: fault for fault in judged(text=TEXT + "演示\n")}
    told(faults, "source_sha256", "校验值不符", mend="重新核对引文")


def test_a_sentence_that_is_not_in_the_source():
    def change(policy):
        clause = clause_of(policy, "3.1.1")
        clause["sentence"] = clause["sentence"].replace("适当奖励", "大额奖励")

    faults = {fault.path: fault for fault in judged(change)}
    told(faults, 'clauses["3.1.1"].sentence', "大额奖励", "不在原文中")


# 3 ----------------------------------------------------------------------------------------------- literals


@pytest.mark.parametrize(
    ("kind", "value", "literal", "read"),
    [
        ("money", "20.00", "20亿元", "2,000,000,000.00 元"),
        ("money", "200000000.00", "20亿元", "2,000,000,000.00 元"),
        ("count", 20, "20亿元", "2,000,000,000.00 元"),
        ("count", 150, "15项", "15"),
        ("money", "100.00", "100人", "100"),
    ],
)
def test_a_literal_that_reads_as_another_value(kind, value, literal, read):
    key = "base" if kind == "money" else "heads"
    condition = {"kind": "compare", "label": "演示", "fact": key, "value": number(value, literal, kind)}
    faults = of_clause(facts=[fact(key, kind)], conditions=[condition])
    told(faults, "conditions[0].value.value", f"「{literal}」读作 {read}", mend=read)


@pytest.mark.parametrize(
    ("award", "path", "words"),
    [
        ({"kind": "rate", "of": "base", "rate": number("1.5%", "15%")}, "award.rate.value", "「15%」读作 15%"),
        ({"kind": "external", "fact": "base", "times": number("2", "1倍")}, "award.times.value", "「1倍」读作 1 倍"),
        (
            {"kind": "discretion", "quote": SENTENCE, "floor": number("2000000.00", "100-200万元")},
            "award.floor.value",
            "「100-200万元」读作 1,000,000.00 元、2,000,000.00 元",
        ),
    ],
)
def test_a_literal_of_an_award_that_reads_as_another_value(award, path, words):
    told(of_clause(facts=BASE, award=award), path, words)


@pytest.mark.parametrize("literal", ["20", "0亿元", "2亿元", "二十亿元", "亿元"])
def test_a_literal_that_is_no_whole_number_of_its_quotation(literal):
    condition = {"kind": "compare", "label": "演示", "fact": "base", "value": number("2000000000.00", literal, "money")}
    faults = of_clause(facts=BASE, conditions=[condition])
    told(faults, "conditions[0].value.literal", f"「{literal}」不是引文", mend="连同单位")


def test_a_number_of_the_sentence_that_no_rule_uses():
    told(of_clause(untranslated=[NOTE_WITHOUT_20]), "sentence", "「20亿元」没有被任何规则引用", mend="未量化的表述")


NOTE_WITHOUT_20 = "1亿元、100人、50人、15%、500万元、2000万元、15项、100-200万元、1倍"


# 4 ----------------------------------------------------------------------------------------------- overflow


def test_possible_overflow():
    table = fact("sites", "table", columns=[fact("cost", "money")])
    parts = [{"kind": "rate", "of": "sites.cost", "rate": SHARE}] * 20
    faults = of_clause(facts=[table], award={"kind": "sum", "parts": parts})
    told(faults, "award", "64 位", mend="最大值")


def test_bounds_of_the_facts_decide():
    table = fact("sites", "table", columns=[fact("cost", "money", maximum="1000000.00")])
    parts = [{"kind": "rate", "of": "sites.cost", "rate": SHARE}] * 20
    assert of_clause(facts=[table], award={"kind": "sum", "parts": parts}) == {}


# 5 ------------------------------------------------------------------------------------------------- groups


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda groups: groups.append({**groups[0], "name": "另一类"}), 'groups["另一类"].clauses[0]', "不能重叠"),
        (lambda groups: groups[0]["clauses"].append("3.1.1"), 'groups["研发投入"].clauses', "混合了不受累计上限约束"),
        (lambda groups: groups[0]["clauses"].append("9.9"), 'groups["研发投入"].clauses[3]', "不存在的资金条款「9.9」"),
        (lambda groups: groups[0].update(quote="演示"), 'groups["研发投入"].quote', "不在原文中"),
    ],
)
def test_groups(change, path, words):
    faults = {fault.path: fault for fault in judged(lambda policy: change(policy["groups"]))}
    told(faults, path, words, mend="请")


# 6 -------------------------------------------------------------------------------------------------- usage


def test_a_fact_that_nothing_uses():
    told(
        of_clause(facts=BASE), 'facts["base"].informational', "演示base", "没有被规则引用", mend="只作记录，不参与计算"
    )


def test_a_fact_that_is_used_and_marked_informational():
    facts = [fact("base", "money", informational=True)]
    faults = of_clause(facts=facts, award=RATE)
    told(faults, 'facts["base"].informational', "被规则引用，不能“只作记录，不参与计算”", mend="去掉")


def test_a_figure_of_the_year_that_nothing_uses():
    def change(policy):
        policy["year_facts"].append({**policy["year_facts"][0], "key": "exports", "label": "出口额"})

    told({fault.path: fault for fault in judged(change)}, 'year_facts["exports"].informational', "出口额")
    assert judged(change, complete=False) == []


# 7 -------------------------------------------------------------------------------------------------- reach


def test_contradictory_thresholds():
    faults = of_clause(
        facts=HEADS,
        conditions=[
            compare("heads", "ge", 100, "100人", "职工达到100人"),
            compare("heads", "lt", 50, "50人", "不足50人"),
        ],
    )
    told(
        faults,
        "conditions[1]",
        "「不足50人」与「职工达到100人」不可能同时成立",
        "≥ 100",
        "< 50",
        mend="满足下列任意一项",
    )


def test_a_threshold_outside_the_bounds_of_its_fact():
    facts = [fact("heads", "count", maximum="99")]
    faults = of_clause(facts=facts, conditions=[compare("heads", "ge", 100, "100人")])
    told(faults, "conditions[0]", "0 至 99", "永远不会成立", mend="最大值")


def test_growth_that_the_bounds_exclude():
    facts = [fact("now", "money", maximum="99999999.99"), fact("before", "money")]
    by = number("100000000.00", "1亿元", "money")
    growth = {"kind": "growth", "label": "增加1亿元以上", "now": "now", "before": "before", "by": by}
    told(of_clause(facts=facts, conditions=[growth]), "conditions[0]", "演示now", "永远不会成立", mend="最小值、最大值")


def test_disjoint_choices():
    choices = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
    one_of = {"kind": "one_of", "fact": "pick", "quote": QUOTE}
    faults = of_clause(
        facts=[fact("pick", "choice", choices=choices)],
        conditions=[{**one_of, "label": "甲类", "values": ["a"]}, {**one_of, "label": "乙类", "values": ["b"]}],
    )
    told(faults, "conditions[1]", "「乙类」与「甲类」不可能同时成立", mend="满足下列任意一项")


def test_a_flag_true_and_not_true():
    flag = {"kind": "is_true", "label": "有标志", "fact": "flag", "quote": QUOTE}
    faults = of_clause(
        facts=[fact("flag", "flag")],
        conditions=[flag, {"kind": "not", "label": "没有标志", "quote": QUOTE, "of": flag}],
    )
    told(faults, "conditions[1]", "不可能同时成立")


def window(first, last):
    found = {"kind": "within_dates", "label": "演示期间", "fact": "day", "quote": QUOTE}
    return {**found, **{k: v for k, v in (("not_before", first), ("not_after", last)) if v}}


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2025-01-01", "2024-12-31", "都是空的"),
        ("year_start", "2022-12-31", "都是空的"),
        ("2026-01-01", None, "政策年度（2023–2025）之外"),
        ("2020-01-01", "2022-12-31", "政策年度（2023–2025）之外"),
    ],
)
def test_date_windows_that_make_no_sense(first, last, words):
    faults = of_clause(facts=[fact("day", "date")], conditions=[window(first, last)])
    told(faults, "conditions[0]", "演示期间", words, mend="起止日期")


@pytest.mark.parametrize(
    ("first", "last"),
    [("2025-01-01", "year_end"), (None, "2018-12-31"), ("valid_from", "valid_to"), ("2022-01-01", "2023-01-01")],
)
def test_date_windows_that_some_year_fulfils(first, last):
    assert of_clause(facts=[fact("day", "date")], conditions=[window(first, last)]) == {}


def test_years_of_the_version_decide():
    policy = made_up(facts=[fact("day", "date")], conditions=[window("2025-01-01", "year_end")])
    faults = lint_policy(policy, OWN_TEXT, complete=False, years={"1.1": [2023, 2024]})
    assert any("空的" in fault.message for fault in faults)
    assert not lint_policy(policy, OWN_TEXT, complete=False, years={"1.1": [2024, 2025]})


def test_an_alternative_that_can_never_hold():
    facts = [fact("heads", "count", maximum="99"), fact("flag", "flag")]
    flag = {"kind": "is_true", "label": "有标志", "fact": "flag", "quote": QUOTE}
    either = {"kind": "any", "label": "任一", "of": [flag, compare("heads", "ge", 100, "100人", "满百人")]}
    told(of_clause(facts=facts, conditions=[either]), "conditions[0].of[1]", "满百人", "永远不会成立")


def test_an_alternative_that_the_other_conditions_exclude():
    facts = [*HEADS, fact("flag", "flag")]
    flag = {"kind": "is_true", "label": "有标志", "fact": "flag", "quote": QUOTE}
    either = {"kind": "any", "label": "任一", "of": [flag, compare("heads", "lt", 50, "50人", "不足50人")]}
    faults = of_clause(facts=facts, conditions=[compare("heads", "ge", 100, "100人"), either])
    told(faults, "conditions[1].of[1]", "「任一」中的「不足50人」", mend="选项")


def test_not_of_something_that_always_holds():
    always = {
        "kind": "any",
        "label": "任一",
        "of": [compare("heads", "lt", 100, "100人"), compare("heads", "ge", 50, "50人")],
    }
    never = {"kind": "not", "label": "都不是", "quote": QUOTE, "of": always}
    told(of_clause(facts=HEADS, conditions=[never]), "conditions[0]", "它总是满足", mend="所否定的条件")


TIERS = [
    {"at_least": number("1000000.00", "100-200万元"), "rate": SHARE},
    {"at_least": number("20000000.00", "2000万元"), "amount": number("5000000.00", "500万元")},
]
STEP = {"kind": "step", "of": "base", "tiers": TIERS}


def test_a_tier_above_the_maximum_of_its_fact():
    faults = of_clause(facts=[fact("base", "money", maximum="10000000.00")], award=STEP)
    told(faults, "award.tiers[1].at_least", "20,000,000.00 元", "10,000,000.00 元", "永远达不到", mend="最大值")


def test_a_tier_that_can_never_decide():
    told(of_clause(facts=[fact("base", "money", minimum="20000000.00")], award=STEP), "award.tiers[0]", "永远不起作用")
    condition = compare("base", "ge", "2000000000.00", "20亿元", kind="money")
    told(of_clause(facts=BASE, conditions=[condition], award=STEP), "award.tiers[0]", "永远不起作用", mend="删除")
    assert of_clause(facts=BASE, award=STEP) == {}


def test_a_condition_that_can_never_fail_is_a_warning():
    facts = [fact("heads", "count", minimum="100")]
    faults = of_clause(facts=facts, conditions=[compare("heads", "ge", 100, "100人", "满百人")])
    told(faults, "conditions[0]", "满百人", "不起作用", severity="warning")
    double = [compare("heads", "ge", 100, "100人", "满百人"), compare("heads", "ge", 50, "50人", "满五十人")]
    told(of_clause(facts=HEADS, conditions=double), "conditions[1]", "满五十人", "必然成立", severity="warning")
