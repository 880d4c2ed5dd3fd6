"""Change documents of drafted policies: figures of the year, a whole cap, clauses that are gone; and what nobody was
asked for under the policy before."""

from __future__ import annotations

import copy

import pytest

from policies.rules.asked import CAP, never_asked, only_asked
from policies.rules.change import NOTHING, apply_change
from policies.rules.columns import YearBuilder, run_year
from policies.rules.compile import compiled
from policies.rules.document import read_document
from policies.rules.impact import Impact, compare
from tests.policies.rules.changes import clause, draft, drafted, faults, told
from tests.policies.rules.support import claim, document, policy

EXPORTS = {"key": "exports", "label": "出口额", "type": "money", "scope": "year"}
PRODUCT = {"product_sales": [{"category": "chip", "sales_ex_tax": "38000000.00"}]}


def cap(**changes):
    """The cap of the shipped policy as plain data, with other fields."""
    return policy().total_cap.model_dump(mode="json") | changes


def whole_cap(**changes):
    return {"total_cap": {"definition": cap(**changes)}}


def impact(docs, change):
    """The way of the product: columns of the facts as they were asked for, two runs, one comparison."""
    before, after = compiled(policy()), compiled(apply_change(policy(), change)[0])
    builder = YearBuilder(before, 2024)
    for place, doc in enumerate(docs):
        builder.add(read_document(before, doc), id=place)
    year = builder.build()
    asked = only_asked(year, before, after)
    return compare(asked, (before, run_year(before, year)), (after, run_year(after, asked)))


# --------------------------------------------------------------------------------------- figures of the year


def test_a_figure_of_the_year_is_added_for_a_clause_to_read():
    given = draft("3.3.2") | {"award": draft("3.3.2")["award"] | {"of": "Y.exports"}}
    change = {"year_facts": {"exports": EXPORTS}, **drafted(given, "3.3.2")}
    after, changed = apply_change(policy(), change)
    assert [fact.key for fact in after.year_facts][-1] == "exports"
    assert (changed[0].section, changed[0].label, changed[0].before) == ("year_facts", "年度数据「出口额」", "无")
    assert clause(after, "3.3.2").award.of == "Y.exports"
    assert 'clauses["3.3.2"].definition' in faults(drafted(given, "3.3.2"))


@pytest.mark.parametrize(
    ("given", "path", "sentence"),
    [
        (EXPORTS | {"key": "other"}, "year_facts.exports.key", "代码应与所在的键相同，即 exports。"),
        (EXPORTS | {"scope": "own"}, "year_facts.exports", "scope 应为 year"),
        (EXPORTS | {"type": "宽"}, "year_facts.exports.type", "应为下列之一"),
        ([], "year_facts.exports", "应为对象"),
        (EXPORTS | {"surplus": 1}, "year_facts.exports.surplus", "未知的字段"),
    ],
    ids=["key", "scope", "type", "list", "surplus"],
)
def test_a_figure_that_cannot_be_one_is_refused(given, path, sentence):
    assert sentence in faults({"year_facts": {"exports": given}})[path]


# -------------------------------------------------------------------------------------------- the whole cap


def test_a_whole_cap_takes_the_place_of_the_present_one():
    rate = {"type": "rate", "value": "8%", "literal": "8%", "quote": "不得超过营业收入8%"}
    change = whole_cap(base="Y.revenue", lifted_if=None, binds=["enterprise", "association"], rate=rate)
    after, _ = apply_change(policy(), change)
    assert (after.total_cap.base, after.total_cap.lifted_if, after.total_cap.rate.value) == ("Y.revenue", None, "8%")
    lines = told(change)
    assert any("5% → 8%" in line for line in lines)
    assert all(line.startswith("total_cap ") for line in lines)


def test_a_policy_without_a_cap_gets_one():
    without = policy().model_copy(update={"total_cap": None})
    after, changed = apply_change(without, whole_cap())
    assert after.total_cap == policy().total_cap
    assert changed[0].before == "无"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"definition": cap(base="Y.nothing")}, "total_cap.definition"),
        ({"definition": cap(rate=None)}, "total_cap.definition.rate"),
        ({"definition": "5%"}, "total_cap.definition"),
        ({"definition": cap(), "rate": "3%"}, "total_cap.rate"),
        ({"definition": cap(binds=[])}, "total_cap.definition.binds"),
    ],
    ids=["base", "rate", "text", "both", "nobody"],
)
def test_a_cap_that_makes_no_sense_is_refused(given, path):
    assert path in faults({"total_cap": given})


def test_the_same_cap_changes_nothing():
    assert faults(whole_cap()) == {"": NOTHING}


def test_another_cap_cuts_what_is_paid():
    doc = document(claim("3.3.2", **PRODUCT), sales_ex_tax="20000000.00", revenue="40000000.00")
    found = impact([doc], whole_cap(base="Y.revenue", lifted_if=None))
    assert (found.whole.before, found.whole.after) == (100_000_000, 200_000_000)  # 5 % of 2000万 and of 4000万


# --------------------------------------------------------------------------------------- clauses that are gone


