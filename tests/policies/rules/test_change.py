"""Change documents: what may be named, and what comes of it."""

from __future__ import annotations

import pytest

from policies.rules.change import SUPPOSED, adjustable, apply_change, change_hash
from policies.rules.compile import compile_policy, compiled
from policies.rules.document import evaluate_document
from policies.rules.schema import PolicyDefinition
from policies.rules.strict_json import loads
from tests.policies.rules.boundaries_settings import variants
from tests.policies.rules.changes import EXAMPLE, clause, draft, drafted, faults, told
from tests.policies.rules.support import GOOD_YEAR, claim, document, policy, variant
from tests.policies.rules.synthetic import cited, synthetic


def named(definition, section, key):
    found = [one for one in adjustable(definition) if (one.section, one.key) == (section, key)]
    assert len(found) == 1
    return found[0]


def change_of(section, key, value):
    """A document that changes one place."""
    across = {"groups", "total_cap", "settings"}
    return {section: {key: value}} if section in across else {"clauses": {section: {key: value}}}


# --------------------------------------------------------------------------------------------- what may be named


@pytest.mark.parametrize(
    ("section", "key", "label", "kind", "value", "shown", "optional"),
    [
        ("3.4.2", "award.rate", "补贴比例", "rate", "15%", "15%", False),
        ("3.4.2", "cap.amount", "年度上限", "money", "20000000.00", "2,000 万元", True),
        (
            "3.4.2",
            "conditions[0].value",
            "条件“年度营业收入达到20亿元以上”",
            "money",
            "2000000000.00",
            "20 亿元",
            False,
        ),
        ("3.4.2", "conditions[2].value", "条件“全职研发人员达到100人以上”", "count", 100, "100 人", False),
        ("3.4.2", "conditions[2]", "整个条件“全职研发人员达到100人以上”", "part", True, "适用", True),
        (
            "3.1.2",
            "conditions[0].by",
            "条件“年度营业收入较上年度增加1亿元以上”",
            "money",
            "100000000.00",
            "1 亿元",
            False,
        ),
        ("3.1.2", "award.share", "贴息比例", "rate", "50%", "50%", False),
        ("3.1.3b", "award.amount", "定额", "money", "1000000.00", "100 万元", False),
        (
            "3.2.2",
            "conditions[0].of[1].value",
            "条件“项目投资总额10亿元以上”",
            "money",
            "1000000000.00",
            "10 亿元",
            False,
        ),
        ("3.4.1", "award.times", "加计倍数", "times", "1", "1 倍", False),
        ("3.4.4", "award.floor", "裁量下限", "money", "1000000.00", "100 万元", True),
        ("3.4.4", "award.ceiling", "裁量上限", "money", "2000000.00", "200 万元", True),
        ("3.4.4", "quota.target", "目标数量", "count", 15, "15 项", True),
        ("3.4.5", "award.each.rate", "补贴比例", "rate", "50%", "50%", False),
        ("3.4.5", "award.row_cap", "单项上限", "money", "5000000.00", "500 万元", True),
        ("3.4.5", "cap.amount", "年度上限", "money", None, "无", True),
        ("3.4.5", "exempt", "不计入累计奖补上限", "flag", False, "否", False),
        ("3.1.1", "exempt", "不计入累计奖补上限", "flag", True, "是", False),
        ("3.8.3", "award.amount", "每家标准", "money", "500000.00", "50 万元", False),
        ("groups", "研发投入", "同类型“研发投入”", "clauses", ["3.3.1", "3.4.1", "3.4.2"], "3.3.1、3.4.1、3.4.2", True),
        ("total_cap", "rate", "累计奖补上限比例", "rate", "5%", "5%", True),
        ("settings", "day_count", "贷款贴息的计息年天数", "choice", 360, "一年按360天", False),
    ],
)
def test_places_of_the_shipped_policy(section, key, label, kind, value, shown, optional):
    found = named(policy(), section, key)
    assert (found.label, found.kind, found.value, found.shown, found.optional) == (label, kind, value, shown, optional)


def test_places_of_blocks_that_the_shipped_policy_does_not_use():
    labels = {(one.section, one.key): one.label for one in adjustable(synthetic())}
    assert labels["1.1", "award.tiers[1].at_least"] == "第2档起点"
    assert labels["1.1", "award.tiers[1].rate"] == "第2档比例"
    assert labels["1.1", "award.tiers[0].amount"] == "第1档定额"
    assert ("1.1", "award.tiers[0].rate") not in labels
    assert labels["1.2", "award.parts[1].amount"] == "第2部分每人标准"
    assert labels["1.3", "award.each.tiers[2].rate"] == "第3档比例"
    assert labels["1.5", "conditions[4].of[1].of[0].value"] == "条件“超过九人”"


