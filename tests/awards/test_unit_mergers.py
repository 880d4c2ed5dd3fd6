"""A unit's duties go to another while files are under review and money is on its way."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.actions.absences import enter_absence
from accounts.actions.unit_changes import merge_unit, rename_unit
from accounts.enums import UnitRole
from accounts.models import Notification, Unit, UnitMember
from accounts.notifications import unit_users
from awards.permissions import holds
from common.audit.models import AuditEvent
from common.errors import Invalid, NotAllowed
from common.outbox.actions import run_owed
from policies.actions.settings import value_faults_of
from policies.actions.windows import add_windows
from policies.models import Call, ClauseVersion, PolicySetting, UnitGroup
from policies.queries.calls import call_history
from policies.queries.windows import window_in
from policies.setting_forms.build import setting_form
from reviews.actions import confirm_decision, draft_decision
from reviews.actions.notes import write_note
from reviews.enums import NoteScope, Outcome, StageKind, TaskState
from reviews.history import case_history
from reviews.models import Case, Panel, Task
from reviews.queries.opinions import asked_points
from reviews.queries.routes import bracket_of
from reviews.queries.talk import notes_of, writers_units
from tests.factories.accounts import AdministratorFactory, BureauFactory, DistrictFactory, UserFactory
from tests.factories.applications import (
    AT,
    CLOSES_ON,
    OPENS_ON,
    _policies_of_package,
    clause,
    make_call,
    make_company,
    make_draft,
    policies_loaded,
)
from tests.factories.awards import make_approved_award, make_candidate
from tests.factories.opinions import set_procedure
from tests.factories.reviews import LATER, advance_to, approver, decide, draft, make_case, officer, task_of

__all__ = ["_policies_of_package", "policies_loaded"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policies_loaded")]


def merge(unit, successor, *, at=LATER, **values):
    given = {"effective_on": timezone.localdate(at), "move_members": True, "reason": "机构改革文件"}
    return merge_unit(unit=unit, successor=successor, by=AdministratorFactory(), at=at, **(given | values))


@pytest.fixture
def district():
    return Unit.objects.get(name="高新区")


@pytest.fixture
def successor():
    return DistrictFactory(name="新合区", full_name="新合区管理委员会")


class TestOpenTasks:
    def test_they_go_over_with_whoever_holds_them(self, district, successor):
        case = make_case(make_company(district="高新区"))
        holder = officer(district)
        Task.objects.filter(pk=task_of(case).pk).update(handler=holder, assigned_at=LATER)
        change = merge(district, successor)
        task = task_of(case)
        assert (task.unit, task.handler, task.state) == (successor, holder, TaskState.OPEN)
        assert change.moved["待办"] == 1
        text = "".join(line.text for line in case_history(case, holder))
        assert "高新区的职责由新合区承接，属地初审任务转由新合区办理" in text or "高新区的职责由新合区承接" in text
        decide(task, by=holder)
        assert Case.objects.visible_to(holder).filter(pk=case.pk).exists()

    def test_without_the_people_it_waits_for_the_successor(self, district, successor):
        case = make_case(make_company(district="高新区"))
        former = officer(district)
        Task.objects.filter(pk=task_of(case).pk).update(handler=former, assigned_at=LATER)
        merge(district, successor, move_members=False)
        task = task_of(case)
        assert (task.unit, task.handler) == (successor, None)
        with pytest.raises(NotAllowed):
            draft(task, by=former)
        decide(task, by=officer(successor))

    def test_a_draft_is_confirmed_by_the_successor(self, successor):
        case = advance_to(make_case(make_company(district="高新区")), StageKind.LEAD)
        task = task_of(case)
        other = BureauFactory(name="市新设局")
        draft_decision(
            task=task, expected_version=task.version, by=officer(task.unit), at=LATER,
            outcome=Outcome.APPROVE, reasons="材料齐全。",
        )  # fmt: skip
        merge(task.unit, other)
        task = task_of(case)
        assert (task.unit, task.state) == (other, TaskState.DRAFTED)
        confirm_decision(task=task, expected_version=task.version, by=approver(other), at=LATER)
        task.refresh_from_db()
        assert task.state == TaskState.DONE

    def test_what_was_decided_goes_on_naming_the_unit_and_is_read_by_the_successor(self, district, successor):
        case = make_case(make_company(district="高新区"))
        decide(task_of(case))
        reader = UserFactory()
        UnitMember.objects.create(unit=successor, user=reader, role=UnitRole.HANDLER)
        assert not Case.objects.visible_to(reader).filter(pk=case.pk).exists()
        merge(district, successor)
        assert Task.objects.get(case=case, state=TaskState.DONE).unit == district
        assert Case.objects.visible_to(reader).filter(pk=case.pk).exists()


class TestRoutes:
    def test_new_files_go_to_the_successor(self, district, successor):
        merge(district, successor)
        assert not UnitGroup.objects.filter(members=district).exists()
        company = make_company(district="新合区")
        assert task_of(make_case(company)).unit == successor

    def test_brackets_that_print_a_bureau_mean_its_successor(self):
        version = ClauseVersion.objects.filter(units__unit__name="市工信局", units__role="lead").first()
        other = BureauFactory(name="市新设局")
        merge(Unit.objects.get(name="市工信局"), other)
        bracket, _ = bracket_of(ClauseVersion.objects.get(pk=version.pk))
        assert "市新设局" in bracket.lead
        assert "市工信局" not in (*bracket.lead, *bracket.cooperating, *bracket.responsible)

    def test_a_renamed_bureau_goes_on_with_its_files(self):
        case = advance_to(make_case(make_company()), StageKind.LEAD)
        lead = task_of(case).unit
        rename_unit(
            unit=lead, effective_on=timezone.localdate(LATER), name="市产业局", full_name="南昌市产业局",
            letter_prefix="", reason="文件", by=AdministratorFactory(), at=LATER,
        )  # fmt: skip
        decide(task_of(case, "市产业局"))
        fresh = make_case(make_company(district="经开区"))
        assert task_of(advance_to(fresh, StageKind.LEAD)).unit == lead

    def test_own_drafts_from_before_a_renaming_stay_readable(self):
        case = advance_to(make_case(make_company()), StageKind.LEAD)
        task = task_of(case)
        draft(task, reasons="只给本单位看的话。")
        reader = officer(task.unit)
        before = "".join(line.text for line in case_history(case, reader))
        rename_unit(
            unit=task.unit, effective_on=timezone.localdate(LATER), name="市产业局", full_name="南昌市产业局",
            letter_prefix="", reason="文件", by=AdministratorFactory(), at=LATER,
        )  # fmt: skip
        after = "".join(line.text for line in case_history(case, reader))
        assert "只给本单位看的话" in before
        assert "只给本单位看的话" in after


class TestOpinions:
    """3.2.3: the tax bureau speaks on the year's figures, the finance bureau on the amount (as the setting says)."""

    @pytest.fixture
    def case(self):
        return advance_to(make_case(make_company(), "3.2.3"), StageKind.CONSULTATION)

    def asked(self, case, unit):
        items = asked_points(task_of(case, unit), case.application.revisions.get())
        return [item.point.key for item in items if item.required]

    def test_a_new_bureau_speaks_on_what_the_former_one_spoke_on(self, case):
        merge(Unit.objects.get(name="市税务局"), BureauFactory(name="市新设局"))
        assert self.asked(case, "市新设局") == ["figures"]
        assert self.asked(case, "市财政局") == ["amount"]

    def test_a_bureau_that_is_asked_itself_speaks_on_both(self):
        """In a file that comes later, the bureau stands twice in the bracket and has one task."""
        merge(Unit.objects.get(name="市税务局"), Unit.objects.get(name="市财政局"))
        case = advance_to(make_case(make_company(), "3.2.3"), StageKind.CONSULTATION)
        assert self.asked(case, "市财政局") == ["figures", "amount"]

    def test_silence_of_the_setting_on_one_of_them_means_all(self):
        merge(Unit.objects.get(name="市税务局"), Unit.objects.get(name="市财政局"))
        case = advance_to(make_case(make_company(), "3.2.3"), StageKind.CONSULTATION)
        set_procedure(case, "opinion_points", {"caizheng": ["amount"]})
        assert len(self.asked(case, "市财政局")) > 2

    def test_the_setting_goes_on_naming_what_brackets_print(self):
        merge(Unit.objects.get(name="市税务局"), BureauFactory(name="市新设局"))
        setting = PolicySetting.objects.filter(key="opinion_points").latest("number")
        form = setting_form(setting)
        assert form.fields["unit_shuiwu"].label == "市税务局（职责由市新设局承接）"
        assert value_faults_of(setting, {"shuiwu": ["figures"]}) == {}
        BureauFactory(code="gone", is_active=False)
        assert value_faults_of(setting, {"gone": ["figures"]})


