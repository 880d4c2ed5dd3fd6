"""What waits for an officer: tasks by tab, filtered, with the days that are left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from accounts.enums import UnitRole
from accounts.models import UnitMember, User
from applications.models import Revision
from common.money import parse_yuan
from common.workdays import WorkingCalendar
from reviews.enums import StageState, TaskState
from reviews.models import Case, Recusal, Stage, Task
from reviews.workflow import ALWAYS_TWO_PERSON

#: Tabs of the queue in their order: key → label.
TABS: dict[str, str] = {"mine": "待我办理", "unit": "本单位在办", "paused": "待企业补正", "done": "已办"}


def _units(user: User, *roles: UnitRole) -> QuerySet[UnitMember, Any]:
    return UnitMember.objects.filter(user=user, role__in=roles, is_active=True, unit__is_active=True).values("unit")


def _own(user: User) -> QuerySet[Task]:
    """Tasks of the user's units that have been reached; recused cases are shown, but never as mine."""
    return Task.objects.visible_to(user).exclude(state=TaskState.CANCELLED)


def tasks_for(user: User, tab: str) -> QuerySet[Task]:
    """The tasks of one tab; `mine` are those on which this person can act now."""
    own = _own(user)
    if tab == "done":
        return own.filter(state=TaskState.DONE)
    if tab == "paused":
        return own.filter(stage__state=StageState.PAUSED)
    running = own.filter(stage__state=StageState.OPEN, state__in=[TaskState.OPEN, TaskState.DRAFTED])
    if tab == "unit":
        return running
    handled, approved = _units(user, UnitRole.HANDLER), _units(user, UnitRole.APPROVER)
    one_person = Q(unit__two_person=False) & ~Q(stage__kind__in=[kind.value for kind in ALWAYS_TWO_PERSON])
    to_draft = Q(state=TaskState.OPEN) & (Q(unit__in=handled) | (Q(unit__in=approved) & one_person))
    drafted_by_me = Q(decisions__drafted_by=user, decisions__confirmed_at=None, decisions__returned_at=None)
    to_confirm = Q(state=TaskState.DRAFTED, unit__in=approved) & ~Q(
        pk__in=Task.objects.filter(drafted_by_me).values("pk")
    )
    recused = Recusal.objects.filter(user=user).values("case")
    elsewhere = Stage.objects.filter(participations__user=user).values("case")
    return (
        running.filter(to_draft | to_confirm)
        .exclude(stage__case__in=recused)
        .exclude(Q(stage__case__in=elsewhere) & ~Q(stage__participations__user=user))
    )


def tab_counts(user: User) -> dict[str, int]:
    """How many tasks each tab holds, filters aside."""
    return {tab: tasks_for(user, tab).count() for tab in TABS}


@dataclass(frozen=True)
class Filters:
    """What the address asks for; empty fields do not filter."""

    q: str = ""
    stage: str = ""
    clause: str = ""
    policy_year: int | None = None
    district: str = ""
    overdue_on: date | None = None

    @classmethod
    def of(cls, cleaned: Mapping[str, object], *, today: date) -> "Filters":
        """Take the known names from a form's cleaned data; `due` = overdue means overdue today."""
        known = {name: cleaned[name] for name in cls.__dataclass_fields__ if cleaned.get(name)}
        return cls(**known, overdue_on=today if cleaned.get("due") == "overdue" else None)  # type: ignore[arg-type]


def _about(filters: Filters, prefix: str) -> Q:
    """The filters on the application, reached through `prefix` (ends with __)."""
    wanted = Q()
    if filters.q:
        wanted &= Q(**{f"{prefix}number__icontains": filters.q}) | Q(
            **{f"{prefix}enterprise__name__icontains": filters.q}
        )
    if filters.clause:
        wanted &= Q(**{f"{prefix}clause__clause_id": filters.clause})
    if filters.policy_year:
        wanted &= Q(**{f"{prefix}policy_year": filters.policy_year})
    if filters.district:
        wanted &= Q(**{f"{prefix}enterprise__district__code": filters.district})
    return wanted


def _estimate(path: str) -> Subquery:
    newest = Revision.objects.filter(application=OuterRef(path)).order_by("-number")
    return Subquery(newest.annotate(amount=KeyTextTransform("amount", "estimate")).values("amount")[:1])


def filtered_tasks(tasks: QuerySet[Task], filters: Filters) -> QuerySet[Any]:
    """Filter and order a tab for its page: due first, everything that a row shows loaded at once."""
    tasks = tasks.filter(_about(filters, "stage__case__application__"))
    if filters.stage:
        tasks = tasks.filter(stage__kind=filters.stage)
    if filters.overdue_on:
        tasks = tasks.filter(stage__state=StageState.OPEN, stage__due_on__lt=filters.overdue_on)
    return (
        tasks.select_related(
            "unit",
            "handler",
            "stage__case__application__clause",
            "stage__case__application__enterprise__district",
        )
        .annotate(estimate=_estimate("stage__case__application"))
        .order_by(F("stage__due_on").asc(nulls_last=True), "pk")
    )


def filtered_cases(cases: QuerySet[Case], filters: Filters) -> QuerySet[Any]:
    """Filter and order the list of all cases: newest first."""
    cases = cases.filter(_about(filters, "application__"))
    running = Stage.objects.filter(state__in=[StageState.OPEN, StageState.PAUSED])
    if filters.stage:
        cases = cases.filter(pk__in=running.filter(kind=filters.stage).values("case"))
    if filters.overdue_on:
        late = running.filter(state=StageState.OPEN, due_on__lt=filters.overdue_on)
        cases = cases.filter(pk__in=late.values("case"))
    return (
        cases.select_related("application__clause", "application__enterprise__district")
        .prefetch_related("stages__tasks__unit")
        .annotate(estimate=_estimate("application"))
        .order_by("-opened_at", "-pk")
    )


def fen_or_none(text: str | None) -> int | None:
    """An estimate's amount as it stands in JSON (元) in 分."""
    return None if text is None else parse_yuan(text)


def days_left(due_on: date | None, today: date, calendar: WorkingCalendar) -> int | None:
    """Working days left until the end of the due day; negative when overdue, None without a clock.

    The calendar is read once per page and given in, not once per row.
    """
    return None if due_on is None else calendar.working_days_left(today, due_on)


def next_task(user: User, after: Task) -> Task | None:
    """The first task that waits for this person, other than the one just done."""
    return filtered_tasks(tasks_for(user, "mine"), Filters()).exclude(pk=after.pk).first()
