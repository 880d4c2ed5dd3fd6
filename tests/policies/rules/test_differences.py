"""Differences between two definitions: nothing is missed, and a person understands where and what."""

import typing

import pytest
from pydantic import BaseModel, ValidationError

from policies.rules import differences as module
from policies.rules import schema, schema_clause, schema_policy
from policies.rules.differences import Difference, differences
from policies.rules.schema import PolicyDefinition
from tests.policies.rules.support import policy
from tests.policies.rules.synthetic import synthetic


def changed(change):
    data = policy().model_dump(mode="json")
    change(data, {clause["id"]: clause for clause in data["clauses"]})
    return PolicyDefinition.model_validate(data)


def said(change):
    return [(item.path, item.sentence()) for item in differences(policy(), changed(change))]


def at(*path):
    """A change that puts the last argument in the place of a clause's value."""
    clause, *steps, last, value = path

    def change(data, clauses):
        target = clauses[clause]
        for step in steps:
            target = target[step]
        target[last] = value

    return change


def test_the_same_definition_has_none():
    assert differences(policy(), policy()) == []
    assert differences(policy(), PolicyDefinition.model_validate(policy().model_dump(mode="json"))) == []


CASES = [
    (
        at("3.4.5", "award", "row_cap", "value", "4000000.00"),
        "clauses[3.4.5].award.row_cap",
        "条款 3.4.5 的单项上限现为 4,000,000.00 元，出具时为 5,000,000.00 元",
    ),
    (
        at("3.4.5", "award", "each", "rate", "value", "40%"),
        "clauses[3.4.5].award.each.rate",
        "条款 3.4.5 的补贴比例现为 40%，出具时为 50%",
    ),
    (
        at("3.4.5", "award", "row_cap", None),
        "clauses[3.4.5].award.row_cap",
        "条款 3.4.5 的单项上限现已没有，出具时为 5,000,000.00 元",
    ),
    (at("3.1.2", "cap", None), "clauses[3.1.2].cap", "条款 3.1.2 的条款上限现已没有，出具时为 2,000,000.00 元"),
    (
        at("3.1.2", "conditions", 0, "by", "value", "50000000.00"),
        "clauses[3.1.2].conditions[0].by",
        "条款 3.1.2 的第 1 项条件的增加标准现为 50,000,000.00 元，出具时为 100,000,000.00 元",
    ),
    (
        at("3.4.2", "conditions", 0, "op", "gt"),
        "clauses[3.4.2].conditions[0].op",
        "条款 3.4.2 的第 1 项条件的比较方式现为超过，出具时为达到",
    ),
    (
        at("3.4.2", "conditions", []),
        "clauses[3.4.2].conditions[1]",
        "条款 3.4.2 的第 2 项条件现已没有，出具时为「年度研发费用达到1亿元以上」",
    ),
    (
        at("3.2.3", "award", {"kind": "fixed", "amount": {"value": "1.00", "literal": "1", "quote": "q"}}),
        "clauses[3.2.3].award",
        "条款 3.2.3 的计算方式现为定额，出具时为按比例",
    ),
    (
        at("3.4.5", "facts", 0, "columns", 1, "maximum", "100.00"),
        "clauses[3.4.5].facts[projects].columns[investment].maximum",
        "条款 3.4.5 的填报项「“5G+智慧工厂”项目」的「软硬件、设备投入」栏的最大值现为 100.00，出具时没有",
    ),
    (
        at("3.4.2", "award", "rate", "quote", "另一句"),
        "clauses[3.4.2].award.rate.quote",
        "条款 3.4.2 的补贴比例的引文现为「另一句」，出具时为「按照其实际研发费用的15%」",
    ),
    (
        lambda data, _: data["clauses"].pop(),
        "clauses[3.8.3]",
        "条款 3.8.3 现已没有，出具时为「引入企业落地培育奖励」",
    ),
    (
        lambda data, _: data["settings"]["day_count"].update(value=365),
        "settings.day_count",
        "设置「贷款贴息的计息年天数」现为 365，出具时为 360",
    ),
    (
        lambda data, _: data["settings"]["loan_cap"].update(value=False),
        "settings.loan_cap",
        "设置「每笔贷款贴息不超过实际支付利息」现为否，出具时为是",
    ),
    (
        lambda data, _: data["settings"]["cap_allocation"].update(value="clause_order"),
        "settings.cap_allocation",
        "设置「超过累计上限时的扣减方式」现为按条款次序扣减，出具时为按金额同比例扣减",
    ),
    (
        lambda data, _: data["settings"]["city_share"].update(confirmed=True),
        "settings.city_share.confirmed",
        "设置「市级财政分担比例」的确认状态现为已确认，出具时为待确认",
    ),
    (
        lambda data, _: data["total_cap"]["rate"].update(value="3%"),
        "total_cap.rate",
        "年度累计上限的比例现为 3%，出具时为 5%",
    ),
    (
        lambda data, _: data["groups"][0].update(clauses=["3.3.1", "3.4.1"]),
        "groups[研发投入].clauses",
        "同类型条款组「研发投入」的条款现为 3.3.1、3.4.1，出具时为 3.3.1、3.4.1、3.4.2",
    ),
    (
        lambda data, _: data["series"][0].update(known_until="2027-01-01"),
        "series[lpr_1y].known_until",
        "一年期贷款市场报价利率的数据截至日期现为 2027-01-01，出具时为 ",
    ),
    (
        lambda data, _: data["year_facts"][0].update(required=False),
        "year_facts[revenue].required",
        "年度数据「年度营业收入」的必填现为否，出具时为是",
    ),
]