def test_clauses_come_in_printed_order_then_groups_cap_and_settings():
    sections = list(dict.fromkeys(one.section for one in adjustable(policy())))
    assert sections == [*(one.id for one in policy().clauses), "groups", "total_cap", "settings"]


def test_settings_have_their_values_and_what_they_mean():
    found = named(policy(), "settings", "cap_allocation")
    assert found.options == ("pro_rata", "clause_order")
    assert found.option_labels == ("按金额同比例扣减", "按条款次序扣减")
    assert named(policy(), "settings", "loan_cap").options == (True, False)


def test_settings_that_change_no_amount_are_not_offered():
    offered = {place.key for place in adjustable(policy()) if place.section == "settings"}
    assert offered == {"day_count", "lpr_pick", "loan_cap", "extra_cap", "external_award", "cap_allocation"}


def test_every_setting_that_is_offered_changes_an_amount():
    """The borders of each setting's other value hold a document whose answer differs."""
    proved = set()
    for settings, documents in variants():
        (key,) = settings
        for one in documents:
            sides = [compiled(policy()), variant(**settings)]
            settled = [evaluate_document(side, one)["settlement"]["lines"] for side in sides]
            amounts = [[(line["candidate"], line["settled"]) for line in lines] for lines in settled]
            if amounts[0] != amounts[1]:
                proved.add(key)
                break
    assert proved == {place.key for place in adjustable(policy()) if place.section == "settings"}


def other(place):
    """Another value of the same kind."""
    match place.kind:
        case "money":
            return "123456.00" if place.value is None else f"{int(place.value.split('.')[0]) + 1}.00"
        case "rate":
            return "7.5%"
        case "times":
            return "3.25"
        case "count":
            return (place.value or 0) + 1
        case "flag":
            return not place.value
        case "part":
            return None
        case "clauses":
            return place.value[1:]
        case "choice":
            return next(option for option in place.options if option != place.value)
    raise AssertionError(place)


def outline(definition):
    return {(one.section, one.key): (one.label.split("“")[0], one.value) for one in adjustable(definition)}


@pytest.mark.parametrize("definition", [policy(), synthetic()], ids=["shipped", "every block"])
def test_every_place_can_be_changed_and_nothing_else_changes_with_it(definition):
    today = outline(definition)
    for place in adjustable(definition):
        if place.key == "exempt" and place.section in ("3.3.1", "3.4.1", "3.4.2"):
            continue  # would mix a group; told below
        value = other(place)
        after, changed = apply_change(definition, change_of(place.section, place.key, value))
        compile_policy(after)
        assert [(one.section, one.label, one.before) for one in changed] == [(place.section, place.label, place.shown)]
        if place.kind == "part":
            assert len(outline(after)) < len(today)
            continue
        changes = {key for key, shown in outline(after).items() if shown != today[key]}
        assert changes == {(place.section, place.key)}
        assert outline(after)[place.section, place.key][1] == value


@pytest.mark.parametrize("definition", [policy(), synthetic()], ids=["shipped", "every block"])
def test_what_is_optional_can_be_taken_away_and_nothing_else(definition):
    for place in adjustable(definition):
        change = change_of(place.section, place.key, None)
        if not place.optional:
            assert list(faults(change, definition))
        elif place.value is None:
            assert "没有改变任何规定" in faults(change, definition)[""]
        else:
            assert told(change, definition)[0].endswith(("无", "取消"))


# ---------------------------------------------------------------------------------------------------- what it does


def test_the_example_of_the_format():
    after, _ = apply_change(policy(), EXAMPLE)
    assert told(EXAMPLE) == [
        "3.4.2 条件“年度营业收入达到20亿元以上”：20 亿元 → 15 亿元",
        "3.4.2 补贴比例：15% → 12%",
        "3.4.2 年度上限：2,000 万元 → 1,000 万元",
        "3.4.5 单项上限：500 万元 → 无",
        "3.8.3 每家标准：50 万元 → 30 万元",
        "groups 同类型“研发投入”：3.3.1、3.4.1、3.4.2 → 3.3.1、3.4.2",
        "groups 同类型“新组”：无 → 3.1.3c、3.1.3d",
        "total_cap 累计奖补上限比例：5% → 3%",
        "settings 超过累计上限时的扣减方式：按金额同比例扣减 → 按条款次序扣减",
    ]
    doc = document(claim("3.4.2"), rd_expense="110000000.00", revenue="1600000000.00", revenue_prev="1.00")
    assert evaluate_document(policy(), doc)["claims"][0]["status"] == "not_eligible"
    assert evaluate_document(after, doc)["claims"][0]["amount"] == "10000000.00"
    assert policy() == PolicyDefinition.model_validate(policy().model_dump(mode="json"))


