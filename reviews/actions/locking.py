"""Locking a case and its tasks, always in the same order: application, case, task."""

from applications.models import Application
from common.errors import Conflict
from reviews.models import Case, Task


def lock_case(case_id: int) -> Case:
    """Lock application, then case: the order every action keeps, so that two of them never wait for each other."""
    application_id = Case.objects.values_list("application_id", flat=True).get(pk=case_id)
    Application.objects.select_for_update().get(pk=application_id)
    return Case.objects.select_for_update(of=("self",)).select_related("application__enterprise").get(pk=case_id)


def lock_task(task_id: int, *, expected_version: int | None = None) -> Task:
    """Lock a task with its case; Conflict tells who changed it since the version that the person saw."""
    case_id = Task.objects.values_list("stage__case_id", flat=True).get(pk=task_id)
    case = lock_case(case_id)
    task = (
        Task.objects.select_for_update(of=("self",))
        .select_related("stage", "unit", "handler", "assigned_by")
        .get(pk=task_id)
    )
    task.stage.case = case
    if expected_version is not None and task.version != expected_version:
        who, what = _last_change(task)
        raise Conflict(
            "这件待办在您打开之后已有变化，您填写的内容保留在下面，请看过变化再决定。", changed_by=who, what=what
        )
    return task


def _last_change(task: Task) -> tuple[str | None, str]:
    """Who changed the task last and what it was, in words: a decision, or that somebody took or was given it."""
    last = task.decisions.select_related("drafted_by", "confirmed_by", "returned_by").order_by("-pk").first()
    changed_at = (last.confirmed_at or last.returned_at or last.drafted_at) if last else None
    if task.handler and task.assigned_at and (changed_at is None or task.assigned_at > changed_at):
        given = task.assigned_by
        return str(given or task.handler), f"交办给 {task.handler}" if given else f"由 {task.handler} 承办"
    if last is None:
        return None, task.stage.get_state_display()
    return str(last.confirmed_by or last.returned_by or last.drafted_by), last.get_outcome_display()
