"""The gestures on a task; each calls one action and comes back with what was typed when it is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import OFFICER, require
from applications.actions import PointInput
from common.errors import Conflict, DomainError
from common.keys import VERSION_DIGITS, number_sent
from common.templatetags.ui import zhdate
from reviews.actions import (
    cancel_correction,
    confirm_decision,
    draft_decision,
    recuse,
    return_draft,
    return_for_correction,
)
from reviews.assessment import assess
from reviews.enums import ListPage, TaskState
from reviews.forms import CancelCorrectionForm, NoteForm, PointFormSet, RecusalForm, places_of, with_one_more_row
from reviews.list_presenters import address, task_address
from reviews.models import Task
from reviews.queries.queue import next_task, upcoming
from reviews.views.casefile import decision_form_of, list_query, own_task, render_task


def gesture(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that takes what the panel sends; whoever opens its address (a refused form stands under it, and it may be
    reloaded or passed on) is led to the task."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return redirect("reviews:task", pk)
        if "next" in request.POST:
            # Asked before the gesture: afterwards the task stands no more in the list whose next one is wanted.
            user: Any = request.user
            task = own_task(request, pk)
            request.upcoming = upcoming(user, task, list_query(request), today=timezone.localdate())  # type: ignore[attr-defined]
        return view(request, pk)

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


def seen_version(request: HttpRequest) -> int:
    """The version that the page showed; 0, which no row has, where the field is missing or spoilt."""
    return number_sent(request.POST.get("expected_version"), digits=VERSION_DIGITS)


def _refused(request: HttpRequest, task: Task, error: DomainError, **forms: Any) -> HttpResponse:
    """The page again with the sentence, the right status and everything that was typed."""
    conflict = error if isinstance(error, Conflict) else None
    form = forms.get("decision_form")
    if form is not None and conflict is None:
        for field, sentences in error.errors.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
    fresh = own_task(request, task.pk)
    return render_task(
        request, fresh, status=error.status, errors=None if conflict else error.errors, conflict=conflict, **forms
    )


def _onward(request: HttpRequest, task: Task, sentence: str) -> HttpResponse:
    """To the next task of the list from which the officer came, or back to the task."""
    messages.success(request, sentence)
    user: Any = request.user
    came_from = list_query(request)
    if "next" not in request.POST:
        return redirect(task_address(task.pk, came_from))
    now = timezone.now()
    ids = getattr(request, "upcoming", [])
    following = next_task(user, ids, today=timezone.localdate(now), at=now)
    if following is not None:
        return redirect(task_address(following.pk, came_from))
    if ids:
        messages.info(request, "这份列表中没有其他可由您办理的件了；同事正打开的件已略过。")
    return redirect(address(ListPage.QUEUE, came_from))


@gesture
@require(*OFFICER)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft this unit's decision; where one person suffices it is confirmed at once."""
    user: Any = request.user
    task = own_task(request, pk)
    revision = task.stage.case.application.revisions.order_by("-number")[0]
    form = decision_form_of(task, revision, assess(revision), request.POST, reader=user)
    if not form.is_valid():
        return render_task(request, task, status=422, decision_form=form, errors=form.errors)
    try:
        decision = draft_decision(
            task=task,
            expected_version=seen_version(request),
            outcome=form.chosen,
            reasons=form.cleaned_data["reasons"],
            reconciliation=form.cleaned_data.get("reconciliation", ""),
            amount_fen=form.cleaned_data.get("amount"),
            points=form.point_opinions,
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, task, error, decision_form=form)
    confirmed = decision.confirmed_at is not None
    outcome = decision.get_outcome_display()
    return _onward(
        request, task, f"已办结：{outcome}。" if confirmed else f"已提交“{outcome}”，等待本单位审核人员确认。"
    )


@gesture
@require(*OFFICER)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the drafted decision (审核)."""
    user: Any = request.user
    task = own_task(request, pk)
    try:
        decision = confirm_decision(task=task, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, task, error)
    reopened = Task.objects.get(pk=task.pk).state == TaskState.OPEN
    sentence = (
        "已确认。牵头单位意见不一致，任务已重新打开。" if reopened else f"已确认：{decision.get_outcome_display()}。"
    )
    return _onward(request, task, sentence)


@gesture
@require(*OFFICER)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the draft to the 经办 with a note."""
    user: Any = request.user
    task = own_task(request, pk)
    form = NoteForm(request.POST)
    form.is_valid()
    try:
        return_draft(
            task=task,
            expected_version=seen_version(request),
            note=form.cleaned_data.get("note", ""),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, task, error, note_form=form)
    return _onward(request, task, "已退回经办人。")


@gesture
@require(*OFFICER)
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the file for correction, every point at once."""
    user: Any = request.user
    task = own_task(request, pk)
    places = places_of(task.stage.case.application)
    if "add_row" in request.POST:
        data = with_one_more_row(request.POST, "points", most=50)
        return render_task(request, task, points=PointFormSet(data, prefix="points", form_kwargs={"places": places}))
    formset = PointFormSet(request.POST, prefix="points", form_kwargs={"places": places})
    if not formset.is_valid():
        return render_task(request, task, status=422, points=formset, errors=formset)
    kept = [form for form in formset if not form.cleaned_data.get("DELETE")]
    inputs = [PointInput(*form.target_and_key, form.cleaned_data["text"]) for form in kept]
    try:
        made = return_for_correction(
            task=task, expected_version=seen_version(request), points=inputs, by=user, at=timezone.now()
        )
    except DomainError as error:
        return _refused(request, task, error, points=formset)
    return _onward(request, task, f"已退回补正，期限 {zhdate(made.due_on)}；补正期间本环节暂停计时。")


@gesture
@require(*OFFICER)
def withdraw_correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an unanswered request for correction."""
    user: Any = request.user
    task = own_task(request, pk)
    form = CancelCorrectionForm(request.POST)
    form.is_valid()
    try:
        cancel_correction(
            task=task,
            expected_version=seen_version(request),
            reason=form.cleaned_data.get("reason", ""),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, task, error, cancel_form=form)
    return _onward(request, task, "已取消补正通知，恢复计时。")


@gesture
@require(*OFFICER)
def step_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Recuse oneself from the case."""
    user: Any = request.user
    task = own_task(request, pk)
    form = RecusalForm(request.POST)
    form.is_valid()
    try:
        recuse(task=task, reason=form.cleaned_data.get("reason", ""), by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, task, error, recusal_form=form)
    messages.success(request, "已登记回避，本件由本单位其他人员办理。")
    return redirect("reviews:queue")
