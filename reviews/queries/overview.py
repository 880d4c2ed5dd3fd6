"""What leaders see of all files at once: counted by the database, in a number of queries that never grows."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.enums import SystemRole, UnitRole
from accounts.models import Unit, UnitMember, User
from common.queries import working_calendar
from common.workdays import WorkingCalendar
from policies.models import PolicySetting
from reviews.enums import CaseState, StageKind, StageState, TaskState
from reviews.models import Case, Pause, Stage, Task

RUNNING = (StageState.OPEN, StageState.PAUSED)
UNFINISHED = (TaskState.OPEN, TaskState.DRAFTED)


@dataclass(frozen=True)
class Scope:
    """Whose files a person oversees: the city's (`city`), or those that reached the `units` they lead."""

    city: bool
    units: tuple[Unit, ...] = ()

    @property
    def title(self) -> str:
        """In words."""
        return "全市" if self.city else "、".join(unit.name for unit in self.units)


def scope_of(user: User) -> Scope:
    """Auditors and the leaders of the leading group's office oversee the city, other leaders their units.

    The office (领导小组办公室) is the unit that confirms where a district leads: the setting
    city_confirms_district_lead [S].
    """
    leads = UnitMember.objects.filter(user=user, role=UnitRole.LEADER, is_active=True, unit__is_active=True)
    units = tuple(row.unit for row in leads.select_related("unit").order_by("unit__kind", "unit__order", "unit_id"))
    if user.system_role == SystemRole.AUDITOR:
        return Scope(True, units)
    offices = {
        setting.document_id: setting.value
        for setting in PolicySetting.objects.filter(key="city_confirms_district_lead").order_by("number")
    }
    return Scope(any(unit.code in offices.values() for unit in units), units)


@dataclass(frozen=True)
class Narrowing:
    """What the address narrows the figures to; empty fields do not."""

    policy_year: int | None = None
    clause: str = ""
    district: str = ""

    def about(self, case: str) -> Q:
        """As a condition on the case reached through `case` (ends with __, or empty)."""
        wanted = Q()
        if self.policy_year:
            wanted &= Q(**{f"{case}application__policy_year": self.policy_year})
        if self.clause:
            wanted &= Q(**{f"{case}application__clause__clause_id": self.clause})
        if self.district:
            wanted &= Q(**{f"{case}application__enterprise__district__code": self.district})
        return wanted


@dataclass
class StageFigures:
    """One stage of all routes: files in it now, of those late and standing still; files that passed it; working days
    that it took on average (None: nothing has passed)."""

    kind: StageKind
    now: int = 0
    late: int = 0
    paused: int = 0
    passed: int = 0
    days: float | None = None


@dataclass(frozen=True)
class UnitFigures:
    """What one unit has before it: unfinished tasks at running stages, of those late, due within two working days,
    standing still, and taken by nobody."""

    code: str
    name: str
    tasks: int
    late: int
    soon: int
    paused: int
    free: int


@dataclass(frozen=True)
class PersonFigures:
    """What one person of a unit has in hand, how much of it is late, and what they finished."""

    pk: int | None
    name: str
    unit: str
    tasks: int
    late: int
    finished: int


@dataclass(frozen=True)
class GroupFigures:
    """Files of a district or a clause: all, still open, approved, refused, late now; estimated amounts in 分."""

    key: str
    name: str
    files: int
    open: int
    approved: int
    refused: int
    late: int
    estimate_fen: int


@dataclass(frozen=True)
class Overview:
    """Every figure of the page."""

    files: dict[str, int]
    amounts: dict[str, int]
    stages: list[StageFigures]
    units: list[UnitFigures]
    people: list[PersonFigures]
    districts: list[GroupFigures]
    clauses: list[GroupFigures]
    late: int = field(default=0)


class _Figures:
    """The base of every count: the files of a scope, narrowed."""

    def __init__(self, scope: Scope, narrowing: Narrowing, today: date) -> None:
        self.scope, self.narrowing, self.today = scope, narrowing, today

    def within(self, case: str) -> Q:
        """The files that count, reached through `case` (ends with __, or empty)."""
        wanted = self.narrowing.about(case)
        if not self.scope.city:
            reached = Task.objects.filter(unit__in=[unit.pk for unit in self.scope.units])
            wanted &= Q(**{f"{case}pk__in": reached.filter(stage__opened_at__isnull=False).values("stage__case")})
        return wanted

    @property
    def cases(self) -> QuerySet[Case]:
        return Case.objects.filter(self.within(""))

    @property
    def late_stages(self) -> Q:
        return Q(state=StageState.OPEN, due_on__lt=self.today)


