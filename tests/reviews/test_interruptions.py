"""What interrupts a review: corrections and the clock that stands still, withdrawal, recusal."""

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command

from applications.actions import PointInput, withdraw_application
from applications.enums import CorrectionState
from common.errors import Conflict, Invalid, NotAllowed
from letters.enums import LetterKind
from letters.models import Letter
from reviews.actions import (
    cancel_correction,
    close_withdrawn_case,
    recuse,
    resume_case,
    return_for_correction,
)
from reviews.enums import CaseState, StageKind, StageState, TaskState
from tests.factories.accounts import UserFactory
from tests.factories.applications import SHANGHAI, file, make_filled
from tests.factories.reviews import (
    LATER,
    advance_to,
    approver,
    case_of,
    confirm,
    decide,
    draft,
    make_case,
    officer,
    running,
    task_of,
)
from tests.reviews.test_flows import events, states

P, C, L = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD
POINT = PointInput("general", "", "请补充验收意见。")


def send_back(case, unit=None, *, at=LATER, by=None, points=(POINT,)):
    task = task_of(case, unit)
    return return_for_correction(
        task=task, expected_version=task.version, points=points, by=by or officer(task.unit), at=at
    )


class TestCorrection:
    # In 2026, 25 September is 中秋节, 1–7 October are the holiday, Saturday 10 October is worked instead.
    BEFORE = datetime(2026, 9, 24, 9, 0, tzinfo=SHANGHAI)

    def filed(self, company, at, clause_id="3.4.5"):
        return case_of(file(make_filled(company, clause_id), company, at=at))

    @pytest.fixture(autouse=True)
    def _window(self, monkeypatch):
        monkeypatch.setattr("applications.actions.filing._require_in_time", lambda application, *args: application.call)

    def test_the_clock_stands_still_over_the_holiday(self, company):
        call_command("load_calendar", verbosity=0)
        case = self.filed(company, self.BEFORE)
        assert running(case).due_on == date(2026, 10, 15)  # 28–30 September, 8–10 and 12–15 October
        stopped = datetime(2026, 9, 29, 16, 0, tzinfo=SHANGHAI)
        send_back(case, at=stopped)
        stage = running(case)
        assert stage.state == StageState.PAUSED
        answered = datetime(2026, 10, 12, 10, 0, tzinfo=SHANGHAI)
        revision = file(case.application, company, at=answered)
        resume_case(revision=revision, at=answered)
        stage.refresh_from_db()
        pause = stage.pauses.get()
        assert (stage.state, pause.started_at, pause.ended_at) == (StageState.OPEN, stopped, answered)
        # Left on 29 September: 30, 8, 9, 10, 12, 13, 14, 15 – eight; eight after 12 October end on the 22nd.
        assert stage.due_on == date(2026, 10, 22)

    def test_no_decision_while_it_is_open(self, company):
        case = make_case(company)
        send_back(case)
        with pytest.raises(Conflict, match="正等待企业补正"):
            draft(task_of(case))
        with pytest.raises(Conflict):
            send_back(case)

    def test_everything_is_told_at_once_in_a_letter(self, company):
        case = make_case(company)
        points = [PointInput("field", "projects-0-investment", "投资额与发票不符。"), POINT]
        correction = send_back(case, points=points)
        assert [point.key for point in correction.points.all()] == ["projects-0-investment", ""]
        text = str(Letter.objects.get(kind=LetterKind.CORRECTION).context)
        assert "投资额与发票不符。" in text
        assert POINT.text in text
        assert case.application.corrections.get().due_on == date(2026, 3, 10)

    def test_without_a_point_there_is_nothing_to_correct(self, company):
        with pytest.raises(Invalid, match="请至少写明一项"):
            send_back(make_case(company), points=())

    def test_consulted_units_give_opinions_instead(self, company):
        case = advance_to(make_case(company, "3.3.2"), C)
        with pytest.raises(NotAllowed, match="配合单位提出意见即可"):
            send_back(case)

    def test_taken_back_it_stays_on_record_and_the_clock_runs_on(self, company):
        case = make_case(company)
        due = running(case).due_on
        correction = send_back(case, at=LATER)
        task = task_of(case)
        cancel_correction(
            task=task,
            expected_version=task.version,
            reason="材料已由企业当面补交。",
            by=officer(task.unit),
            at=LATER + timedelta(hours=2),
        )
        correction.refresh_from_db()
        assert correction.state == CorrectionState.CANCELLED
        assert (running(case).state, running(case).due_on) == (StageState.OPEN, due)
        decide(task_of(case))
        task = task_of(case)
        with pytest.raises(Conflict, match="没有待补正的通知"):
            cancel_correction(task=task, expected_version=task.version, reason="x", by=officer(task.unit), at=LATER)

    def test_a_draft_on_the_old_revision_is_not_confirmed(self, company):
        case = advance_to(make_case(company, "3.2.3"), L)
        draft(task_of(case, "市商务局"))
        send_back(case, "市工信局")
        resume_case(revision=file(case.application, company, at=LATER), at=LATER)
        with pytest.raises(Conflict, match="提交了新版本"):
            confirm(task_of(case, "市商务局"))

    def test_a_lead_that_had_decided_decides_again_on_the_new_revision(self, company):
        case = advance_to(make_case(company, "3.2.3"), L)
        old = decide(task_of(case, "市商务局"))
        send_back(case, "市工信局")
        revision = file(case.application, company, at=LATER)
        resume_case(revision=revision, at=LATER)
        old.refresh_from_db()
        assert old.superseded_at == LATER
        assert task_of(case, "市商务局").state == TaskState.OPEN
        decide(task_of(case, "市工信局"))
        case.refresh_from_db()
        assert case.state == CaseState.OPEN
        assert decide(task_of(case, "市商务局")).revision == revision
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED


