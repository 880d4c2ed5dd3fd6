"""The officers' lists: what waits for a person (我的待办) and every case the person may read (全部案卷).

A list is an address: `read` turns its parameters into a `Listing`, which gives the rows in their order to the page, to
an export and to 提交并处理下一件 alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.http import urlencode

from accounts.models import User
from applications.models import Application
from common.queries import working_calendar
from common.workdays import WorkingCalendar
from reviews.columns import Column, Row, chosen, offered, sortable
from reviews.enums import ListPage, StageState, TaskState
from reviews.models import Case, ListColumns, Participation, Recusal, Stage, Task
from reviews.queries.desk import Desk, desk_of
from reviews.queries.filters import LABELS, Filters, Offer, narrow_cases, narrow_tasks, offer, read_filters
from reviews.queries.ordering import order_of, usual
from reviews.queries.presence import open_elsewhere
from reviews.workflow import ALWAYS_TWO_PERSON, PANEL_STAGES

#: Tabs of the queue in their order: key → label.
TABS: dict[str, str] = {"mine": "待我办理", "unit": "本单位在办", "paused": "暂停计时", "done": "已办"}
#: Counting stops here, so that a large list costs no more to count than this many rows.
MOST_COUNTED = 9_999
#: What of an address belongs to a list, in the order in which it is written.
PARAMETERS = ("tab", *LABELS, "sort", "cols")
_RUNNING = (StageState.OPEN, StageState.PAUSED)


def tasks_for(desk: Desk, tab: str) -> QuerySet[Task]:
    """The tasks of one tab; `mine` are those on which this person can act now.

    Those are the person's own, those of absent colleagues for whom the person stands in, and those that nobody has
    taken. What another 经办 has is not mine, nor is a case from which the person has stepped back or in which they
    acted at another stage. A draft waits for every 审核 of the unit but its author.
    """
    own = Task.objects.visible_to(desk.user).filter(unit__in=desk.units)
    if tab == "done":
        return own.filter(state=TaskState.DONE)
    if tab == "paused":
        return own.filter(stage_state=StageState.PAUSED).exclude(state=TaskState.CANCELLED)
    running = own.filter(stage_state=StageState.OPEN, state__in=[TaskState.OPEN, TaskState.DRAFTED])
    if tab == "unit":
        return running
    alone = Q(unit__in=desk.alone) & ~Q(stage_kind__in=[kind.value for kind in ALWAYS_TWO_PERSON])
    convenes = Q(unit__in=desk.approves, stage_kind__in=[kind.value for kind in PANEL_STAGES])
    # Whoever no longer works in the unit holds nothing: such a task is free for all.
    to_draft = Q(state=TaskState.OPEN) & (Q(unit__in=desk.drafts) | alone | convenes) & ~Q(handler__in=desk.others)
    drafted = Task.objects.filter(
        decisions__drafted_by=desk.user, decisions__confirmed_at=None, decisions__returned_at=None
    )
    to_confirm = Q(state=TaskState.DRAFTED, unit__in=desk.approves) & ~Q(pk__in=drafted.values("pk"))
    recused = Recusal.objects.filter(case=OuterRef("case"), user=desk.user)
    elsewhere = Participation.objects.filter(case=OuterRef("case"), user=desk.user).exclude(stage=OuterRef("stage"))
    # Each by itself: the planner makes a join of one NOT EXISTS, not of two in one bracket.
    return running.filter(to_draft | to_confirm).filter(~Exists(recused)).filter(~Exists(elsewhere))


@dataclass(frozen=True)
class Listing:
    """One list as its address asks for it. `faults`: what in the address makes no sense, in sentences, left out."""

    page: ListPage
    tab: str
    desk: Desk
    filters: Filters
    sort: str
    columns: tuple[Column, ...]
    offer: Offer
    calendar: WorkingCalendar
    query: str
    faults: tuple[str, ...]

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return self.filters != Filters()

    def found(self) -> QuerySet[Any]:
        """What the list holds, without order and without what rows show."""
        if self.page == ListPage.CASES:
            return narrow_cases(Case.objects.visible_to(self.desk.user), self.filters, self.desk, self.calendar)
        return narrow_tasks(tasks_for(self.desk, self.tab), self.filters, self.desk, self.calendar)

    def ordered(self) -> QuerySet[Any]:
        """What the list holds in its order, all that a row shows loaded at once."""
        return _loaded(self.page, self.found()).order_by(*order_of(self.page, self.sort))

    def slice(self, first: int, last: int) -> list[Any]:
        """A stretch of the list, loaded: sorted by ids alone, so that only what is shown is fetched."""
        order = order_of(self.page, self.sort)
        ids = self.found().order_by(*order).values("pk")[first:last]
        return list(_loaded(self.page, _of(self.page).filter(pk__in=ids)).order_by(*order))

    def rows(self, objects: Iterable[Any]) -> Iterator[Row]:
        """The rows of tasks or cases of this list, as `ordered` gives them, read in pieces with iterator() or whole."""
        for item in objects:
            if self.page == ListPage.QUEUE:
                case, task, stage, tasks = item.case, item, item.stage, (item,)
            else:
                case, task, stage = item, None, next(iter(item.running), None)
                tasks = tuple(stage.shown) if stage else ()
            self._attach(case.application, tasks)
            yield Row(
                page=self.page,
                case=case,
                application=case.application,
                task=task,
                tasks=tasks,
                stage=stage,
                days_left=self._days_left(stage, task),
            )

    def _attach(self, application: Application, tasks: Iterable[Task]) -> None:
        """Units and clauses are few and read already: rows get them from here, not by a join each."""
        application.clause = self.offer.clauses[application.clause_id]
        application.enterprise.district = self.offer.units[application.enterprise.district_id]
        for task in tasks:
            task.unit = self.offer.units[task.unit_id]

    def _days_left(self, stage: Stage | None, task: Task | None) -> int | None:
        if stage is None or stage.state != StageState.OPEN or (task is not None and task.state == TaskState.DONE):
            return None
        return days_left(stage.due_on, self.desk.today, self.calendar)


def _of(page: ListPage) -> QuerySet[Any]:
    return Case.objects.all() if page == ListPage.CASES else Task.objects.all()


def _loaded(page: ListPage, found: QuerySet[Any]) -> QuerySet[Any]:
    """What a row shows, loaded with it; units and clauses come from the offer."""
    if page == ListPage.QUEUE:
        return found.select_related("handler", "stage__panel", "case__application__enterprise")
    tasks = Task.objects.exclude(state=TaskState.CANCELLED).select_related("handler")
    # The stage that is worked on before one that waits for it.
    stages = Stage.objects.filter(state__in=_RUNNING).select_related("panel").order_by("state")
    return found.select_related("application__enterprise").prefetch_related(
        Prefetch("stages", stages.prefetch_related(Prefetch("tasks", tasks, to_attr="shown")), to_attr="running")
    )


def days_left(due_on: date | None, today: date, calendar: WorkingCalendar) -> int | None:
    """Working days left until the end of the due day; negative when overdue, None without a clock.

    The calendar is read once per page and given in, not once per row.
    """
    return None if due_on is None else calendar.working_days_left(today, due_on)


# Reading an address -----------------------------------------------------------------------------------------------


def read(user: User, page: ListPage, params: Mapping[str, str], *, today: date, desk: Desk | None = None) -> Listing:
    """The list that an address asks for; what makes no sense in it is left out and told."""
    desk = desk or desk_of(user, today=today)
    offered_here = offer(page, desk)
    filters, faults = read_filters(params, offered_here)
    tab = params.get("tab") or "mine"
    if page == ListPage.CASES:
        tab = ""
    elif tab not in TABS:
        faults["tab"] = "没有这一分类，已显示“待我办理”。"
        tab = "mine"
    sort = params.get("sort") or usual(page, tab)
    if sort.removeprefix("-") not in sortable(page):
        faults["sort"] = "不能按此排序，已按通常次序排列。"
        sort = usual(page, tab)
    asked = [key for key in (params.get("cols") or "").split(",") if key]
    if not set(asked) <= set(offered(page)):
        faults["cols"] = "地址中有未知的列，已略去。"
    return Listing(
        page=page,
        tab=tab,
        desk=desk,
        filters=filters,
        sort=sort,
        columns=columns_for(user, page, params),
        offer=offered_here,
        calendar=working_calendar(),
        query=clean_query(page, {key: value for key, value in params.items() if key not in faults}),
        faults=tuple(faults.values()),
    )


def columns_for(user: User, page: ListPage, params: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns of a list: those of the address, else those that the person keeps, else the usual ones."""
    asked = [key for key in (params.get("cols") or "").split(",") if key in offered(page)]
    if not asked:
        kept = ListColumns.objects.filter(user=user, page=page).values_list("columns", flat=True).first()
        asked = [key for key in kept or [] if isinstance(key, str)]
    return chosen(page, asked)


