"""Officers and cases for tests: every unit gets its people when somebody of it is needed.

`review` walks a case through its stages with real actions; what it decides is told by keyword.
"""

from datetime import datetime, timedelta
from typing import Any

from accounts.enums import UnitRole
from accounts.models import Unit, UnitMember, User
from applications.models import Application, Revision
from reviews.actions import confirm_decision, draft_decision, open_case
from reviews.enums import Outcome, StageKind, StageState, TaskState
from reviews.models import Case, Decision, Stage, Task
from reviews.permissions import needs_two_people
from reviews.workflow import PANEL_STAGES
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, Company, make_filed

#: What a unit says where a test does not care.
USUAL = {
    StageKind.PRELIMINARY: Outcome.ACCEPT,
    StageKind.CONSULTATION: Outcome.AGREE,
    StageKind.LEAD: Outcome.APPROVE,
    StageKind.CONFIRMATION: Outcome.APPROVE,
}
LATER = AT + timedelta(days=1)


def officer(unit: Unit | str, role: str = UnitRole.HANDLER) -> User:
    """The unit's person in this role; made at the first call."""
    unit = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
    members = UnitMember.objects.filter(unit=unit, role=role, is_active=True, user__is_active=True)
    member = members.select_related("user").first()
    if member is None:
        user = UserFactory(name=f"{unit.name}{UnitRole(role).label}")
        member = UnitMember.objects.create(unit=unit, user=user, role=role)
    return member.user


def approver(unit: Unit | str) -> User:
    """The 审核 of a unit."""
    return officer(unit, UnitRole.APPROVER)


def make_case(company: Company, clause_id: str = "3.4.5", *, at: datetime = AT, year: int | None = None) -> Case:
    """The case of a freshly filed application, opened as the outbox would."""
    revision = make_filed(company, clause_id, at=at, **({"year": year} if year else {}))
    return open_case(revision=revision, at=at)


def case_of(revision: Revision) -> Case:
    """The opened case of a filed revision."""
    return open_case(revision=revision, at=revision.filed_at)


def running(case: Case) -> Stage:
    """The stage that is open or paused now."""
    return case.stages.get(state__in=[StageState.OPEN, StageState.PAUSED])


def task_of(case: Case, unit: str | None = None) -> Task:
    """The task of a unit at the running stage, fresh from the database; without a unit its first one."""
    tasks = running(case).tasks.select_related("unit", "stage__case__application")
    return tasks.get(unit__name=unit) if unit else tasks.order_by("pk")[0]


def draft(task: Task, *, at: datetime = LATER, by: User | None = None, **values: Any) -> Decision:
    """Draft (and where one person suffices confirm) what is usual at this stage, unless told otherwise."""
    task = Task.objects.select_related("unit", "stage").get(pk=task.pk)
    defaults = {"outcome": USUAL[StageKind(task.stage.kind)], "reasons": "材料齐全。"}
    return draft_decision(
        task=task, **{"expected_version": task.version, "by": by or officer(task.unit), "at": at} | defaults | values
    )


def confirm(task: Task, *, at: datetime = LATER, by: User | None = None) -> Decision:
    """Confirm the draft of a task by the unit's 审核."""
    task = Task.objects.select_related("unit", "stage").get(pk=task.pk)
    return confirm_decision(task=task, expected_version=task.version, by=by or approver(task.unit), at=at)


def decide(task: Task, *, at: datetime = LATER, **values: Any) -> Decision:
    """The whole decision of one unit, by two people where two are needed."""
    decision = draft(task, at=at, **values)
    if needs_two_people(task) and decision.confirmed_at is None:
        decision = confirm(task, at=at)
    return decision


def advance_to(case: Case, kind: str | None, *, at: datetime = LATER) -> Case:
    """Decide as usual until the stage of this kind runs, or (None) to the end."""
    while (stage := case.stages.filter(state=StageState.OPEN).first()) is not None and stage.kind != kind:
        if stage.kind in PANEL_STAGES:
            from tests.factories.panels import settle  # which builds upon this module

            settle(case, at=at)
            continue
        for task in stage.tasks.filter(state=TaskState.OPEN).select_related("unit", "stage").order_by("pk"):
            decide(task, at=at, **({"amount_fen": 1_000_000_00} if is_discretionary(task) else {}))
    case.refresh_from_db()
    return case


def is_discretionary(task: Task) -> bool:
    """Whether the lead sets the amount of this task's clause."""
    definition = task.stage.case.application.clause_version.definition
    return task.stage.kind == StageKind.LEAD and definition["award"]["kind"] == "discretion"


def make_approved(company: Company, clause_id: str = "3.4.5", *, at: datetime = AT) -> Application:
    """An application that every unit approved; its award is still owed."""
    case = advance_to(make_case(company, clause_id, at=at), None)
    return Application.objects.get(pk=case.application_id)
