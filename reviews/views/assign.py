"""Taking a task, giving it to a colleague, handing it back; each calls one action."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.access import OFFICER, require
from common.errors import Conflict, DomainError
from reviews.actions import assign_task, claim_task, release_task
from reviews.models import Task
from reviews.permissions import working_roles
from reviews.queries.assignment import people_of
from reviews.unit_forms import AssignForm
from reviews.views.casefile import own_task, render_task
from reviews.views.decide import gesture, seen_version


def _refused(request: HttpRequest, task: Task, error: DomainError) -> HttpResponse:
    """The page of the task as it stands now, with the sentence."""
    conflict = error if isinstance(error, Conflict) else None
    return render_task(
        request,
        own_task(request, task.pk),
        status=error.status,
        errors=None if conflict else error.errors,
        conflict=conflict,
    )


@gesture
@require(*OFFICER)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the task; `take_over` says that a colleague holds it and is known to."""
    user: Any = request.user
    task = own_task(request, pk)
    take_over = request.POST.get("take_over") == "1"
    try:
        claim_task(task=task, expected_version=seen_version(request), by=user, at=timezone.now(), take_over=take_over)
    except DomainError as error:
        return _refused(request, task, error)
    messages.success(request, "已接手，本件由您承办。" if take_over else "已领取，本件由您承办。")
    return redirect("reviews:task", pk)


@gesture
@require(*OFFICER)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the task to a person of the unit."""
    user: Any = request.user
    task = own_task(request, pk)
    form = AssignForm(request.POST, people=people_of(task.unit, working_roles(task)))
    if not form.is_valid():
        return render_task(request, task, status=422, errors=form)
    try:
        assign_task(
            task=task, expected_version=seen_version(request), to=form.cleaned_data["to"], by=user, at=timezone.now()
        )
    except DomainError as error:
        return _refused(request, task, error)
    messages.success(request, f"已交{form.cleaned_data['to']}办理。")
    return redirect("reviews:task", pk)


@gesture
@require(*OFFICER)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the task back to the unit."""
    user: Any = request.user
    task = own_task(request, pk)
    try:
        release_task(task=task, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, task, error)
    messages.success(request, "已退回本单位，待领取。")
    return redirect("reviews:task", pk)
