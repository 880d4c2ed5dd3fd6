"""Tasks inside a unit: taken, given, handed back and over, freed when somebody leaves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.administration import save_administered
from accounts.enums import EnterpriseRole, NoticeTopic, UnitRole
from accounts.models import EnterpriseMember, Notification, UnitMember
from common.audit.models import AuditEvent
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import run_owed
from reviews.actions import assign_task, hand_over, recuse, return_draft, return_for_correction
from reviews.enums import StageKind, TaskState
from reviews.models import Task
from reviews.queries.assignment import assignment_of, unassigned, workload
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import PointInput, make_company
from tests.factories.reviews import LATER, advance_to, approver, confirm, decide, draft, make_case, officer, task_of
from tests.factories.units import assign, away, claim, fresh, join, leave, release

L = StageKind.LEAD
TODAY = timezone.localdate(LATER)
POINT = PointInput("general", "", "请补充验收意见。")


@pytest.fixture
def case(company):
    """A case at 高新区, where one person decides."""
    return make_case(company)


@pytest.fixture
def at_lead(company):
    """A case at 市工信局, where 经办 drafts and 审核 confirms."""
    return advance_to(make_case(company), L)


def inbox(user) -> list[str]:
    return list(
        Notification.objects.filter(user=user, topic=NoticeTopic.TASK).order_by("pk").values_list("title", flat=True)
    )


def told(case, event) -> list[dict]:
    return [row.data for row in history(case) if row.event == event]


class TestClaim:
    def test_a_task_is_taken_and_the_clock_runs_on(self, case):
        person, before = officer("高新区"), task_of(case)
        task = fresh(claim(before, person))
        assert (task.handler, task.assigned_at, task.assigned_by) == (person, LATER, None)
        assert (task.state, task.version) == (TaskState.OPEN, before.version + 1)
        assert (task.stage.due_on, task.stage.opened_at) == (before.stage.due_on, before.stage.opened_at)
        (data,) = told(case, "task.claimed")
        assert (data["task"], data["handler"], data["previous"]) == (task.pk, person.pk, None)

    def test_a_colleagues_task_is_taken_over_only_when_that_is_said(self, case):
        first, second = officer("高新区"), join("高新区")
        claim(task_of(case), first)
        with pytest.raises(Conflict, match=f"已由{first}承办.*请使用“接手”") as caught:
            claim(task_of(case), second)
        assert caught.value.changed_by == str(first)
        assert fresh(claim(task_of(case), second, take_over=True)).handler == second
        assert inbox(first)[-1].startswith("已由同事接手")

    def test_what_is_mine_already_is_said(self, case):
        claim(task_of(case), officer("高新区"))
        with pytest.raises(Conflict, match="已由您承办"):
            claim(task_of(case), officer("高新区"))

    def test_a_stale_version_is_told_who_has_it_now(self, case):
        first, second = officer("高新区"), join("高新区")
        seen = task_of(case).version
        claim(task_of(case), first)
        with pytest.raises(Conflict, match="已有变化") as caught:
            claim(task_of(case), second, expected_version=seen)
        assert (caught.value.changed_by, caught.value.what) == (str(first), f"由 {first} 承办")

    def test_only_who_can_draft_there_takes_it(self, at_lead):
        with pytest.raises(NotAllowed, match="没有经办角色"):
            claim(task_of(at_lead), approver("市工信局"))
        with pytest.raises(NotAllowed, match="您没有这一角色"):
            claim(task_of(at_lead), officer("市工信局", UnitRole.FINANCE))
        with pytest.raises(NotAllowed, match="您没有这一角色"):
            claim(task_of(at_lead), officer("经开区"))

    def test_where_one_person_decides_the_approver_takes_it_too(self, case):
        assert fresh(claim(task_of(case), approver("高新区"))).handler == approver("高新区")

    def test_who_is_barred_does_not_take_it(self, case, company):
        other, member = officer("高新区"), join("高新区")
        EnterpriseMember.objects.create(enterprise=company.enterprise, user=member, role=EnterpriseRole.AGENT)
        with pytest.raises(NotAllowed, match="您是本申报的填报人或申报企业的成员"):
            claim(task_of(case), member)
        recuse(task=task_of(case), reason="亲属任职", by=other, at=LATER)
        with pytest.raises(NotAllowed, match="您已回避本案卷"):
            claim(task_of(case), other)

    def test_who_acted_in_another_stage_is_told_which(self, case):
        person = officer("高新区")
        decide(task_of(case), by=person)
        with pytest.raises(NotAllowed, match="您已在本申报的初审环节办理过"):
            claim(task_of(case), join("市工信局", user=person))

    def test_who_is_away_is_told_the_deputy(self, case):
        person, deputy = officer("高新区"), join("高新区")
        away("高新区", person, deputy, TODAY, TODAY)
        with pytest.raises(NotAllowed, match=f"您外出至.*由{deputy}代办"):
            claim(task_of(case), person)

    def test_a_paused_task_can_be_taken_and_stays_paused(self, case):
        task = task_of(case)
        return_for_correction(task=task, expected_version=task.version, points=[POINT], by=officer("高新区"), at=LATER)
        other = join("高新区")
        taken = fresh(claim(task_of(case), other, take_over=True))
        assert (taken.handler, taken.stage.state, taken.stage.due_on) == (other, "paused", task.stage.due_on)

    def test_what_is_drafted_done_or_not_reached_stays(self, at_lead):
        person = officer("市工信局")
        task = task_of(at_lead)
        waiting = Task.objects.get(stage__case=make_case(make_company()), stage__kind=L)
        with pytest.raises(Conflict, match="尚未轮到"):
            claim(waiting, person)
        draft(task)
        with pytest.raises(Conflict, match="已提交审核"):
            claim(task, join("市工信局"), take_over=True)
        for gesture in (lambda: claim(task, person), lambda: release(task, person)):
            with pytest.raises(Conflict, match="已提交审核"):
                gesture()


class TestAssign:
    def test_the_approver_gives_a_task_and_the_person_is_told(self, case):
        person, boss = officer("高新区"), approver("高新区")
        task = fresh(assign(task_of(case), person, boss))
        assert (task.handler, task.assigned_by, task.assigned_at) == (person, boss, LATER)
        assert inbox(person)[-1].startswith("交办给您")
        assert told(case, "task.assigned")[-1]["handler"] == person.pk

    def test_the_head_gives_too_and_who_had_it_is_told(self, case):
        first, second, head = officer("高新区"), join("高新区"), officer("高新区", UnitRole.LEADER)
        claim(task_of(case), first)
        assert fresh(assign(task_of(case), second, head)).handler == second
        assert inbox(first)[-1].startswith("已改由他人办理")
        with pytest.raises(Conflict, match=f"已由{second}承办"):
            assign(task_of(case), second, head)

    def test_a_handler_does_not_give(self, case):
        with pytest.raises(NotAllowed, match="由高新区的审核、负责人人员办理"):
            assign(task_of(case), join("高新区"), officer("高新区"))

    @pytest.mark.parametrize("role", [UnitRole.APPROVER, UnitRole.FINANCE, UnitRole.LEADER])
    def test_only_to_who_can_draft_there(self, at_lead, role):
        person = officer("市工信局", role)
        with pytest.raises(NotAllowed, match=f"{person}在市工信局没有经办角色"):
            assign(task_of(at_lead), person, approver("市工信局"))

    def test_not_to_strangers_former_or_suspended_people(self, case):
        former, suspended = join("高新区"), join("高新区")
        leave("高新区", former)
        suspended.is_active = False
        suspended.save(update_fields=["is_active"])
        for person in (officer("经开区"), former, suspended):
            with pytest.raises(NotAllowed, match="不能承办本件"):
                assign(task_of(case), person, approver("高新区"))

    def test_the_sentence_names_what_stands_against_the_person(self, case):
        person, deputy = officer("高新区"), join("高新区", name="李代办")
        away("高新区", person, deputy, TODAY, TODAY + timedelta(days=3))
        with pytest.raises(NotAllowed, match=f"^{person}外出至2026年3月6日，由李代办代办，请交李代办办理。$"):
            assign(task_of(case), person, approver("高新区"))
        recuse(task=task_of(case), reason="亲属任职", by=deputy, at=LATER)
        with pytest.raises(NotAllowed, match=r"^李代办已回避本案卷"):
            assign(task_of(case), deputy, approver("高新区"))

    def test_who_is_barred_from_the_case_does_not_give_it_either(self, case, company):
        boss = join("高新区", UnitRole.APPROVER)
        EnterpriseMember.objects.create(enterprise=company.enterprise, user=boss, role=EnterpriseRole.AGENT)
        with pytest.raises(NotAllowed, match="您是本申报的填报人"):
            assign(task_of(case), officer("高新区"), boss)

    def test_giving_settles_nothing_and_so_is_no_part_in_the_case(self, case):
        boss = approver("高新区")
        assign(task_of(case), officer("高新区"), boss)
        decide(task_of(case))
        join("市工信局", UnitRole.APPROVER, user=boss)
        draft(task_of(case))
        assert confirm(task_of(case), by=boss).confirmed_by == boss


class TestRelease:
    def test_the_holder_hands_it_back(self, case):
        person = officer("高新区")
        claim(task_of(case), person)
        task = fresh(release(task_of(case), person))
        assert (task.handler, task.assigned_at, task.assigned_by) == (None, None, None)
        assert told(case, "task.released")[-1]["previous"] == person.pk

    def test_the_approver_takes_it_off_somebody_who_is_told(self, case):
        person = officer("高新区")
        claim(task_of(case), person)
        release(task_of(case), approver("高新区"))
        assert inbox(person)[-1].startswith("已退回本单位")

    def test_a_colleague_does_not_and_nothing_is_handed_back_twice(self, case):
        claim(task_of(case), officer("高新区"))
        with pytest.raises(NotAllowed):
            release(task_of(case), join("高新区"))
        release(task_of(case), officer("高新区"))
        with pytest.raises(Conflict, match="没有承办人"):
            release(task_of(case), officer("高新区"))


class TestHolding:
    def test_a_colleague_takes_over_before_drafting(self, at_lead):
        first, second = officer("市工信局"), join("市工信局")
        claim(task_of(at_lead), first)
        with pytest.raises(NotAllowed, match=f"本件由{first}承办，请先接手再办理"):
            draft(task_of(at_lead), by=second)
        claim(task_of(at_lead), second, take_over=True)
        assert draft(task_of(at_lead), by=second).drafted_by == second

    def test_nor_does_a_colleague_return_the_file_for_correction(self, case):
        claim(task_of(case), officer("高新区"))
        task = task_of(case)
        with pytest.raises(NotAllowed, match="请先接手"):
            return_for_correction(task=task, expected_version=task.version, points=[POINT], by=join("高新区"), at=LATER)

    def test_drafting_a_task_that_nobody_holds_takes_it(self, at_lead):
        made = draft(task_of(at_lead))
        assert (task_of(at_lead).handler, task_of(at_lead).assigned_at) == (made.drafted_by, LATER)

    def test_a_returned_draft_stays_with_its_holder(self, at_lead):
        made = draft(task_of(at_lead))
        task = task_of(at_lead)
        return_draft(task=task, expected_version=task.version, note="再核。", by=approver("市工信局"), at=LATER)
        assert task_of(at_lead).handler == made.drafted_by
        with pytest.raises(NotAllowed, match="请先接手"):
            draft(task_of(at_lead), by=join("市工信局"))

    def test_who_cannot_work_there_any_more_holds_nothing(self, at_lead):
        first = officer("市工信局")
        second = join("市工信局")
        claim(task_of(at_lead), first)
        leave("市工信局", first)
        assert draft(task_of(at_lead), by=second).drafted_by == second
        assert task_of(at_lead).handler == second


class TestHandOver:
    def test_every_open_task_goes_with_the_number_told_once(self, policies_loaded):
        first, second, boss = officer("高新区"), join("高新区"), approver("高新区")
        tasks = [claim(task_of(make_case(make_company())), first) for _ in range(3)]
        unit = tasks[0].unit
        results = hand_over(unit=unit, member=first, to=second, by=boss, at=LATER)
        assert [(row.task.pk, row.sentence) for row in results] == [(task.pk, "") for task in tasks]
        assert {fresh(task).handler for task in tasks} == {second}
        assert inbox(second)[-1] == inbox(first)[-1] == "移交 3 件待办"
        data = AuditEvent.objects.get(event="unit.tasks_handed_over").data
        assert data == {"from": first.pk, "to": second.pk, "moved": 3, "kept": 0}
        with pytest.raises(Invalid, match="没有可移交的待办"):
            hand_over(unit=unit, member=first, to=second, by=boss, at=LATER)

    def test_many_go_in_turns_those_due_first(self, policies_loaded, monkeypatch):
        monkeypatch.setattr("reviews.actions.assignment.AT_ONCE", 2)
        first, second, boss = officer("高新区"), join("高新区"), approver("高新区")
        tasks = [claim(task_of(make_case(make_company())), first) for _ in range(3)]
        tasks[2].stage.due_on -= timedelta(days=1)
        tasks[2].stage.save(update_fields=["due_on"])
        results = hand_over(unit=tasks[0].unit, member=first, to=second, by=boss, at=LATER)
        assert [row.task.pk for row in results] == [tasks[2].pk, tasks[0].pk]
        assert fresh(tasks[1]).handler == first

    def test_what_cannot_go_stays_and_is_told_why(self, policies_loaded):
        first, second, boss = officer("高新区"), join("高新区"), approver("高新区")
        companies = [make_company(), make_company()]
        EnterpriseMember.objects.create(enterprise=companies[1].enterprise, user=second, role=EnterpriseRole.AGENT)
        tasks = [claim(task_of(make_case(company)), first) for company in companies]
        results = hand_over(unit=tasks[0].unit, member=first, to=second, by=boss, at=LATER)
        assert [bool(row.sentence) for row in results] == [False, True]
        assert results[1].sentence == f"{second}是本申报的填报人或申报企业的成员，不得参与审核。"
        assert [fresh(task).handler for task in tasks] == [second, first]
        assert inbox(second)[-1] == "移交 1 件待办"

    def test_what_changed_meanwhile_stays(self, policies_loaded, monkeypatch):
        first, second, boss = officer("高新区"), join("高新区"), approver("高新区")
        tasks = [claim(task_of(make_case(make_company())), first) for _ in range(2)]

        def meanwhile(*, task, **values):
            monkeypatch.undo()
            decide(tasks[1], by=first)
            return assign_task(task=task, **values)

        monkeypatch.setattr("reviews.actions.assignment.assign_task", meanwhile)
        results = hand_over(unit=tasks[0].unit, member=first, to=second, by=boss, at=LATER)
        assert [row.sentence.split("，")[0] for row in results] == ["", "这件待办在您打开之后已有变化"]

    def test_by_who_gives_tasks_and_to_another(self, case):
        claim(task_of(case), officer("高新区"))
        values = {"unit": task_of(case).unit, "member": officer("高新区"), "at": LATER}
        with pytest.raises(NotAllowed, match="移交由高新区的审核、负责人办理"):
            hand_over(**values, to=join("高新区"), by=officer("高新区"))
        with pytest.raises(Invalid, match="须为不同的人"):
            hand_over(**values, to=officer("高新区"), by=approver("高新区"))


class TestLeaving:
    def test_a_role_that_ends_frees_the_tasks_and_the_unit_is_told(self, policies_loaded):
        officer("高新区")  # decides the case that goes on to the lead
        person = join("高新区")
        tasks = [claim(task_of(make_case(make_company())), person) for _ in range(2)]
        elsewhere = advance_to(make_case(make_company()), L)
        join("市工信局", user=person)
        kept = claim(task_of(elsewhere), person)
        boss = approver("高新区")
        member = UnitMember.objects.get(unit=tasks[0].unit, user=person)
        member.is_active = False
        save_administered(instance=member, changed=["is_active"], created=False, by=AdministratorFactory(), at=LATER)
        run_owed(at=LATER)
        assert {fresh(task).handler for task in tasks} == {None}
        assert fresh(kept).handler == person
        assert inbox(boss)[-1] == "2 件待办需重新安排"

    def test_an_account_that_is_switched_off_frees_them_too(self, case):
        person = officer("高新区")
        claim(task_of(case), person)
        person.is_active = False
        save_administered(instance=person, changed=["is_active"], created=False, by=AdministratorFactory(), at=LATER)
        run_owed(at=LATER)
        assert task_of(case).handler is None

    def test_a_role_that_changes_into_another_that_works_keeps_them(self, case):
        person = officer("高新区")
        claim(task_of(case), person)
        member = UnitMember.objects.get(user=person)
        member.role = UnitRole.APPROVER
        save_administered(instance=member, changed=["role"], created=False, by=AdministratorFactory(), at=LATER)
        run_owed(at=LATER)
        assert task_of(case).handler == person


class TestUnitFigures:
    def test_who_has_how_many_and_what_nobody_has(self, policies_loaded):
        first, second = officer("高新区"), join("高新区")
        cases = [make_case(make_company()) for _ in range(4)]
        claim(task_of(cases[0]), first)
        claim(task_of(cases[1]), first)
        claim(task_of(cases[2]), second)
        late = task_of(cases[1]).stage
        late.due_on = TODAY - timedelta(days=1)
        late.save(update_fields=["due_on"])
        unit = task_of(cases[0]).unit
        rows = {row.person: row for row in workload(unit, today=TODAY)}
        assert [(rows[p].open, rows[p].overdue) for p in (first, second)] == [(2, 1), (1, 0)]
        assert [task.pk for task in unassigned(unit)] == [task_of(cases[3]).pk]
        leave("高新区", second)
        assert {row.person: row.left for row in workload(unit, today=TODAY)}[second]

    def test_the_figures_ask_as_often_for_fifty_people(self, case):
        unit = task_of(case).unit

        def queries() -> int:
            with CaptureQueriesContext(connection) as seen:
                workload(unit, today=TODAY)
                assignment_of(fresh(task_of(case)), officer("高新区"), on=TODAY)
            return len(seen)

        officer("高新区")
        few = queries()
        for _ in range(50):
            join("高新区")
        assert queries() == few
