"""What a stage's clock causes: a reminder when two working days are left (amber), the unit's head told when it is late.

Both are owed through the outbox when the clock starts, and look again when they come: a stage that is paused, finished
or due on another day by then is no concern of theirs any more. The clock belongs to the stage and not to a person:
giving a task to somebody else leaves it alone.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.absences import absences_on
from accounts.enums import NoticeTopic, SystemRole, UnitRole
from accounts.models import Unit, User
from accounts.notifications import notify, unit_users
from applications.enums import State
from common.audit.actions import record
from common.outbox.actions import enqueue
from common.queries import working_calendar
from common.templatetags.ui import AMBER_AT, zhdate
from common.workdays import SHANGHAI, WorkingCalendar, end_of_day, is_late
from reviews.actions.locking import lock_case
from reviews.enums import CaseState, StageState, TaskState
from reviews.models import Escalation, Stage, Task
from reviews.permissions import bars, holder_of, needs_two_people, working_roles
from reviews.queries.assignment import UNFINISHED, people_of
from reviews.queries.routes import keeper_task
from reviews.workflow import PANEL_STAGES, ROLES

#: The time of the day at which people are reminded.
REMIND_AT = time(9, 0, tzinfo=SHANGHAI)
_DAY = timedelta(days=1)


def watch(stage: Stage, *, at: datetime) -> None:
    """Owe the reminder and the escalation of a stage whose clock has started or started again.

    A stage is watched anew for every due day and after every pause; what was owed before then finds that it is not
    meant any more.
    """
    assert stage.due_on is not None  # constraint stage_open_has_clock
    pauses = stage.pauses.count()
    payload = {"stage": stage.pk, "due_on": stage.due_on.isoformat(), "pauses": pauses}
    moment = f"{stage.pk}:{stage.due_on}:{pauses}"
    remind_at = datetime.combine(amber_from(stage.due_on, working_calendar()), REMIND_AT)
    enqueue(
        "reviews.clock_reminder",
        payload,
        key=f"reviews.clock_reminder:{moment}",
        at=at,
        due_at=max(at + timedelta(seconds=1), remind_at),
    )
    enqueue(
        "reviews.clock_escalation",
        payload,
        key=f"reviews.clock_escalation:{moment}",
        at=at,
        due_at=max(at + timedelta(seconds=1), end_of_day(stage.due_on)),
    )


def amber_from(due_on: date, calendar: WorkingCalendar) -> date:
    """The first day on which no more than two working days are left until the end of the due day."""
    day = due_on
    while calendar.working_days_left(day - _DAY, due_on) <= AMBER_AT:
        day -= _DAY
    return day


def _watched(stage_id: int, due_on: date, pauses: int) -> Stage | None:
    """The stage under its lock, if its clock runs as it did when it was watched; None otherwise."""
    case = lock_case(Stage.objects.values_list("case_id", flat=True).get(pk=stage_id))
    stage = Stage.objects.get(pk=stage_id)
    stage.case = case
    as_then = stage.state == StageState.OPEN and stage.due_on == due_on and stage.pauses.count() == pauses
    running = case.state == CaseState.OPEN and case.application.state == State.UNDER_REVIEW
    return stage if as_then and running else None


def _unfinished(stage: Stage) -> list[Task]:
    """The tasks for which the stage waits. An open group that nobody filled is the keeping unit's business."""
    tasks = list(stage.tasks.filter(state__in=UNFINISHED).select_related("unit", "handler"))
    for task in tasks:
        task.stage = stage
    return tasks + ([keeper_task(stage.case)] if stage.group_is_owed else [])


def _address(task: Task, stage: Stage) -> str:
    if task.stage_id == stage.pk:
        return f"/reviews/tasks/{task.pk}/"
    return f"/reviews/cases/{stage.case_id}/units/"


def remind(*, stage_id: int, due_on: date, pauses: int, at: datetime) -> int:
    """Remind whoever has to act at a stage that ends soon; returns how many people were told.

    Nobody is told where the clock does not run any more as it did when the reminder was owed, or the day is over.
    """
    stage = _watched(stage_id, due_on, pauses)
    if stage is None or is_late(at, due_on):
        return 0
    application = stage.case.application
    left = working_calendar().working_days_left(timezone.localdate(at), due_on)
    told = 0
    for task in _unfinished(stage):
        waits_for = stage.get_kind_display() if task.stage_id == stage.pk else "确定会审单位"
        told += notify(
            _who_acts(task, on=timezone.localdate(at)),
            title=f"即将到期：{application.number} {waits_for}",
            body=f"{application.enterprise.name} · 请于{zhdate(due_on)} 24:00 前办理，剩 {left} 个工作日。",
            url=_address(task, stage),
            topic=NoticeTopic.CLOCK,
            at=at,
        )
    return told


