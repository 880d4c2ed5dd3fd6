"""Who in a unit works on a task: taken, given, handed back, handed over, or given by a rule when it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.enums import NoticeTopic
from accounts.models import Unit, UnitMember, User
from accounts.notifications import notify, unit_users
from common.audit.actions import record
from common.errors import Conflict, DomainError, Invalid, NotAllowed
from reviews.actions.locking import lock_task
from reviews.enums import CaseState, StageState, TaskState
from reviews.models import AssignmentRule, Task
from reviews.permissions import check_may, holder_of, represents, unfit, working_roles
from reviews.queries.assignment import MANAGING, load_of, open_tasks, people_of

#: How many tasks one hand-over moves; each takes some hundredths of a second.
AT_ONCE = 200


def claim_task(*, task: Task, expected_version: int, by: User, at: datetime, take_over: bool = False) -> Task:
    """Take an open task (领取); with `take_over` also one that a colleague holds (接手), who is told.

    The stage's clock runs on untouched. Raises Conflict where the task changed since the version that was seen, is held
    by somebody else (and `take_over` is not set) or cannot be given any more; NotAllowed where the person could not
    work on it: no role, barred from the case, away.
    """
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        _require_movable(locked)
        check_may(locked, "claim", by)
        _require_fit(locked, by, at, spoken_to="您")
        previous = holder_of(locked)
        if previous is not None and previous.pk == by.pk:
            raise Conflict("本件已由您承办，无需再领取。")
        if previous is not None and not take_over:
            raise Conflict(
                f"本件已由{previous}承办；确需由您办理，请使用“接手”。", changed_by=str(previous), what="承办本件"
            )
        _hand_to(locked, by, given_by=None, at=at)
        record(
            "task.claimed",
            subject=locked.stage.case,
            by=by,
            at=at,
            data=_data(locked, previous) | ({"note": f"接手，原由{previous}承办"} if previous else {}),
        )
        if previous is not None:
            _tell([previous], locked, "已由同事接手", f"{by}接手了这件待办，您无需再办理。", at)
        return locked


def assign_task(*, task: Task, expected_version: int, to: User, by: User, at: datetime, notice: bool = True) -> Task:
    """Give an open task to a person of the unit (交办); 审核 and 负责人 do.

    The person is told, and whoever held the task before; `notice=False` leaves that to the caller, who moves many at
    once. Raises as claim_task; the sentence names what stands against the person, or the deputy of one who is away.
    """
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        _require_movable(locked)
        check_may(locked, "assign", by)
        _require_fit(locked, to, at, spoken_to=str(to))
        previous = holder_of(locked)
        if previous is not None and previous.pk == to.pk:
            raise Conflict(f"本件已由{to}承办，无需再交办。")
        _hand_to(locked, to, given_by=by, at=at)
        record(
            "task.assigned",
            subject=locked.stage.case,
            by=by,
            at=at,
            data=_data(locked, previous) | {"note": f"{previous} → {to}" if previous else f"交办给{to}"},
        )
        if notice:
            _tell([to], locked, "交办给您", f"{by}将这件待办交您办理。", at)
            _tell([previous] if previous else [], locked, "已改由他人办理", f"{by}将这件待办改交{to}办理。", at)
        return locked


def release_task(*, task: Task, expected_version: int, by: User, at: datetime) -> Task:
    """Hand a task back to the unit (退领): its 承办人 does, or 审核 and 负责人, who give tasks.

    Raises Conflict where it changed since the version that was seen or nobody holds it, NotAllowed for others.
    """
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        _require_movable(locked)
        previous = locked.handler
        if previous is None:
            raise Conflict("本件没有承办人，无需退回。")
        if previous.pk != by.pk:
            check_may(locked, "assign", by)
        free_task(locked, by=by, at=at)
        if previous.pk != by.pk:
            _tell([previous], locked, "已退回本单位", f"{by}将这件待办退回本单位待领取。", at)
        return locked


def free_task(locked: Task, *, by: User | None, at: datetime, note: str = "") -> None:
    """Take the 承办人 off a locked task; the unit's people find it without one. `by` None: the system."""
    previous = locked.handler
    locked.handler, locked.assigned_at, locked.assigned_by = None, None, None
    locked.version += 1
    locked.save(update_fields=["handler", "assigned_at", "assigned_by", "version"])
    record(
        "task.released",
        subject=locked.stage.case,
        by=by,
        at=at,
        data=_data(locked, previous) | {"note": note or f"原由{previous}承办"},
    )


