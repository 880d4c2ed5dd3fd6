"""The impact of a publication: drafts laid over past years, what the gate owes, and who may ask."""

import copy
import datetime as dt

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from accounts.models import Notification
from awards.actions.impact import NO_CHANGE, start_impact
from awards.impact_report import impact_report
from awards.models import PublicationImpact, Simulation
from awards.publication_changes import change_for, past_years
from awards.queries.impact import impact_gate, impacts_of, progress_of
from common.audit.queries import history
from common.errors import Conflict, NotAllowed
from common.outbox.actions import run_owed
from policies.actions.drafts import create_clause, create_rules, draft_from, save_draft
from policies.actions.publication import publish_publication, submit_publication, withdraw_publication
from policies.drafts import ClauseContent, RulesContent
from policies.errors import PublicationRefused
from policies.models import Clause, Document, Publication
from policies.queries import published_policy
from tests.awards.impact.conftest import (
    FROM,
    TOGETHER,
    clause_draft,
    forty,
    publication_of,
    rules_draft,
)
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import AT, YEAR, file, fill, make_company, make_draft, make_filed
from tests.factories.policies import NUMBER, clause_of
from tests.factories.reviews import LATER

pytestmark = pytest.mark.django_db


def asked(publication, by, **options):
    """Ask, compute, and what then stands."""
    start_impact(publication=publication, by=by, at=AT, **options)
    run_owed(at=LATER)
    return impacts_of(publication)


def change_of(publication):
    (year,) = past_years(publication)
    return change_for(publication, year)


@pytest.fixture
def grouped(small_year, administrator):
    """An open publication that puts 3.3.2 and 3.4.5 into one group; the lints accept it."""
    draft = rules_draft(small_year.document, administrator, group=TOGETHER)
    return submit_publication(small_year.document, versions=[draft], reason="同类型", by=administrator, at=AT)


# -------------------------------------------------------------------------------------- the whole way


def test_a_publication_waits_for_its_impact_and_is_published_with_it(grouped, administrator, second, small_year):
    (fault,) = impact_gate(grouped)
    assert fault.refuses
    assert fault.message == f"{NUMBER} {YEAR} 年度已提交 4 件，还没有按本次提交的内容测算影响。"
    with pytest.raises(PublicationRefused) as refused:
        publish_publication(publication=grouped, expected_version=1, by=second, at=LATER)
    assert refused.value.faults == (fault,)
    start_impact(publication=grouped, by=administrator, at=AT)
    assert [fault.message for fault in impact_gate(grouped)] == [f"{NUMBER} {YEAR} 年度的影响还在测算。"]
    run_owed(at=LATER)
    assert impact_gate(grouped) == []
    publish_publication(publication=grouped, expected_version=1, by=second, at=LATER)
    assert [group.name for group in published_policy(NUMBER, 2025).groups] == ["研发投入", "产品与工厂"]
    assert [group.name for group in published_policy(NUMBER, YEAR).groups] == ["研发投入"]
    grouped.refresh_from_db()
    assert impact_gate(grouped) == []


def test_all_years_of_a_publication_are_told_at_once(grouped, administrator, small_year):
    """Two years with files: one notice, when the second is done, and it leads to the page of the impact."""
    other = make_company()
    make_filed(other, "3.4.5", year=2025)
    start_impact(publication=grouped, by=administrator, at=AT)
    assert len([one for one in impacts_of(grouped) if one.simulation]) == 2
    before = set(Notification.objects.values_list("pk", flat=True))
    run_owed(at=LATER)
    (told,) = Notification.objects.exclude(pk__in=before).filter(user=administrator)
    assert told.title == f"{NUMBER} 发布影响测算已完成"
    assert told.body == "2 个年度，可以查看后发布。"
    assert told.url == reverse("awards:impact", args=[grouped.pk])