def overview(scope: Scope, narrowing: Narrowing, *, today: date) -> Overview:
    """The figures of a scope as they stand; people are those of the units that are led."""
    figures = _Figures(scope, narrowing, today)
    calendar = working_calendar()
    files: dict[str, int] = dict.fromkeys(CaseState.values, 0)
    amounts: dict[str, int] = dict.fromkeys(CaseState.values, 0)
    for row in figures.cases.values("state").order_by("state").annotate(files=Count("pk"), fen=Sum("estimate_fen")):
        files[row["state"]], amounts[row["state"]] = row["files"], row["fen"] or 0
    stages = _stages(figures, calendar)
    return Overview(
        files=files,
        amounts=amounts,
        stages=stages,
        units=_units(figures, calendar),
        people=_people(figures, tuple(unit.pk for unit in scope.units)) if scope.units else [],
        districts=_groups(figures, "application__enterprise__district", "code", "name", "order"),
        clauses=_groups(figures, "application__clause", "clause_id", "title", "order"),
        late=sum(stage.late for stage in stages),
    )


def _stages(figures: _Figures, calendar: WorkingCalendar) -> list[StageFigures]:
    found = {kind: StageFigures(kind) for kind in StageKind}
    rows = (
        Stage.objects.filter(figures.within("case__"))
        .values("kind")
        .order_by("kind")
        .annotate(
            now=Count("pk", filter=Q(state__in=RUNNING)),
            paused=Count("pk", filter=Q(state=StageState.PAUSED)),
            late=Count("pk", filter=figures.late_stages),
            passed=Count("pk", filter=Q(state=StageState.DONE)),
        )
    )
    for row in rows:
        stage = found[StageKind(row["kind"])]
        stage.now, stage.paused, stage.late, stage.passed = row["now"], row["paused"], row["late"], row["passed"]
    for kind, days in _durations(figures, calendar).items():
        if found[kind].passed:
            found[kind].days = days / found[kind].passed
    return list(found.values())


def _durations(figures: _Figures, calendar: WorkingCalendar) -> dict[StageKind, int]:
    """Working days that all finished stages of a kind took together, standstills taken out.

    The database groups by first and last day; the calendar is summed up once, so that a group costs two look-ups.
    """
    done = Stage.objects.filter(figures.within("case__"), state=StageState.DONE, closed_at__isnull=False)
    spans = _spans(done, "kind", "opened_at", "closed_at")
    pauses = Pause.objects.filter(figures.within("stage__case__"), stage__state=StageState.DONE, ended_at__isnull=False)
    still = _spans(pauses, "stage__kind", "started_at", "ended_at")
    days = [day for spans_of_kind in (spans, still) for _, first, last, _ in spans_of_kind for day in (first, last)]
    if not days:
        return {}
    start = min(days)
    length = (max(days) - start).days + 1
    sums = list(accumulate(calendar.is_working(start + timedelta(days=step)) for step in range(length)))

    def between(first: date, last: date) -> int:
        return sums[(last - start).days] - sums[(first - start).days]

    total: dict[StageKind, int] = defaultdict(int)
    for kind, first, last, count in spans:
        total[StageKind(kind)] += between(first, last) * count
    for kind, first, last, count in still:
        total[StageKind(kind)] -= between(first, last) * count
    return {kind: max(sum_of_days, 0) for kind, sum_of_days in total.items()}


def _spans(rows: QuerySet[Any], kind: str, first: str, last: str) -> list[tuple[str, date, date, int]]:
    return list(
        rows.annotate(of_kind=F(kind), first_day=TruncDate(first), last_day=TruncDate(last))
        .values("of_kind", "first_day", "last_day")
        .order_by()
        .annotate(times=Count("pk"))
        .values_list("of_kind", "first_day", "last_day", "times")
    )


