"""A unit's duties go to another: its open tasks with them; what it decided goes on naming it.

Registered with accounts.mergers and called in the transaction of the merger (docs/adr/0015-units-by-date.md).
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.mergers import Moved
from accounts.models import Unit, User
from common.audit.actions import record
from reviews.actions.locking import lock_task
from reviews.enums import CaseState, PanelState, TaskState
from reviews.models import AssignmentRule, Panel, Task
from reviews.permissions import holder_of

#: Tasks that somebody still has to work on.
UNFINISHED = (TaskState.WAITING, TaskState.OPEN, TaskState.DRAFTED)
#: Files and panels that a refusal names; the rest is counted.
NAMED = 5


def _named(names: Sequence[str], counter: str) -> str:
    """The first of them by name and how many there are: “甲、乙等 7 件”."""
    shown = "、".join(names[:NAMED])
    return f"{shown}等 {len(names)} {counter}" if len(names) > NAMED else f"{shown}（{len(names)} {counter}）"


class ReviewMover:
    """The review's part in a merger."""

    def obstacles(self, unit: Unit, successor: Unit) -> list[str]:
        """Files in which both units have a task of one stage, and panels that are at work."""
        found = []
        running = Task.objects.filter(case__state=CaseState.OPEN).exclude(state=TaskState.CANCELLED)
        both = (
            running.filter(unit=unit, stage__in=running.filter(unit=successor).values("stage"))
            .order_by("case__application__number")
            .values_list("case__application__number", flat=True)
            .distinct()
        )
        if both:
            numbers = _named([str(number) for number in both], "件")
            found.append(f"{unit.name}和{successor.name}同在一个环节办理，须先办结这些案卷：{numbers}。")
        panels = Panel.objects.filter(unit=unit).exclude(state=PanelState.CONCLUDED).order_by("pk")
        if panels:
            titles = list(panels.values_list("title", flat=True))
            found.append(f"{unit.name}组织的评审组尚未结束：{_named(titles, '个')}。")
        return found

    def move(self, unit: Unit, successor: Unit, *, by: User | None, at: datetime) -> list[Moved]:
        """Hand over every unfinished task, in the order of the files; whoever holds one keeps it where this person
        works in the successor with the role for it."""
        tasks = Task.objects.filter(unit=unit, state__in=UNFINISHED, case__state=CaseState.OPEN)
        count = 0
        for pk in list(tasks.order_by("stage__case__application", "pk").values_list("pk", flat=True)):
            task = lock_task(pk)
            if task.unit_id != unit.pk or task.state not in UNFINISHED:
                continue
            hand_task_to(task, successor, by=by, at=at)
            count += 1
        rules = AssignmentRule.objects.filter(district=unit).exclude(unit=unit).update(district=successor)
        return [Moved("待办", count, "件"), Moved("分办规则", rules, "条")]


def hand_task_to(task: Task, successor: Unit, *, by: User | None, at: datetime) -> None:
    """Let a locked task be the successor's, with a sentence in the file's history."""
    before, task.unit = task.unit, successor
    fields = ["unit", "version"]
    if task.handler is not None and holder_of(task) is None:
        task.handler, task.assigned_at, task.assigned_by = None, None, None
        fields += ["handler", "assigned_at", "assigned_by"]
    task.version += 1
    task.save(update_fields=fields)
    data = {"task": task.pk, "stage": task.stage.kind, "unit": before.name, "successor": successor.name}
    record("task.unit_changed", subject=task.stage.case, by=by, at=at, data=data)