def test_the_figures_are_exact(grouped, administrator):
    report = impact_report(asked(grouped, administrator))
    # 演示大屏: 900万 and 380万, of one type from now on: the higher one alone.
    assert (report.whole.sums.files, report.whole.sums.touched) == (4, 1)
    assert report.whole.difference == -380_000_000
    assert {row.key: row.difference for row in report.clauses} == {"3.3.2": -380_000_000, "3.4.5": 0, "3.4.2": 0}
    assert {row.label: row.difference for row in report.districts} == {"高新区": -380_000_000, "经开区": 0}
    (year,) = report.years
    assert [mover.enterprise for mover in year.report.losers] == ["演示大屏电子有限公司"]
    assert report.summary == [
        "按本次发布的内容重算 1 个年度的 4 件申报，1 件、1 家次申报主体受影响。",
        "奖补合计变更前 36,800,000.00 元，变更后 33,000,000.00 元，减少 3,800,000.00 元；0 家次增加，1 家次减少。",
    ]


def test_it_is_audited(grouped, administrator):
    asked(grouped, administrator)
    event = history(grouped).get(event="publication.impact_started")
    simulation = Simulation.objects.get()
    assert event.actor_id == administrator.pk
    assert event.data["years"] == [[NUMBER, YEAR, simulation.pk]]
    assert simulation.note == f"发布申请 {grouped.pk}：同类型"


# ------------------------------------------------------------------------------------ drafts of the document


def test_drafts_of_clauses_are_laid_over_the_years_of_their_document(small_year, administrator):
    publication = publication_of(small_year.document, [clause_draft("3.4.5", administrator, forty)], administrator)
    change = change_of(publication).change
    assert list(change["clauses"]) == ["3.4.5"]
    assert set(change) == {"clauses", "note"}
    report = impact_report(asked(publication, administrator))
    assert report.whole.difference == -180_000_000  # 800万 and 1200万 at 40 %: 820万 of 900万; 320万 of 400万
    assert [row.key for row in report.clauses if row.difference] == ["3.4.5"]


def test_rules_change_the_cap_and_the_figures_of_the_year(small_year, administrator):
    rules = small_year.document.rules.get(state="published").definition
    cap = {**rules["total_cap"], "base": "Y.exports", "lifted_if": None, "lifted_quote": None}
    exports = {"key": "exports", "label": "出口额", "type": "money", "scope": "year"}
    draft = rules_draft(small_year.document, administrator, total_cap=cap, year_facts=[*rules["year_facts"], exports])
    publication = publication_of(small_year.document, [draft], administrator)
    change = change_of(publication).change
    assert change["total_cap"] == {"definition": cap}
    assert list(change["year_facts"]) == ["exports"]
    (year,) = impact_report(asked(publication, administrator)).years
    assert any("年度累计上限变更后用到申报时没有收集过的数据（出口额）" in one for one in year.report.impact.warnings)
    assert year.report.impact.unknown > 0


def test_rules_without_a_cap_take_it_away(small_year, administrator):
    publication = publication_of(
        small_year.document, [rules_draft(small_year.document, administrator, total_cap=None, groups=[])], administrator
    )
    change = change_of(publication).change
    assert change["total_cap"] is None
    assert change["groups"] == {"研发投入": None}


def test_a_draft_that_changes_nothing_to_compute_with_owes_no_simulation(small_year, administrator):
    draft = draft_from(clause_of("3.4.5").versions.get(), valid_from=FROM, by=administrator, at=AT)
    publication = publication_of(small_year.document, [draft], administrator)
    (impact,) = asked(publication, administrator)
    assert (impact.simulation, impact.fault, impact.words) == (None, "", [NO_CHANGE])
    assert impact_gate(publication) == []
    assert impact_report([impact]).years[0].state == "不变"


def test_a_draft_that_cannot_be_computed_says_why_and_is_refused(small_year, administrator):
    def broken(definition):
        definition["award"]["each"]["of"] = "row.nothing"

    publication = publication_of(small_year.document, [clause_draft("3.4.5", administrator, broken)], administrator)
    (impact,) = asked(publication, administrator)
    assert impact.simulation is None
    assert impact.fault.startswith("条款 3.4.5：引用的 row.nothing 没有在本条款的 facts 或年度数据中声明")
    (fault,) = impact_gate(publication)
    assert fault.message.startswith(f"{NUMBER} {YEAR} 年度不能测算影响：")
    assert fault.mend == "请更正草稿，重新提交后再测算。"


def test_refused_files_count_when_asked_for(small_year, administrator):
    publication = publication_of(small_year.document, [clause_draft("3.4.5", administrator, forty)], administrator)
    (impact,) = asked(publication, administrator, include_refused=True)
    assert impact.simulation.include_refused