def clean_query(page: ListPage, params: Any) -> str:
    """An address reduced to what belongs to a list: known names, one value each, empty ones left out."""
    known = [name for name in PARAMETERS if name != "tab" or page == ListPage.QUEUE]
    return urlencode([(name, str(params[name]).strip()) for name in known if str(params.get(name) or "").strip()])


# Counting ---------------------------------------------------------------------------------------------------------


def capped_counts(querysets: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each holds, in one query; MOST_COUNTED + 1 stands for more."""
    counts: list[int | None] = []
    selects: list[str] = []
    values: list[Any] = []
    for found in querysets:
        try:
            sql, params = found.order_by().values("pk")[: MOST_COUNTED + 1].query.sql_with_params()
        except EmptyResultSet:
            counts.append(0)
            continue
        counts.append(None)
        selects.append(f"(SELECT count(*) FROM ({sql}) AS found)")  # noqa: S608 - Django's own text, values apart
        values += params
    if selects:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(selects)}", values)
            answers = iter(cursor.fetchone() or ())
        return [next(answers) if count is None else count for count in counts]
    return [0 for _ in counts]


# What comes next ---------------------------------------------------------------------------------------------------


def upcoming(user: User, task: Task, query: str, *, today: date) -> list[int]:
    """The tasks of the list at this address on which the person can act, from behind `task` on and round to it.

    Asked before a gesture that takes the task out of the list; a list of finished or paused ones stands for 待我办理.
    """
    params = dict(parse_qsl(query))
    if params.get("tab") in {"paused", "done"}:
        params = {}
    listing = read(user, ListPage.QUEUE, params, today=today)
    workable = listing.found()
    if listing.tab != "mine":
        workable = workable.filter(pk__in=tasks_for(listing.desk, "mine").values("pk"))
    order = order_of(ListPage.QUEUE, listing.sort)
    ids = list(workable.order_by(*order).values_list("pk", flat=True)[:MOST_COUNTED])
    place = ids.index(task.pk) if task.pk in ids else -1
    return [*ids[place + 1 :], *ids[: max(place, 0)]]


def next_task(user: User, ids: Sequence[int], *, today: date, at: datetime) -> Task | None:
    """The first of these tasks that still waits for the person and that nobody else has open."""
    waiting = tasks_for(desk_of(user, today=today), "mine").filter(pk__in=ids)
    free = {task.pk: task for task in waiting.exclude(pk__in=open_elsewhere(user, at=at))}
    return next((free[pk] for pk in ids if pk in free), None)
