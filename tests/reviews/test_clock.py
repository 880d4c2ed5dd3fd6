"""The clock of a stage: amber and red are told once, to the right people; pauses and reassignment lose no day."""

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Absence, Notification, Unit, UnitMember, User
from applications.actions import PointInput, withdraw_application
from common.audit.queries import history
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from common.workdays import WorkingCalendar
from reviews.actions import close_withdrawn_case, recuse, return_for_correction
from reviews.actions.assignment import assign_task, claim_task
from reviews.actions.clock import amber_from, escalate, heads_of, remind, tell_if_stuck, watch
from reviews.actions.locking import lock_task
from reviews.actions.routes import restart_clock
from reviews.enums import PauseKind, StageKind, StageState
from reviews.models import Escalation, Pause, Stage, Task
from tests.factories.accounts import AdministratorFactory, UserFactory
from tests.factories.applications import AT, SHANGHAI, file
from tests.factories.reviews import LATER, advance_to, approver, decide, draft, make_case, officer, running, task_of
from tests.factories.routes import republish

P, C, L = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD
# Filed on Monday 2 March 2026, ten working days: Monday 16 March. On Thursday the 12th two are left.
DUE = date(2026, 3, 16)
AMBER = datetime(2026, 3, 12, 9, 0, tzinfo=SHANGHAI)
RED = datetime(2026, 3, 17, 0, 0, tzinfo=SHANGHAI)


