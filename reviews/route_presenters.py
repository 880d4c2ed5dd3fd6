"""The route of a case as its page draws it: the picture, and the same as a list for readers, phones and paper."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.models import User
from common.templatetags.ui import due_light, stage_icon, stage_word
from reviews.enums import StageState, TaskState
from reviews.models import Case, Stage
from reviews.permissions import gestures_of
from reviews.queries.progress import stage_steps
from reviews.queries.routes import keeper_task
from reviews.route_picture import Picture, draw
from reviews.route_picture import Stage as DrawnStage
from reviews.route_picture import Unit as DrawnUnit

_TASK_ICONS = {
    TaskState.WAITING: "circle",
    TaskState.OPEN: "circle-half",
    TaskState.DRAFTED: "hourglass-split",
    TaskState.DONE: "check-circle-fill",
    TaskState.CANCELLED: "dash-circle",
    "unnamed": "question-circle",
}


def route_context(case: Case, *, reader: User, today: date, stages: list[Stage]) -> dict[str, Any]:
    """What reviews/_route.html draws. `stages` as queries.progress.route_stages reads them."""
    steps = stage_steps(case, today=today, stages=stages)
    for step in steps:
        light = due_light(step["days_left"])
        step["tone"] = light.tone if light else ""
        step["detail"] = light.text if light else _detail(step)
        for unit in step["units"]:
            unit["icon"] = _TASK_ICONS[unit["state"]]
            unit["shown"] = f"{unit['name']}（主办）" if unit["keeper"] and len(step["units"]) > 1 else unit["name"]
    return {"steps": steps, "picture": _picture(steps), "may_pick_units": _may_pick(case, reader, stages)}


def _detail(step: dict[str, Any]) -> str:
    """Until when, for a stage whose clock does not run."""
    if step["at"]:
        day = timezone.localtime(step["at"])
        return f"{day.month}月{day.day}日办结"
    if step["state"] == "paused":
        return str(step["note"])
    return f"时限 {step['days']} 个工作日" if step["state"] == "todo" else ""


def _picture(steps: list[dict[str, Any]]) -> Picture:
    return draw(
        [
            DrawnStage(
                label=step["label"],
                state=step["state"],
                icon=stage_icon(step["state"]),
                word=stage_word(step["state"]),
                detail=step["detail"],
                tone=step["tone"],
                units=tuple(
                    DrawnUnit(unit["shown"], unit["state"], unit["icon"], unit["word"]) for unit in step["units"]
                ),
                is_current=step["state"] == "current",
            )
            for step in steps
        ]
    )


def _may_pick(case: Case, reader: User, stages: list[Stage]) -> bool:
    """Whether this person has to name the members of an open group now; asks the database only where one is open."""
    if not any(stage.group_is_owed and stage.state == StageState.OPEN for stage in stages):
        return False
    keeper = keeper_task(case)
    keeper.stage.case = case
    return "pick_units" in gestures_of(keeper, reader, on=timezone.localdate())
