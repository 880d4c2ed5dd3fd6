"""Which files a year consists of, what is read of them, and what becomes of those that cannot be read."""

import copy
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.actions import withdraw_application
from awards.queries.year_facts import PART_KEYS, FiledYear, read_part
from awards.what_if import WhatIf
from common.money import parse_yuan
from policies.rules.change import apply_change
from policies.rules.columns import MISSING
from policies.rules.document import evaluate_document
from policies.rules.schema import PolicyDefinition
from reviews.enums import Outcome, StageKind
from tests.awards.simulation.conftest import LOWER, file_with, with_figures
from tests.factories.applications import AT, FACTS, YEAR, make_company, make_draft, make_filed
from tests.factories.reviews import advance_to, case_of, decide, task_of


def parts(year: FiledYear) -> list[int]:
    return sorted({pk // PART_KEYS for pk in year.filed().values_list("enterprise_id", flat=True)})


def read(year: FiledYear):
    """All parts of a year: claim ids by clause, and what was left out."""
    claims: dict[str, list[int]] = {}
    left_out = []
    for part in parts(year):
        columns, left = read_part(year, part)
        for clause, found in columns.claims.items():
            claims.setdefault(clause, []).extend(int(one) for one in found.ids)
        left_out += left.files
    return claims, left_out


def before_and_after(year: FiledYear, change) -> tuple[int, int]:
    what_if = WhatIf.of(year, change)
    impacts = [what_if.impact(read_part(year, part)[0]) for part in parts(year)]
    return sum(one.whole.before for one in impacts), sum(one.whole.after for one in impacts)


def refuse(application):
    """The lead refuses the file."""
    case = advance_to(case_of(application.revisions.get()), StageKind.LEAD)
    decide(task_of(case), outcome=Outcome.REFUSE, reasons="投入不符合要求。")


def test_every_filed_file_is_read_once(small_year):
    make_draft(make_company(), "3.4.5")  # a draft is nobody's file yet
    claims, left_out = read(small_year.facts())
    assert left_out == []
    assert {clause: sorted(ids) for clause, ids in claims.items()} == {
        "3.4.5": sorted([small_year.large_factory.pk, small_year.small_factory.pk]),
        "3.3.2": [small_year.large_product.pk],
        "3.4.2": [small_year.lab_centre.pk],
    }


def test_sums_are_those_of_the_scalar_engine(small_year):
    """The amounts worked out by hand, and the same from an evaluation document of each enterprise."""
    year = small_year.facts()
    assert before_and_after(year, LOWER) == (36_800_000_00, 35_000_000_00)  # 900+380+400+2000, then 800+380+320+2000
    changed, _ = apply_change(year.definition, LOWER)
    sums = {}
    for policy in (year.definition, changed):
        total = 0
        for company in (small_year.large, small_year.small, small_year.lab):
            files = [application.revisions.get() for application in company.enterprise.applications.all()]
            answer = evaluate_document(
                policy,
                {
                    "policy": year.document.number,
                    "policy_year": YEAR,
                    "applicant": dict(files[0].figures),
                    "claims": [{"clause": f.application.clause.clause_id, "facts": f.facts} for f in files],
                },
            )
            total += parse_yuan(answer["settlement"]["total"])
        sums[policy is changed] = total
    assert (sums[False], sums[True]) == before_and_after(year, LOWER)


def test_withdrawn_files_do_not_count(small_year):
    withdraw_application(application=small_year.small_factory, reason="改期再报。", by=small_year.small.legal, at=AT)
    claims, _ = read(small_year.facts())
    assert claims["3.4.5"] == [small_year.large_factory.pk]


def test_refused_files_count_only_when_asked_for(small_year):
    refuse(small_year.small_factory)
    assert before_and_after(small_year.facts(), LOWER) == (32_800_000_00, 31_800_000_00)
    assert before_and_after(small_year.facts(include_refused=True), LOWER) == (36_800_000_00, 35_000_000_00)


def test_a_discretionary_amount_is_the_one_that_was_decided(small_year):
    application = make_filed(make_company(name="演示专项企业"), "3.4.4").application
    part = application.enterprise_id // PART_KEYS
    columns, _ = read_part(small_year.facts(), part)
    assert columns.claims["3.4.4"].decision.tolist() == [MISSING]
    advance_to(case_of(application.revisions.get()), None)  # the lead decides 100万
    columns, _ = read_part(small_year.facts(), part)
    assert columns.claims["3.4.4"].decision.tolist() == [1_000_000_00]


def test_a_refusal_decides_no_amount(small_year):
    application = make_filed(make_company(), "3.4.4").application
    refuse(application)
    columns, left_out = read_part(small_year.facts(include_refused=True), application.enterprise_id // PART_KEYS)
    assert columns.claims["3.4.4"].decision.tolist() == [MISSING]
    assert left_out.count == 0


def reading_with(year: FiledYear, edit) -> FiledYear:
    """The year read under a policy that somebody edited."""
    data = copy.deepcopy(year.definition.model_dump(mode="json"))
    edit({clause["id"]: clause for clause in data["clauses"]}, data)
    return replace(year, definition=PolicyDefinition.model_validate(data))


def test_a_file_of_an_older_definition_is_left_out_alone(small_year):
    """3.3.2 asks for a fact that was not asked when the file was filed: the enterprise's other file stays."""

    def edit(clauses, data):
        fact = {"key": "power", "label": "年用电量", "type": "count", "scope": "own", "minimum": "0", "maximum": "1000"}
        clauses["3.3.2"]["facts"].append(fact)
        condition = {"kind": "compare", "fact": "power", "op": "ge", "label": "年用电量达到10万元以上"}
        clauses["3.3.2"]["conditions"].append(
            condition | {"value": {"type": "count", "value": 10, "unit": "度", "literal": "10度", "quote": "10度"}}
        )

    claims, left_out = read(reading_with(small_year.facts(), edit))
    assert small_year.large_factory.pk in claims["3.4.5"]
    assert "3.3.2" not in claims
    assert [(one["number"], one["clause"]) for one in left_out] == [(small_year.large_product.number, "3.3.2")]
    assert "年用电量" in left_out[0]["reason"]
    assert left_out[0]["enterprise"] == small_year.large.enterprise.name


def test_a_figure_that_cannot_be_read_leaves_out_what_needs_it(small_year):
    """Only 3.4.2 reads the research staff; the cap reads the sales, and every file needs the cap."""

    def staff(clauses, data):
        next(fact for fact in data["year_facts"] if fact["key"] == "rd_staff")["maximum"] = "10"

    def sales(clauses, data):
        next(fact for fact in data["year_facts"] if fact["key"] == "sales_ex_tax")["maximum"] = "10.00"

    claims, left_out = read(reading_with(small_year.facts(), staff))
    assert {one["clause"] for one in left_out} == {"3.4.2"}
    assert set(claims) == {"3.4.5", "3.3.2"}
    claims, left_out = read(reading_with(small_year.facts(), sales))
    assert (claims, len(left_out)) == ({}, 4)


def test_figures_are_those_of_the_newest_revision(policies_loaded):
    """Sales of 3000万 at the first file, of 2000万 at the second: the cap is 5 % of what was stated last."""
    company = with_figures(make_company(), sales_ex_tax="30000000.00")
    file_with(company, "3.4.5")
    row = company.enterprise.yearly_figures.get()
    row.values = row.values | {"sales_ex_tax": "20000000.00"}
    row.save()
    later = make_filed(company, "3.3.2", at=AT.replace(hour=15))
    assert later.figures["sales_ex_tax"] == "20000000.00"
    before, _ = before_and_after(FiledYear.of(policies_loaded, YEAR), LOWER)
    assert before == 1_000_000_00


@pytest.mark.parametrize("files", [1, 5])
def test_a_part_is_read_with_three_queries(policies_loaded, files):
    company = make_company()
    for clause in list(FACTS)[10 : 10 + files]:
        make_filed(company, clause)
    year = FiledYear.of(policies_loaded, YEAR)
    assert year.filed().count() == files
    with CaptureQueriesContext(connection) as queries:
        read_part(year, company.enterprise.pk // PART_KEYS)
    assert len(queries) == 3
