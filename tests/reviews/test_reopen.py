"""An approved file goes back to its lead: everything runs again from there, and nothing that was said is lost."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import Notification
from applications.actions import mark_awarded, withdraw_application
from applications.enums import State
from awards.actions.entries import commit_shares
from awards.enums import AwardState, Share
from awards.letters import request_award_letter
from awards.models import Award
from awards.workflow import AWARDS
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from common.queries import working_calendar
from common.workdays import local_day
from letters.enums import LetterKind, LetterState
from letters.models import Letter
from reviews.actions import reopen_lead
from reviews.enums import CaseState, Outcome, StageKind, StageState, TaskState
from reviews.history import case_history
from reviews.models import Case, Decision, Participation, Task
from reviews.queries.decisions import decision_in_force
from reviews.queries.progress import enterprise_steps
from tests.factories.awards import fund, make_approved_award, make_award
from tests.factories.reviews import (
    LATER,
    advance_to,
    approver,
    confirm,
    decide,
    draft,
    make_case,
    officer,
    running,
    task_of,
)
from tests.reviews.threads import in_threads

BACK = LATER + timedelta(days=20)
AGAIN = BACK + timedelta(days=1)
L, F = StageKind.LEAD, StageKind.CONFIRMATION
REASON = "异议成立：发票与合同不一致。"


def back(case: Case, *, unit: str = "市工信局", reason: str = REASON, at=BACK) -> Case:
    """Taken back to its lead by the lead's 审核."""
    return reopen_lead(application=case.application, reason=reason, by=approver(unit), at=at)


def take_award_back(award: Award, *, at=BACK) -> Award:
    """What whoever takes an award back does around `reopen_lead`: its budgets are given back, it ends as 已退回."""
    with transaction.atomic():
        by = approver(award.unit)
        reopen_lead(application=award.application, reason=REASON, by=by, at=at)
        award = Award.objects.get(pk=award.pk)
        held = {Share.CITY: award.city_fen, Share.DISTRICT: award.district_fen}
        commit_shares([(award, held, {})], by=by, at=at)
        changes = {"returned_at": at, "returned_by": by, "return_reason": REASON, "due_on": None}
        AWARDS.apply(award, "return_to_lead", changes=changes)
    return award


def states(case: Case) -> list[tuple[str, str]]:
    return list(case.stages.order_by("order").values_list("kind", "state"))


@pytest.fixture
def approved(company) -> Case:
    return advance_to(make_case(company), None)