class TestWhatIsLeftBehind:
    def test_the_successor_reads_notes_and_writes_where_the_unit_is_done(self, district, successor):
        case = make_case(make_company(district="高新区"))
        task = task_of(case)
        decide(task)
        write_note(case=case, unit=district, scope=NoteScope.UNIT, text="只给本单位。", by=officer(district), at=LATER)
        reader = officer(successor)
        assert not notes_of(case, reader).exists()
        merge(district, successor)
        assert notes_of(case, reader).get().text == "只给本单位。"
        assert writers_units(case, reader, "write_note")["write_note"] == [successor]
        note = write_note(case=case, unit=successor, scope=NoteScope.UNIT, text="续办。", by=reader, at=LATER)
        assert note.unit == successor
        with pytest.raises(NotAllowed):
            write_note(
                case=case, unit=successor, scope=NoteScope.UNIT, text="旁人。", by=officer(DistrictFactory()), at=LATER
            )

    def test_what_was_drafted_inside_is_told_to_the_successor(self, successor):
        case = advance_to(make_case(make_company()), StageKind.LEAD)
        task = task_of(case)
        draft(task, reasons="只给本单位看的话。")
        other = BureauFactory(name="市新设局")
        merge(task.unit, other)
        assert "只给本单位看的话" in "".join(line.text for line in case_history(case, officer(other)))

    def test_news_of_it_reach_the_successor_s_people(self, district, successor):
        merge(district, successor)
        member = officer(successor)
        assert member in unit_users(Unit.objects.get(pk=district.pk))