# -------------------------------------------------------------------------------------------- a successor


@pytest.fixture
def successor(small_year, administrator):
    """A document in preparation with two clauses that go on with 3.4.5 and 3.3.2, and one that is new."""
    old = small_year.document
    document = Document.objects.create(
        slug="next",
        number="洪府发〔2026〕1号",
        title="后续政策",
        kind="policy",
        issuer="南昌市人民政府",
        issued_on=dt.date(2025, 12, 1),
        valid_from=dt.date(2026, 1, 1),
        valid_to=dt.date(2027, 12, 31),
        original_sha256="0" * 64,
        source_sha256="0" * 64,
        drafted_by=administrator,
        drafted_at=AT,
    )
    node = document.nodes.create(
        ref="1", kind="article", order=1, text="智慧工厂。产品推广。新条款。", plain="智慧工厂。产品推广。新条款。"
    )

    def clause(clause_id, quote, before):
        draft = create_clause(
            document,
            clause_id=clause_id,
            title=quote,
            node=node,
            quote=quote,
            bracket="[牵头单位：市工信局]",
            is_monetary=True,
            predecessor=Clause.objects.get(document=old, clause_id=before) if before else None,
            by=administrator,
            at=AT,
        )
        source = clause_of(before or "3.8.3").versions.get().definition
        definition = {**source, "id": clause_id, "title": quote, "sentence": quote}
        if before == "3.4.5":
            definition = copy.deepcopy(definition)
            forty(definition)
        content = ClauseContent.of(draft).with_definition(definition)
        return save_draft(draft, content=content, expected_edit=1, by=administrator, at=AT)

    drafts = [clause("1.1", "智慧工厂", "3.4.5"), clause("1.2", "产品推广", "3.3.2"), clause("1.3", "新条款", None)]
    return document, drafts


def with_rules(document, by, **changes):
    rules = create_rules(document, by=by, at=AT)
    old = Document.objects.get(number=NUMBER).rules.get().definition
    definition = {"year_facts": old["year_facts"], "total_cap": old["total_cap"], "groups": [], **changes}
    content = RulesContent(definition, rules.valid_from, rules.valid_to)
    return save_draft(rules, content=content, expected_edit=1, by=by, at=AT)


def test_a_successor_is_laid_over_the_years_of_the_document_that_it_goes_on_with(successor, administrator):
    document, drafts = successor
    publication = publication_of(document, drafts, administrator)
    (year,) = past_years(publication)
    assert (year.document.number, year.policy_year, year.files) == (NUMBER, YEAR, 4)
    found = change_for(publication, year)
    assert set(found.change["clauses"]) == {"3.4.5", "3.3.2"}
    assert found.change["clauses"]["3.4.5"]["definition"]["id"] == "3.4.5"
    assert any("条款 1.3 新条款 在 2024 年度没有对应的条款" in word for word in found.words)
    assert any(word.endswith("没有承接条款，新文件也没有写明废止原文件，按原规定计。") for word in found.words)
    assert "新文件还没有通用规则：年度累计上限和同类型条款组按原文件计。" in found.words
    (impact,) = asked(publication, administrator)
    assert impact.document.number == NUMBER
    assert impact_report([impact]).whole.difference == -180_000_000


def test_what_the_new_document_replaces_and_nobody_goes_on_with_pays_nothing(successor, administrator):
    document, drafts = successor
    document.replaces = NUMBER
    document.save()
    publication = publication_of(document, [*drafts, with_rules(document, administrator)], administrator)
    found = change_of(publication)
    assert found.change["clauses"]["3.4.2"] is None
    assert any(word.startswith(f"新文件废止 {NUMBER}，条款 ") for word in found.words)
    (impact,) = asked(publication, administrator)
    rows = {row.key: row.sums for row in impact_report([impact]).clauses}
    assert (rows["3.4.2"].before, rows["3.4.2"].after, rows["3.4.2"].closed) == (2_000_000_000, 0, 1)