def _units(figures: _Figures, calendar: WorkingCalendar) -> list[UnitFigures]:
    """Units with something before them, the latest first; a leader of units sees these alone."""
    today = figures.today
    late = Q(stage__state=StageState.OPEN, stage__due_on__lt=today)
    soon = Q(stage__state=StageState.OPEN, stage__due_on__range=(today, calendar.add_working_days(today, 2)))
    tasks = Task.objects.filter(figures.within("stage__case__"), state__in=UNFINISHED, stage__state__in=RUNNING)
    if not figures.scope.city:
        tasks = tasks.filter(unit__in=[unit.pk for unit in figures.scope.units])
    rows = (
        tasks.values("unit__code", "unit__name")
        .order_by("unit__code")
        .annotate(
            tasks=Count("pk"),
            late=Count("pk", filter=late),
            soon=Count("pk", filter=soon),
            paused=Count("pk", filter=Q(stage__state=StageState.PAUSED)),
            free=Count("pk", filter=Q(handler=None)),
        )
    )
    found = [
        UnitFigures(
            row["unit__code"],
            row["unit__name"],
            row["tasks"],
            row["late"],
            row["soon"],
            row["paused"],
            row["free"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda unit: (-unit.late, -unit.tasks, unit.code))


def _people(figures: _Figures, units: tuple[int, ...]) -> list[PersonFigures]:
    """Who has how much in hand: everybody who works in the units, those with nothing too, and what nobody has."""
    within = figures.within("stage__case__")
    late = Q(stage__state=StageState.OPEN, stage__due_on__lt=figures.today)
    unfinished = Q(state__in=UNFINISHED, stage__state__in=RUNNING)
    counted: dict[tuple[int, int | None], Any] = {
        (row["unit_id"], row["handler_id"]): row
        for row in Task.objects.filter(within, unit__in=units)
        .filter(unfinished | Q(state=TaskState.DONE, handler__isnull=False))
        .values("unit_id", "handler_id", "handler__name", "unit__name")
        .order_by("unit_id", "handler_id")
        .annotate(
            tasks=Count("pk", filter=unfinished),
            late=Count("pk", filter=unfinished & late),
            finished=Count("pk", filter=Q(state=TaskState.DONE)),
        )
    }
    members = UnitMember.objects.filter(
        unit__in=units, role__in=[UnitRole.HANDLER, UnitRole.APPROVER], is_active=True, user__is_active=True
    ).values_list("unit_id", "user_id", "user__name", "unit__name")
    names: dict[tuple[int, int | None], tuple[str, str]] = {
        (unit, user): (name, unit_name) for unit, user, name, unit_name in members
    }
    for key, row in counted.items():
        names.setdefault(key, (row["handler__name"] or "尚无承办人", row["unit__name"]))
    nothing = {"tasks": 0, "late": 0, "finished": 0}
    people = []
    for (unit, user), (name, unit_name) in names.items():
        row = counted.get((unit, user), nothing)
        if user is not None or row["tasks"]:
            people.append(PersonFigures(user, name, unit_name, row["tasks"], row["late"], row["finished"]))
    return sorted(people, key=lambda person: (person.unit, -person.tasks, -person.late, person.name))


def _groups(figures: _Figures, path: str, key: str, name: str, order: str) -> list[GroupFigures]:
    late = Stage.objects.filter(figures.late_stages).values("case")
    rows = (
        figures.cases.annotate(group_key=F(f"{path}__{key}"), group_name=F(f"{path}__{name}"))
        .values("group_key", "group_name")
        .annotate(
            files=Count("pk"),
            open=Count("pk", filter=Q(state=CaseState.OPEN)),
            approved=Count("pk", filter=Q(state=CaseState.APPROVED)),
            refused=Count("pk", filter=Q(state=CaseState.REFUSED)),
            late=Count("pk", filter=Q(state=CaseState.OPEN, pk__in=late)),
            fen=Sum("estimate_fen"),
            place=Min(f"{path}__{order}"),
        )
        .order_by("place", "group_key")
    )
    return [
        GroupFigures(
            row["group_key"],
            row["group_name"],
            row["files"],
            row["open"],
            row["approved"],
            row["refused"],
            row["late"],
            row["fen"] or 0,
        )
        for row in rows
    ]


def years() -> list[int]:
    """The policy years of which there are files, newest first."""
    found = Case.objects.aggregate(first=Min("application__policy_year"), last=Max("application__policy_year"))
    return [] if found["first"] is None else list(range(found["last"], found["first"] - 1, -1))