class TestAbsences:
    def absent(self, unit, *, days=(5, 9)):
        away, deputy = UserFactory(), UserFactory()
        for person in (away, deputy):
            UnitMember.objects.create(unit=unit, user=person, role=UnitRole.HANDLER)
        first, last = (timezone.localdate(LATER) + timedelta(days=one) for one in days)
        found = enter_absence(unit=unit, user=away, deputy=deputy, first_day=first, last_day=last, by=away, at=LATER)
        return found, away, deputy

    def test_the_deputy_goes_on_standing_in(self, district, successor):
        absence, _away, _deputy = self.absent(district)
        change = merge(district, successor)
        absence.refresh_from_db()
        assert (absence.unit, change.moved["外出登记"]) == (successor, 1)

    def test_without_the_people_nothing_goes_over(self, district, successor):
        absence, _away, _deputy = self.absent(district)
        merge(district, successor, move_members=False)
        absence.refresh_from_db()
        assert absence.unit == district

    def test_one_in_the_successor_counts_before_it(self, district, successor):
        absence, away, _deputy = self.absent(district)
        other = UserFactory()
        for person in (away, other):
            UnitMember.objects.create(unit=successor, user=person, role=UnitRole.HANDLER)
        day = timezone.localdate(LATER) + timedelta(days=7)
        enter_absence(unit=successor, user=away, deputy=other, first_day=day, last_day=day, by=away, at=LATER)
        merge(district, successor)
        absence.refresh_from_db()
        assert absence.unit == district