@pytest.mark.parametrize(("change", "path", "sentence"), CASES, ids=[path for _, path, _ in CASES])
def test_each_is_told_with_its_place_and_values(change, path, sentence):
    found = dict(said(change))
    assert found[path].startswith(sentence)


def test_one_change_is_told_once():
    found = [len(said(change)) for change, path, _ in CASES if "conditions[1]" not in path]
    assert found == [1] * (len(CASES) - 1)


def test_a_new_rate_is_told_with_its_day():
    def change(data, _):
        data["series"][0]["known_until"] = "2027-02-01"
        data["series"][0]["values"].append({"on": "2027-01-20", "value": "2.90"})

    found = differences(policy(), changed(change))[-1]
    assert found.sentence() == "一年期贷款市场报价利率 2027-01-20 起的利率现为 2.90%，出具时没有"
    assert (found.before, found.after) == (None, "2.90%")
    assert str(found.rate_day) == "2027-01-20"
    assert found.clause is None


def test_the_order_of_clauses_counts():
    """Ties go to the clause that is printed first."""

    def change(data, _):
        data["clauses"][0], data["clauses"][1] = data["clauses"][1], data["clauses"][0]

    ((path, sentence),) = said(change)
    assert path == "clauses"
    assert sentence.startswith("条款的次序现为 3.1.2、3.1.1、")


def test_long_texts_are_shown_where_they_differ():
    def change(data, clauses):
        clauses["3.4.5"]["sentence"] = clauses["3.4.5"]["sentence"].replace("给予50%补助", "给予40%补助")

    (found,) = differences(policy(), changed(change))
    assert found.clause == "3.4.5"
    assert "给予50%补助" in found.before
    assert "给予40%补助" in found.after
    assert max(len(found.before), len(found.after)) <= module.SHOWN + 4


def test_times_can_be_named_otherwise():
    found = Difference("total_cap.rate", "年度累计上限的比例", "5%", "3%")
    assert found.sentence("第 2 版", "第 1 版") == "年度累计上限的比例第 2 版为 3%，第 1 版为 5%"


def models(module):
    return [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, BaseModel)]


def test_every_field_of_the_schema_has_a_label():
    """A field that the schema gains gets a Chinese name here, or a reader meets its key."""
    matched_by = {"kind", "id", "key", "name", "on"}
    settings = set(schema.Settings.model_fields)
    fields = {name for kind in (*models(schema_clause), *models(schema_policy)) for name in kind.model_fields}
    assert {name for name in fields - matched_by - settings if name not in module._LABELS} == set()


def leaves(value, path=()):
    """Every place of a JSON value that is no container."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path
    else:
        for key, inner in items:
            yield from leaves(inner, (*path, key))


def other_value(value):
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.endswith("%"):
            return f"1{value}"
        case str() if value[:1].isdigit():
            return value.replace(value[-1], str((int(value[-1]) + 1) % 10)) if value[-1].isdigit() else f"{value}x"
        case str():
            return f"{value}x"
    return "x"


@pytest.mark.parametrize("whole", [synthetic, policy], ids=["every block", "shipped"])
def test_no_change_of_a_single_place_is_missed(whole):
    original = whole()
    data = original.model_dump(mode="json")
    checked = 0
    for path in leaves(data):
        if whole is policy and path[0] == "clauses" and path[1] not in (1, 2, 8):
            continue  # three clauses will do: the others have the same kinds of places
        target = data
        for step in path[:-1]:
            target = target[step]
        kept = target[path[-1]]
        target[path[-1]] = other_value(kept)
        try:
            new = PolicyDefinition.model_validate(data)
        except ValidationError:
            continue  # the schema guards this place
        finally:
            target[path[-1]] = kept
        if new == original:
            continue
        checked += 1
        found = differences(original, new)
        assert found, path
        assert differences(new, original), path
        for item in found:
            assert item.label, path
            assert item.before != item.after, path
    assert checked > 100


def test_annotations_are_read():
    """The walk relies on models and tuples; a field of another container would go unseen."""
    for kind in (*models(schema_clause), *models(schema_policy)):
        for name, field in kind.model_fields.items():
            assert typing.get_origin(field.annotation) not in (dict, list, set), f"{kind.__name__}.{name}"