def assign_by_rule(task: Task, *, at: datetime) -> User | None:
    """Give an open task that nobody holds to the person whom the unit's first fitting rule names; None where no rule
    fits. Called inside a transaction that holds the case.

    Evenly: whichever fit person has the fewest unfinished tasks of the unit, of equals the one who has been there
    longest. Somebody who is away is not fit; a deputy is a colleague with the same role and so among the others.
    """
    rules = [rule for rule in _rules_of(task.unit) if _fits(rule, task)]
    if not rules:
        return None
    people = people_of(task.unit, working_roles(task))
    kept_away = unfit(task, people, on=timezone.localdate(at))
    fit = {person.pk: person for person in people if person.pk not in kept_away}
    chosen = next((found for rule in rules if (found := _named_by(rule, task, fit))), None)
    if chosen is None:
        return None
    _hand_to(task, chosen, given_by=None, at=at)
    record(
        "task.assigned",
        subject=task.stage.case,
        by=None,
        at=at,
        data=_data(task, None) | {"note": f"按分办规则交{chosen}"},
    )
    return chosen


def _rules_of(unit: Unit) -> list[AssignmentRule]:
    return list(AssignmentRule.objects.filter(unit=unit, is_active=True).order_by("order", "pk"))


def _fits(rule: AssignmentRule, task: Task) -> bool:
    application = task.stage.case.application
    return (
        rule.stage_kind in {"", task.stage.kind}
        and rule.clause_id in {None, application.clause_id}
        and rule.district_id in {None, application.enterprise.district_id}
    )


def _named_by(rule: AssignmentRule, task: Task, fit: dict[int, User]) -> User | None:
    if not rule.evenly:
        return fit.get(rule.handler_id or 0)
    if not fit:
        return None
    _lock_units(task)
    loads = load_of(task.unit, fit.values())
    return min(fit.values(), key=lambda person: (loads[person.pk], person.pk))


def _lock_units(task: Task) -> None:
    """Of two cases that open at once the second counts after the first has committed.

    All units of the stage are locked together and in one order, so that two openings never wait for each other.
    """
    list(Unit.objects.select_for_update(no_key=True).filter(pk__in=task.stage.tasks.values("unit")).order_by("pk"))


@dataclass(frozen=True)
class HandedOver:
    """What became of one task of a hand-over: `sentence` says why it stayed, "" where it went."""

    task: Task
    sentence: str


def hand_over(*, unit: Unit, member: User, to: User, by: User, at: datetime) -> list[HandedOver]:
    """Give the open tasks that `member` holds in the unit to `to` (移交), each by itself, and tell both once; no more
    than AT_ONCE, those due first, so that the answer comes while somebody waits for it.

    Drafted tasks stay: they wait for the 审核. Raises NotAllowed unless `by` is 审核 or 负责人 of the unit, Invalid
    where both are one person or there is nothing to hand over.
    """
    if not UnitMember.objects.filter(
        unit=unit, unit__is_active=True, user=by, role__in=MANAGING, is_active=True
    ).exists():
        raise NotAllowed(f"移交由{unit.name}的审核、负责人办理，您没有这一角色。")
    if member.pk == to.pk:
        raise Invalid("移交人和接收人须为不同的人。", field="to")
    tasks = list(
        open_tasks(unit)
        .filter(handler=member)
        .select_related("stage__case__application__enterprise", "unit")
        .order_by("stage__due_on", "pk")[:AT_ONCE]
    )
    if not tasks:
        raise Invalid(f"{member}名下没有可移交的待办。", field="member")
    results = []
    for task in tasks:
        try:
            assign_task(task=task, expected_version=task.version, to=to, by=by, at=at, notice=False)
        except DomainError as error:
            results.append(HandedOver(task, error.message))
        else:
            results.append(HandedOver(task, ""))
    moved = sum(not result.sentence for result in results)
    with transaction.atomic():
        data = {"from": member.pk, "to": to.pk, "moved": moved, "kept": len(results) - moved}
        record("unit.tasks_handed_over", subject=unit, by=by, at=at, data=data)
        if moved:
            title = f"移交 {moved} 件待办"
            url, topic = "/reviews/", NoticeTopic.TASK
            notify([to], title=title, body=f"{by}将{member}名下的待办移交给您。", url=url, topic=topic, at=at)
            notify([member], title=title, body=f"{by}将您名下的待办移交给{to}。", url=url, topic=topic, at=at)
    return results


