"""The leaders' overview: figures as they are, each leading to a list of exactly the files it counts."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import UnitMember
from reviews.actions import return_for_correction
from reviews.enums import CaseState, StageKind
from reviews.models import Stage, Task
from reviews.queries.overview import Narrowing, Scope, overview, scope_of
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import AT, PointInput, make_company
from tests.factories.reviews import LATER, advance_to, approver, make_case, officer, task_of

TODAY = AT.date()
MUCH_LATER = AT + timedelta(days=60)
CITY = Scope(city=True)


def leader(unit: str):
    return officer(unit, UnitRole.LEADER)


@pytest.fixture
def files(policies_loaded):
    """One file in each of four places: two districts at the beginning, one at the lead, one approved."""
    return {
        "early": make_case(make_company()),
        "elsewhere": make_case(make_company(district="经开区")),
        "lead": advance_to(make_case(make_company()), StageKind.LEAD),
        "approved": advance_to(make_case(make_company()), None),
    }


def stage(figures, kind: StageKind):
    return next(row for row in figures.stages if row.kind == kind)


class TestFigures:
    def test_the_funnel(self, files):
        figures = overview(CITY, Narrowing(), today=TODAY)
        assert {row.kind: (row.now, row.passed) for row in figures.stages if row.now or row.passed} == {
            StageKind.PRELIMINARY: (2, 2),
            StageKind.LEAD: (1, 1),
        }
        assert (figures.files[CaseState.OPEN], figures.files[CaseState.APPROVED]) == (3, 1)
        assert figures.amounts[CaseState.APPROVED] == 900_000_000

    def test_late_by_unit(self, files):
        figures = overview(CITY, Narrowing(), today=MUCH_LATER.date())
        assert figures.late == 3
        assert {unit.name: unit.late for unit in figures.units} == {"高新区": 1, "经开区": 1, "市工信局": 1}
        assert overview(CITY, Narrowing(), today=TODAY).late == 0

    def test_a_file_that_is_corrected_stands_still_and_is_not_late(self, files):
        task = task_of(files["early"])
        return_for_correction(
            task=task,
            expected_version=task.version,
            points=[PointInput("general", "", "请补充。")],
            by=officer("高新区"),
            at=LATER,
        )
        row = stage(overview(CITY, Narrowing(), today=MUCH_LATER.date()), StageKind.PRELIMINARY)
        assert (row.now, row.paused, row.late) == (2, 1, 1)

    def test_by_district_and_clause(self, files):
        figures = overview(CITY, Narrowing(), today=TODAY)
        assert {row.name: (row.files, row.open, row.approved) for row in figures.districts} == {
            "高新区": (3, 2, 1),
            "经开区": (1, 1, 0),
        }
        (clause,) = figures.clauses
        assert (clause.key, clause.files, clause.estimate_fen) == ("3.4.5", 4, 3_600_000_000)

    def test_narrowed(self, files):
        one = overview(CITY, Narrowing(district=files["elsewhere"].application.enterprise.district.code), today=TODAY)
        assert sum(one.files.values()) == 1
        assert sum(overview(CITY, Narrowing(clause="3.4.4"), today=TODAY).files.values()) == 0
        assert sum(overview(CITY, Narrowing(policy_year=2024), today=TODAY).files.values()) == 4

    def test_average_working_days_without_standstills(self, files):
        """Monday to the Monday after: five working days; of those two in which the clock stood still do not count."""
        row = Stage.objects.get(case=files["approved"], kind=StageKind.PRELIMINARY)
        Stage.objects.filter(case=files["lead"], kind=StageKind.PRELIMINARY).update(opened_at=AT, closed_at=AT)
        Stage.objects.filter(pk=row.pk).update(opened_at=AT, closed_at=AT + timedelta(days=7))
        assert stage(overview(CITY, Narrowing(), today=TODAY), StageKind.PRELIMINARY).days == 5 / 2
        correction = files["approved"].application.corrections.create(
            unit=row.tasks.get().unit,
            stage_label="初审",
            state="answered",
            opened_at=AT,
            opened_by=officer("高新区"),
            due_on=TODAY,
            closed_at=AT + timedelta(days=2),
        )
        row.pauses.create(correction=correction, started_at=AT, ended_at=AT + timedelta(days=2))
        assert stage(overview(CITY, Narrowing(), today=TODAY), StageKind.PRELIMINARY).days == 3 / 2

    def test_workload_of_the_units_people_idle_ones_too(self, files):
        busy, idle, head = officer("高新区"), approver("高新区"), leader("高新区")
        Task.objects.filter(stage__case=files["early"], stage__kind=StageKind.PRELIMINARY).update(handler=busy)
        people = overview(scope_of(head), Narrowing(), today=MUCH_LATER.date()).people
        assert {person.name: (person.tasks, person.late) for person in people} == {
            busy.name: (1, 1),
            idle.name: (0, 0),
        }


class TestWhoSeesWhat:
    def test_a_units_leader_sees_the_files_that_reached_the_unit(self, files):
        scope = scope_of(leader("高新区"))
        assert (scope.city, scope.title) == (False, "高新区")
        figures = overview(scope, Narrowing(), today=TODAY)
        assert sum(figures.files.values()) == 3
        assert [unit.name for unit in figures.units] == ["高新区"]

    def test_the_leading_groups_office_and_auditors_see_the_city(self, files):
        for user in (leader("市工信局"), AuditorFactory()):
            assert scope_of(user).city
        assert sum(overview(scope_of(AuditorFactory()), Narrowing(), today=TODAY).files.values()) == 4

    def test_others_have_no_overview(self, files, client):
        for user in (officer("高新区"), approver("高新区"), make_company().legal):
            client.force_login(user)
            assert client.get(reverse("reviews:overview")).status_code == 403

    def test_a_leader_who_lost_the_role_has_none(self, files, client):
        user = leader("高新区")
        UnitMember.objects.filter(user=user).update(is_active=False)
        client.force_login(user)
        assert client.get(reverse("reviews:overview")).status_code == 403


def links(page: str) -> list[tuple[int, str]]:
    """(number, address) of every number of the tables that leads to files."""
    found = re.findall(r'<td class="num" data-label="([^"]+)"><a href="([^"]+)">([0-9,.]+)<', page)
    return [
        (int(float(number.replace(",", ""))), unescape(url))
        for label, url, number in found
        if "金额" not in label and "平均" not in label
    ]


class TestThePage:
    @pytest.mark.parametrize("who", ["auditor", "district", "office"])
    def test_every_number_leads_to_the_files_it_counts(self, files, client, who):
        Task.objects.filter(stage__case=files["early"], stage__kind=StageKind.PRELIMINARY).update(
            handler=officer("高新区")
        )
        people = {"auditor": AuditorFactory, "district": lambda: leader("高新区"), "office": lambda: leader("市工信局")}
        client.force_login(people[who]())
        with time_machine.travel(MUCH_LATER, tick=False):
            page = client.get(reverse("reviews:overview")).content.decode()
            told = links(page)
            assert len(told) > (3 if who == "office" else 8)
            for number, url in told:
                listed = client.get(url)
                assert listed.context["page_obj"].paginator.count == number, url

    def test_the_office_counts_the_city_without_opening_what_it_may_not_read(self, files, client):
        client.force_login(leader("市工信局"))
        page = client.get(reverse("reviews:overview"), {"scope": "city", "policy_year": "2024"}).content.decode()
        assert "全市只计数" in page
        assert links(page) == []
        assert '<input type="hidden" name="scope" value="city">' in page
        client.force_login(leader("高新区"))
        assert "全市" not in client.get(reverse("reviews:overview"), {"scope": "city"}).content.decode()

    def test_narrowed_in_the_address_and_in_the_links(self, files, client):
        client.force_login(AuditorFactory())
        page = client.get(reverse("reviews:overview"), {"policy_year": "2024", "clause": "3.4.5"}).content.decode()
        assert "policy_year=2024&amp;clause=3.4.5&amp;stage=lead" in page
        assert client.get(reverse("reviews:overview"), {"clause": "x", "policy_year": "x"}).status_code == 200

    def test_a_chart_has_a_sentence_and_a_table(self, files, client):
        client.force_login(leader("市工信局"))
        page = client.get(reverse("reviews:overview"), {"scope": "city"}).content.decode()
        assert "在办 3 件，初审最多（2 件）" in page
        for title in ("各环节", "逾期和在办（按单位）", "按县区", "按条款", "平均办理用时"):
            assert f'<caption class="visually-hidden">{title}</caption>' in page
        assert "style=" not in page

    def test_empty(self, policies_loaded, client):
        client.force_login(AuditorFactory())
        assert "企业提交申报后" in client.get(reverse("reviews:overview")).content.decode()

    def test_more_files_cost_no_more_queries(self, files, client):
        client.force_login(leader("高新区"))

        def queries() -> int:
            with CaptureQueriesContext(connection) as taken:
                client.get(reverse("reviews:overview"))
            return len(taken)

        client.get(reverse("reviews:overview"))
        few = queries()
        for _ in range(4):
            make_case(make_company())
        assert queries() == few
