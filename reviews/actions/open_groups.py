"""Naming the members of an open group (市各有关单位) for one file: the unit that keeps it says who is consulted."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Unit, User
from applications.enums import State
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.queries import working_calendar
from common.templatetags.ui import zhdatetime
from reviews.actions.clock import watch
from reviews.actions.locking import lock_task
from reviews.actions.routes import advance, open_task
from reviews.enums import CaseState, StageKind, StageState
from reviews.models import Stage, Task
from reviews.permissions import check_may
from reviews.queries.routes import keeper_task


def pick_units(*, stage: Stage, units: Sequence[Unit], reason: str = "", by: User, at: datetime) -> Stage:
    """Ask these units for their opinion besides those that the clause names, or with no unit and a reason nobody else.

    Done once for a file, by people of the unit that keeps it (主办). The stage's days count from now: the units that
    are asked have the time that units named by the clause have. Where nobody is left to answer the file goes on.
    Raises NotAllowed for other people, Conflict where it was done already or the stage does not run, Invalid with every
    fault of the choice at once (fields `units` and `reason`).
    """
    with transaction.atomic():
        keeper = lock_task(keeper_task(stage.case).pk)
        check_may(keeper, "pick_units", by, at=at)
        locked = Stage.objects.select_related("group_filled_by").get(pk=stage.pk)
        locked.case = keeper.stage.case
        _require_to_fill(locked)
        chosen = list({unit.pk: unit for unit in units}.values())
        _check_choice(locked, chosen, reason)
        locked.group_filled_at, locked.group_filled_by = at, by
        if chosen:
            due_on = working_calendar().add_working_days(timezone.localdate(at), locked.days)
            locked.due_on = max(due_on, locked.due_on or due_on)
        locked.version += 1
        locked.save(update_fields=["group_filled_at", "group_filled_by", "due_on", "version"])
        # All of them before the first is opened: a rule locks the units of the stage together and in one order.
        for task in [Task.objects.create(stage=locked, unit=unit) for unit in chosen]:
            open_task(task, at)
        record(
            "case.units_picked",
            subject=locked.case,
            by=by,
            at=at,
            data={
                "unit": keeper.unit.name,
                "units": [unit.name for unit in chosen],
                "due_on": str(locked.due_on),
                "reason": reason.strip(),
            },
        )
        watch(locked, at=at)
        advance(locked, by=by, at=at)
        return locked


def _require_to_fill(stage: Stage) -> None:
    """Raise unless the stage runs and its group is still open."""
    if not stage.open_group:
        raise Conflict("该环节的会审单位由条款写明，不需要另行指定。")
    if stage.group_filled_at is not None:
        raise Conflict(
            f"会审单位已于{zhdatetime(stage.group_filled_at)}确定，不能再次指定。",
            changed_by=str(stage.group_filled_by),
            what="确定会审单位",
        )
    running = stage.state == StageState.OPEN and stage.case.state == CaseState.OPEN
    if not running or stage.case.application.state != State.UNDER_REVIEW:
        state = stage.get_state_display()
        raise Conflict(f"会审环节当前为“{state}”，不能指定会审单位。", what=state)


def _check_choice(stage: Stage, chosen: list[Unit], reason: str) -> None:
    """Raise Invalid with everything that is wrong with the choice."""
    errors: dict[str, list[str]] = {}
    asked = set(stage.tasks.values_list("unit", flat=True))
    leading = dict(
        Task.objects.filter(stage__case=stage.case, stage__kind=StageKind.LEAD).values_list("unit", "is_keeper")
    )
    for unit in chosen:
        if unit.pk in leading:
            role = "主办单位" if leading[unit.pk] else "牵头单位"
            errors.setdefault("units", []).append(f"{unit.name}是本件的{role}，在牵头审核环节作出决定，不再参加会审。")
        elif unit.pk in asked:
            errors.setdefault("units", []).append(f"{unit.name}已在本环节办理，不能重复指定。")
        elif not unit.is_active:
            errors.setdefault("units", []).append(f"{unit.name}已停用，请改选其他单位。")
    if not chosen and not reason.strip():
        errors["reason"] = ["没有选择单位时，请写明不再征求其他单位意见的理由。"]
    if errors:
        raise Invalid("会审单位没有确定，请按提示更正。", errors=errors)
