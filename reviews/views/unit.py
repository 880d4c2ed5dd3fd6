"""本单位: who has how many tasks, what nobody holds, hand-over, rules, and who is away."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from accounts.actions.absences import end_absence, enter_absence
from accounts.models import Absence, Unit, User
from common.errors import DomainError
from common.queries import working_calendar
from reviews.actions import assign_task, hand_over
from reviews.actions.rules import add_rule, move_rule, switch_rule
from reviews.models import AssignmentRule, Task
from reviews.permissions import working_roles
from reviews.queries.assignment import (
    absences_of,
    holders_in,
    managed_units,
    member_units,
    open_tasks,
    people_of,
    rules_of,
    unassigned,
    workload,
)
from reviews.queries.queue import days_left
from reviews.unit_forms import AbsenceForm, AssignForm, HandOverForm, RuleForm
from reviews.views.decide import seen_version
from reviews.workflow import ROLES

MANAGERS = (Role.OFFICER_APPROVER, Role.LEADER)
MEMBERS = (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER)
PAGE_SIZE = 20


def _unit(request: HttpRequest, units: list[Unit]) -> Unit:
    """The unit that the address names, else the person's first one; 404 for a unit that is not the person's."""
    code = request.GET.get("unit", "")
    found = next((unit for unit in units if code in {"", unit.code}), None)
    if found is None:
        raise Http404
    return found


def _address(name: str, unit: Unit, *args: Any) -> str:
    return f"{reverse(f'reviews:{name}', args=args)}?{urlencode({'unit': unit.code})}"


def _frame(request: HttpRequest, unit: Unit, units: list[Unit], here: str) -> dict[str, Any]:
    """What the three pages share: the unit, the person's other units, and the way between the pages."""
    user: Any = request.user
    manages = unit in managed_units(user)
    pages = [("unit", "待办分布"), ("rules", "分办规则"), ("absences", "外出代办")] if manages else []
    return {
        "unit": unit,
        "manages": manages,
        "units": [
            {"label": other.name, "url": _address(here, other), "active": other == unit, "count": None}
            for other in units
            if len(units) > 1
        ],
        "tabs": [
            {"label": label, "url": _address(name, unit), "active": name == here, "count": None}
            for name, label in pages
        ],
    }


def _unit_page(
    request: HttpRequest,
    unit: Unit,
    units: list[Unit],
    *,
    status: int = 200,
    errors: Any = None,
    hand_over_form: HandOverForm | None = None,
    refused: tuple[int, AssignForm] | None = None,
) -> HttpResponse:
    today, calendar = timezone.localdate(), working_calendar()
    loads = workload(unit, today=today)
    away = {load.person.pk for load in loads if load.absence}
    page = Paginator(unassigned(unit), PAGE_SIZE).get_page(request.GET.get("page"))
    offered: dict[tuple[str, ...], list[User]] = {}
    rows = []
    for task in page:
        task.unit = unit
        roles = working_roles(task)
        if roles not in offered:
            offered[roles] = [person for person in people_of(unit, roles) if person.pk not in away]
        form = refused[1] if refused and refused[0] == task.pk else None
        rows.append(
            {
                "task": task,
                "application": task.stage.case.application,
                "days_left": days_left(task.stage.due_on, today, calendar),
                "paused": task.stage.state == "paused",
                "form": form or AssignForm(people=offered[roles], auto_id=f"id_{task.pk}_%s"),
            }
        )
    if hand_over_form is None:
        hand_over_form = _hand_over_form(unit)
    context = _frame(request, unit, units, "unit") | {
        "loads": loads,
        "totals": {
            name: sum(getattr(load, name) for load in loads) for name in ("open", "drafted", "paused", "overdue")
        },
        "page_obj": page,
        "rows": rows,
        "hand_over_form": hand_over_form,
        "errors": errors,
        "has_errors": bool(errors),
    }
    return render(request, "reviews/unit.html", context, status=status)


def _hand_over_form(unit: Unit, data: Any = None) -> HandOverForm:
    return HandOverForm(data, holders=holders_in(unit), people=people_of(unit, ROLES["claim"]))


@require_safe
@require(*MANAGERS)
def unit(request: HttpRequest) -> HttpResponse:
    """Who in the unit has how many tasks, and what nobody holds yet."""
    user: Any = request.user
    units = managed_units(user)
    return _unit_page(request, _unit(request, units), units)


