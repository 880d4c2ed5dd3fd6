"""异议 as a lead works on them: the desk, one objection, its answer; each look at who objected is recorded."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, has_role, require
from awards.actions.objections import (
    OPEN_OBJECTIONS,
    decide_objection,
    draft_answer,
    look_at_identity,
    return_answer,
)
from awards.enums import ItemState, ObjectionState
from awards.forms.publicity import AnswerForm, ReturnForm, VersionForm
from awards.letters_publicity import objection_subject
from awards.models import Objection
from awards.permissions import CONFIRMERS, DRAFTERS, why_not_for_lead
from awards.publicity_presenters import ITEM_TONES, objection_row
from awards.views.publicity import ROOM, pdf_answer
from common.errors import Conflict, DomainError
from common.queries import working_calendar
from common.views.downloads import stored_download
from letters.models import Letter
from reviews.permissions import bar_of
from reviews.queries.routes import keeper_task
from reviews.views.decide import seen_version

PAGE_SIZE = 25


def gesture(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that takes what the objection's page sends; whoever opens its address is led to that page."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int) -> HttpResponse:
        return view(request, pk) if request.method == "POST" else redirect("awards:objection", pk)

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


def own_objection(request: HttpRequest, pk: int) -> Objection:
    """An objection that the person may read; 404 otherwise."""
    user: Any = request.user
    found = Objection.objects.visible_to(user).select_related(
        "item__round__unit", "item__award__unit", "item__award__application__enterprise", "drafted_by", "decided_by"
    )
    return get_object_or_404(found, pk=pk)


@require_safe
@require(*ROOM)
def objections(request: HttpRequest) -> HttpResponse:
    """The desk: what waits first, due first; answered ones on the other tab."""
    user: Any = request.user
    done = request.GET.get("view") == "done"
    mine = Objection.objects.visible_to(user)
    waiting = mine.filter(state__in=OPEN_OBJECTIONS)
    if done:
        found = mine.exclude(state__in=OPEN_OBJECTIONS).order_by("-decided_at", "-pk")
    else:
        # On the same day what the 审核 has before them comes first: it is nearly done.
        nearly = Case(When(state=ObjectionState.DRAFTED, then=Value(0)), default=Value(1), output_field=IntegerField())
        found = waiting.order_by("due_on", nearly, "pk")
    page = Paginator(found.select_related("item__round"), PAGE_SIZE).get_page(request.GET.get("page"))
    today, calendar = timezone.localdate(), working_calendar()
    here = reverse("awards:objections")
    context = {
        "rows": [objection_row(one, today=today, calendar=calendar) for one in page],
        "page_obj": page,
        "done": done,
        "tabs": [
            {"label": "待答复", "url": here, "active": not done, "count": waiting.count()},
            {"label": "已答复", "url": f"{here}?view=done", "active": done, "count": None},
        ],
    }
    return render(request, "awards/publicity/objections.html", context)


def render_objection(request: HttpRequest, objection: Objection, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of an objection. Who objected stands on it only where `identity` is given, after it was recorded."""
    user: Any = request.user
    item, award = objection.item, objection.item.award
    drafter = not why_not_for_lead(award, user, DRAFTERS)
    approver = not why_not_for_lead(award, user, CONFIRMERS)
    auditor = has_role(user, (Role.AUDITOR,))
    bar = None if auditor else bar_of(keeper_task(award.application.case), user)
    row = objection_row(objection, today=timezone.localdate(), calendar=working_calendar())
    others = item.objections.exclude(pk=objection.pk).order_by("filed_at", "pk")
    context = {
        "objection": objection,
        "item": item,
        "item_tone": ITEM_TONES[ItemState(item.state)],
        "row": row,
        "bar": bar,
        "may_see": drafter or approver,
        "identity": False,
        "files": objection.files.order_by("pk"),
        "letters": Letter.objects.about(objection_subject(objection)).numbered(),
        "others": others,
        "may_draft": drafter and objection.state == ObjectionState.OPEN,
        "may_decide": approver and objection.state == ObjectionState.DRAFTED and objection.drafted_by_id != user.pk,
        "may_return": approver and objection.state == ObjectionState.DRAFTED,
        "gone_back": item.state == ItemState.UPHELD and objection.state in OPEN_OBJECTIONS,
        "last_open": not others.filter(state__in=OPEN_OBJECTIONS).exists(),
        "answer_form": AnswerForm(initial=_drafted(objection)),
        "return_form": ReturnForm(),
        "version_form": VersionForm(initial={"expected_version": objection.version}, auto_id=False),
        **extra,
    }
    return render(request, "awards/publicity/objection.html", context, status=status)


