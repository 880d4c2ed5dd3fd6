"""Who in a unit works on what: the people, their open tasks, who stands in for whom, what nobody has taken yet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from accounts.absences import absences_on
from accounts.enums import OFFICER_ROLES, UnitRole
from accounts.models import Absence, Unit, UnitMember, User
from reviews.enums import CaseState, StageState, TaskState
from reviews.models import AssignmentRule, Task
from reviews.permissions import bars, holder_of, needs_two_people, unfit, why_not, working_roles
from reviews.workflow import ROLES

#: A task with which somebody in the unit still has to do.
UNFINISHED = (TaskState.OPEN, TaskState.DRAFTED)
#: Who keeps a unit's rules, enters others' absences and hands tasks over.
MANAGING = ROLES["assign"]


def represented_by(user: User, on: date) -> QuerySet[Absence, Any]:
    """The primary keys of the people for whom the user stands in on this day, as a subquery for `handler__in`.

    Absences are a unit's: narrow the tasks down to the units of the user as well (`Task.objects.visible_to`).
    """
    return absences_on(on).filter(deputy=user).order_by().values("user")


def people_of(unit: Unit, roles: Iterable[UnitRole]) -> list[User]:
    """The active people who hold one of the roles in the unit, by name."""
    held = UnitMember.objects.filter(unit=unit, unit__is_active=True, role__in=list(roles), is_active=True)
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk"))


def labelled(people: Iterable[User]) -> list[tuple[str, str]]:
    """People as values and labels of a choice; where two have one name, with their accounts."""
    rows = list(people)
    names = Counter(str(person) for person in rows)
    return [
        (str(person.pk), f"{person}（{person.username}）" if names[str(person)] > 1 else str(person)) for person in rows
    ]


def managed_units(user: User) -> list[Unit]:
    """The units whose tasks the user may give to people (审核, 负责人), in the usual order of units."""
    held = UnitMember.objects.filter(user=user, role__in=MANAGING, is_active=True, unit__is_active=True)
    return list(Unit.objects.filter(pk__in=held.values("unit")))


def member_units(user: User) -> list[Unit]:
    """The units in which the user works on tasks (经办, 审核) or leads, in the usual order of units."""
    held = UnitMember.objects.filter(
        user=user, role__in=[*ROLES["claim"], UnitRole.LEADER], is_active=True, unit__is_active=True
    )
    return list(Unit.objects.filter(pk__in=held.values("unit")))


def open_tasks(unit: Unit) -> QuerySet[Task]:
    """The tasks of a unit that can be given to somebody: reached, not drafted, not done; paused ones included."""
    return Task.objects.filter(
        unit=unit,
        state=TaskState.OPEN,
        stage__state__in=[StageState.OPEN, StageState.PAUSED],
        stage__case__state=CaseState.OPEN,
    )


def load_of(unit: Unit, people: Iterable[User]) -> dict[int, int]:
    """How many unfinished tasks of the unit each of the people holds; by primary key, 0 included."""
    loads = dict.fromkeys((person.pk for person in people), 0)
    counted = Task.objects.filter(unit=unit, handler__in=loads, state__in=UNFINISHED).order_by().values("handler")
    return loads | {row["handler"]: row["number"] for row in counted.annotate(number=Count("pk"))}


@dataclass(frozen=True)
class Load:
    """One person of a unit with what waits for this person."""

    person: User
    roles: str
    open: int
    drafted: int
    paused: int
    overdue: int
    absence: Absence | None
    #: Holds tasks, but works in the unit no more.
    left: bool = False


def workload(unit: Unit, *, today: date) -> list[Load]:
    """Everybody who works in the unit or holds tasks of it: most overdue first, then most open. Four queries."""
    held: dict[int, list[str]] = {}
    for row in UnitMember.objects.filter(unit=unit, role__in=OFFICER_ROLES, is_active=True).order_by("role", "pk"):
        held.setdefault(row.user_id, []).append(UnitRole(row.role).label)
    numbers = {row["handler"]: row for row in _counted(Task.objects.filter(unit=unit).exclude(handler=None), today)}
    away = {absence.user_id: absence for absence in absences_on(today).filter(unit=unit)}
    rows = []
    for person in User.objects.filter(pk__in=held.keys() | numbers.keys()):
        found = numbers.get(person.pk, {})
        if person.pk not in held and not found:
            continue
        rows.append(
            Load(
                person=person,
                roles="、".join(held.get(person.pk, [])),
                open=found.get("open", 0),
                drafted=found.get("drafted", 0),
                paused=found.get("paused", 0),
                overdue=found.get("overdue", 0),
                absence=away.get(person.pk),
                left=not person.is_active or person.pk not in held,
            )
        )
    return sorted(rows, key=lambda row: (-row.overdue, -row.open, row.person.name, row.person.pk))


def _counted(tasks: QuerySet[Task], today: date) -> QuerySet[Task, Any]:
    running = Q(state=TaskState.OPEN, stage__state=StageState.OPEN)
    return (
        tasks.filter(state__in=UNFINISHED, stage__case__state=CaseState.OPEN)
        .order_by()
        .values("handler")
        .annotate(
            open=Count("pk", filter=running),
            drafted=Count("pk", filter=Q(state=TaskState.DRAFTED)),
            paused=Count("pk", filter=Q(state=TaskState.OPEN, stage__state=StageState.PAUSED)),
            overdue=Count("pk", filter=Q(stage__state=StageState.OPEN, stage__due_on__lt=today)),
        )
    )


def unassigned(unit: Unit) -> QuerySet[Task]:
    """The open tasks of a unit that nobody holds, due first, with what a row shows."""
    return (
        open_tasks(unit)
        .filter(handler=None)
        .select_related("stage__case__application__clause", "stage__case__application__enterprise__district")
        .order_by("stage__due_on", "pk")
    )


def holders_in(unit: Unit) -> list[tuple[User, int]]:
    """Who holds open tasks of the unit, with how many; by name."""
    counted = open_tasks(unit).exclude(handler=None).order_by().values("handler").annotate(number=Count("pk"))
    numbers = {row["handler"]: row["number"] for row in counted}
    return [(person, numbers[person.pk]) for person in User.objects.filter(pk__in=numbers).order_by("name", "pk")]


@dataclass(frozen=True)
class Assignment:
    """What the page of a task says about who works on it, and what this person may do about it."""

    handler: User | None
    #: Who stands in for the handler today.
    deputy: User | None
    #: Why this person must keep away from the case, as a sentence; "" where nothing stands against it.
    barred: str
    can_claim: bool
    can_take_over: bool
    can_release: bool
    #: To whom this person may give the task; empty where it is not this person's to give.
    choices: list[User]
    #: Who can act on the task in this unit, by name; without those who must keep away.
    workers: list[User]
    approvers: list[User]

    @property
    def offered(self) -> list[tuple[str, str]]:
        """`choices` as values and labels."""
        return labelled(self.choices)


def assignment_of(task: Task, user: User, *, on: date) -> Assignment:
    """Who works on the task, who could, and what the user may do about it today; a constant number of queries."""
    movable = (
        task.state == TaskState.OPEN
        and task.stage.state in {StageState.OPEN, StageState.PAUSED}
        and task.stage.case.state == CaseState.OPEN
    )
    workers = people_of(task.unit, working_roles(task))
    approvers = people_of(task.unit, ROLES["confirm"]) if needs_two_people(task) else []
    kept_away = unfit(task, workers, on=on)
    barred = bars(task, [user, *approvers])
    holder = holder_of(task)
    deputy = None
    if holder is not None:
        absence = absences_on(on).filter(unit=task.unit, user=holder).first()
        deputy = absence.deputy if absence else None
    fit = user.pk not in kept_away and any(person.pk == user.pk for person in workers)
    may_assign = movable and not why_not(task, "assign", user)
    bar = barred.get(user.pk)
    return Assignment(
        handler=holder,
        deputy=deputy,
        barred=f"您{bar.because}" if bar else "",
        can_claim=movable and fit and holder is None,
        can_take_over=movable and fit and holder is not None and holder.pk != user.pk,
        can_release=movable and holder is not None and (holder.pk == user.pk or may_assign),
        choices=[person for person in workers if person.pk not in kept_away and person != holder] if may_assign else [],
        workers=[person for person in workers if person.pk not in kept_away],
        approvers=[person for person in approvers if person.pk not in barred],
    )


def rules_of(unit: Unit) -> list[AssignmentRule]:
    """The rules of a unit in the order in which they are asked, those that are switched off included."""
    rows = AssignmentRule.objects.filter(unit=unit).select_related("clause", "district", "handler")
    return list(rows.order_by("order", "pk"))


def absences_of(unit: Unit, *, today: date, about: User | None = None) -> QuerySet[Absence]:
    """The absences of a unit that last or are to come, by their first day; with `about` only those in which this
    person is away or stands in."""
    rows = Absence.objects.filter(unit=unit, last_day__gte=Greatest(F("first_day"), Value(today)))
    if about is not None:
        rows = rows.filter(Q(user=about) | Q(deputy=about))
    return rows.select_related("user", "deputy").order_by("first_day", "pk")


def unit_left(user: User, task_id: int) -> Unit | None:
    """The unit of a reached task in which the user held a role and holds none any more; None where there is none."""
    officers = UnitMember.objects.filter(user=user, role__in=OFFICER_ROLES)
    former = officers.filter(is_active=False).exclude(unit__in=officers.filter(is_active=True).values("unit"))
    reached = Task.objects.filter(pk=task_id, stage__opened_at__isnull=False, unit__in=former.values("unit"))
    task = reached.select_related("unit").first()
    return task.unit if task else None
