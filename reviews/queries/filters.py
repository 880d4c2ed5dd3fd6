"""What the address of a list asks for: read with forbearance, nonsense told and left out, put into conditions."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import UnitKind
from accounts.models import Unit
from common.money import MoneyError, parse_entry
from common.workdays import WorkingCalendar, end_of_day
from policies.models import Clause
from reviews.enums import CaseState, ListPage, StageKind, StageState, TaskState
from reviews.models import Case, Stage, Task
from reviews.queries.desk import Desk
from reviews.queries.search import matching
from reviews.workflow import PANEL_STAGES

Choices = list[tuple[str, str]]

DUE: Choices = [
    ("overdue", "已逾期"),
    ("today", "今日到期"),
    ("2days", "两个工作日内到期"),
    ("week", "本周到期"),
    ("paused", "暂停计时"),
]
PANEL: Choices = [
    ("expert", "须专家评审"),
    ("sampled", "抽中第三方审计"),
    ("in", "当前环节已编入评审组"),
    ("out", "当前环节尚未编入评审组"),
]
#: What the filters are called, in the order of the form.
LABELS = {
    "q": "企业名称、代码、编号或条款",
    "stage": "环节",
    "due": "期限",
    "clause": "条款",
    "handler": "承办人",
    "state": "状态",
    "policy_year": "政策年度",
    "district": "所属县区",
    "unit": "办理单位",
    "panel": "评审与抽审",
    "passed": "已办结的环节",
    "amount_from": "测算金额不低于（元）",
    "amount_to": "测算金额不高于（元）",
    "filed_from": "提交日期自",
    "filed_to": "提交日期至",
}
#: Longest text that is searched for.
LONGEST = 60
#: No stored amount is larger (分).
MOST_FEN = 10**17
_RUNNING = (StageState.OPEN, StageState.PAUSED)


@dataclass(frozen=True)
class Filters:
    """What is asked for; empty fields do not filter. Amounts in 分, days included on both ends."""

    q: str = ""
    stage: str = ""
    state: str = ""
    clause: str = ""
    policy_year: int | None = None
    district: str = ""
    unit: str = ""
    handler: str = ""
    due: str = ""
    panel: str = ""
    passed: str = ""
    amount_from: int | None = None
    amount_to: int | None = None
    filed_from: date | None = None
    filed_to: date | None = None


@dataclass(frozen=True)
class Offer:
    """What can be chosen in a list's filters: field → (value, label); and the units and clauses themselves by id, so
    that rows need not join them."""

    choices: Mapping[str, Choices]
    units: Mapping[int, Unit]
    clauses: Mapping[int, Clause]

    def label(self, name: str, value: str) -> str:
        """A chosen value in words."""
        return dict(self.choices.get(name, [])).get(value, value)


def offer(page: ListPage, desk: Desk) -> Offer:
    """The choices of a list for this person, in two queries."""
    units = list(Unit.objects.order_by("kind", "order", "pk"))
    clauses = list(Clause.objects.public().order_by("document", "order"))
    known = {unit.pk for unit in units} if page == ListPage.CASES else set(desk.units)
    states: Iterable[TaskState | CaseState] = CaseState
    if page == ListPage.QUEUE:
        states = (TaskState.OPEN, TaskState.DRAFTED, TaskState.DONE)
    people = [] if desk.is_auditor else [("me", "我")]
    return Offer(
        units={unit.pk: unit for unit in units},
        clauses={clause.pk: clause for clause in clauses},
        choices={
            "stage": [(kind.value, str(kind.label)) for kind in StageKind],
            "due": DUE,
            "clause": [
                (clause.clause_id, f"{clause.clause_id} {clause.title}") for clause in clauses if clause.is_monetary
            ],
            "handler": [
                ("none", "未分办"),
                *people,
                *((str(pk), name) for pk, name in desk.colleagues.items() if pk != desk.user.pk),
            ],
            "state": [(state.value, str(state.label)) for state in states],
            "district": [(unit.code, unit.name) for unit in units if unit.kind == UnitKind.DISTRICT],
            "unit": [(unit.code, unit.name) for unit in units if unit.pk in known],
            "panel": PANEL,
            "passed": list(StageKind.choices),
        },
    )


# Reading ----------------------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    if "\0" in text or len(text) > LONGEST:
        raise ValueError(f"请输入不超过 {LONGEST} 个字的内容")
    return text


def _year(text: str) -> int:
    if not re.fullmatch(r"20[0-9]{2}", text):
        raise ValueError("请输入四位年份，如 2024")
    return int(text)


def _amount(text: str) -> int:
    try:
        fen = parse_entry(text)
    except MoneyError as error:
        raise ValueError(str(error).rstrip("。")) from error
    if fen > MOST_FEN:
        raise ValueError("金额过大")
    return fen


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("日期写作 2026-03-02")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("没有这一天") from error
    if not 2000 <= day.year <= 2100:
        raise ValueError("没有这一天的申报")
    return day


_READ: dict[str, Callable[[str], object]] = {
    "q": _text,
    "policy_year": _year,
    "amount_from": _amount,
    "amount_to": _amount,
    "filed_from": _day,
    "filed_to": _day,
}


def read_filters(params: Mapping[str, str], offered: Offer) -> tuple[Filters, dict[str, str]]:
    """The filters of an address, and field → sentence for what in it makes no sense and is left out."""
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name in LABELS:
        text = (params.get(name) or "").strip()
        if not text:
            continue
        try:
            if name in _READ:
                found[name] = _READ[name](text)
            elif text in dict(offered.choices[name]):
                found[name] = text
            else:
                raise ValueError("没有这一选项")
        except ValueError as error:
            faults[name] = f"筛选条件“{LABELS[name]}”无法识别，已忽略：{error}。"
    return Filters(**found), faults


# Conditions -------------------------------------------------------------------------------------------------------


def _about(filters: Filters, case: str) -> Q:
    """What concerns the file itself, reached through `case` (ends with __, or empty)."""
    wanted = matching(filters.q, case) if filters.q else Q()
    application = f"{case}application__"
    if filters.clause:
        wanted &= Q(**{f"{application}clause__clause_id": filters.clause})
    if filters.policy_year:
        wanted &= Q(**{f"{application}policy_year": filters.policy_year})
    if filters.district:
        wanted &= Q(**{f"{application}enterprise__district__code": filters.district})
    if filters.amount_from is not None:
        wanted &= Q(**{f"{case}estimate_fen__gte": filters.amount_from})
    if filters.amount_to is not None:
        wanted &= Q(**{f"{case}estimate_fen__lte": filters.amount_to})
    if filters.filed_from:
        wanted &= Q(**{f"{application}filed_at__gte": end_of_day(filters.filed_from - timedelta(days=1))})
    if filters.filed_to:
        wanted &= Q(**{f"{application}filed_at__lt": end_of_day(filters.filed_to)})
    if filters.panel == "sampled":
        wanted &= Q(**{f"{case}sampled": True})
    if filters.passed:
        done = Stage.objects.filter(kind=filters.passed, state=StageState.DONE)
        wanted &= Q(**{f"{case}pk__in": done.values("case")})
    return wanted


def _handled(filters: Filters, desk: Desk) -> Q:
    """Whose the task is."""
    if filters.handler == "none":
        return Q(handler=None)
    return Q(handler=desk.user.pk if filters.handler == "me" else int(filters.handler))


def _timed(filters: Filters, today: date, calendar: WorkingCalendar) -> Q:
    """Where the clock of a task's stage stands."""
    if filters.due == "paused":
        return Q(stage_state=StageState.PAUSED)
    running = Q(stage_state=StageState.OPEN)
    if filters.due == "overdue":
        return running & Q(due_on__lt=today)
    last = {
        "today": today,
        "2days": calendar.add_working_days(today, 2),
        "week": today + timedelta(days=6 - today.weekday()),
    }[filters.due]
    return running & Q(due_on__range=(today, last))


