"""Forms made from declarations: every fact of every clause, wrong values kept, both ways without loss."""

import pytest

from applications.drafts import RAW_KEY, facts_of
from applications.forms import FactsForm
from applications.forms.builder import build_field, entry_of
from applications.forms.fields import CountField, DayField, FlagField, MoneyField, OptionField, WordsField
from applications.forms.words import display
from policies.rules.corpus import corpus_policies
from policies.rules.schema import Column, FactDecl
from tests.factories.applications import FACTS, FIGURES, POLICY

DEFINITION = corpus_policies()[POLICY]
CLAUSES = {clause.id: clause for clause in DEFINITION.clauses}
TYPES = {
    "money": MoneyField,
    "count": CountField,
    "date": DayField,
    "flag": FlagField,
    "choice": OptionField,
    "text": WordsField,
}


def posted(facts, draft):
    """What a browser would send for a draft."""
    form = FactsForm.from_draft(facts, draft)
    data = {name: form.form[name].value() for name in form.form.fields}
    for table in form.tables.values():
        data[table.total_name] = len(table)
        for row in table:
            data |= {row[name].html_name: row[name].value() for name in row.fields if name != "DELETE"}
    return data


def test_every_clause_has_sample_facts():
    assert set(CLAUSES) == set(FACTS)


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_every_fact_of_every_clause_gets_its_field(clause_id):
    form = FactsForm(CLAUSES[clause_id].facts, {})
    for fact in CLAUSES[clause_id].facts:
        columns = fact.columns if fact.type == "table" else (fact,)
        row = form.tables[fact.key].empty_form if fact.type == "table" else form.form
        for column in columns:
            field = row.fields[column.key]
            assert type(field) is TYPES[column.type]
            assert field.label == column.label
            if column.type == "money":
                assert field.widget.attrs["data-money"] == column.entry_unit


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_sample_facts_survive_the_form(clause_id):
    facts = CLAUSES[clause_id].facts
    form = FactsForm(facts, posted(facts, FACTS[clause_id]))
    assert form.faults() == []
    assert form.draft() == FACTS[clause_id]


def test_figures_survive_the_form():
    form = FactsForm(DEFINITION.year_facts, posted(DEFINITION.year_facts, FIGURES))
    assert form.draft() == FIGURES


def money(unit="元", **values):
    return Column(key="x", label="金额", type="money", entry_unit=unit, **values)


@pytest.mark.parametrize(
    ("column", "typed", "stored"),
    [
        (money("万元"), "1,234.567891", "12345678.91"),
        (money("万元"), "８００万元", "8000000.00"),
        (money(), " 1,000.5 元", "1000.50"),
        (Column(key="x", label="人数", type="count"), "１，２００", 1200),
        (Column(key="x", label="日", type="date"), "2024/3/1", "2024-03-01"),
        (Column(key="x", label="日", type="date"), "2024年3月1日", "2024-03-01"),
        (Column(key="x", label="是否", type="flag"), "false", False),
        (Column(key="x", label="字", type="text"), "  甲\r\n乙\x07 ", "甲\n乙"),
    ],
)
def test_what_people_type_is_read(column, typed, stored):
    form = FactsForm([FactDecl(**column.model_dump())], {"x": typed})
    assert form.faults() == []
    assert form.draft() == {"x": stored}


@pytest.mark.parametrize(
    ("column", "typed", "words"),
    [
        (money("万元"), "五百", "不是有效的金额"),
        (money("万元"), "1.2345678", "6 位小数"),
        (money(), "-5", "不能为负数"),
        (money(), "1.234", "2 位小数"),
        (money(maximum="100.00"), "100.01", "不能大于 100.00 元"),
        (money(minimum="100.00"), "99.99", "不能小于 100.00 元"),
        (Column(key="x", label="人数", type="count"), "12.5", "整数"),
        (Column(key="x", label="人数", type="count"), "-1", "不能小于 0"),
        (Column(key="x", label="年", type="count", minimum="1990", maximum="2100"), "1989", "不能小于 1990"),
        (Column(key="x", label="日", type="date"), "2024-02-30", "有效的日期"),
        (Column(key="x", label="日", type="date"), "昨天", "有效的日期"),
        (Column(key="x", label="日", type="date"), "1800-01-01", "1949-10-01"),
        (Column(key="x", label="是否", type="flag"), "maybe", "“是”或“否”"),
        (Column(key="x", label="字", type="text"), "长" * 501, "最多填写 500 个字"),
    ],
)
def test_wrong_values_are_told_and_kept_as_typed(column, typed, words):
    facts = [FactDecl(**column.model_dump())]
    form = FactsForm(facts, {"x": typed})
    (fault,) = form.faults()
    assert words in fault.message
    assert fault.field_id == "id_x"
    assert form.draft() == {RAW_KEY: {"x": typed}}
    again = FactsForm.from_draft(facts, form.draft())
    assert again.form["x"].value() == typed
    assert [other.message for other in again.faults()] == [fault.message]