def instant(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


def message(kind: str) -> OutboxMessage:
    return OutboxMessage.objects.get(kind=f"reviews.clock_{kind}")


def told(title: str) -> list[str]:
    """Who was told, by name."""
    found = Notification.objects.filter(title__startswith=title, topic=NoticeTopic.CLOCK)
    return sorted(found.values_list("user__name", flat=True))


def call(action, stage: Stage, at: datetime):
    return action(stage_id=stage.pk, due_on=stage.due_on, pauses=stage.pauses.count(), at=at)


@pytest.fixture
def case(company):
    """A case of 高新区 at its first stage; the unit has a 经办, a 审核 and a 负责人."""
    case = make_case(company)
    for role in (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER):
        officer("高新区", role)
    return case


class TestOwed:
    def test_amber_on_the_morning_from_which_two_days_are_left_and_red_after_the_last(self, case):
        assert running(case).due_on == DUE
        assert message("reminder").due_at == AMBER
        assert message("escalation").due_at == RED

    @pytest.mark.parametrize(
        ("due_on", "first"),
        [
            (date(2026, 3, 13), date(2026, 3, 11)),  # Friday: Wednesday
            (date(2026, 3, 10), date(2026, 3, 6)),  # Tuesday: Friday before
            (date(2026, 10, 9), date(2026, 9, 30)),  # Friday after the holiday: the last day before it
            (date(2026, 10, 12), date(2026, 10, 9)),  # Monday after a Saturday that is worked
        ],
    )
    def test_two_working_days_are_counted_by_the_calendar(self, due_on, first):
        days = {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True}
        assert amber_from(due_on, WorkingCalendar(days=days)) == first

    def test_a_clock_that_starts_amber_is_told_at_once(self, case):
        stage = running(case)
        stage.due_on = date(2026, 3, 3)
        watch(stage, at=AT)
        due = OutboxMessage.objects.get(key=f"reviews.clock_reminder:{stage.pk}:2026-03-03:0").due_at
        assert due == AT + timedelta(seconds=1)


class TestAmber:
    def test_everybody_of_the_unit_while_nobody_holds_it(self, case):
        run_owed(at=AMBER)
        run_owed(at=AMBER + timedelta(hours=1))
        assert told("即将到期") == ["高新区审核", "高新区经办", "高新区负责人"]
        notice = Notification.objects.filter(title__startswith="即将到期")[0]
        assert "2026年3月16日 24:00 前" in notice.body
        assert "剩 2 个工作日" in notice.body
        assert notice.url == f"/reviews/tasks/{task_of(case).pk}/"

    def test_the_holder_and_whoever_stands_in(self, case):
        task, person, deputy = task_of(case), officer("高新区"), UserFactory(name="代办")
        UnitMember.objects.create(unit=task.unit, user=deputy, role=UnitRole.HANDLER)
        claim_task(task=task, expected_version=task.version, by=person, at=LATER)
        days = {"first_day": date(2026, 3, 10), "last_day": date(2026, 3, 20)}
        Absence.objects.create(unit=task.unit, user=person, deputy=deputy, entered_by=person, entered_at=LATER, **days)
        call(remind, running(case), AMBER)
        assert told("即将到期") == ["代办", "高新区经办"]

    def test_whoever_may_confirm_once_it_is_drafted(self, company):
        case = advance_to(make_case(company), L)
        draft(task_of(case))
        approver("市工信局")
        call(remind, running(case), LATER + timedelta(days=10))
        assert told("即将到期") == ["市工信局审核"]

    def test_after_the_last_day_there_is_nothing_to_remind_of(self, case):
        assert call(remind, running(case), RED) == 0

    def test_only_units_that_have_not_answered(self, company):
        case = advance_to(make_case(company, "3.2.3"), C)
        decide(task_of(case, "市税务局"))
        officer("市财政局")
        call(remind, running(case), LATER)
        assert set(told("即将到期")) == {"市财政局经办"}


class TestRed:
    def test_the_head_is_told_once_and_it_stands_on_record(self, case):
        run_owed(at=RED - timedelta(seconds=1))
        assert told("已逾期") == []
        run_owed(at=RED)
        call(escalate, running(case), RED + timedelta(days=1))
        assert told("已逾期") == ["高新区负责人"]
        row = Escalation.objects.get()
        assert (row.task, row.due_on, row.at, row.told) == (task_of(case), DUE, RED, 1)
        event = history(case).get(event="task.escalated")
        assert event.data["unit"] == "高新区"
        assert event.data["due_on"] == "2026-03-16"

    def test_it_names_who_holds_the_task(self, case):
        task = task_of(case)
        claim_task(task=task, expected_version=task.version, by=officer("高新区"), at=LATER)
        call(escalate, running(case), RED)
        assert "现由高新区经办承办" in Notification.objects.get(title__startswith="已逾期").body

    def test_not_before_the_day_is_over(self, case):
        assert call(escalate, running(case), RED - timedelta(seconds=1)) == []

    def test_every_unit_that_is_late_and_no_other(self, company):
        case = advance_to(make_case(company, "3.2.3"), C)
        decide(task_of(case, "市税务局"))
        officer("市财政局", UnitRole.LEADER)
        call(escalate, running(case), LATER + timedelta(days=30))
        assert [row.task.unit.name for row in Escalation.objects.all()] == ["市财政局"]
        assert told("已逾期") == ["市财政局负责人"]

    def test_without_a_head_the_approvers_and_without_them_the_administrators(self, policies_loaded):
        unit = Unit.objects.get(name="市金融办")
        UnitMember.objects.filter(unit=unit).delete()
        administrator = AdministratorFactory()
        assert administrator in heads_of(unit)
        person = approver(unit)
        assert heads_of(unit) == [person]
        head = officer(unit, UnitRole.LEADER)
        assert heads_of(unit) == [head]

    def test_a_new_due_day_is_escalated_again(self, case):
        call(escalate, running(case), RED)
        stage = running(case)
        Stage.objects.filter(pk=stage.pk).update(due_on=DUE + timedelta(days=1))
        call(escalate, running(case), RED + timedelta(days=1))
        assert list(Escalation.objects.values_list("due_on", flat=True)) == [DUE, DUE + timedelta(days=1)]

    def test_an_open_group_that_nobody_filled_is_the_keepers(self, company):
        republish("3.4.5", cooperating=["市各有关单位"], responsible=[])
        case = make_case(company)
        officer("市工信局", UnitRole.LEADER)
        late = instant(2026, 3, 10, 0, 0)
        assert call(remind, running(case), AT) > 0
        call(escalate, running(case), late)
        row = Escalation.objects.get()
        assert (row.task.unit.name, row.task.is_keeper) == ("市工信局", True)
        assert Notification.objects.get(title__startswith="已逾期").url == f"/reviews/cases/{case.pk}/units/"


class TestLooksAgain:
    def everything_owed(self, at: datetime) -> None:
        run_owed(at=at)
        assert not OutboxMessage.objects.filter(kind__startswith="reviews.clock", due_at__lte=at, done_at=None).exists()

    def test_a_paused_stage_is_neither_reminded_nor_late(self, case):
        task = task_of(case)
        return_for_correction(
            task=task,
            expected_version=task.version,
            points=[PointInput("general", "", "请补充。")],
            by=officer(task.unit),
            at=instant(2026, 3, 11, 10, 0),
        )
        self.everything_owed(RED)
        assert (told("即将到期"), told("已逾期")) == ([], [])

    def test_after_the_pause_it_is_watched_anew(self, case, company):
        task = task_of(case)
        stopped, answered = instant(2026, 3, 12, 8, 0), instant(2026, 3, 12, 20, 0)
        points = [PointInput("general", "", "请补充。")]
        return_for_correction(
            task=task, expected_version=task.version, points=points, by=officer(task.unit), at=stopped
        )
        self.everything_owed(AMBER)
        file(case.application, company, at=answered)
        self.everything_owed(answered)
        assert running(case).due_on == DUE
        assert told("即将到期") == []
        self.everything_owed(answered + timedelta(minutes=1))
        assert told("即将到期") == ["高新区经办"]  # who sent it back holds it
        self.everything_owed(RED)
        assert told("已逾期") == ["高新区负责人"]

    def test_a_moved_due_day_makes_the_old_message_void(self, case):
        stage = running(case)
        Stage.objects.filter(pk=stage.pk).update(due_on=DUE + timedelta(days=3))
        self.everything_owed(RED)
        assert not Escalation.objects.exists()

    def test_a_finished_stage_and_a_closed_case_are_left_alone(self, case, company):
        stage = running(case)
        decide(task_of(case))
        assert call(remind, stage, AMBER) == 0
        assert call(escalate, stage, RED) == []
        lead = running(case)
        withdraw_application(application=case.application, reason="不再申报", by=company.legal, at=LATER)
        assert call(escalate, lead, RED + timedelta(days=30)) == []  # withdrawn, its case not closed yet
        close_withdrawn_case(application=case.application, at=LATER)
        assert call(escalate, lead, RED + timedelta(days=30)) == []


class TestNoDayIsLost:
    """2026: 25 September is off, 1–7 October the holiday, Sunday 20 September and Saturday 10 October are worked."""

    @pytest.fixture(autouse=True)
    def _calendar(self, policies_loaded):
        call_command("load_calendar", verbosity=0)

    def resumed(self, case, due_on: date, stopped: datetime, again: datetime) -> date:
        stage = running(case)
        Stage.objects.filter(pk=stage.pk).update(due_on=due_on, state=StageState.PAUSED)
        stage.refresh_from_db()
        Pause.objects.create(stage=stage, kind=PauseKind.CONSULTATION, started_at=stopped, ended_at=again)
        restart_clock(stage, stopped, again)
        stage.refresh_from_db()
        return stage.due_on

    @pytest.mark.parametrize(
        ("due_on", "stopped", "again", "expected"),
        [
            # Within one day: nothing moves.
            ((2026, 9, 24), (2026, 9, 22), (2026, 9, 22), (2026, 9, 24)),
            # Tuesday to Thursday: two working days further, over the day off of the 25th.
            ((2026, 9, 24), (2026, 9, 22), (2026, 9, 24), (2026, 9, 29)),
            # Wednesday before the holiday to the worked Saturday after it: 8, 9 and 10 October are given back.
            ((2026, 9, 30), (2026, 9, 30), (2026, 10, 10), (2026, 10, 10)),
            ((2026, 10, 9), (2026, 9, 29), (2026, 10, 10), (2026, 10, 14)),
            # Stopped on its last day, started again on a Saturday off: the last day is Monday, not the Saturday.
            ((2026, 9, 18), (2026, 9, 18), (2026, 9, 19), (2026, 9, 20)),
            ((2026, 9, 11), (2026, 9, 11), (2026, 9, 12), (2026, 9, 14)),
            # Stopped on Tuesday, started again on a Sunday off: Wednesday and Thursday, and the Tuesday as well.
            ((2026, 9, 10), (2026, 9, 8), (2026, 9, 13), (2026, 9, 16)),
            # Over a weekend off on both sides: nothing is lost and nothing gained.
            ((2026, 9, 15), (2026, 9, 12), (2026, 9, 13), (2026, 9, 15)),
            # Stopped on a day off, started again on a working day.
            ((2026, 9, 15), (2026, 9, 12), (2026, 9, 14), (2026, 9, 16)),
            # Late already: the day of the resumption, never a day off.
            ((2026, 9, 8), (2026, 9, 10), (2026, 9, 11), (2026, 9, 11)),
            ((2026, 9, 8), (2026, 9, 12), (2026, 9, 13), (2026, 9, 14)),
        ],
    )
    def test_the_due_day_moves_by_the_working_days_of_the_pause(self, case, due_on, stopped, again, expected):
        moved = self.resumed(
            case, date(*due_on), instant(*stopped, 16, 0), instant(*again, 10 if stopped != again else 17)
        )
        assert moved == date(*expected)

    def test_giving_the_task_to_somebody_else_leaves_the_clock_alone(self, case):
        task = task_of(case)
        other = UserFactory(name="另一经办")
        UnitMember.objects.create(unit=task.unit, user=other, role=UnitRole.HANDLER)
        claim_task(task=task, expected_version=task.version, by=officer("高新区"), at=LATER)
        task = task_of(case)
        assign_task(task=task, expected_version=task.version, to=other, by=approver("高新区"), at=AMBER)
        assert running(case).due_on == DUE
        assert OutboxMessage.objects.filter(kind="reviews.clock_escalation").count() == 1

    def test_asking_consulted_units_again_stops_the_leads_clock(self, company, monkeypatch):
        case = advance_to(make_case(company, "3.3.2"), L)
        lead = running(case)
        assert lead.due_on == date(2026, 3, 17)
        consulted = Task.objects.select_related("stage", "unit").get(stage__case=case, stage__kind=C)
        monkeypatch.setattr("reviews.actions.routes.void_changed", lambda **_: [consulted])
        task, stopped = task_of(case), instant(2026, 3, 4, 10, 0)
        points = [PointInput("general", "", "请补充。")]
        return_for_correction(
            task=task, expected_version=task.version, points=points, by=officer(task.unit), at=stopped
        )
        file(case.application, company, at=instant(2026, 3, 5, 10, 0))
        run_owed(at=instant(2026, 3, 5, 10, 0))
        lead.refresh_from_db()
        consultation = case.stages.get(kind=C)
        assert (consultation.state, consultation.due_on) == (StageState.OPEN, date(2026, 3, 12))
        assert (lead.state, lead.due_on) == (StageState.PAUSED, date(2026, 3, 18))
        consulted.refresh_from_db()
        decide(consulted, at=instant(2026, 3, 10, 10, 0))
        lead.refresh_from_db()
        consultation.refresh_from_db()
        assert consultation.state == StageState.DONE
        assert (lead.state, lead.due_on) == (StageState.OPEN, date(2026, 3, 23))
        assert {pause.kind for pause in lead.pauses.all()} == {PauseKind.CORRECTION, PauseKind.CONSULTATION}


class TestNobodyLeft:
    def locked(self, case, unit=None) -> Task:
        return lock_task(task_of(case, unit).pk)

    def step_back(self, case, person: User) -> None:
        recuse(task=task_of(case), reason="利害关系。", by=person, at=LATER)

    def test_while_somebody_can_act_nobody_is_told(self, case):
        self.step_back(case, officer("高新区"))
        assert told("无人可以办理") == []

    def test_when_the_last_one_steps_back_the_head_is_told(self, case):
        for person in (officer("高新区"), approver("高新区")):
            self.step_back(case, person)
        assert tell_if_stuck(self.locked(case), LATER) is True
        assert "高新区负责人" in told("无人可以办理")
        assert history(case).filter(event="task.stuck").exists()

    def test_one_person_is_not_enough_where_two_are_needed(self, company):
        case = advance_to(make_case(company), L)
        for role in (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER):
            officer("市工信局", role)
        assert tell_if_stuck(self.locked(case), LATER) is False
        self.step_back(case, approver("市工信局"))
        assert tell_if_stuck(self.locked(case), LATER) is True

    def test_a_draft_needs_somebody_else_to_confirm_it(self, company):
        case = advance_to(make_case(company), L)
        both = officer("市工信局")
        UnitMember.objects.create(unit=task_of(case).unit, user=both, role=UnitRole.APPROVER)
        draft(task_of(case), by=both)
        UnitMember.objects.filter(unit=task_of(case).unit, role=UnitRole.APPROVER).exclude(user=both).delete()
        assert tell_if_stuck(self.locked(case), LATER) is True
        approver_two = UserFactory(name="第二审核")
        UnitMember.objects.create(unit=task_of(case).unit, user=approver_two, role=UnitRole.APPROVER)
        assert tell_if_stuck(self.locked(case), LATER) is False