class TestGoingBack:
    def test_application_case_stage_and_task_run_again(self, approved):
        case = back(approved)
        case.refresh_from_db()
        assert (case.state, case.closed_at, case.application.state) == (CaseState.OPEN, None, State.UNDER_REVIEW)
        stage = running(case)
        due = working_calendar().add_working_days(local_day(BACK), stage.days)
        assert (stage.kind, stage.due_on, stage.closed_at) == (L, due, None)
        task = task_of(case)
        assert (task.state, task.closed_at) == (TaskState.OPEN, None)
        assert (task.stage_state, task.due_on) == (StageState.OPEN, due), "the columns of the lists follow"
        for kind in ("reminder", "escalation"):
            assert OutboxMessage.objects.filter(key=f"reviews.clock_{kind}:{stage.pk}:{due}:0").exists()

    def test_an_awarded_one_loses_its_end(self, approved):
        mark_awarded(application=approved.application, by=None, at=LATER)
        case = back(approved)
        case.application.refresh_from_db()
        assert (case.application.state, case.application.ended_at) == (State.UNDER_REVIEW, None)

    def test_the_decisions_stay_as_history(self, approved):
        before = decision_in_force(approved.application)
        back(approved)
        before.refresh_from_db()
        assert before.superseded_at == BACK
        with pytest.raises(Decision.DoesNotExist):
            decision_in_force(approved.application)
        preliminary = Decision.objects.get(task__stage__kind=StageKind.PRELIMINARY)
        assert preliminary.superseded_at is None, "what came before the lead stands"

    def test_the_same_people_decide_again_and_nobody_else_in_a_second_stage(self, approved):
        back(approved)
        took_part = set(Participation.objects.filter(case=approved).values_list("user", "stage__kind"))
        decide(task_of(approved), at=AGAIN)
        assert set(Participation.objects.filter(case=approved).values_list("user", "stage__kind")) == took_part

    def test_the_confirmation_runs_again(self, company):
        case = advance_to(make_case(company, "3.2.1"), None)
        back(case, unit="高新区")
        assert states(case)[-2:] == [(L, StageState.OPEN), (F, StageState.WAITING)]
        waiting = Task.objects.get(stage__case=case, stage__kind=F)
        assert (waiting.state, waiting.closed_at, waiting.stage_state) == (TaskState.WAITING, None, StageState.WAITING)
        assert not waiting.decisions.filter(superseded_at=None).exists()
        assert enterprise_steps(case.application)[-1]["state"] == "todo"
        decide(task_of(case, "高新区"), amount_fen=1_500_000_00, at=AGAIN)
        assert running(case).kind == F
        decide(task_of(case, "市工信局"), at=AGAIN)
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED
        assert decision_in_force(case.application).amount_fen == 1_500_000_00

    def test_both_leads_decide_again(self, company):
        case = advance_to(make_case(company, "3.2.3"), None)
        back(case)
        assert [task.state for task in running(case).tasks.all()] == [TaskState.OPEN] * 2
        decide(task_of(case, "市工信局"), at=AGAIN)
        case.refresh_from_db()
        assert case.state == CaseState.OPEN, "the other lead has not spoken again"
        decide(task_of(case, "市商务局"), at=AGAIN)
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED

    def test_the_second_approval_is_an_effect_of_its_own(self, approved):
        back(approved)
        decide(task_of(approved), at=AGAIN)
        keys = set(OutboxMessage.objects.filter(kind="reviews.approved").values_list("key", flat=True))
        approved.refresh_from_db()
        assert keys == {f"reviews.approved:{approved.pk}", f"reviews.approved:{approved.pk}:{approved.version}"}


class TestWhoIsTold:
    def test_the_lead_with_the_reason_and_the_enterprise_without(self, approved, company):
        back(approved)
        lead = Notification.objects.get(user=officer("市工信局"), title__startswith="退回牵头审核")
        assert REASON in lead.body
        assert lead.url == f"/reviews/tasks/{task_of(approved).pk}/"
        told = Notification.objects.filter(user=company.legal, title__startswith="重新审核").get()
        assert "发票" not in told.body

    def test_the_record_and_its_sentence(self, approved):
        back(approved)
        assert "case.returned_to_lead" in [event.event for event in history(approved)]
        assert "applications.reopened" in [event.event for event in history(approved.application)]
        text = "\n".join(line.sentence for line in case_history(approved, officer("高新区")))
        assert "将案卷退回牵头审核，理由：异议成立：发票与合同不一致；先前的决定保留" in text
        assert "市工信局重新作出决定。" in text

    def test_the_page_says_why_and_does_not_speak_of_leads_that_differ(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), None)
        back(case)
        client.force_login(officer("市工信局"))
        page = client.get(reverse("reviews:task", args=[task_of(case, "市工信局").pk])).content.decode()
        assert "本件已退回牵头重新审核" in page
        assert REASON.rstrip("。") in page
        assert "两家牵头单位的结论或金额不同" not in page
        advance_to(case, None, at=AGAIN)
        page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "本件已退回牵头重新审核" not in page, "decided anew"


