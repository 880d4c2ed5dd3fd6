"""我的待办 and 全部案卷."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import OFFICER, Role, require
from common.queries import working_calendar
from reviews.enums import CaseState, StageState, TaskState
from reviews.forms import FilterForm
from reviews.models import Case
from reviews.presenters import CASE_TONES, TASK_TONES
from reviews.queries.queue import (
    TABS,
    Filters,
    days_left,
    fen_or_none,
    filtered_cases,
    filtered_tasks,
    tab_counts,
    tasks_for,
)

PAGE_SIZE = 50


def _filters(request: HttpRequest) -> tuple[FilterForm, Filters]:
    form = FilterForm(request.GET or None)
    form.is_valid()
    return form, Filters.of(getattr(form, "cleaned_data", {}), today=timezone.localdate())


@require_safe
@require(*OFFICER)
def queue(request: HttpRequest) -> HttpResponse:
    """The officer's start page: what waits for this person, due first."""
    user: Any = request.user
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in TABS else "mine"
    form, filters = _filters(request)
    page = Paginator(filtered_tasks(tasks_for(user, tab), filters), PAGE_SIZE).get_page(request.GET.get("page"))
    today, calendar = timezone.localdate(), working_calendar()
    rows = [
        {
            "task": task,
            "application": task.stage.case.application,
            "tone": TASK_TONES[TaskState(task.state)],
            "state": "待审核" if task.state == TaskState.DRAFTED else task.get_state_display(),
            "amount_fen": fen_or_none(task.estimate),
            "days_left": days_left(task.stage.due_on, today, calendar) if task.state != TaskState.DONE else None,
            "paused": task.stage.state == StageState.PAUSED,
        }
        for task in page
    ]
    counts = tab_counts(user)
    context = {
        "tabs": [
            {"label": label, "url": f"?tab={key}", "active": key == tab, "count": counts[key]}
            for key, label in TABS.items()
        ],
        "tab": tab,
        "filters": form,
        "keep": [("tab", tab)],
        "clear_url": f"?tab={tab}",
        "filtered": filters != Filters(),
        "page_obj": page,
        "rows": rows,
    }
    return render(request, "reviews/queue.html", context)


@require_safe
@require(*OFFICER, Role.AUDITOR)
def cases(request: HttpRequest) -> HttpResponse:
    """Every case that this person may read."""
    user: Any = request.user
    form, filters = _filters(request)
    page = Paginator(filtered_cases(Case.objects.visible_to(user), filters), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    today, calendar = timezone.localdate(), working_calendar()
    rows = []
    for case in page:
        running = next((s for s in case.stages.all() if s.state in {StageState.OPEN, StageState.PAUSED}), None)
        rows.append(
            {
                "case": case,
                "application": case.application,
                "tone": CASE_TONES[CaseState(case.state)],
                "stage": running,
                "units": "、".join(task.unit.name for task in running.tasks.all()) if running else "",
                "days_left": days_left(running.due_on, today, calendar) if running else None,
                "paused": bool(running and running.state == StageState.PAUSED),
                "amount_fen": fen_or_none(case.estimate),
            }
        )
    context = {"filters": form, "filtered": filters != Filters(), "page_obj": page, "rows": rows}
    return render(request, "reviews/cases.html", context)
