"""The route of one case: naming the members of its open group (市各有关单位)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Role, require
from common.errors import Conflict, DomainError
from reviews.actions.open_groups import pick_units as pick
from reviews.enums import StageState
from reviews.group_forms import UnitsForm
from reviews.models import Stage
from reviews.permissions import check_may
from reviews.queries.routes import keeper_task
from reviews.views.casefile import visible_case


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.OFFICER_HANDLER, Role.OFFICER_APPROVER)
def pick_units(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the units that are consulted besides those of the clause, or say why nobody else is."""
    user: Any = request.user
    case = visible_case(request, pk)
    stage = case.stages.filter(open_group=True).select_related("group_filled_by").first()
    if stage is None:
        raise Http404
    stage.case = case
    keeper = keeper_task(case)
    keeper.stage.case = case
    check_may(keeper, "pick_units", user, at=timezone.now())
    if request.method != "POST":
        return _page(request, stage, UnitsForm(stage=stage))
    form = UnitsForm(request.POST, stage=stage)
    if not form.is_valid():
        return _page(request, stage, form, status=422)
    chosen = list(form.cleaned_data["units"])
    try:
        pick(stage=stage, units=chosen, reason=form.cleaned_data["reason"], by=user, at=timezone.now())
    except Conflict as error:
        fresh = Stage.objects.select_related("group_filled_by").get(pk=stage.pk)
        fresh.case = case
        return _page(request, fresh, form, status=error.status, conflict=error)
    except DomainError as error:
        for field, sentences in error.errors.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        return _page(request, stage, form, status=error.status)
    names = "、".join(unit.name for unit in chosen)
    messages.success(request, f"已请 {names} 参加会审。" if names else "已确定不再征求其他单位意见。")
    return redirect("reviews:case", case.pk)


def _page(
    request: HttpRequest, stage: Stage, form: UnitsForm, *, status: int = 200, conflict: Conflict | None = None
) -> HttpResponse:
    context = {
        "case": stage.case,
        "application": stage.case.application,
        "stage": stage,
        "named": [task.unit.name for task in stage.tasks.select_related("unit")],
        "form": form,
        "conflict": conflict,
        "has_errors": conflict is not None,
        "can_pick": stage.group_filled_at is None and stage.state == StageState.OPEN,
        # Where it cannot be sent again, what was chosen and written stands there to be read.
        "sent": form.cleaned_data if form.is_bound and form.is_valid() else None,
    }
    return render(request, "reviews/units.html", context, status=status)
