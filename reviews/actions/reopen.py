"""An approved file goes back to its lead: an objection was upheld, or the lead takes its approval back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify, unit_users
from applications.actions import reopen_application
from applications.models import Application
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.queries import working_calendar
from reviews.actions.clock import watch
from reviews.actions.locking import lock_case
from reviews.actions.routes import reopen_task
from reviews.enums import CaseState, StageKind, StageState, TaskState
from reviews.models import Case, Stage, Task
from reviews.workflow import CASES, STAGES, TASKS


def reopen_lead(*, application: Application, reason: str, by: User, at: datetime) -> Case:
    """Take an approved (or awarded) file back to its lead, with fresh days; what was decided stays as history.

    The leads decide again, and after them the stages that follow; the same people may act in the stage in which they
    acted before. The caller has checked who may, holds no lock before that of the application, and returns the award
    (awards.workflow: return_to_lead) in the same transaction. The reason is read by officers, not by the enterprise.
    Raises Conflict where the file is not approved or is back already, Invalid without a reason, NotAllowed for people
    of the enterprise.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid("请写明退回牵头审核的原因。", field="reason")
    with transaction.atomic():
        case = lock_case(Case.objects.values_list("pk", flat=True).get(application=application))
        if case.state != CaseState.APPROVED:
            raise Conflict(
                f"该案卷当前为“{case.get_state_display()}”，只有审核通过的案卷可以退回牵头审核。",
                what=case.get_state_display(),
            )
        case.application = reopen_application(application=case.application, by=by, at=at)
        CASES.apply(case, "reopen", changes={"closed_at": None})
        lead = case.stages.get(kind=StageKind.LEAD)
        _wait_again(case, lead, at)
        tasks = _reopen_stage(case, lead, at)
        record(
            "case.returned_to_lead",
            subject=case,
            by=by,
            at=at,
            data={"reason": reason, "units": [task.unit.name for task in tasks], "stage": lead.kind},
        )
        _tell(case, tasks, reason, at)
        return case


def _wait_again(case: Case, lead: Stage, at: datetime) -> None:
    """What came after the lead waits for its new decision; what was said there stays as history."""
    for stage in case.stages.filter(order__gt=lead.order, state=StageState.DONE):
        for task in stage.tasks.filter(state=TaskState.DONE):
            task.decisions.filter(returned_at=None, superseded_at=None).update(superseded_at=at)
            TASKS.apply(task, "wait_again", changes={"closed_at": None})
        STAGES.apply(stage, "wait_again", changes={"closed_at": None, "due_on": None})


def _reopen_stage(case: Case, lead: Stage, at: datetime) -> list[Task]:
    """Start the lead's clock anew and give the leads their tasks again."""
    due_on = working_calendar().add_working_days(timezone.localdate(at), lead.days)
    lead.case = case
    STAGES.apply(lead, "reopen", changes={"due_on": due_on, "closed_at": None})
    tasks = list(lead.tasks.select_related("unit", "handler").order_by("-is_keeper", "pk"))
    for task in tasks:
        reopen_task(task, at)
    watch(lead, at=at)
    return tasks


def _tell(case: Case, tasks: list[Task], reason: str, at: datetime) -> None:
    number = case.application.number
    for task in tasks:
        notify(
            unit_users(task.unit),
            title=f"退回牵头审核：{number}",
            body=f"原因：{reason} 先前的决定保留在案卷中，请重新作出决定。",
            url=f"/reviews/tasks/{task.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
    notify(
        enterprise_users(case.application.enterprise),
        title=f"重新审核：{number}",
        body="您的申报退回牵头单位重新审核，此前的审核结论和核定金额不再有效，新的结论将另行通知。目前无需您办理。",
        url=f"/applications/{case.application_id}/",
        topic=NoticeTopic.DECISION,
        at=at,
    )