def release_former(*, user: User, at: datetime) -> int:
    """Free every unfinished task that a person holds in a unit where this person works no more, and tell those units.

    Returns how many were freed; called again, it finds none.
    """
    freed: dict[Unit, int] = {}
    held = Task.objects.filter(handler=user, state__in=[TaskState.OPEN, TaskState.DRAFTED])
    with transaction.atomic():
        # Cases in one order, so that two of these never wait for each other.
        for pk in held.order_by("stage__case__application", "pk").values_list("pk", flat=True):
            locked = lock_task(pk)
            if locked.handler_id != user.pk or locked.state not in {TaskState.OPEN, TaskState.DRAFTED}:
                continue
            if holder_of(locked) is None:
                free_task(locked, by=None, at=at, note=f"{user}不再在本单位办理")
                freed[locked.unit] = freed.get(locked.unit, 0) + 1
        for unit, number in freed.items():
            notify(
                unit_users(unit),
                title=f"{number} 件待办需重新安排",
                body=f"{user}不再在{unit.name}办理，其名下 {number} 件待办已退回本单位，请领取或交办。",
                url="/reviews/?tab=unit",
                topic=NoticeTopic.TASK,
                at=at,
            )
    return sum(freed.values())


def drafted_by(task: Task, by: User, at: datetime) -> dict[str, object]:
    """What changes in a task when somebody drafts it: it gets its 承办人, unless a deputy acts for one who has it."""
    holder = holder_of(task)
    if holder is not None and (holder.pk == by.pk or represents(task, by, timezone.localdate(at))):
        return {}
    return {"handler": by, "assigned_at": at, "assigned_by": None}


def acting_for(task: Task, by: User, at: datetime) -> dict[str, str]:
    """For the record of a decision: in whose place a deputy acts (代 X 办理); empty for everybody else."""
    return {"acting_for": str(task.handler)} if represents(task, by, timezone.localdate(at)) else {}


def _require_movable(task: Task) -> None:
    if task.state == TaskState.DRAFTED:
        raise Conflict("本件已提交审核，不能再改变承办人；请先由审核人员退回。", what=task.get_state_display())
    running = task.stage.state in {StageState.OPEN, StageState.PAUSED} and task.stage.case.state == CaseState.OPEN
    if task.state != TaskState.OPEN or not running:
        raise Conflict("这件待办已办结、已终止或尚未轮到，不能再改变承办人。", what=task.get_state_display())


def _require_fit(task: Task, person: User, at: datetime, *, spoken_to: str) -> None:
    because = unfit(task, [person], on=timezone.localdate(at)).get(person.pk)
    if because:
        raise NotAllowed(f"{spoken_to}{because}")


def _hand_to(locked: Task, person: User, *, given_by: User | None, at: datetime) -> None:
    locked.handler, locked.assigned_at, locked.assigned_by = person, at, given_by
    locked.version += 1
    locked.save(update_fields=["handler", "assigned_at", "assigned_by", "version"])


def _data(task: Task, previous: User | None) -> dict[str, object]:
    return {
        "task": task.pk,
        "unit": task.unit.name,
        "stage": task.stage.kind,
        "handler": task.handler_id,
        "previous": previous.pk if previous else None,
    }


def _tell(people: Sequence[User], task: Task, what: str, body: str, at: datetime) -> None:
    application = task.stage.case.application
    notify(
        people,
        title=f"{what}：{application.number} {task.stage.get_kind_display()}",
        body=f"{application.enterprise.name} · {body}",
        url=f"/reviews/tasks/{task.pk}/",
        topic=NoticeTopic.TASK,
        at=at,
    )
