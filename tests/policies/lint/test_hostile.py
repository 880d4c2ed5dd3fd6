"""Hostile definitions, one a line: what is refused, where, and in which words."""

import pytest

from tests.policies.lint.support import clause_of, fact, judged, number, of_clause, told
from tests.policies.lint.test_kinds import BASE, HEADS, LIMIT, QUOTE, RATE, SHARE, STEP, TIERS


@pytest.mark.parametrize(
    ("clause", "path", "words", "mend"),
    [
        ({"award": {"kind": "rate", "of": "nothing", "rate": SHARE}}, "award.of", "没有登记的填报项", "请先增加这一项"),
        (
            {"award": {"kind": "rate", "of": "Y.nothing", "rate": SHARE}},
            "award.of",
            "没有登记的年度数据",
            "「年度营业收入」",
        ),
        ({"award": {"kind": "rate", "of": "row.cost", "rate": SHARE}}, "award.of", "逐项计算", "明细表一栏的合计"),
        (
            {"facts": HEADS, "award": {"kind": "rate", "of": "heads", "rate": SHARE}},
            "award.of",
            "类型是数量，这里需要金额",
            "金额",
        ),
        ({"facts": [fact("base", "money", nullable=True)], "award": RATE}, "award.of", "可以没有", "去掉“可以没有”"),
        (
            {"facts": BASE, "award": {"kind": "rows", "table": "base", "each": {"kind": "fixed", "amount": LIMIT}}},
            "award.table",
            "不是本条款的明细表",
            "明细表",
        ),
        (
            {"facts": BASE, "award": {"kind": "rate", "of": "base * 2", "rate": SHARE}},
            "award.of",
            "“base * 2”",
            "不能写算式",
        ),
        (
            {
                "award": {
                    "kind": "discretion",
                    "quote": QUOTE,
                    "floor": number("20000000.00", "2000万元"),
                    "ceiling": number("5000000.00", "500万元"),
                }
            },
            "award.floor",
            "下限高于上限",
            "改正",
        ),
        ({"facts": BASE, "award": {**STEP, "tiers": TIERS[::-1]}}, "award.tiers", "没有逐档升高", "从低到高"),
        (
            {"facts": BASE, "award": {"kind": "rate", "of": "base", "rate": number("500%", "15%")}},
            "award.rate.value",
            "超过 100%",
            "0.5%",
        ),
        ({"award": {"kind": "formula", "text": "a + b"}}, "award", "没有这一种类", "定额"),
        (
            {"award": {"kind": "fixed", "amount": number(20000000, "2000万元")}},
            "award.amount.value",
            "应为文字，实际是数字",
            "引号",
        ),
        (
            {"award": {"kind": "fixed", "amount": number("20000000", "2000万元")}},
            "award.amount.value",
            "不是金额的写法",
            "两位小数",
        ),
        (
            {"award": {"kind": "fixed", "amount": {**number("20000000.00", "2000万元"), "note": "x"}}},
            "award.amount.note",
            "系统不认识的内容",
            "删除",
        ),
        ({"award": None}, "award", "缺少“奖补计算”", "补上"),
        (
            {"facts": [fact("base", "money", minimum="2.00", maximum="1.00")], "award": RATE},
            'facts["base"].minimum',
            "最小值大于最大值",
            "改正",
        ),
        (
            {"facts": [fact("base", "money", maximum="一万")], "award": RATE},
            'facts["base"].maximum',
            "“一万”不是金额",
            "1000.00",
        ),
        ({"facts": [*BASE, *BASE], "award": RATE}, "facts[1].key", "代码与前面的一项相同", "改为不同的"),
        (
            {"facts": [fact("base", "money", scope="year")], "award": RATE},
            'facts["base"].scope',
            "年度数据",
            "通用规则",
        ),
    ],
)
def test_a_clause_that_makes_no_sense(clause, path, words, mend):
    told(of_clause(**clause), path, words, mend=mend)


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda policy: policy.update(valid_from="2026-01-01"), "valid_from", "晚于有效期"),
        (lambda policy: policy.update(valid_from="明年"), "valid_from", "“明年”不是日期"),
        (lambda policy: policy["settings"].pop("lpr_pick"), "settings.lpr_pick", "缺少"),
        (lambda policy: policy["settings"]["day_count"].update(value=364), "settings.day_count.value", "360、365"),
        (
            lambda policy: policy["settings"]["governing_day"].update(value="02-29"),
            "settings.governing_day.value",
            "每年都有",
        ),
        (lambda policy: policy["series"][0].update(known_until="2022-01-01"), 'series["lpr_1y"].values', "公布日"),
        (lambda policy: policy["year_facts"][0].update(scope="own"), 'year_facts["revenue"].scope', "全企业共用"),
        (lambda policy: policy["total_cap"].update(base="Y.rd_staff"), "total_cap.base", "类型是数量，这里需要金额"),
        (lambda policy: policy["clauses"].append(policy["clauses"][0]), "clauses[18].id", "编号与前面的一项相同"),
        (lambda policy: policy.update(today="2026-01-01"), "today", "系统不认识的内容"),
        (lambda policy: policy.update(clauses={}), "clauses", "没有条款的列表"),
        (
            lambda policy: clause_of(policy, "3.1.2")["award"].update(series="shibor"),
            'clauses["3.1.2"].award.series',
            "没有登记",
        ),
    ],
)
def test_a_policy_that_makes_no_sense(change, path, words):
    faults = {fault.path: fault for fault in judged(change)}
    told(faults, path, words, mend="请")


def test_all_faults_at_once():
    def change(policy):
        clause_of(policy, "3.4.2")["award"]["rate"]["value"] = "500%"
        clause_of(policy, "3.4.5")["award"]["row_cap"].pop("quote")
        policy["groups"][0]["clauses"].append("9.9")

    assert {fault.path for fault in judged(change)} == {
        'clauses["3.4.2"].award.rate.value',
        'clauses["3.4.5"].award.row_cap.quote',
        'groups["研发投入"].clauses[3]',
    }