def test_a_clause_that_is_gone_pays_nothing_and_leaves_its_group():
    change = {"clauses": {"3.4.2": None}}
    after, _ = apply_change(policy(), change)
    assert "3.4.2" not in {one.id for one in after.clauses}
    assert after.groups[0].clauses == ("3.3.1", "3.4.1")
    assert told(change) == ["3.4.2 整个条款：适用 → 取消"]
    assert 'clauses["9.9.9"]' in faults({"clauses": {"9.9.9": None}})


def test_who_was_paid_under_a_clause_that_is_gone_loses_it():
    found = impact([document(claim("3.3.2", **PRODUCT))], {"clauses": {"3.3.2": None}})
    sums = found.clauses["3.3.2"]
    assert (sums.files, sums.touched, sums.closed, sums.near) == (1, 1, 1, 0)
    assert (sums.before, sums.after) == (380_000_000, 0)
    assert [(mover.id, mover.after) for mover in found.losers] == [(0, 0)]


def test_the_next_of_the_group_takes_the_place_of_what_is_gone():
    docs = [document(claim("3.4.2"), claim("3.4.1", base_rd_subsidy="1000000.00", base_grant_no="A1"))]
    found = impact(docs, {"clauses": {"3.4.2": None}})
    assert found.clauses["3.4.1"].after > found.clauses["3.4.1"].before == 0
    assert found.clauses["3.4.2"].after == 0


# ------------------------------------------------------------------------------------------- never asked for


def lacking(change):
    return never_asked(compiled(policy()), compiled(apply_change(policy(), change)[0]))


def test_a_new_figure_of_the_year_was_never_asked():
    given = draft("3.3.2") | {"award": draft("3.3.2")["award"] | {"of": "Y.exports"}}
    change = {"year_facts": {"exports": EXPORTS}, **drafted(given, "3.3.2")}
    assert lacking(change) == {"3.3.2": ["出口额"]}
    found = impact([document(claim("3.3.2", **PRODUCT)), document(claim("3.4.2"))], change)
    assert (found.unknown, found.clauses["3.3.2"].files, found.clauses["3.4.2"].files) == (1, 0, 1)
    assert any("条款 3.3.2 变更后用到申报时没有收集过的数据（出口额）" in sentence for sentence in found.warnings)


def test_a_cap_over_a_new_figure_cannot_be_computed_and_says_so():
    change = {"year_facts": {"exports": EXPORTS}, **whole_cap(base="Y.exports", lifted_if=None)}
    assert lacking(change) == {CAP: ["出口额"]}
    found = impact([document(claim("3.3.2", **PRODUCT))], change)
    assert (found.unknown, found.whole.files) == (1, 0)
    assert any(sentence.startswith("年度累计上限变更后用到") for sentence in found.warnings)
    assert Impact.from_json(found.as_json()).merge(found).never_asked == found.never_asked


def test_a_figure_of_another_type_is_another_figure():
    """Heads that were entered as a count say nothing about an amount of the same name."""
    given = copy.deepcopy(draft("3.3.2")) | {"award": draft("3.3.2")["award"] | {"of": "Y.rd_staff"}}
    given["facts"] = [draft("3.3.2")["facts"][0] | {"informational": True}]
    heads = {"key": "rd_staff", "label": "研发人员工资", "type": "money", "scope": "year"}
    broken = faults({"year_facts": {"rd_staff": heads}, **drafted(given, "3.3.2")})
    assert broken  # 3.4.2 still counts heads: the figure cannot become money under it
    change = {"year_facts": {"rd_staff": heads}, "clauses": {"3.3.2": {"definition": given}, "3.4.2": None}}
    assert lacking(change) == {"3.3.2": ["研发人员工资"]}
    assert impact([document(claim("3.3.2", **PRODUCT))], change).unknown == 1


def test_a_column_of_another_type_or_a_new_one_was_never_asked():
    given = draft("3.3.2")
    table = given["facts"][0]
    columns = [one if one["key"] == "category" else one | {"type": "count"} for one in table["columns"]]
    amount = {"key": "tax", "label": "入库税额", "type": "money"}
    given["facts"] = [table | {"columns": [*columns, amount]}]
    given["award"] = given["award"] | {"of": "product_sales.tax"}
    change = drafted(given, "3.3.2")
    assert lacking(change) == {
        "3.3.2": ["硅衬底LED产品年销售额：入库税额", "硅衬底LED产品年销售额：年销售额（不含税）"]
    }
    assert impact([document(claim("3.3.2", **PRODUCT))], change).unknown == 1


def test_columns_stay_the_same_object_where_everything_was_asked():
    before = compiled(policy())
    builder = YearBuilder(before, 2024)
    builder.add(read_document(before, document(claim("3.3.2", **PRODUCT))))
    year = builder.build()
    assert only_asked(year, before, compiled(apply_change(policy(), {"total_cap": None})[0])) is year


def test_a_fact_that_no_rule_reads_is_not_lacking():
    given = draft("3.3.2")
    given["facts"] = [*given["facts"], {"key": "remark", "label": "备注", "type": "text", "informational": True}]
    given["cap"] = None
    assert lacking(drafted(given, "3.3.2")) == {}
