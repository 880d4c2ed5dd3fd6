"""Values as people type them, and what the buttons of the form do to a definition."""

import copy
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from policies.blocks import amounts
from policies.blocks.choices import Around
from policies.blocks.operations import OperationError, apply
from policies.blocks.places import field_of, places_of
from policies.blocks.read import read
from policies.blocks.say import fills, say
from policies.blocks.shapes import RulesDefinition
from policies.blocks.tree import ELSEWHERE, posted_as, tree
from policies.lint import lint_clause
from policies.rules.schema import ClauseDefinition

CORPUS = Path(settings.BASE_DIR) / "policies" / "corpus" / "hongfufa-2023-30"
PAYING = [
    ClauseDefinition.model_validate({key: value for key, value in raw.items() if key != "library"}).model_dump(
        mode="json"
    )
    for path in sorted((CORPUS / "clauses").glob("*.toml"))
    if "award" in (raw := tomllib.loads(path.read_text()))
]
BY_ID = {one["id"]: one for one in PAYING}
NOTHING = Around()


def through_the_form(definition, schema=ClauseDefinition):
    fixed = {name: definition.get(name) for name in ELSEWHERE}
    return read(schema, posted_as(tree(schema, definition, NOTHING)), fixed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("500万元", "5000000.00"),
        ("20亿元", "2000000000.00"),
        ("1.5亿元", "150000000.00"),
        ("5,000,000", "5000000.00"),
        ("５０００００００", "50000000.00"),
        ("5000000.00", "5000000.00"),
        ("500.00", "500.00"),
        ("500元", "500.00"),
        ("0", "0.00"),
    ],
)
def test_amounts_are_read_as_people_write_them(typed, stored):
    assert amounts.read_money(typed) == stored


@given(st.integers(0, 10**15))
def test_an_amount_is_shown_as_it_can_be_typed_again(fen):
    stored = f"{fen // 100}.{fen % 100:02d}"
    assert amounts.read_money(amounts.show_money(stored)) == stored


@pytest.mark.parametrize("typed", ["500", "20", "9999"])
def test_an_amount_that_may_be_meant_in_another_unit_is_refused(typed):
    with pytest.raises(amounts.TypedError, match=f"“{typed}”没有写明单位，可能是 {typed}元、{typed}万元或 {typed}亿元"):
        amounts.read_money(typed)


def test_a_bare_number_is_no_percentage():
    assert amounts.read_rate("50％") == "50%"
    with pytest.raises(amounts.TypedError, match="没有写明单位"):
        amounts.read_rate("50")
    with pytest.raises(amounts.TypedError, match="不是比例的写法"):
        amounts.read_rate("一半")
    assert (amounts.read_times("1倍"), amounts.read_whole("1,000")) == ("1", 1000)
    with pytest.raises(amounts.TypedError, match="不是整数"):
        amounts.read_whole("15项")


def test_days_are_read_in_any_spelling_and_by_their_name():
    assert amounts.read_day("2025年1月5日") == "2025-01-05"
    assert amounts.read_day("施行日", ("valid_from", "year_start")) == "valid_from"
    for wrong in ("2025-02-30", "明天"):
        with pytest.raises(amounts.TypedError, match="不是日期"):
            amounts.read_day(wrong, ("valid_from",))


def changed(definition, *operations):
    for operation in operations:
        definition, _ = apply(ClauseDefinition, definition, operation)
    return definition


def test_blocks_are_added_filled_and_taken_away():
    definition = changed(BY_ID["3.4.5"], "add:conditions:compare", "add:facts:count", "add:cap", "remove:award.row_cap")
    assert definition["conditions"][0]["kind"] == "compare"
    assert definition["facts"][1]["type"] == "count"
    assert definition["cap"]["amount"] == {"type": "money", "quote": "", "literal": "", "value": "", "source": None}
    assert definition["award"]["row_cap"] is None
    back = changed(definition, "remove:conditions.0", "remove:facts.1", "remove:cap")
    assert back == {**BY_ID["3.4.5"], "award": definition["award"]}


def test_entries_change_places():
    columns = [column["key"] for column in BY_ID["3.4.5"]["facts"][0]["columns"]]
    moved = changed(BY_ID["3.4.5"], "down:facts.0.columns.0", "up:facts.0.columns.2")
    assert [column["key"] for column in moved["facts"][0]["columns"]] == [columns[1], columns[2], columns[0]]


@pytest.mark.parametrize(
    "operation",
    [
        "",
        "add",
        "add:nothing",
        "remove:award",
        "remove:facts.9",
        "up:facts.0",
        "explode:facts.0",
        "remove:title",
        "add:id",
    ],
)
def test_an_operation_that_does_not_fit_is_refused_in_words(operation):
    with pytest.raises(OperationError, match=r"请刷新页面|不能再移动"):
        apply(ClauseDefinition, BY_ID["3.4.5"], operation)


def as_kind(definition, path, kind):
    """The form with another kind chosen."""
    posted = posted_as(tree(ClauseDefinition, definition, NOTHING))
    posted[f"{path}.kind"] = [kind]
    return read(ClauseDefinition, posted, {}).definition


def test_another_kind_keeps_what_fits():
    rate = BY_ID["3.3.2"]["award"]
    summed = as_kind(BY_ID["3.3.2"], "award", "sum")["award"]
    assert summed == {"kind": "sum", "parts": [rate]}
    assert as_kind({**BY_ID["3.3.2"], "award": summed}, "award", "rate")["award"] == rate
    rows = as_kind(BY_ID["3.3.2"], "award", "rows")["award"]
    assert (rows["each"], rows["row_cap"]) == (rate, None)
    per_unit = as_kind(BY_ID["3.8.3"], "award", "fixed")["award"]
    assert per_unit == {"kind": "fixed", "amount": BY_ID["3.8.3"]["award"]["amount"]}
    growth = BY_ID["3.1.2"]["conditions"][0]
    assert as_kind(BY_ID["3.1.2"], "conditions.0", "any")["conditions"][0] == {
        "kind": "any",
        "label": growth["label"],
        "of": [growth],
    }
    assert as_kind(BY_ID["3.1.2"], "conditions.0", "not")["conditions"][0]["of"] == growth