@require_POST
@require(*MANAGERS)
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one of the tasks that nobody holds to a person of the unit."""
    user: Any = request.user
    task = get_object_or_404(Task.objects.visible_to(user).select_related("unit", "stage__case__application"), pk=pk)
    units = managed_units(user)
    if task.unit not in units:
        raise Http404
    form = AssignForm(request.POST, people=people_of(task.unit, working_roles(task)), auto_id=f"id_{task.pk}_%s")
    if not form.is_valid():
        return _unit_page(request, task.unit, units, status=422, errors=form, refused=(task.pk, form))
    to: User = form.cleaned_data["to"]
    try:
        assign_task(task=task, expected_version=seen_version(request), to=to, by=user, at=timezone.now())
    except DomainError as error:
        sentence = f"{task.stage.case.application.number}：{error.message}"
        return _unit_page(request, task.unit, units, status=error.status, errors=[sentence], refused=(task.pk, form))
    messages.success(request, f"{task.stage.case.application.number} 已交{to}办理。")
    return redirect(_address("unit", task.unit))


@require_POST
@require(*MANAGERS)
def move(request: HttpRequest) -> HttpResponse:
    """Hand every open task of one person over to another; the answer says what became of each."""
    user: Any = request.user
    units = managed_units(user)
    chosen = _unit(request, units)
    form = _hand_over_form(chosen, request.POST)
    if not form.is_valid():
        return _unit_page(request, chosen, units, status=422, errors=form, hand_over_form=form)
    member, to = form.cleaned_data["member"], form.cleaned_data["to"]
    try:
        results = hand_over(unit=chosen, member=member, to=to, by=user, at=timezone.now())
    except DomainError as error:
        form.refuse(error)
        return _unit_page(request, chosen, units, status=error.status, errors=form, hand_over_form=form)
    kept = sum(bool(result.sentence) for result in results)
    context = _frame(request, chosen, units, "unit") | {
        "member": member,
        "to": to,
        "results": results,
        "moved": len(results) - kept,
        "kept": kept,
        "remaining": max(0, open_tasks(chosen).filter(handler=member).count() - kept),
        "back": _address("unit", chosen),
    }
    return render(request, "reviews/handed_over.html", context)


def _rules_page(
    request: HttpRequest,
    unit: Unit,
    units: list[Unit],
    *,
    status: int = 200,
    form: RuleForm | None = None,
    errors: Any = None,
) -> HttpResponse:
    found, workers = rules_of(unit), people_of(unit, ROLES["claim"])
    able = {person.pk for person in workers}
    context = _frame(request, unit, units, "rules") | {
        "rules": [
            {
                "rule": rule,
                "first": number == 0,
                "last": number == len(found) - 1,
                "unable": rule.handler_id is not None and rule.handler_id not in able,
            }
            for number, rule in enumerate(found)
        ],
        "form": form or RuleForm(unit=unit, people=workers),
        "errors": errors,
        "has_errors": bool(errors),
    }
    return render(request, "reviews/rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*MANAGERS)
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the unit in order, and a form for another."""
    user: Any = request.user
    units = managed_units(user)
    chosen = _unit(request, units)
    if request.method != "POST":
        return _rules_page(request, chosen, units)
    form = RuleForm(request.POST, unit=chosen, people=people_of(chosen, ROLES["claim"]))
    status = 422
    if form.is_valid():
        try:
            add_rule(unit=chosen, by=user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, "已添加规则，对此后到达本单位的待办生效。")
            return redirect(_address("rules", chosen))
    return _rules_page(request, chosen, units, status=status, form=form, errors=form)


@require_POST
@require(*MANAGERS)
def change_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a rule up or down, switch it off or on; `step` says which."""
    user: Any = request.user
    units = managed_units(user)
    rule = get_object_or_404(AssignmentRule.objects.filter(unit__in=units).select_related("unit"), pk=pk)
    step, at = request.POST.get("step", ""), timezone.now()
    if step not in {"up", "down", "on", "off"}:
        raise Http404
    try:
        if step in {"up", "down"}:
            move_rule(rule=rule, up=step == "up", by=user, at=at)
        else:
            switch_rule(rule=rule, active=step == "on", by=user, at=at)
    except DomainError as error:
        return _rules_page(request, rule.unit, units, status=error.status, errors=[error.message])
    return redirect(_address("rules", rule.unit))


def _absences_page(
    request: HttpRequest,
    unit: Unit,
    units: list[Unit],
    *,
    status: int = 200,
    form: AbsenceForm | None = None,
    errors: Any = None,
) -> HttpResponse:
    user: Any = request.user
    manages, today = unit in managed_units(user), timezone.localdate()
    context = _frame(request, unit, units, "absences") | {
        "absences": [
            {
                "absence": absence,
                "label": "外出中" if absence.first_day <= today else "未开始",
                "tone": "warning" if absence.first_day <= today else "neutral",
                "may_end": manages or absence.user_id == user.pk,
            }
            for absence in absences_of(unit, today=today, about=None if manages else user)
        ],
        "form": form or _absence_form(unit, user),
        "errors": errors,
        "has_errors": bool(errors),
    }
    return render(request, "reviews/absences.html", context, status=status)


def _absence_form(unit: Unit, user: User, data: Any = None) -> AbsenceForm:
    """For 审核 and 负责人 about everybody who works in the unit, for others about themselves."""
    workers = people_of(unit, ROLES["claim"])
    manages = unit in managed_units(user)
    people = workers if manages else [person for person in workers if person.pk == user.pk]
    return AbsenceForm(data, people=people, deputies=workers, himself=user)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*MEMBERS)
def absences(request: HttpRequest) -> HttpResponse:
    """Who is away and who stands in: one's own, and for 审核 and 负责人 the whole unit's."""
    user: Any = request.user
    units = member_units(user)
    chosen = _unit(request, units)
    if request.method != "POST":
        return _absences_page(request, chosen, units)
    form = _absence_form(chosen, user, request.POST)
    status = 422
    if form.is_valid():
        try:
            made = enter_absence(unit=chosen, by=user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, f"已登记：{made.user}外出期间由{made.deputy}代办。")
            return redirect(_address("absences", chosen))
    return _absences_page(request, chosen, units, status=status, form=form, errors=form)


@require_POST
@require(*MEMBERS)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an absence early, or take it back before it has begun."""
    user: Any = request.user
    units = member_units(user)
    absence = get_object_or_404(Absence.objects.filter(unit__in=units).select_related("unit"), pk=pk)
    try:
        end_absence(absence=absence, by=user, at=timezone.now())
    except DomainError as error:
        return _absences_page(request, absence.unit, units, status=error.status, errors=[error.message])
    messages.success(request, "外出已结束，待办由本人办理。")
    return redirect(_address("absences", absence.unit))
