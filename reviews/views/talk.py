"""Messages to the enterprise and internal notes: what the case page's forms send."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import OFFICER, Role, require
from accounts.models import Unit
from applications.forms.messages import enclosures
from applications.queries.messages import file_of
from common.errors import Conflict, DomainError, Invalid, NotAllowed
from common.views.downloads import stored_download
from reviews.actions.messages import write_to_enterprise
from reviews.actions.notes import withdraw_note, write_note
from reviews.models import Case, Note, Task
from reviews.queries.talk import writers_units
from reviews.talk_forms import InternalNoteForm, OfficersMessageForm, talk_of
from reviews.views.casefile import case_context, own_task, render_task, visible_case


def _task(request: HttpRequest, case: Case) -> Task | None:
    """The task from whose page the form was sent; None where it was the page of the case."""
    text = request.POST.get("task", "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    user: Any = request.user
    known = Task.objects.visible_to(user).filter(pk=int(text), stage__case=case).exists()
    return own_task(request, int(text)) if known else None


def _back(case: Case, task: Task | None, anchor: str) -> HttpResponse:
    address = reverse("reviews:task", args=[task.pk]) if task else reverse("reviews:case", args=[case.pk])
    return redirect(f"{address}#{anchor}")


def _refused(request: HttpRequest, case: Case, task: Task | None, error: DomainError, **forms: Any) -> HttpResponse:
    """The page again with the sentences and what was typed."""
    user: Any = request.user
    (form,) = forms.values()
    talk = talk_of(case, user, task=task, **forms)
    if task is not None:
        return render_task(request, task, status=error.status, errors=[form], talk=talk)
    context = case_context(case, reader=user) | {"talk": talk, "errors": [form], "has_errors": True}
    return render(request, "reviews/case.html", context, status=error.status)


def _unit(form: OfficersMessageForm | InternalNoteForm, what: str) -> Unit:
    unit = form.chosen_unit()
    if unit is None:
        raise NotAllowed(f"您现在不能{what}：由参与办理的单位的经办、审核人员填写，回避的人员除外。")
    return unit


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to the enterprise."""
    user: Any = request.user
    case = visible_case(request, pk)
    if request.method != "POST":
        return _back(case, None, "messages")
    task = _task(request, case)
    units = writers_units(case, user, "write_message")["write_message"]
    try:
        write_to_enterprise(
            case=case,
            unit=_unit(OfficersMessageForm(request.POST, units=units), "给企业写消息"),
            text=request.POST.get("text", ""),
            files=enclosures(request.FILES),
            by=user,
            at=timezone.now(),
        )
    except (Invalid, Conflict, NotAllowed) as error:
        form = OfficersMessageForm.refused(request.POST, request.FILES, error, units=units)
        return _refused(request, case, task, error, message_form=form)
    return _back(case, task, "messages")


@require_safe
@require(*OFFICER, Role.AUDITOR)
def message_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A file of a message about a visible case."""
    found = file_of(visible_case(request, pk).application, file)
    if found is None:
        raise Http404
    return stored_download(found)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an internal note."""
    user: Any = request.user
    case = visible_case(request, pk)
    if request.method != "POST":
        return _back(case, None, "notes")
    task = _task(request, case)
    form = InternalNoteForm(request.POST, units=writers_units(case, user, "write_note")["write_note"])
    try:
        write_note(
            case=case,
            unit=_unit(form, "写内部备注"),
            scope=request.POST.get("scope", ""),
            text=request.POST.get("text", ""),
            by=user,
            at=timezone.now(),
        )
    except (Invalid, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _refused(request, case, task, error, note_form=form)
    return _back(case, task, "notes")


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def take_back_note(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """Take back one's own note."""
    user: Any = request.user
    case = visible_case(request, pk)
    if request.method != "POST":
        return _back(case, None, "notes")
    withdraw_note(note=get_object_or_404(Note, pk=note, case=case), by=user, at=timezone.now())
    return _back(case, _task(request, case), "notes")