def test_what_no_field_can_show_is_kept():
    strange = copy.deepcopy(BY_ID["3.4.5"])
    strange["facts"] = {"projects": 1}
    strange["surprise"] = [1, "二"]
    strange["award"]["each"]["rate"]["value"] = 0.5
    strange["competitive"] = "也许"
    assert through_the_form(strange).definition == strange


def test_what_cannot_be_read_stays_as_it_was_typed():
    posted = posted_as(tree(ClauseDefinition, BY_ID["3.4.5"], NOTHING))
    posted |= {"award.row_cap.value": ["500"], "award.each.rate.value": ["五成"]}
    found = read(ClauseDefinition, posted, {})
    assert found.definition["award"]["row_cap"]["value"] == "500"
    assert found.definition["award"]["each"]["rate"]["value"] == "五成"
    assert [path for path, _ in found.faults] == ["award.each.rate.value", "award.row_cap.value"]


def test_hostile_posts_are_read_as_nothing():
    deep = ".".join(["conditions.0", *["of.0"] * 400])
    posted = {
        f"{deep}:on": ["1"],
        "facts.99999999:on": ["1"],
        "award:on": ["1"],
        "award.kind": ["\x00"],
        "title": ["\ud800"],
    }
    found = read(ClauseDefinition, posted, {}).definition
    assert (found["facts"], found["conditions"], found["title"]) == ([], [], "")


_ADDED = ["add:conditions:compare", "add:conditions:growth", "add:conditions:one_of", "add:conditions:any"]
_ADDED += ["add:conditions:within_dates", "add:conditions:not", "add:facts:table", "add:facts:money", "add:cap"]
_ADDED += ["add:quota", "add:exempt", "add:untranslated", "remove:conditions.0", "remove:facts.0", "remove:cap"]
_ADDED += [
    "up:facts.1",
    "down:facts.0",
    "add:facts.0.columns:money",
    "add:conditions.0.of:compare",
    "add:facts.0.choices",
]


@given(st.sampled_from(PAYING), st.lists(st.sampled_from(_ADDED), max_size=8))
def test_whatever_is_added_and_taken_away_comes_back_through_the_form(definition, operations):
    for operation in operations:
        try:
            definition, _ = apply(ClauseDefinition, definition, operation)
        except OperationError:
            continue
    once = through_the_form(definition)
    assert through_the_form(once.definition).definition == once.definition
    for name in ("facts", "conditions", "untranslated"):
        assert len(once.definition[name]) == len(definition[name])
    # a clause without blanks comes back to the letter
    if definition in PAYING:
        assert once.definition == definition


def test_rules_are_edited_alike():
    rules, fresh = apply(RulesDefinition, {"year_facts": [], "total_cap": None, "groups": []}, "add:year_facts:money")
    assert (rules["year_facts"][0]["scope"], fresh) == ("year", "year_facts.0")
    rules, _ = apply(RulesDefinition, rules, "add:total_cap")
    rules, _ = apply(RulesDefinition, rules, "add:groups")
    assert through_the_form(rules, RulesDefinition).definition == {"total_cap": rules["total_cap"], **rules}


def test_faults_of_the_lints_find_their_fields():
    broken = copy.deepcopy(BY_ID["3.4.5"])
    broken["award"]["each"]["rate"]["value"] = "500%"
    broken["facts"][0]["columns"][1]["label"] = ""
    del broken["award"]["row_cap"]["quote"]
    places = places_of(broken)
    text = broken["sentence"]
    found = {field_of(fault.path, places) for fault in lint_clause(broken, {"year_facts": []}, text)}
    assert {"award.each.rate.value", "facts.0.columns.1.label", "award.row_cap.quote"} <= found


def test_sentences_are_said_of_what_is_complete():
    said = say(BY_ID["3.4.5"], {})
    assert [line.text for line in said.lines["award"]][1] == "「软硬件、设备投入」 × 50%。"
    unfinished = changed(BY_ID["3.1.2"], "add:conditions:compare")
    lines = say(unfinished, {"revenue": "年度营业收入"}).lines
    assert lines["conditions.0"]
    assert lines["conditions.1"] == ()


def test_an_empty_value_is_read_from_its_literal():
    definition = changed(BY_ID["3.4.5"], "add:conditions:compare", "add:cap")
    definition["conditions"][0]["value"] = {"quote": "达到20亿元", "literal": "20亿元", "value": ""}
    definition["cap"]["amount"]["literal"] = "百分之五十"
    assert fills(definition) == {"conditions.0.value.value": "20亿元", "conditions.0.value.type": "money"}


def test_what_is_added_has_a_code_of_its_own():
    definition = changed(BY_ID["3.4.5"], "add:facts:money", "add:facts:choice", "add:facts.0.columns:money")
    keys = [fact["key"] for fact in definition["facts"]]
    assert keys == ["projects", "item2", "item3"]
    assert definition["facts"][0]["columns"][-1]["key"] == "item4"
    definition = changed(definition, "remove:facts.1", "add:facts:count", "add:facts.1.choices", "add:facts.1.choices")
    assert [fact["key"] for fact in definition["facts"]] == ["projects", "item3", "item4"]
    assert [choice["value"] for choice in definition["facts"][1]["choices"]] == ["option1", "option2"]
