"""The desk of experts and auditors from outside: their files, their sheets, the chair's conclusion."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, require
from common.errors import Conflict, DomainError
from common.queries import working_calendar
from common.views.downloads import stored_download
from reviews.actions.conclusion import conclude_panel, why_chair_may_not
from reviews.actions.scoring import recuse_expert, save_sheet, submit_sheet
from reviews.assessment import assess
from reviews.enums import PanelState, StageKind
from reviews.models import Panel, PanelMember, Sheet, Stage
from reviews.panel_forms import ConcludeForm, ExpertRecusalForm, SheetForm, put_faults
from reviews.panel_presenters import (
    PANEL_TONES,
    board_rows,
    desk_state,
    file_content,
    panel_bounds,
    quota_text,
    sheet_lines,
)
from reviews.presenters import bounds_text
from reviews.queries.evidence import filed_attachment
from reviews.queries.panel_board import Board, board_of
from reviews.queries.panel_desk import desk_of, seat_and_file
from reviews.queries.panels import LIVE, sits_on
from reviews.queries.queue import days_left
from reviews.ranking import points_text
from reviews.views.decide import seen_version


@require_safe
@require(Role.EXPERT)
def desk(request: HttpRequest) -> HttpResponse:
    """The panels that the person sits on, with what is still to be done."""
    user: Any = request.user
    today, calendar = timezone.localdate(), working_calendar()
    blocks = []
    for entry in desk_of(user):
        panel = entry.seat.panel
        files = [
            {
                "file": file,
                "state": desk_state(panel, file),
                "days_left": days_left(file.stage.due_on, today, calendar) if file.live else None,
                "open": not file.bar and (panel.state != PanelState.PREPARING or file.live),
            }
            for file in entry.files
        ]
        tone = PANEL_TONES[PanelState(panel.state)]
        blocks.append({"entry": entry, "panel": panel, "tone": tone, "files": files})
    return render(request, "reviews/panels/desk.html", {"blocks": blocks})


def _own(request: HttpRequest, pk: int, stage: int) -> tuple[PanelMember, Stage]:
    """The person's seat and a file of the panel that is the person's to see; 404 otherwise."""
    user: Any = request.user
    found = seat_and_file(user, panel_id=pk, stage_id=stage)
    if found is None:
        raise Http404
    return found


def _seen(request: HttpRequest) -> datetime | None:
    """When the sheet was last saved as the page showed it; a spoilt field reads as never."""
    try:
        return parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        return None


def _render_file(
    request: HttpRequest,
    seat: PanelMember,
    stage: Stage,
    *,
    status: int = 200,
    form: SheetForm | None = None,
    recusal_form: ExpertRecusalForm | None = None,
    errors: Any = None,
    conflict: Any = None,
) -> HttpResponse:
    panel, application = seat.panel, stage.case.application
    revision = application.revisions.select_related("clause_version").order_by("-number")[0]
    revision.application = application
    sheet = Sheet.objects.filter(member=seat, stage=stage).first()
    submitted = sheet is not None and sheet.submitted_at is not None
    scoring = panel.state == PanelState.SCORING and stage.state in LIVE
    audit = panel.kind == StageKind.AUDIT
    lines = sheet_lines(panel, sheet) if sheet is not None and submitted else []
    assessment = assess(revision)
    if form is None and scoring and not submitted:
        form = _sheet_form(seat, stage, None)
    context = {
        "panel": panel,
        "stage": stage,
        "application": application,
        "revision": revision,
        "audit": audit,
        "preparing": panel.state == PanelState.PREPARING,
        "filed": file_content(
            revision, url=lambda attachment: reverse("reviews:expert_attachment", args=[panel.pk, stage.pk, attachment])
        ),
        "assessment": assessment,
        "bounds_text": bounds_text(assessment) if audit else panel_bounds(revision),
        "days_left": days_left(stage.due_on, timezone.localdate(), working_calendar()) if scoring else None,
        "sheet": sheet,
        "submitted": submitted,
        "lines": lines,
        "full": sum(line["full"] for line in lines),
        "total": points_text(sum((Fraction(line["points"]) for line in lines), Fraction(0))),
        # The exact instant: a sheet that another window saved meanwhile is told apart by it.
        "seen": sheet.saved_at.isoformat() if sheet is not None else "",
        "form": form,
        "may_submit": scoring and not submitted,
        "may_recuse": panel.state != PanelState.CONCLUDED and stage.state in LIVE,
        "recusal_form": recusal_form or ExpertRecusalForm(),
        "errors": errors,
        "conflict": conflict,
        "has_errors": bool(errors or conflict),
        "seat": seat,
    }
    return render(request, "reviews/panels/file.html", context, status=status)


def _sheet_form(seat: PanelMember, stage: Stage, data: Any) -> SheetForm:
    sheet = Sheet.objects.filter(member=seat, stage=stage).first()
    return SheetForm(data, kind=seat.panel.kind, criteria=seat.panel.criteria.all(), sheet=sheet)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.EXPERT)
def file(request: HttpRequest, pk: int, stage: int) -> HttpResponse:
    """One file with the own sheet; a post saves a draft or submits."""
    user: Any = request.user
    seat, found = _own(request, pk, stage)
    if request.method != "POST":
        return _render_file(request, seat, found)
    form = _sheet_form(seat, found, request.POST)
    if not form.is_valid():
        return _render_file(request, seat, found, status=422, form=form, errors=form.errors)
    submit = "submit" in request.POST
    gesture = submit_sheet if submit else save_sheet
    try:
        gesture(
            member=seat,
            stage=found,
            seen=_seen(request),
            scores=form.scores,
            verified_fen=form.cleaned_data.get("verified"),
            remarks=form.cleaned_data["remarks"],
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        conflict = error if isinstance(error, Conflict) else None
        if conflict is None:
            put_faults(form, error)
        return _render_file(
            request, seat, found, status=error.status, form=form, errors=None if conflict else form, conflict=conflict
        )
    if submit:
        messages.success(request, f"{found.case.application.number} 的评分表已提交，提交后不能修改。")
        return redirect("reviews:expert_desk")
    messages.success(request, "草稿已保存，尚未提交。")
    return redirect("reviews:expert_file", pk, stage)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.EXPERT)
def step_back(request: HttpRequest, pk: int, stage: int) -> HttpResponse:
    """Recuse oneself from one file."""
    user: Any = request.user
    seat, found = _own(request, pk, stage)
    if request.method != "POST":
        return redirect("reviews:expert_file", pk, stage)
    form = ExpertRecusalForm(request.POST)
    form.is_valid()
    try:
        recuse_expert(member=seat, stage=found, reason=form.cleaned_data.get("reason", ""), by=user, at=timezone.now())
    except DomainError as error:
        conflict = error if isinstance(error, Conflict) else None
        if conflict is None:
            put_faults(form, error)
        return _render_file(
            request,
            seat,
            found,
            status=error.status,
            recusal_form=form,
            errors=None if conflict else form,
            conflict=conflict,
        )
    messages.success(request, "已登记回避，这件申报不再由您评审。")
    return redirect("reviews:expert_desk")


@require_safe
@require(Role.EXPERT)
def attachment(request: HttpRequest, pk: int, stage: int, attachment: int) -> HttpResponse:
    """A document of a file that is before the person, once scoring has started; always a download."""
    seat, found = _own(request, pk, stage)
    if seat.panel.state == PanelState.PREPARING:
        raise Http404
    row = filed_attachment(found.case.application, attachment)
    if row is None:
        raise Http404
    return stored_download(row)


def _render_conclusion(
    request: HttpRequest,
    panel: Panel,
    form: ConcludeForm | None = None,
    *,
    status: int = 200,
    errors: Any = None,
    conflict: Any = None,
) -> HttpResponse:
    board = _board_for_chair(panel)
    complete, barred = board.complete, why_chair_may_not(board)
    readable = complete and not barred
    context = {
        "panel": panel,
        "board": board,
        "complete": complete,
        "barred": "" if errors else barred,
        "readable": readable,
        "rows": board_rows(board) if readable else [],
        "waiting": [] if complete else [row for row in board.rows if row.outstanding or not row.submitted],
        "quota_text": quota_text(board),
        "bounds_text": _bounds(board) if readable else "",
        "audit": panel.kind == StageKind.AUDIT,
        "form": form or (ConcludeForm(board=board) if readable else None),
        "errors": errors,
        "conflict": conflict,
        "has_errors": bool(errors or conflict),
    }
    return render(request, "reviews/panels/conclude.html", context, status=status)


def _board_for_chair(panel: Panel) -> Board:
    """The panel's board; nobody's marks before all of them are final, and none to a chair who must not judge a file."""
    board = board_of(panel)
    return board if board.complete and not why_chair_may_not(board) else board.masked()


def _bounds(board: Board) -> str:
    return panel_bounds(board.rows[0].application) if board.panel.kind == StageKind.EXPERT else ""


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.EXPERT)
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """The chair reads averages and ranks once every sheet is in, and ends the panel."""
    user: Any = request.user
    seat = get_object_or_404(sits_on(user).select_related("panel__unit", "panel__clause"), panel=pk, is_chair=True)
    panel = seat.panel
    if request.method != "POST":
        if panel.state == PanelState.CONCLUDED:
            return redirect("reviews:panel", pk)
        return _render_conclusion(request, panel)
    form = ConcludeForm(request.POST, board=_board_for_chair(panel))
    if not form.is_valid():
        return _render_conclusion(request, panel, form, status=422, errors=form)
    try:
        conclude_panel(
            panel=panel,
            expected_version=seen_version(request),
            verdicts=form.verdicts,
            remarks=form.cleaned_data["remarks"],
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        conflict = error if isinstance(error, Conflict) else None
        if conflict is None:
            put_faults(form, error)
        fresh = Panel.objects.select_related("unit", "clause").get(pk=pk)
        return _render_conclusion(
            request, fresh, form, status=error.status, errors=None if conflict else form, conflict=conflict
        )
    messages.success(request, "评审已结束，各件的结论已提交，申报进入下一环节。")
    return redirect("reviews:panel", pk)