def _drafted(objection: Objection) -> dict[str, Any]:
    verdict = {None: "", True: "yes", False: "no"}[objection.upheld]
    return {"upheld": verdict, "answer": objection.answer}


def _again(request: HttpRequest, pk: int, error: DomainError, form: Any = None, **forms: Any) -> HttpResponse:
    """The page again with the sentences and what was typed."""
    fresh = own_objection(request, pk)
    if isinstance(error, Conflict) or form is None:
        return render_objection(request, fresh, status=error.status, conflict=error, has_errors=True, **forms)
    form.is_valid()
    form.errors.clear()
    form.refuse(error)
    return render_objection(request, fresh, status=error.status, errors=form, has_errors=True, **forms)


@require_safe
@require(*ROOM)
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection."""
    return render_objection(request, own_objection(request, pk))


@gesture
@require(*ROOM)
def objection_identity(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who objected, once, and record that it was looked at."""
    user: Any = request.user
    found = own_objection(request, pk)
    try:
        look_at_identity(objection=found, by=user, at=timezone.now())
    except DomainError as error:
        return _again(request, pk, error)
    return render_objection(request, found, identity=True)


@gesture
@require(*ROOM)
def objection_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an answer down for the 审核."""
    user: Any = request.user
    found, form = own_objection(request, pk), AnswerForm(request.POST)
    try:
        draft_answer(
            objection=found,
            upheld=form.verdict,
            answer=request.POST.get("answer", ""),
            expected_version=seen_version(request),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _again(request, pk, error, form, answer_form=form)
    messages.success(request, "答复已提交，已通知本单位审核人员。")
    return redirect("awards:objection", pk)


@gesture
@require(*ROOM)
def objection_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a drafted answer back."""
    user: Any = request.user
    found, form = own_objection(request, pk), ReturnForm(request.POST)
    try:
        return_answer(
            objection=found,
            expected_version=seen_version(request),
            note=request.POST.get("note", ""),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _again(request, pk, error, form, return_form=form)
    messages.success(request, "已退回经办人修改。")
    return redirect("awards:objection", pk)


@gesture
@require(*ROOM)
def objection_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the answer as it was shown."""
    user: Any = request.user
    found = own_objection(request, pk)
    try:
        decided = decide_objection(objection=found, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _again(request, pk, error)
    messages.success(request, f"{decided.number}已答复：{decided.get_state_display()}。答复文书正在制作。")
    return redirect("awards:objection", pk)


@require_safe
@require(*ROOM)
def objection_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A file of an objection, for the lead's 经办 and 审核; recorded like every look at who objected."""
    user: Any = request.user
    found = own_objection(request, pk)
    stored = get_object_or_404(found.files, pk=file)
    look_at_identity(objection=found, by=user, at=timezone.now(), what=f"file:{stored.pk}")
    return stored_download(stored)


@require_safe
@require(*ROOM)
@cache_control(no_store=True, private=True)
def objection_letter(request: HttpRequest, pk: int, letter: int) -> HttpResponse:
    """Receipt or answer, which name the objector: for the lead's 经办 and 审核, recorded."""
    user: Any = request.user
    found = own_objection(request, pk)
    issued = Letter.objects.about(objection_subject(found)).numbered().filter(pk=letter).first()
    if issued is None:
        raise Http404
    look_at_identity(objection=found, by=user, at=timezone.now(), what=f"letter:{issued.pk}")
    return pdf_answer(issued)