class TestWithdrawal:
    def test_what_was_decided_stays_what_was_open_is_cancelled(self, company):
        case = advance_to(make_case(company), L)
        draft(task_of(case))
        withdraw_application(application=case.application, reason="改报其他条款", by=company.legal, at=LATER)
        with pytest.raises(Conflict, match="已撤回"):
            confirm(task_of(case))
        close_withdrawn_case(application=case.application, at=LATER)
        close_withdrawn_case(application=case.application, at=LATER)
        case.refresh_from_db()
        assert case.state == CaseState.WITHDRAWN
        assert states(case) == [(P, StageState.DONE), (L, StageState.CANCELLED)]
        assert events(case).count("case.withdrawn") == 1

    def test_during_a_correction_the_pause_ends_too(self, company):
        case = make_case(company)
        send_back(case)
        withdraw_application(application=case.application, reason="不再申报", by=company.legal, at=LATER)
        close_withdrawn_case(application=case.application, at=LATER)
        assert case.stages.get(kind=P).pauses.get().ended_at == LATER

    def test_an_application_without_a_case_is_no_fault(self, company):
        close_withdrawn_case(application=make_filled(company), at=LATER)


class TestRecusal:
    def test_the_task_stays_with_the_others(self, company):
        case = make_case(company)
        task = task_of(case)
        person = officer(task.unit)
        recuse(task=task, reason="近亲属在该企业任职。", by=person, at=LATER)
        with pytest.raises(NotAllowed, match="已回避"):
            draft(task_of(case), by=person)
        assert draft(task_of(case), by=approver(task.unit)).confirmed_at == LATER

    def test_what_was_drafted_by_the_recused_is_not_confirmed(self, company):
        case = advance_to(make_case(company), L)
        made = draft(task_of(case))
        recuse(task=task_of(case), reason="利害关系。", by=made.drafted_by, at=LATER)
        made.refresh_from_db()
        assert made.return_note == "经办人回避"
        assert (task_of(case).state, task_of(case).handler) == (TaskState.OPEN, None)
        with pytest.raises(Conflict):
            confirm(task_of(case))

    def test_needs_a_reason_and_happens_once(self, company):
        case = make_case(company)
        person = officer("高新区")
        with pytest.raises(Invalid, match="请写明回避理由"):
            recuse(task=task_of(case), reason="", by=person, at=LATER)
        recuse(task=task_of(case), reason="利害关系。", by=person, at=LATER)
        with pytest.raises(NotAllowed, match="已回避"):
            recuse(task=task_of(case), reason="利害关系。", by=person, at=LATER)

    def test_strangers_have_nothing_to_step_back_from(self, company):
        with pytest.raises(NotAllowed, match="没有这一角色"):
            recuse(task=task_of(make_case(company)), reason="x", by=UserFactory(), at=LATER)