class TestRefused:
    def test_a_running_lead_stage_is_not_taken_back_twice(self, approved):
        back(approved)
        with pytest.raises(Conflict, match="只有审核通过的案卷"):
            back(approved)
        assert [event.event for event in history(approved)].count("case.returned_to_lead") == 1

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_without_a_reason(self, approved, reason):
        with pytest.raises(Invalid) as caught:
            back(approved, reason=reason)
        assert caught.value.field == "reason"
        approved.refresh_from_db()
        assert approved.state == CaseState.APPROVED

    def test_a_case_that_is_not_approved(self, company):
        case = make_case(company)
        with pytest.raises(Conflict, match="审核中"):
            back(case)
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="不在本区。")
        with pytest.raises(Conflict, match="不予支持"):
            back(case)

    def test_somebody_of_the_enterprise(self, approved, company):
        with pytest.raises(NotAllowed):
            reopen_lead(application=approved.application, reason=REASON, by=company.legal, at=BACK)
        approved.refresh_from_db()
        assert approved.state == CaseState.APPROVED


class TestTheWholeLoop:
    def test_a_new_approval_makes_a_new_award(self, company):
        first = make_award(company, "3.2.1")
        city = fund(first)["city"]
        take_award_back(first)
        city.refresh_from_db()
        assert city.committed_fen == 0
        case = Case.objects.get(application=first.application)
        decide(task_of(case, "高新区"), amount_fen=500_000_00, at=AGAIN)
        decide(task_of(case, "市工信局"), at=AGAIN)
        run_owed(at=AGAIN)
        second = Award.objects.get(application=first.application, state=AwardState.CANDIDATE)
        first.refresh_from_db()
        assert (second.approved_fen, second.candidate_fen) == (500_000_00, 500_000_00)
        assert (first.state, second.pk == first.pk) == (AwardState.RETURNED, False)
        assert case.application.revisions.count() == 1
        # And back once more: the third approval is again an effect of its own.
        take_award_back(second, at=AGAIN)
        advance_to(case, None, at=AGAIN)
        run_owed(at=AGAIN)
        assert Award.objects.filter(application=first.application).count() == 3
        assert OutboxMessage.objects.filter(kind="reviews.approved", done_at=None).count() == 0

    def test_a_refusal_ends_it_with_a_letter(self, company):
        award = make_award(company)
        take_award_back(award)
        case = Case.objects.get(application=award.application)
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="发票与合同不一致。", at=AGAIN)
        run_owed(at=AGAIN)
        case.refresh_from_db()
        assert case.state == CaseState.REFUSED
        letter = Letter.objects.get(kind=LetterKind.REFUSAL)
        assert "发票与合同不一致" in str(letter.context)
        assert Award.objects.filter(application=award.application).exclude(state=AwardState.RETURNED).count() == 0

    def test_a_refusal_takes_the_place_of_the_approval_letter(self, company):
        award = make_approved_award(company)
        approval = request_award_letter(award=award, by=None, at=LATER)
        run_owed(at=LATER)
        assert Letter.objects.get(pk=approval.pk).state == LetterState.ISSUED
        take_award_back(award)
        case = Case.objects.get(application=award.application)
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="发票与合同不一致。", at=AGAIN)
        assert Letter.objects.get(kind=LetterKind.REFUSAL).supersedes == approval

    def test_the_enterprise_may_withdraw_what_came_back(self, approved, company):
        back(approved)
        withdraw_application(application=approved.application, reason="不再申报。", by=company.legal, at=AGAIN)
        run_owed(at=AGAIN)
        approved.refresh_from_db()
        assert approved.state == CaseState.WITHDRAWN

    def test_a_draft_that_came_in_again_is_confirmed_by_another(self, approved):
        back(approved)
        person = approver("市工信局")
        draft(task_of(approved), at=AGAIN)
        confirm(task_of(approved), at=AGAIN, by=person)
        assert decision_in_force(approved.application).confirmed_by == person


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_it_back_once(company):
    case = advance_to(make_case(company), None)
    approver("市工信局")
    answers, faults = in_threads([lambda: back(case)] * 2)
    assert (len(answers), [type(fault) for fault in faults]) == (1, [Conflict])
    assert Decision.objects.filter(task__stage__case=case, superseded_at__isnull=False).count() == 1