def test_a_changed_number_says_that_it_stands_in_no_text():
    after, _ = apply_change(policy(), EXAMPLE)
    rate = clause(after, "3.4.2").award.rate
    assert (rate.value, rate.literal, rate.quote) == ("12%", "12%", SUPPOSED)
    cap = clause(after, "3.4.2").cap
    assert (cap.amount.literal, cap.amount.quote, cap.scope) == ("1000万元", SUPPOSED, "enterprise_year")
    condition = clause(after, "3.4.2").conditions[0]
    assert (condition.label, condition.value.literal) == ("年度营业收入达到15亿元以上", "15亿元")
    assert clause(after, "3.4.2").conditions[1] == clause(policy(), "3.4.2").conditions[1]
    heads, _ = apply_change(policy(), {"clauses": {"3.4.2": {"conditions[2].value": 80}}})
    assert (clause(heads, "3.4.2").conditions[2].value.unit, clause(heads, "3.4.2").conditions[2].value.literal) == (
        "人",
        "80人",
    )


def test_the_cap_goes_by_its_own_name_or_by_its_number_and_a_new_one_comes():
    for key in ("cap", "cap.amount"):
        after, _ = apply_change(policy(), {"clauses": {"3.4.2": {key: None}}})
        assert clause(after, "3.4.2").cap is None
    assert told({"clauses": {"3.4.2": {"cap": None, "cap.amount": None}}}) == ["3.4.2 年度上限：2,000 万元 → 无"]
    after, _ = apply_change(policy(), {"clauses": {"3.4.5": {"cap.amount": "8000000"}}})
    assert (clause(after, "3.4.5").cap.amount.value, clause(after, "3.4.5").cap.scope) == (
        "8000000.00",
        "enterprise_year",
    )


def test_places_keep_their_numbers_when_others_are_taken_away():
    change = {"clauses": {"3.4.2": {"conditions[0]": None, "conditions[1]": None, "conditions[2].value": 120}}}
    after, _ = apply_change(policy(), change)
    assert [item.value.value for item in clause(after, "3.4.2").conditions] == [120]
    change = {"clauses": {"1.1": {"award.tiers[0]": None, "award.tiers[2].rate": "3%"}}}
    after, _ = apply_change(synthetic(), change)
    assert [tier.rate.value for tier in clause(after, "1.1").award.tiers] == ["1%", "3%"]


def test_a_group_is_dissolved_and_one_more_is_made():
    after, _ = apply_change(policy(), {"groups": {"研发投入": None, "新组": ["3.4.1", "3.3.1"]}})
    assert [(group.name, group.clauses, group.quote) for group in after.groups] == [
        ("新组", ("3.4.1", "3.3.1"), SUPPOSED)
    ]
    kept, _ = apply_change(policy(), {"groups": {"研发投入": ["3.4.1", "3.3.1"]}})
    assert kept.groups[0].quote == policy().groups[0].quote


def test_the_cap_on_the_sum_goes_by_null():
    for change in ({"total_cap": None}, {"total_cap": {"rate": None}}):
        after, changed = apply_change(policy(), change)
        assert after.total_cap is None
        assert [(one.label, one.before, one.after) for one in changed] == [("累计奖补上限比例", "5%", "无")]


def test_exemption_is_a_switch():
    after, _ = apply_change(policy(), {"clauses": {"3.4.5": {"exempt": True}, "3.1.1": {"exempt": False}}})
    assert clause(after, "3.4.5").exempt.quote == SUPPOSED
    assert clause(after, "3.1.1").exempt is None
    together = {"clauses": {number: {"exempt": True} for number in ("3.3.1", "3.4.1", "3.4.2")}}
    assert len(told(together)) == 3


@pytest.mark.parametrize(
    ("key", "same"),
    [("award.rate", "15.0%"), ("cap.amount", "20000000"), ("conditions[2].value", 100), ("exempt", False)],
)
def test_todays_value_is_accepted_and_not_told(key, same):
    assert told({"clauses": {"3.4.2": {key: same}}, "total_cap": {"rate": "4%"}}) == [
        "total_cap 累计奖补上限比例：5% → 4%"
    ]
    assert "没有改变任何规定" in faults({"clauses": {"3.4.2": {key: same}}})[""]


