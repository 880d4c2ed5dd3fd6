"""Panels as the unit that keeps the file sees them: convene, members, criteria, start, ranking."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import OFFICER, Role, require
from common.errors import Conflict, DomainError
from reviews.actions.panel_members import add_member, appoint_chair, leave_panel
from reviews.actions.panels import convene_panel, panel_size, set_criteria, start_scoring
from reviews.enums import PanelState, StageKind
from reviews.forms import with_one_more_row
from reviews.models import Panel, PanelMember, Task
from reviews.panel_forms import AddMemberForm, ConveneForm, CriterionFormSet, LeaveForm, criteria_of, put_faults
from reviews.panel_presenters import PANEL_TONES, board_rows, progress_text, quota_text, shortage
from reviews.permissions import gestures_of
from reviews.queries.panel_board import board_of
from reviews.queries.panels import bars, experts_of, interests, may_convene, overseen_panels, unattached, visible_panels
from reviews.queries.routes import procedure_settings
from reviews.views.casefile import own_task
from reviews.views.decide import seen_version
from reviews.workflow import PANEL_STAGES

CONVENERS = (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER)


def gesture(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that takes what the panel's page sends; whoever opens its address is led to the panel."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        return view(request, pk, **kwargs) if request.method == "POST" else redirect("reviews:panel", pk)

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


@require_safe
@require(*OFFICER, Role.AUDITOR)
def panels(request: HttpRequest) -> HttpResponse:
    """The panels of the person's units, newest first."""
    user: Any = request.user
    found = overseen_panels(user).select_related("unit", "clause").order_by("-convened_at", "-pk")
    rows = [{"panel": panel, "tone": PANEL_TONES[PanelState(panel.state)]} for panel in found]
    return render(request, "reviews/panels/list.html", {"rows": rows})


def _title(task: Task) -> str:
    """The name that is proposed for a new panel."""
    application = task.stage.case.application
    if task.stage.kind == StageKind.AUDIT:
        return f"{application.number} 第三方审计"
    earlier = Panel.objects.filter(clause=application.clause_id, policy_year=application.policy_year).exists()
    title = f"{application.policy_year}年度{application.clause.title}{'补充' if earlier else '专家'}评审"
    return title[:120]


