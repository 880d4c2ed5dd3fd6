"""What reviews adds to a daily digest: the person's tasks that are late or due within two working days."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from accounts.digest import LINES, Line, Section
from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Absence, UnitMember, User
from common.queries import working_calendar
from common.templatetags.ui import AMBER_AT, due_light
from reviews.enums import StageState, TaskState
from reviews.models import Task
from reviews.queries.desk import desk_of
from reviews.queries.queue import tasks_for


def _pressing(tasks: QuerySet[Task], today: date) -> QuerySet[Task]:
    """Those whose clock runs and ends within two working days, or has ended."""
    last = working_calendar().add_working_days(today, AMBER_AT)
    return tasks.filter(stage__state=StageState.OPEN, stage__due_on__lte=last)


def people_with_due_tasks(today: date) -> Iterable[int]:
    """Everybody for whom a pressing task may wait: the 经办 and 审核 of the units that have one, and who stands in."""
    running = Task.objects.filter(state__in=[TaskState.OPEN, TaskState.DRAFTED])
    units = _pressing(running, today).values("unit")
    working = UnitMember.objects.filter(
        unit__in=units, role__in=[UnitRole.HANDLER, UnitRole.APPROVER], is_active=True, unit__is_active=True
    )
    away = Absence.objects.filter(unit__in=units, first_day__lte=today, last_day__gte=today)
    return {*working.values_list("user_id", flat=True), *away.values_list("deputy_id", flat=True)}


def due_sections(user: User, today: date) -> Sequence[Section]:
    """The tasks on which this person can act now, late ones first; empty sections are left out."""
    mine = _pressing(tasks_for(desk_of(user, today=today), "mine"), today)
    late, soon = mine.filter(stage__due_on__lt=today), mine.filter(stage__due_on__gte=today)
    found = []
    for title, brief, tasks, due in (
        ("已逾期的待办", "已逾期", late, "overdue"),
        ("两个工作日内到期的待办", "即将到期", soon, "2days"),
    ):
        count = tasks.count()
        if count:
            page = f"/reviews/?tab=mine&due={due}"
            lines = _lines(tasks, today)
            found.append(Section(title, count, "件", lines, page, NoticeTopic.CLOCK, f"{count} 件{brief}"))
    return found


def _lines(tasks: QuerySet[Task], today: date) -> list[Line]:
    calendar = working_calendar()
    rows = tasks.select_related("stage__case__application__enterprise", "stage__case__application__clause")
    lines = []
    for task in rows.order_by("stage__due_on", "pk")[:LINES]:
        application = task.stage.case.application
        assert task.stage.due_on is not None  # filtered by it
        light = due_light(calendar.working_days_left(today, task.stage.due_on))
        about = f"{application.number} {application.enterprise.name} · {application.clause.clause_id}"
        left = light.text if light else ""
        lines.append(Line(f"{about} {task.stage.get_kind_display()}，{left}", f"/reviews/tasks/{task.pk}/"))
    return lines