class TestWindows:
    """2024's call is open from 2026-02-01 to 2026-04-30; LATER is 2026-03-03."""

    LONG = date(2026, 5, 31)

    @pytest.fixture
    def call(self):
        return make_call()

    def give(self, call, *, clauses=(), districts=(), closes_on=LONG, opens_on=OPENS_ON):
        add_windows(
            call, clauses=[clause(one) for one in clauses], districts=districts, opens_on=opens_on,
            closes_on=closes_on, reason="系统升级", by=AdministratorFactory(), at=AT,
        )  # fmt: skip

    def closes(self, call, unit, clause_id="3.4.5"):
        fresh = Call.objects.get(pk=call.pk)
        return window_in(fresh, clause(clause_id), unit).closes_on

    def test_a_longer_window_goes_over(self, call, district, successor):
        self.give(call, districts=[district])
        change = merge(district, successor)
        assert self.closes(call, successor) == self.LONG
        assert change.moved["分项受理时间"] == 1
        assert not call.windows.filter(district=district).exists()
        events = (
            AuditEvent.objects.filter(event__startswith="policies.window_")
            .order_by("pk")
            .values_list("event", flat=True)
        )
        assert list(events) == ["policies.window_added", "policies.window_added", "policies.window_ended"]
        assert "职责由新合区承接" in call_history(call)[0].data["reason"]

    def test_enterprises_with_a_draft_are_told(self, call, district, successor):
        company = make_company(district="高新区")
        make_draft(company)
        self.give(call, districts=[district])
        run_owed(at=LATER)
        merge(district, successor)
        run_owed(at=LATER)
        notice = Notification.objects.filter(user=company.agent, title__startswith="受理时间").first()
        assert "2026年5月31日" in notice.body
        assert "职责由新合区承接" in notice.body

    def test_a_shorter_one_takes_no_day_from_the_successor(self, call, district, successor):
        self.give(call, districts=[district], closes_on=date(2026, 3, 20))
        merge(district, successor)
        assert self.closes(call, successor) == CLOSES_ON

    def test_both_have_one(self, call, district, successor):
        self.give(call, districts=[district], closes_on=date(2026, 6, 10))
        self.give(call, districts=[successor], closes_on=self.LONG)
        merge(district, successor)
        assert self.closes(call, successor) == date(2026, 6, 10)
        assert call.windows.count() == 1

    def test_a_narrower_window_of_the_successor_is_widened_too(self, call, district, successor):
        self.give(call, districts=[district])
        self.give(call, clauses=["3.4.5"], districts=[successor], closes_on=date(2026, 5, 10))
        merge(district, successor)
        assert self.closes(call, successor) == self.LONG
        assert self.closes(call, successor, "3.2.3") == self.LONG

    def test_the_call_s_own_days_where_the_successor_s_are_shorter(self, call, district, successor):
        self.give(call, districts=[successor], closes_on=date(2026, 3, 20))
        merge(district, successor)
        assert self.closes(call, successor) == CLOSES_ON

    def test_what_is_over_stays_for_the_record(self, call, district, successor):
        self.give(call, districts=[district], closes_on=date(2026, 3, 2))
        merge(district, successor)
        assert call.windows.get().district == district
        assert self.closes(call, successor) == CLOSES_ON


class TestWhatStandsInTheWay:
    def test_both_units_at_one_stage(self):
        case = advance_to(make_case(make_company(), "3.2.3"), StageKind.CONSULTATION)
        units = [task.unit for task in Task.objects.filter(case=case, stage_kind="consultation").select_related("unit")]
        with pytest.raises(Invalid) as refused:
            merge(units[0], units[1])
        assert case.application.number in refused.value.errors[""][0]
        units[0].refresh_from_db()
        assert units[0].is_active

    def test_a_panel_at_work(self, district, successor):
        Panel.objects.create(
            unit=district, kind=StageKind.AUDIT, policy_year=2024, title="某审计组", convened_by=officer(district),
            convened_at=AT,
        )  # fmt: skip
        with pytest.raises(Invalid) as refused:
            merge(district, successor)
        assert "某审计组" in refused.value.errors[""][0]

    def test_money_on_its_way(self):
        award = make_candidate(make_company())
        with pytest.raises(Invalid) as refused:
            merge(award.unit, BureauFactory())
        assert "尚未拨付完的奖补 1 件" in "".join(refused.value.errors[""])

    def test_a_budget_that_is_taken(self):
        award = make_approved_award(make_company(district="高新区"))
        with pytest.raises(Invalid) as refused:
            merge(award.application.enterprise.district, DistrictFactory())
        assert "已占用尚未拨付" in "".join(refused.value.errors[""])


def test_the_successor_s_people_act_for_what_the_unit_left_finished(district, successor):
    member = officer(district)
    merge(district, successor)
    assert holds(member, Unit.objects.get(pk=district.pk), (UnitRole.HANDLER,))
    stranger = officer(DistrictFactory())
    assert not holds(stranger, Unit.objects.get(pk=district.pk), (UnitRole.HANDLER,))