def _convene_context(task: Task, user: Any, **values: Any) -> dict[str, Any]:
    """What the page of a new panel shows besides its forms."""
    application = task.stage.case.application
    competition = task.stage.kind == StageKind.EXPERT
    waiting = unattached(task.unit, clause_id=application.clause_id, policy_year=application.policy_year)
    return {
        "task": task,
        "application": application,
        "competition": competition,
        "needed": procedure_settings(application.clause.document).panel_size if competition else 1,
        "may": "convene" in gestures_of(task, user),
        "files": waiting.count() if competition else 1,
        "experts": experts_of(task.unit).exists(),
        **values,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@require(*CONVENERS)
def convene(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a panel together for the task's stage, with what the settings propose."""
    user: Any = request.user
    task = own_task(request, pk)
    if task.stage.kind not in PANEL_STAGES:
        return redirect("reviews:task", pk)
    if task.stage.panel_id is not None:
        return redirect("reviews:panel", task.stage.panel_id)

    def page(status: int = 200, **values: Any) -> HttpResponse:
        context = _convene_context(task, user, **values)
        return render(request, "reviews/panels/convene.html", context, status=status)

    form = ConveneForm(request.POST or None, experts=experts_of(task.unit), initial={"title": _title(task)})
    formset = _criteria(request, task) if task.stage.kind == StageKind.EXPERT else None
    if request.method != "POST":
        return page(form=form, criteria=formset)
    if "add_row" in request.POST:
        return page(form=form, criteria=_more(request))
    if not (form.is_valid() & (formset is None or formset.is_valid())):
        faulty = [form, *(formset.forms if formset is not None else [])]
        return page(422, form=form, criteria=formset, errors=faulty, has_errors=True)
    try:
        made = convene_panel(
            task=task,
            expected_version=seen_version(request),
            title=form.cleaned_data["title"],
            members=form.chosen,
            chair=form.chosen_chair,
            criteria=criteria_of(formset) if formset is not None else (),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        # Sent again after a conflict, the form carries the version that stands now.
        task = own_task(request, pk)
        if isinstance(error, Conflict):
            return page(error.status, form=form, criteria=formset, conflict=error, has_errors=True)
        put_faults(form, error)
        return page(error.status, form=form, criteria=formset, errors=form, has_errors=True)
    messages.success(request, f"已组建“{made.title}”，共 {made.stages.count()} 件。请核对成员和评分项后开始评审。")
    return redirect("reviews:panel", made.pk)


def _criteria(request: HttpRequest, task: Task) -> Any:
    """The rows that were sent, or what the settings propose."""
    if request.method == "POST":
        return CriterionFormSet(request.POST, prefix="criteria")
    settings = procedure_settings(task.stage.case.application.clause.document)
    proposed = [{"name": name, "points": points} for name, points in settings.criteria]
    return CriterionFormSet(prefix="criteria", initial=proposed)


def _more(request: HttpRequest) -> Any:
    """The criteria that were sent with one more row."""
    return CriterionFormSet(with_one_more_row(request.POST, "criteria", most=24), prefix="criteria")


def shown_panel(request: HttpRequest, pk: int) -> Panel:
    """A panel that the person oversees, or sits on and that has ended; 404 otherwise."""
    user: Any = request.user
    overseen = overseen_panels(user).values("pk")
    ended = visible_panels(user).filter(state=PanelState.CONCLUDED).values("pk")
    rows = Panel.objects.filter(pk__in=overseen) | Panel.objects.filter(pk__in=ended)
    return get_object_or_404(rows.select_related("unit", "clause", "concluded_by", "convened_by"), pk=pk)


def own_panel(request: HttpRequest, pk: int) -> Panel:
    """A panel of one of the person's units as an officer; 404 otherwise."""
    user: Any = request.user
    return get_object_or_404(overseen_panels(user).select_related("unit", "clause"), pk=pk)


def render_panel(
    request: HttpRequest,
    panel: Panel,
    *,
    status: int = 200,
    add_form: AddMemberForm | None = None,
    leave: tuple[int, LeaveForm] | None = None,
    criteria: Any = None,
    errors: Any = None,
    conflict: Any = None,
) -> HttpResponse:
    """The panel's page; forms that were refused come back with what was typed."""
    user: Any = request.user
    overseen = overseen_panels(user).filter(pk=panel.pk).exists()
    board = board_of(panel)
    # Nobody reads what is said of a file in which they have an interest; of the members, that was not theirs to judge.
    barred = (interests if overseen else bars)([row.stage for row in board.rows], {user.pk})
    board, kept_back = board.without([stage_id for stage_id, _ in barred]), len(barred)
    running = panel.state != PanelState.CONCLUDED
    may = running and may_convene(panel.unit, user)
    needed = panel_size(panel, board)
    if may and add_form is None:
        add_form = AddMemberForm(experts=_others(panel))
    if may and panel.state == PanelState.PREPARING and panel.kind == StageKind.EXPERT and criteria is None:
        lines = [{"name": line.name, "points": line.points} for line in board.criteria]
        criteria = CriterionFormSet(prefix="criteria", initial=lines)
    context = {
        "panel": panel,
        "board": board,
        "rows": board_rows(board),
        "tone": PANEL_TONES[PanelState(panel.state)],
        "audit": panel.kind == StageKind.AUDIT,
        "quota_text": quota_text(board),
        "progress_text": progress_text(board),
        "shortage": shortage(board, needed) if panel.state == PanelState.SCORING else [],
        "needed": needed,
        "may": may,
        "links": overseen,
        "kept_back": kept_back,
        "members": [
            {
                "member": member,
                "form": leave[1] if leave and leave[0] == member.pk else LeaveForm(auto_id=f"id_{member.pk}_%s"),
            }
            for member in board.members
        ],
        "add_form": add_form if may else None,
        "criteria": criteria if may else None,
        "errors": errors,
        "conflict": conflict,
        "has_errors": bool(errors or conflict),
    }
    return render(request, "reviews/panels/panel.html", context, status=status)


def _leave_form(member: int, data: Any = None) -> LeaveForm:
    """One of the forms of the page, each with ids of its own."""
    return LeaveForm(data, auto_id=f"id_{member}_%s")


def _others(panel: Panel) -> list[Any]:
    active = panel.members.filter(left_at=None).values("user")
    return list(experts_of(panel.unit).exclude(pk__in=active))


def _refused(request: HttpRequest, panel: Panel, error: DomainError, form: Any = None, **forms: Any) -> HttpResponse:
    """The panel's page again with the sentence, the right status, and what was typed in `form`."""
    fresh = own_panel(request, panel.pk)
    if isinstance(error, Conflict):
        return render_panel(request, fresh, status=error.status, conflict=error, **forms)
    if form is not None:
        put_faults(form, error)
    return render_panel(request, fresh, status=error.status, errors=form or error.errors, **forms)


@require_safe
@require(*OFFICER, Role.AUDITOR, Role.EXPERT)
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel with its ranking; its own members see it once it has ended."""
    return render_panel(request, shown_panel(request, pk))


@gesture
@require(*CONVENERS)
def criteria(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the criteria while the panel is being put together."""
    user: Any = request.user
    found = own_panel(request, pk)
    if "add_row" in request.POST:
        return render_panel(request, found, criteria=_more(request))
    formset = CriterionFormSet(request.POST, prefix="criteria")
    if not formset.is_valid():
        return render_panel(request, found, status=422, criteria=formset, errors=formset.forms)
    try:
        set_criteria(
            panel=found,
            expected_version=seen_version(request),
            criteria=criteria_of(formset),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, found, error, criteria=formset)
    messages.success(request, "评分项已保存。")
    return redirect("reviews:panel", pk)


@gesture
@require(*CONVENERS)
def members(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one more expert onto the panel."""
    user: Any = request.user
    found = own_panel(request, pk)
    form = AddMemberForm(request.POST, experts=_others(found))
    if not form.is_valid():
        return render_panel(request, found, status=422, add_form=form, errors=form.errors)
    try:
        add_member(panel=found, expected_version=seen_version(request), user=form.chosen, by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error, form, add_form=form)
    messages.success(request, f"{form.chosen} 已加入评审组。")
    return redirect("reviews:panel", pk)


@gesture
@require(*CONVENERS)
def leave(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """Take a member off the panel."""
    user: Any = request.user
    found = own_panel(request, pk)
    seat = get_object_or_404(PanelMember.objects.select_related("user"), pk=member, panel=found)
    form = _leave_form(member, request.POST)
    form.is_valid()
    try:
        leave_panel(
            member=seat,
            expected_version=seen_version(request),
            reason=form.cleaned_data.get("reason", ""),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, found, error, form, leave=(member, form))
    messages.success(request, f"{seat.user} 已退出评审组。")
    return redirect("reviews:panel", pk)


@gesture
@require(*CONVENERS)
def chair(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """Make a member the chair."""
    user: Any = request.user
    found = own_panel(request, pk)
    seat = get_object_or_404(PanelMember.objects.select_related("user"), pk=member, panel=found)
    try:
        appoint_chair(member=seat, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    messages.success(request, f"已确定 {seat.user} 为组长。")
    return redirect("reviews:panel", pk)


@gesture
@require(*CONVENERS)
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the scoring."""
    user: Any = request.user
    found = own_panel(request, pk)
    try:
        start_scoring(panel=found, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    messages.success(request, "评审已开始，已通知全部成员。")
    return redirect("reviews:panel", pk)
