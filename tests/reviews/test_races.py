"""Two at once on the real database, each with a control that shows what the lock prevents."""

import threading

import pytest
from django.db import IntegrityError

from accounts.enums import UnitRole
from accounts.models import UnitMember
from applications.actions import withdraw_application
from applications.enums import State
from applications.models import Application
from common.audit.queries import history
from common.errors import Conflict
from common.outbox.models import OutboxMessage
from letters.models import Letter
from reviews.actions import confirm_decision, draft_decision, open_case
from reviews.enums import CaseState, Outcome, StageKind, StageState, TaskState
from reviews.models import Case, Decision, Task
from tests.factories.accounts import UserFactory
from tests.factories.applications import make_company
from tests.factories.reviews import LATER, advance_to, approver, draft, make_case, officer, task_of
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
L = StageKind.LEAD


@pytest.fixture
def at_lead(policies_loaded):
    """A case at its lead, and two 经办 of the lead unit."""
    company = make_company()
    case = advance_to(make_case(company), L)
    unit = task_of(case).unit
    second = UserFactory()
    UnitMember.objects.create(unit=unit, user=second, role=UnitRole.HANDLER)
    return case, company, [officer(unit), second]


def drafts(case, people):
    task = task_of(case)
    return [
        lambda by=by, outcome=outcome: draft_decision(
            task=task, expected_version=task.version, outcome=outcome, reasons="理由。", by=by, at=LATER
        )
        for by, outcome in zip(people, [Outcome.APPROVE, Outcome.REFUSE], strict=True)
    ]


def test_of_two_drafts_at_once_one_stands_and_the_other_is_told(at_lead):
    case, _, people = at_lead
    answers, faults = in_threads(drafts(case, people))
    (made,) = answers
    (fault,) = faults
    assert isinstance(fault, Conflict)
    assert "已有变化" in fault.message
    assert fault.changed_by == str(made.drafted_by)
    assert list(Decision.objects.filter(task__stage__kind=L)) == [made]
    assert [event.event for event in history(case)].count("decision.drafted") == 2  # 高新区's and this one


def test_control_without_the_lock_only_the_constraint_stands_in_the_way(at_lead, monkeypatch):
    case, _, people = at_lead
    together = threading.Barrier(2)

    def unlocked(task_id, *, expected_version=None):
        task = Task.objects.select_related("stage__case__application__enterprise", "unit").get(pk=task_id)
        assert task.version == expected_version
        together.wait(timeout=WAIT)
        return task

    monkeypatch.setattr("reviews.actions.decisions.lock_task", unlocked)
    answers, faults = in_threads(drafts(case, people))
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [IntegrityError]


def test_of_two_confirmations_at_once_one_moves_the_case(at_lead):
    case, _, _ = at_lead
    draft(task_of(case))
    task = task_of(case)
    second = UserFactory()
    UnitMember.objects.create(unit=task.unit, user=second, role=UnitRole.APPROVER)
    jobs = [
        lambda by=by: confirm_decision(task=task, expected_version=task.version, by=by, at=LATER)
        for by in (approver(task.unit), second)
    ]
    answers, faults = in_threads(jobs)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Conflict]
    assert OutboxMessage.objects.filter(kind="reviews.approved").count() == 1
    assert [event.event for event in history(case)].count("case.approved") == 1


@pytest.mark.parametrize("attempt", range(3))
def test_deciding_and_withdrawing_at_once_end_in_one_of_the_two(at_lead, attempt):
    case, company, _ = at_lead
    draft(task_of(case))
    task = task_of(case)
    application = Application.objects.get(pk=case.application_id)
    answers, faults = in_threads(
        [
            lambda: confirm_decision(task=task, expected_version=task.version, by=approver(task.unit), at=LATER),
            lambda: withdraw_application(application=application, reason="撤回", by=company.legal, at=LATER),
        ]
    )
    assert len(answers) == 1
    assert [isinstance(fault, Conflict) for fault in faults] == [True]
    case.refresh_from_db()
    application.refresh_from_db()
    ends = (application.state, case.state, OutboxMessage.objects.filter(kind="reviews.approved").exists())
    assert ends in {
        (State.APPROVED, CaseState.APPROVED, True),
        (State.WITHDRAWN, CaseState.WITHDRAWN, False),
    }
    assert Decision.objects.get(task=task).confirmed_at == (LATER if ends[2] else None)


def test_two_units_that_finish_a_stage_together_open_the_next_once(policies_loaded):
    case = advance_to(make_case(make_company(), "3.2.3"), StageKind.CONSULTATION)
    tasks = [task_of(case, name) for name in ("市财政局", "市税务局")]
    people = {task.pk: officer(task.unit) for task in tasks}
    jobs = [
        lambda task=task: draft_decision(
            task=task, expected_version=task.version, outcome=Outcome.AGREE, by=people[task.pk], at=LATER
        )
        for task in tasks
    ]
    answers, faults = in_threads(jobs)
    assert (len(answers), faults) == (2, [])
    assert [stage.state for stage in case.stages.order_by("order")] == [
        StageState.DONE,
        StageState.DONE,
        StageState.OPEN,
    ]
    assert set(case.stages.get(kind=L).tasks.values_list("state", flat=True)) == {TaskState.OPEN}
    assert [event.event for event in history(case)].count("case.stage_opened") == 2


def test_two_leads_that_refuse_together_cause_one_letter(policies_loaded):
    case = advance_to(make_case(make_company(), "3.2.3"), L)
    tasks = [task_of(case, name) for name in ("市商务局", "市工信局")]
    for task in tasks:
        draft(task, outcome=Outcome.REFUSE, reasons="不符合条件。")
    fresh = [task_of(case, task.unit.name) for task in tasks]
    people = {task.pk: approver(task.unit) for task in fresh}
    answers, faults = in_threads(
        [
            lambda task=task: confirm_decision(task=task, expected_version=task.version, by=people[task.pk], at=LATER)
            for task in fresh
        ]
    )
    assert (len(answers), faults) == (2, [])
    case.refresh_from_db()
    assert case.state == CaseState.REFUSED
    assert Letter.objects.filter(request_key=f"refusal:{case.pk}").count() == 1


def test_a_filing_told_by_many_workers_opens_one_case(policies_loaded):
    case = make_case(make_company())
    revision = case.application.revisions.get()
    answers, faults = in_threads([lambda: open_case(revision=revision, at=LATER).pk] * 5)
    assert (set(answers), faults) == ({case.pk}, [])
    assert Case.objects.count() == 1