def _who_acts(task: Task, *, on: date) -> list[User]:
    """Whoever has to do the next thing: who may confirm a draft; the 承办人 and a deputy; else the unit's people."""
    if task.state == TaskState.DRAFTED:
        drafted_by = _drafted_by(task)
        return [user for user in people_of(task.unit, ROLES["confirm"]) if user.pk != drafted_by]
    holder = holder_of(task)
    if holder is None:
        return unit_users(task.unit)
    absences = absences_on(on).filter(unit=task.unit, user=holder).select_related("deputy")
    return [holder, *(absence.deputy for absence in absences)]


def _drafted_by(task: Task) -> int | None:
    drafts = task.decisions.filter(confirmed_at=None, returned_at=None, superseded_at=None)
    return drafts.values_list("drafted_by", flat=True).first()


def escalate(*, stage_id: int, due_on: date, pauses: int, at: datetime) -> list[Escalation]:
    """Tell the head of every unit that has not finished a stage by the end of its due day, once for each due day.

    Returns what was written; nothing before 24:00 of the due day, and nothing where the clock does not run any more as
    it did when the escalation was owed.
    """
    stage = _watched(stage_id, due_on, pauses)
    if stage is None or not is_late(at, due_on):
        return []
    application = stage.case.application
    written = []
    for task in _unfinished(stage):
        heads = heads_of(task.unit)
        escalation, is_new = Escalation.objects.get_or_create(
            task=task, due_on=due_on, defaults={"at": at, "told": len(heads)}
        )
        if not is_new:
            continue
        waits_for = stage.get_kind_display() if task.stage_id == stage.pk else "确定会审单位"
        holder = holder_of(task)
        notify(
            heads,
            title=f"已逾期：{application.number} {waits_for}",
            body=f"{application.enterprise.name} · {task.unit.name}应于{zhdate(due_on)}前办结，"
            f"{f'现由{holder}承办' if holder else '现在没有承办人'}，请督办。",
            url=_address(task, stage),
            topic=NoticeTopic.CLOCK,
            at=at,
        )
        record(
            "task.escalated",
            subject=stage.case,
            by=None,
            at=at,
            data={
                "task": task.pk,
                "unit": task.unit.name,
                "stage": stage.kind,
                "due_on": due_on.isoformat(),
                "told": len(heads),
            },
        )
        written.append(escalation)
    return written


def heads_of(unit: Unit) -> list[User]:
    """Who answers for a unit: its 负责人; where there is none, its 审核; where there is neither, the administrators."""
    for role in (UnitRole.LEADER, UnitRole.APPROVER):
        if found := people_of(unit, [role]):
            return found
    return list(User.objects.filter(system_role=SystemRole.ADMINISTRATOR, is_active=True))


def tell_if_stuck(task: Task, at: datetime) -> bool:
    """Tell the unit's head where nobody of the unit can do any more what its task waits for; True where that is so.

    Called after somebody stepped back, inside that transaction.
    """
    if not _is_stuck(task):
        return False
    application = task.stage.case.application
    notify(
        heads_of(task.unit),
        title=f"无人可以办理：{application.number} {task.stage.get_kind_display()}",
        body=f"{application.enterprise.name} · {task.unit.name}能够办理本件的人员均已回避或不得办理，"
        "请增补人员；办理期限不因此停止。",
        url=f"/reviews/tasks/{task.pk}/",
        topic=NoticeTopic.CLOCK,
        at=at,
    )
    record(
        "task.stuck",
        subject=task.stage.case,
        by=None,
        at=at,
        data={"task": task.pk, "unit": task.unit.name, "stage": task.stage.kind},
    )
    return True


def _is_stuck(task: Task) -> bool:
    """Whether nobody is left for the next step: who drafts and somebody else who confirms, or whoever does it alone."""
    panel, two = task.stage.kind in PANEL_STAGES, needs_two_people(task)
    working = people_of(task.unit, working_roles(task))
    confirming = people_of(task.unit, ROLES["confirm"])
    barred = bars(task, [*working, *confirming])

    def left(people: list[User]) -> set[int]:
        return {user.pk for user in people if user.pk not in barred or (panel and barred[user.pk].only_deciding)}

    if task.state == TaskState.DRAFTED:
        return not left(confirming) - {_drafted_by(task)}
    if two:
        return not any(left(confirming) - {drafting} for drafting in left(working))
    return not left(working)
