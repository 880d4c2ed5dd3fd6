"""The stages of a review as far as they are told: all to officers, without opinions to the enterprise."""

from datetime import date
from typing import Any

from django.utils import timezone

from applications.models import Application
from common.queries import working_calendar
from reviews.enums import StageState
from reviews.models import Case, Stage

_STATES = {
    StageState.WAITING: "todo",
    StageState.OPEN: "current",
    StageState.PAUSED: "paused",
    StageState.DONE: "done",
    StageState.CANCELLED: "todo",
}


def stage_steps(case: Case, *, today: date, stages: list[Stage] | None = None) -> list[dict[str, Any]]:
    """The stages for components/timeline.html; a cancelled stage is left out: nobody will act there any more."""
    calendar = working_calendar()
    steps = []
    for stage in stages if stages is not None else case.stages.prefetch_related("tasks__unit"):
        if stage.state == StageState.CANCELLED:
            continue
        running = stage.state == StageState.OPEN and stage.due_on is not None
        steps.append(
            {
                "label": stage.get_kind_display(),
                "unit": "、".join(task.unit.name for task in stage.tasks.all()),
                "state": _STATES[StageState(stage.state)],
                "at": stage.closed_at,
                "due": stage.due_on,
                "days_left": calendar.working_days_left(today, stage.due_on) if running and stage.due_on else None,
                "note": "",
            }
        )
    return steps


def enterprise_steps(application: Application) -> list[dict[str, Any]]:
    """What the applicant is told of the review: stages, units and days; never an opinion."""
    case = Case.objects.filter(application=application).first()
    return [] if case is None else stage_steps(case, today=timezone.localdate())
