"""The stages of a review as far as they are told: all to officers, without opinions to the enterprise."""

from datetime import date
from typing import Any

from django.utils import timezone

from applications.models import Application
from common.queries import working_calendar
from common.workdays import WorkingCalendar
from reviews.enums import PauseKind, StageState
from reviews.models import Case, Stage, Task

#: As the policy prints it; the keeping unit names the members for each file.
OPEN_GROUP_NAME = "市各有关单位"
_STATES = {
    StageState.WAITING: "todo",
    StageState.OPEN: "current",
    StageState.PAUSED: "paused",
    StageState.DONE: "done",
    StageState.CANCELLED: "cancelled",
}
#: What everybody outside the unit may know of a pause; why units are asked again is not among it.
_WAITS_FOR = {PauseKind.CORRECTION: "等待企业补正", PauseKind.CONSULTATION: "等待会审单位意见"}


def route_stages(case: Case) -> list[Stage]:
    """The stages of a case with everything that their steps show; three queries."""
    return list(case.stages.prefetch_related("tasks__unit", "pauses"))


def stage_steps(case: Case, *, today: date, stages: list[Stage] | None = None) -> list[dict[str, Any]]:
    """Every stage of the route for officers, as components/timeline.html takes it, with `days` (working days of the
    stage) and `units`: {name, keeper, state, word} of each unit's task.

    `stages`: as `route_stages` reads them, where the caller has them.
    """
    calendar = working_calendar()
    steps = []
    for stage in stages if stages is not None else route_stages(case):
        tasks = list(stage.tasks.all())
        steps.append(_told_to_all(stage, tasks, today, calendar) | {"days": stage.days, "units": _units(stage, tasks)})
    return steps


def enterprise_steps(application: Application) -> list[dict[str, Any]]:
    """What the applicant is told of the review: stages, units and days; never an opinion, how far a unit has come
    inside, or a stage that nobody will act in any more."""
    case = Case.objects.filter(application=application).first()
    if case is None:
        return []
    today, calendar = timezone.localdate(), working_calendar()
    return [
        _told_to_all(stage, list(stage.tasks.all()), today, calendar)
        for stage in route_stages(case)
        if stage.state != StageState.CANCELLED
    ]


def _told_to_all(stage: Stage, tasks: list[Task], today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    running = stage.state == StageState.OPEN and stage.due_on is not None
    names = [task.unit.name for task in tasks] + ([OPEN_GROUP_NAME] if _is_unnamed(stage) else [])
    return {
        "label": stage.get_kind_display(),
        "unit": "、".join(names),
        "state": _STATES[StageState(stage.state)],
        "at": stage.closed_at,
        "due": stage.due_on,
        "days_left": calendar.working_days_left(today, stage.due_on) if running and stage.due_on else None,
        "note": _pause_note(stage, calendar),
    }


def _is_unnamed(stage: Stage) -> bool:
    return stage.group_is_owed and stage.state != StageState.CANCELLED


def _pause_note(stage: Stage, calendar: WorkingCalendar) -> str:
    """Why the clock stands still and how many days are left when it goes on; "" for a stage that is not paused."""
    pause = next((row for row in stage.pauses.all() if row.ended_at is None), None)
    if stage.state != StageState.PAUSED or pause is None or stage.due_on is None:
        return ""
    left = max(calendar.working_days_left(timezone.localdate(pause.started_at), stage.due_on), 0)
    return f"{_WAITS_FOR[PauseKind(pause.kind)]}，恢复后剩 {left} 个工作日"


def _units(stage: Stage, tasks: list[Task]) -> list[dict[str, Any]]:
    rows = [
        {"name": task.unit.name, "keeper": task.is_keeper, "state": task.state, "word": task.get_state_display()}
        for task in tasks
    ]
    if _is_unnamed(stage):
        rows.append({"name": OPEN_GROUP_NAME, "keeper": False, "state": "unnamed", "word": "待主办单位确定"})
    return rows