def test_a_choice_outside_the_list_is_refused():
    form = FactsForm(CLAUSES["3.2.3"].facts, {"status_list": "fortune_5000"})
    assert [fault.field_id for fault in form.faults()] == ["id_status_list"]


def test_text_that_a_database_cannot_hold_is_made_storable():
    form = FactsForm([FactDecl(key="x", label="人数", type="count")], {"x": "1\x00\ud800"})
    assert form.draft()[RAW_KEY] == {"x": "1?"}


FACTORY = CLAUSES["3.4.5"].facts


def test_rows_wrong_cells_keep_their_place_and_empty_rows_go():
    data = {
        "projects-TOTAL_FORMS": "4",
        "projects-0-name": "",
        "projects-1-name": "一期",
        "projects-1-investment": "abc",
        "projects-2-name": "要删",
        "projects-2-DELETE": "on",
        "projects-3-name": "二期",
        "projects-3-investment": "1200",
    }
    form = FactsForm(FACTORY, data)
    assert form.draft() == {
        "projects": [{"name": "一期"}, {"name": "二期", "investment": "12000000.00"}],
        RAW_KEY: {"projects-0-investment": "abc"},
    }
    (fault,) = form.faults()
    assert fault.full.startswith("“5G+智慧工厂”项目第 2 条·软硬件、设备投入：")
    again = FactsForm.from_draft(FACTORY, form.draft())
    assert again.tables["projects"].forms[0]["investment"].value() == "abc"


def test_a_row_is_added_without_a_script_and_nothing_typed_is_lost():
    form = FactsForm(FACTORY, {"projects-TOTAL_FORMS": "1", "projects-0-name": "一期", "projects-0-investment": "abc"})
    more = form.with_row("projects")
    assert len(more.tables["projects"]) == 2
    assert more.draft() == form.draft()
    with pytest.raises(KeyError):
        form.with_row("other")


@pytest.mark.parametrize("total", ["-1", "x", "99999999999", "", None])
def test_a_forged_number_of_rows_is_bounded(total):
    form = FactsForm(FACTORY, {"projects-TOTAL_FORMS": total} if total is not None else {})
    assert len(form.tables["projects"]) <= FACTORY[0].max_rows


def rows(count, **columns):
    """What a browser sends for so many rows of the factory's projects."""
    cells = {"name": "项目"} | columns
    return {"projects-TOTAL_FORMS": str(count)} | {
        f"projects-{number}-{key}": value for number in range(count) for key, value in cells.items()
    }


def test_more_rows_than_accepted_are_told_and_none_of_them_is_dropped():
    most = FACTORY[0].max_rows
    form = FactsForm(FACTORY, rows(most + 3))
    assert len(form.tables["projects"]) == most + 3
    (fault,) = form.faults()
    assert (fault.field_id, fault.message) == (
        "id_projects",
        f"最多 {most} 行，现有 {most + 3} 行，请合并或移除多余的行。",
    )
    removed = {f"projects-{number}-DELETE": "on" for number in range(3)}
    fitting = FactsForm(FACTORY, rows(most + 3) | removed)
    assert fitting.faults() == []
    assert len(fitting.draft()["projects"]) == most


def test_the_page_carries_the_number_of_rows_that_are_accepted():
    assert (
        f'name="projects-MAX_NUM_FORMS" value="{FACTORY[0].max_rows}"'
        in FactsForm(FACTORY, {}).tables["projects"].management_form
    )


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_an_empty_table_opens_with_a_blank_row_that_is_neither_stored_nor_a_fault(clause_id):
    facts = CLAUSES[clause_id].facts
    opened = FactsForm.from_draft(facts, {})
    assert all(len(table) >= 1 for table in opened.tables.values())
    form = FactsForm(facts, posted(facts, {}))
    assert form.draft() == {}
    assert form.faults() == []


def test_an_empty_form_is_an_empty_draft():
    for definition in CLAUSES.values():
        assert facts_of(FactsForm(definition.facts, {}).draft()) == {}


def test_optional_and_nullable_fields_are_marked_and_no_browser_blocks_a_half_filled_draft():
    loans = CLAUSES["3.1.2"].facts[0]
    row = FactsForm([loans], {}).tables["loans"].empty_form
    assert row.fields["principal"].required
    assert not row.fields["repaid_on"].required
    assert " required" not in str(row["principal"])


def test_values_in_words():
    assert display(money("万元"), "1234567.80") == "1,234,567.80 元"
    assert display(Column(key="x", label="日", type="date"), "2024-03-01") == "2024年3月1日"
    assert display(Column(key="x", label="是否", type="flag"), False) == "否"
    assert display(CLAUSES["3.2.3"].facts[0], "listed_ei") == "电子信息类上市公司"
    assert display(money(), "not money") == "not money"
    assert display(money(), None) == ""


@pytest.mark.parametrize(("unit", "typed"), [("万元", "0.000001"), ("元", "0.01"), ("万元", "12345.678901")])
def test_money_is_shown_as_it_was_typed(unit, typed):
    column = money(unit)
    assert entry_of(column, build_field(column).clean(typed)) == typed
