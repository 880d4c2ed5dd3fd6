"""The yearly report: sums of what is published, nothing of what is not, few numbers where they would name somebody."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.enums import AwardState
from awards.models import Award
from awards.queries.yearly import SMALLEST, Quartiles, quartiles, report_years, yearly_report
from awards.workflow import AWARDS
from awards.yearly_pdf import yearly_pdf
from awards.yearly_tables import sections
from reviews.enums import CaseState, Outcome, StageKind
from reviews.models import Case
from tests.factories.applications import AT, YEAR, make_company
from tests.factories.awards import forward, make_approved_award, make_award
from tests.factories.policies import move, second_policy
from tests.factories.reviews import LATER, advance_to, decide, make_case, task_of

__all__ = ["second_policy"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def awards(policies_loaded) -> list[Award]:
    """Two published awards in 高新区 of one clause, one in 经开区 of another."""
    return [
        make_approved_award(make_company()),
        make_approved_award(make_company()),
        make_approved_award(make_company(district="经开区"), "3.3.2"),
    ]


def _section(report, key):
    return next(section for section in sections(report) if section.key == key)


def test_the_report_adds_up_what_is_published(awards):
    report = yearly_report(YEAR)
    fen = sum(award.settled_fen for award in awards)
    assert (report.whole.awards, report.whole.enterprises, report.whole.settled_fen) == (3, 3, fen)
    for groups in (report.clauses, report.districts, report.units):
        assert sum(group.awards for group in groups) == 3
        assert sum(group.settled_fen for group in groups) == fen
    assert {group.name: group.awards for group in report.districts} == {"高新区": 2, "经开区": 1}
    assert {group.key: group.awards for group in report.clauses} == {"3.4.5": 2, "3.3.2": 1}
    assert {budget.key: budget.approved_fen for budget in report.budgets} == {
        group.key: group.settled_fen for group in report.clauses
    }


def test_what_is_not_published_is_not_in_it(awards):
    before = yearly_report(YEAR)
    settled = make_award(make_company())
    after = yearly_report(YEAR)
    assert after.whole == before.whole
    assert [budget.approved_fen for budget in after.budgets] == [budget.approved_fen for budget in before.budgets]
    forward(settled, AwardState.PUBLIC)
    shown = yearly_report(YEAR)
    assert shown.whole == before.whole
    assert (shown.public.awards, shown.public.settled_fen) == (1, settled.settled_fen)


def test_clauses_of_two_documents_are_told_apart(awards, second_policy):
    alone = [line.name for line in _section(yearly_report(YEAR), "clauses").lines]
    assert [name.split()[0] for name in alone] == ["3.3.2", "3.4.5"]
    move(awards[0], second_policy)
    report = yearly_report(YEAR)
    names = [line.name for line in _section(report, "clauses").lines]
    number = awards[1].application.clause.document.number
    assert [name.rsplit(" ", 1)[0] for name in names] == [
        f"{number} 3.3.2",
        f"{number} 3.4.5",
        "演示府发〔2026〕9号 3.4.5",
    ]
    assert sum(group.awards for group in report.clauses) == 3


def _refuse(company):
    case = make_case(company)
    advance_to(case, StageKind.LEAD)
    decide(task_of(case), outcome=Outcome.REFUSE, reasons="不符合条件。")
    assert Case.objects.get(pk=case.pk).state == CaseState.REFUSED


def test_one_or_two_refusals_are_not_told_and_cannot_be_worked_out(awards):
    for _ in range(SMALLEST - 1):
        _refuse(make_company())
    report = yearly_report(YEAR)
    assert report.ended[CaseState.REFUSED] is None
    assert report.accepted is None
    told = {line.name: dict(line.cells)["数量"] for line in _section(report, "effects").lines}
    assert told["不予支持"] == "少于 3 件"
    assert "已受理申报" not in told
    _refuse(make_company())
    report = yearly_report(YEAR)
    assert report.ended[CaseState.REFUSED] == SMALLEST
    assert report.accepted == len(awards) + SMALLEST


def test_days_are_told_from_three_files_on(policies_loaded):
    for _ in range(SMALLEST - 1):
        make_approved_award(make_company(), at=LATER)
    few = yearly_report(YEAR)
    assert (few.to_approval.files, few.to_approval.calendar) == (SMALLEST - 1, None)
    assert _section(few, "days").lines == []
    award = make_award(make_company(), at=LATER)
    forward(award, AwardState.APPROVED, at=AT + timedelta(days=11))
    days = yearly_report(YEAR).to_approval
    # Filed on a Monday; approved one day later, one day later, and eleven days later (a Friday).
    assert (days.files, days.calendar) == (SMALLEST, Quartiles(1, 1, 11))
    assert days.working == Quartiles(1, 1, 9)


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        pytest.param([(5, 1)], (5, 5, 5), id="one"),
        pytest.param([(9, 1), (1, 1), (5, 1), (3, 1)], (1, 3, 5), id="four"),
        pytest.param([(2, 100), (7, 1)], (2, 2, 2), id="weights"),
        pytest.param([(0, 3), (4, 1)], (0, 0, 0), id="zeros"),
    ],
)
def test_quartiles_are_ranks(values, answer):
    found = quartiles(values)
    assert (found.first, found.median, found.third) == answer


def _queries(client, url) -> int:
    client.get(url)
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_page_asks_as_often_for_many_awards_as_for_one(policies_loaded):
    client, url = Client(), reverse("awards:yearly_report")
    make_approved_award(make_company())
    once = _queries(client, url)
    for district in ("高新区", "经开区", "青山湖区"):
        make_approved_award(make_company(district=district), "3.3.2")
    assert _queries(client, url) == once
    assert once <= 25


def test_everybody_reads_page_and_pdf_and_no_name_of_an_enterprise_stands_in_them(awards):
    client = Client()
    response = client.get(reverse("awards:yearly_report"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "2024 年度报告" in html
    assert "3.4.5" in html
    assert not any(award.application.enterprise.name in html for award in awards)
    pdf = client.get(reverse("awards:yearly_report_pdf"), {"year": YEAR})
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF-")


def test_the_pdf_has_bookmarks_and_every_character(awards):
    printed = yearly_pdf(yearly_report(YEAR), at=LATER)
    assert [title for title, _ in printed.bookmarks] == [
        "总体情况",
        "按条款",
        "按县区",
        "按牵头单位",
        "预算执行",
        "办理用时",
        "其他结果",
        "说明",
    ]
    assert printed.unprinted == frozenset()


def test_figures_are_kept_for_minutes_and_say_when_they_were_counted(awards):
    client, url = Client(), reverse("awards:yearly_report")
    first = client.get(url)
    make_approved_award(make_company())
    again = client.get(url)
    assert again.context["at"] == first.context["at"]
    assert again.context["report"].whole.awards == 3
    cache.clear()
    assert client.get(url).context["report"].whole.awards == 4


def test_a_year_without_published_awards_does_not_exist(policies_loaded):
    client, page, pdf = Client(), reverse("awards:yearly_report"), reverse("awards:yearly_report_pdf")
    assert "还没有可以公布的年度" in client.get(page).content.decode()
    assert client.get(pdf).status_code == 404
    make_approved_award(make_company())
    assert report_years() == [YEAR]
    for year in ("2023", "20x4", "2024'--", "٢٠٢٤", "99999"):
        assert client.get(page, {"year": year}).status_code == 404
        assert client.get(pdf, {"year": year}).status_code == 404


def test_an_award_that_goes_back_leaves_the_report(awards):
    award = Award.objects.get(pk=awards[0].pk)
    AWARDS.apply(
        award,
        "return_to_lead",
        changes={"returned_at": LATER, "return_reason": "复核", "approved_at": None, "due_on": None},
    )
    assert yearly_report(YEAR).whole.awards == 2