def test_growth_may_be_asked_for_beyond_100_per_cent():
    assert told({"clauses": {"1.5": {"conditions[0].by": "150%"}}}, synthetic()) == ["1.5 条件“增长一成”：10% → 150%"]


def test_the_hash_knows_no_order_of_keys():
    turned = dict(reversed(EXAMPLE.items()))
    assert change_hash(EXAMPLE) == change_hash(turned)
    assert change_hash(EXAMPLE) != change_hash({**EXAMPLE, "note": ""})


def test_figures_of_a_good_year_stay_what_they_are():
    assert evaluate_document(policy(), document(claim("3.4.2")))["claims"][0]["amount"] == "15000000.00"
    after, _ = apply_change(policy(), {"clauses": {"3.4.2": {"award.rate": "12%"}}})
    answer = evaluate_document(after, document(claim("3.4.2")))["claims"][0]
    assert answer["amount"] == "12000000.00"
    assert GOOD_YEAR["rd_expense"] == "100000000.00"
    assert any(SUPPOSED in step["quote"] for step in answer["trace"])


# ------------------------------------------------------------------------------------------------------- drafts


def test_a_draft_takes_the_place_of_a_clause_and_its_differences_are_told():
    definition = draft()
    definition["award"]["rate"] |= {"value": "11%", "literal": "11%"}
    definition["cap"] = None
    after, changed = apply_change(policy(), drafted(definition))
    assert clause(after, "3.4.2").model_dump(mode="json") == definition
    assert (changed[0].section, changed[0].before, changed[0].after) == ("3.4.2", "15%", "11%")
    assert len(changed) == 2
    assert "没有改变任何规定" in faults(drafted(draft()))[""]


@pytest.mark.parametrize(
    ("spoil", "path", "words"),
    [
        (lambda d: d.update(id="3.4.1"), ".id", "3.4.2"),
        (lambda d: d.update(extra=1), ".extra", "未知的字段"),
        (lambda d: d.pop("title"), ".title", "缺少"),
        (lambda d: d["award"].update(kind="magic"), ".award", "magic"),
        (lambda d: d["award"].pop("kind"), ".award", "kind"),
        (lambda d: d["award"]["rate"].update(value="15"), ".award.rate.value", "格式不正确"),
        (lambda d: d["award"]["rate"].pop("quote"), ".award.rate.quote", "缺少"),
        (lambda d: d["conditions"][0]["value"].update(value=5), ".conditions[0].value.value", "字符串"),
        (lambda d: d["conditions"][0].update(fact="Y.nope"), "", "Y.nope"),
        (lambda d: d["award"].update(of="Y.rd_staff"), "", "Y.rd_staff"),
        (lambda d: d["cap"].update(scope="week"), ".cap.scope", "下列之一"),
        (lambda d: d.update(conditions={}), ".conditions", "数组"),
        (lambda d: d["facts"][0].update(scope="year"), ".facts", "scope"),
        (
            lambda d: d.update(award={"kind": "step", "of": "Y.revenue", "tiers": [{"at_least": cited("1.00")}]}),
            ".award.tiers[0]",
            "比例（rate）或定额（amount）",
        ),
    ],
)  # fmt: skip
def test_a_faulty_draft_is_told_with_its_place(spoil, path, words):
    definition = draft()
    spoil(definition)
    found = faults(drafted(definition))
    assert words in found[f'clauses["3.4.2"].definition{path}']


def test_every_fault_of_every_draft_is_told():
    first, second = draft(), draft("3.3.1")
    first["conditions"][0]["fact"] = "Y.nope"
    second["award"]["of"] = "nothing"
    assert set(
        faults(drafted(first) | {"clauses": {**drafted(first)["clauses"], **drafted(second, "3.3.1")["clauses"]}})
    ) == {
        'clauses["3.4.2"].definition',
        'clauses["3.3.1"].definition',
    }


def test_numbers_of_a_draft_are_never_floats_and_keys_stand_once():
    text = '{"clauses": {"3.4.2": {"definition": {"id": "3.4.2", "a": 1.50, "b": {"k": 1, "k": 2}}}}}'
    found = faults(loads(text))
    assert "字符串" in found['clauses["3.4.2"].definition.a']
    assert "重复" in found['clauses["3.4.2"].definition.b.k']


def test_a_draft_stands_alone():
    change = {"clauses": {"3.4.2": {"definition": draft(), "award.rate": "12%"}}}
    assert "不能与本条款的其他调整同时出现" in faults(change)['clauses["3.4.2"].definition']