def _panelled(filters: Filters) -> Q:
    """Whether a stage that a panel decides has its panel."""
    return Q(stage_kind__in=[kind.value for kind in PANEL_STAGES], stage__panel__isnull=filters.panel == "out")


def narrow_tasks(tasks: QuerySet[Task], filters: Filters, desk: Desk, calendar: WorkingCalendar) -> QuerySet[Task]:
    """The tasks that the filters ask for."""
    tasks = tasks.filter(_about(filters, "case__"))
    if filters.stage:
        tasks = tasks.filter(stage_kind=filters.stage)
    if filters.state:
        tasks = tasks.filter(state=filters.state)
    if filters.unit:
        tasks = tasks.filter(unit__code=filters.unit)
    if filters.handler:
        tasks = tasks.filter(_handled(filters, desk))
    if filters.due:
        tasks = tasks.filter(_timed(filters, desk.today, calendar))
    if filters.panel in {"in", "out"}:
        tasks = tasks.filter(_panelled(filters))
    elif filters.panel == "expert":
        tasks = tasks.filter(Exists(Stage.objects.filter(case=OuterRef("case"), kind=StageKind.EXPERT)))
    return tasks


def narrow_cases(cases: QuerySet[Case], filters: Filters, desk: Desk, calendar: WorkingCalendar) -> QuerySet[Case]:
    """The cases that the filters ask for; stage, unit, handler and clock are those of the stage that runs now."""
    cases = cases.filter(_about(filters, ""))
    if filters.state:
        cases = cases.filter(state=filters.state)
    running = Q()
    if filters.stage:
        running &= Q(stage_kind=filters.stage)
    if filters.unit:
        running &= Q(unit__code=filters.unit, state__in=[TaskState.OPEN, TaskState.DRAFTED])
    if filters.handler:
        running &= _handled(filters, desk) & Q(state__in=[TaskState.OPEN, TaskState.DRAFTED])
        if not desk.is_auditor:
            running &= Q(unit__in=desk.units)
    if filters.due:
        running &= _timed(filters, desk.today, calendar)
    if filters.panel in {"in", "out"}:
        running &= _panelled(filters)
    if running:
        found = Task.objects.filter(running, stage_state__in=_RUNNING)
        cases = cases.filter(pk__in=found.values("case"))
    if filters.panel == "expert":
        cases = cases.filter(Exists(Stage.objects.filter(case=OuterRef("pk"), kind=StageKind.EXPERT)))
    return cases