def test_groups_of_a_successor_are_told_in_the_numbers_of_the_year(successor, administrator):
    document, drafts = successor
    group = TOGETHER | {"clauses": ["1.1", "1.2", "1.3"]}
    publication = publication_of(
        document, [*drafts, with_rules(document, administrator, groups=[group])], administrator
    )
    change = change_of(publication).change
    assert {name: sorted(members) for name, members in change["groups"].items()} == {"产品与工厂": ["3.3.2", "3.4.5"]}


def test_a_clause_whose_successor_waits_elsewhere_is_told(successor, administrator):
    document, drafts = successor
    publication = publication_of(document, drafts[1:], administrator)
    found = change_of(publication)
    assert "条款 3.4.5 的承接条款不在本次发布中，也没有发布过，按原规定计。" in found.words
    assert set(found.change["clauses"]) == {"3.3.2"}


def test_a_clause_that_pays_no_more_is_gone(small_year, administrator):
    def plain(definition):
        for key in set(definition) - {"id", "title", "sentence"}:
            del definition[key]

    publication = publication_of(small_year.document, [clause_draft("3.4.5", administrator, plain)], administrator)
    assert change_of(publication).change["clauses"] == {"3.4.5": None}


# --------------------------------------------------------------------------------------- what the gate owes


def test_a_publication_without_past_files_owes_nothing(policies_loaded, administrator):
    draft = clause_draft("3.4.5", administrator, forty)
    publication = publication_of(policies_loaded, [draft], administrator)
    assert past_years(publication) == []
    assert impact_gate(publication) == []
    assert start_impact(publication=publication, by=administrator, at=AT) == []


def test_an_impact_of_other_contents_says_nothing(grouped, administrator):
    asked(grouped, administrator)
    Publication.objects.filter(pk=grouped.pk).update(content_sha256="f" * 64)
    grouped.refresh_from_db()
    assert impacts_of(grouped) == []
    assert len(impact_gate(grouped)) == 1


def test_an_impact_that_failed_is_asked_for_again(grouped, administrator):
    start_impact(publication=grouped, by=administrator, at=AT)
    Simulation.objects.update(state="failed", error="第 1 块计算出错。", finished_at=AT)
    (fault,) = impact_gate(grouped)
    assert (fault.message, fault.mend) == (
        f"{NUMBER} {YEAR} 年度的影响测算没有完成：第 1 块计算出错。",
        "请重新测算。",
    )
    asked(grouped, administrator)
    assert impact_gate(grouped) == []
    assert PublicationImpact.objects.count() == 2


def test_a_year_in_which_somebody_files_later_is_owed_too(grouped, administrator, small_year):
    asked(grouped, administrator)
    company = small_year.lab
    file(fill(make_draft(company, "3.4.5", year=2025), company), company)
    (fault,) = impact_gate(grouped)
    assert "2025 年度" in fault.message


def test_an_impact_against_a_policy_that_changed_since_is_outdated(grouped, administrator, small_year):
    asked(grouped, administrator)
    Simulation.objects.update(policy_sha256="0" * 64)
    (fault,) = impact_gate(grouped)
    assert fault.message == f"{NUMBER} {YEAR} 年度的影响是按已经变动的政策测算的。"
    assert impact_report(impacts_of(grouped)).years[0].outdated


def test_asking_twice_starts_one(grouped, administrator):
    first = start_impact(publication=grouped, by=administrator, at=AT)
    assert start_impact(publication=grouped, by=administrator, at=AT) == first
    assert Simulation.objects.count() == 1
    progress = progress_of(first)
    assert (progress.done, progress.total > 0, progress.is_over) == (0, True, False)


# ------------------------------------------------------------------------------------------------ refusals


def test_only_administrators_ask(grouped):
    with pytest.raises(NotAllowed, match="由政策管理员发起"):
        start_impact(publication=grouped, by=AuditorFactory(), at=AT)


def test_a_publication_that_is_over_is_not_measured(grouped, administrator):
    withdraw_publication(publication=grouped, expected_version=1, by=administrator, at=AT)
    with pytest.raises(Conflict, match="已撤回，不再测算影响"):
        start_impact(publication=grouped, by=administrator, at=AT)


def test_what_was_measured_is_kept(grouped, administrator):
    (impact,) = asked(grouped, administrator)
    with pytest.raises(DatabaseError), transaction.atomic():
        PublicationImpact.objects.filter(pk=impact.pk).delete()
