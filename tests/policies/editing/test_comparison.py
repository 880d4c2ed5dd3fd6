"""Whether two states of a clause differ in words alone."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse

from policies.actions.drafts import draft_from
from policies.drafts import ClauseContent, RulesContent
from policies.queries.comparison import is_wording_only, marked, substantial_differences, told_differences
from policies.queries.side_by_side import side_by_side
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def content(loaded):
    """3.4.5 as it is in force."""
    return ClauseContent.of(clause_of("3.4.5").versions.get())


def with_change(content, change):
    definition = copy.deepcopy(content.definition)
    change(definition)
    return replace(content, definition=definition)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.update(title="智慧工厂补助"), id="title"),
        pytest.param(lambda d: d["facts"][0].update(label="项目一览"), id="label"),
        pytest.param(lambda d: d["facts"][0].update(help="每个项目一行。"), id="help"),
        pytest.param(lambda d: d["facts"][0]["columns"][0].update(label="名称"), id="column"),
        pytest.param(lambda d: d["award"]["row_cap"].update(quote="不超过500万元", literal="500万"), id="quote"),
        pytest.param(lambda d: d["facts"][0].update(nullable=False), id="a default written out"),
    ],
)
def test_titles_labels_help_and_quotations_are_words(content, change):
    assert is_wording_only(content, with_change(content, change))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d["award"]["row_cap"].update(value="6000000.00"), id="number"),
        pytest.param(lambda d: d["award"].update(row_cap=None), id="a limit less"),
        pytest.param(lambda d: d["facts"][0].update(max_rows=5), id="bound"),
        pytest.param(lambda d: d["facts"][0]["columns"][0].update(key="called"), id="key"),
        pytest.param(lambda d: d["facts"][0]["columns"].pop(), id="a column less"),
        pytest.param(lambda d: d.update(competitive=True), id="competitive"),
        pytest.param(lambda d: d.update(exempt={"quote": "不计入"}), id="outside the cap"),
        pytest.param(lambda d: d.pop("award"), id="no award"),
    ],
)
def test_numbers_facts_and_blocks_are_substance(content, change):
    assert not is_wording_only(content, with_change(content, change))


def test_the_sentence_is_words_units_documents_and_the_last_day_are_not(content):
    assert is_wording_only(content, replace(content, quote=content.quote.replace("，", ",")))
    assert is_wording_only(content, replace(content, bracket=content.bracket.replace("；", "； ")))
    assert is_wording_only(content, replace(content, valid_from=dt.date(2025, 1, 1)))
    assert not is_wording_only(content, replace(content, bracket="[牵头单位：市商务局]"))
    assert not is_wording_only(content, replace(content, valid_to=dt.date(2024, 12, 31)))
    evidence = copy.deepcopy(content.evidence)
    evidence[0]["label"] = "合同"
    assert is_wording_only(content, replace(content, evidence=evidence))
    evidence[0]["required"] = not evidence[0]["required"]
    assert not is_wording_only(content, replace(content, evidence=evidence))
    assert not is_wording_only(content, replace(content, evidence=content.evidence[:-1]))


def test_a_definition_that_is_not_valid_is_compared_as_it_stands(content):
    broken = with_change(content, lambda d: d["award"].update(kind="nonsense"))
    assert is_wording_only(broken, with_change(broken, lambda d: d.update(title="甲")))
    assert not is_wording_only(broken, content)
    torn = replace(content, bracket="[牵头单位")
    assert is_wording_only(torn, torn)
    assert not is_wording_only(torn, replace(content, bracket="[牵头单位："))


def places(before, after):
    return [(one.label, one.before, one.after) for one in told_differences(before, after)]


def test_differences_are_told_in_words(content):
    changed = with_change(content, lambda d: d["award"]["each"]["rate"].update(value="40%", literal="40%"))
    assert places(content, changed) == [("补贴比例", "50%", "40%")]
    assert places(content, content) == []
    assert places(content, replace(content, valid_to=None)) == [("失效日期", "2025年12月31日", "没有写明")]


def test_differences_of_substance_leave_out_what_a_correction_may_change(content):
    """A change of substance beside corrected words: only the substance keeps a file under its version."""

    def change(definition):
        definition["title"] = "智慧工厂补助"
        definition["facts"][0]["label"] = "项目一览"
        definition["facts"][0]["columns"][0]["help"] = "按合同填写。"
        definition["award"]["row_cap"].update(value="6000000.00", literal="600万元", quote="不超过600万元")

    changed = replace(
        with_change(content, change),
        quote="更正后的句子。",
        valid_from=content.valid_from + dt.timedelta(days=30),
        evidence=[{**one, "help": "更正后的说明"} for one in content.evidence],
    )
    told = substantial_differences(content, changed)
    assert [(one.before, one.after) for one in told] == [("5,000,000.00 元", "6,000,000.00 元")]
    assert len(told_differences(content, changed)) > 4
    assert substantial_differences(content, replace(content, quote="更正后的句子。")) == []


def test_a_definition_that_cannot_be_read_tells_its_substance_too(content):
    def change(definition):
        definition["facts"][0].update(label="项目一览", type="no type")

    (told,) = substantial_differences(content, with_change(content, change))
    assert "no type" in told.after


def test_units_are_told_by_role_and_a_bracket_that_cannot_be_read_as_it_is(content):
    other = replace(content, bracket="[牵头单位：市商务局；责任单位：各县区（开发区、湾里管理局）]")
    assert places(content, other) == [("牵头单位", "市工信局", "市商务局")]
    torn = replace(content, bracket="[牵头单位")
    assert places(content, torn) == [("单位", content.bracket, "[牵头单位")]


def test_documents_are_told_by_name(content):
    evidence = copy.deepcopy(content.evidence)
    gone = evidence.pop(0)
    evidence[0]["required"] = False
    told = {label: (before, after) for label, before, after in places(content, replace(content, evidence=evidence))}
    assert told[f"申报材料「{gone['label']}」"][1] is None
    assert told[f"申报材料「{evidence[0]['label']}」的要求"][1].startswith("可以不提供")


def test_what_is_no_definition_is_told_field_by_field(content):
    broken = with_change(content, lambda d: d["award"].update(kind="nonsense"))
    assert ("计算方式的kind", "rows", "nonsense") in places(content, broken)
    assert places(broken, with_change(broken, lambda d: d["facts"][0].update(label="甲"))) == [
        ("填报项「projects」的名称", content.definition["facts"][0]["label"], "甲")
    ]


def test_rules_are_told_too(loaded):
    rules = RulesContent.of(loaded.rules.get())
    definition = copy.deepcopy(rules.definition)
    definition["total_cap"]["rate"].update(value="6%", literal="6%")
    definition["year_facts"][0]["label"] = "营业收入"
    told = places(rules, replace(rules, definition=definition))
    assert ("年度累计上限的比例", "5%", "6%") in told
    assert any(after == "「营业收入」" for _, _, after in told)
    broken = replace(rules, definition={**definition, "total_cap": {"rate": 5}})
    assert any("年度累计上限" in label for label, _, _ in places(rules, broken))


def test_texts_are_marked_where_they_differ():
    old, new = marked("给予50%补助", "给予40%补助")
    assert old == [("给予", False), ("50%", True), ("补助", False)]
    assert new == [("给予", False), ("40%", True), ("补助", False)]


def test_side_by_side_has_the_changed_line_in_one_row(content):
    changed = with_change(content, lambda d: d["award"]["each"]["rate"].update(value="40%", literal="40%"))
    parts = {part.title: part for part in side_by_side(content, changed, {})}
    assert [title for title, part in parts.items() if part.changed] == ["金额"]
    row = next(row for row in parts["金额"].rows if row.state == "changed")
    assert "".join(text for text, _ in row.before).endswith("× 50%。")
    assert "".join(text for text, _ in row.after).endswith("× 40%。")
    broken = with_change(content, lambda d: d["award"].update(kind="nonsense"))
    assert "系统处理" in {part.title for part in side_by_side(content, broken, {})}
    assert all(row.state == "added" for part in side_by_side(None, content, {}) for row in part.rows)


def test_groups_of_the_shipped_rules_are_no_difference_to_a_draft_that_carries_them(client, loaded, db):
    """The corpus keeps groups in rows of their own; whoever checks a draft is not told that they are new."""
    person = AdministratorFactory()
    rules = loaded.rules.get()
    draft = draft_from(rules, valid_from=dt.date(2025, 1, 1), by=person, at=AT)
    client.force_login(person)
    for name, query in (
        ("rules_compare", f"?with={rules.pk}"),
        ("rules_history", f"?left=v{rules.pk}&right=v{draft.pk}"),
    ):
        page = client.get(reverse(f"editing:{name}", args=[draft.pk]) + query).content.decode()
        assert "生效日期" in page
        assert "同类型条款组「研发投入」" not in page
