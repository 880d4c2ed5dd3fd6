"""Exports: asked for on a list or a case, watched and fetched on a page of their own."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.access import OFFICER, Role, require
from common.errors import DomainError, Invalid
from common.keys import keys_sent
from reviews.actions.exports import WAITING, ask_for_case, ask_for_list, fetch_export, remove_export
from reviews.enums import ExportKind, ExportState, ListPage
from reviews.exports.store import path_of
from reviews.models import Export
from reviews.queries.exports import fetchable
from reviews.views.casefile import visible_case

READERS = (*OFFICER, Role.AUDITOR)
SHOWN = 50
TONES = {
    ExportState.QUEUED: "neutral",
    ExportState.RUNNING: "info",
    ExportState.DONE: "success",
    ExportState.FAILED: "danger",
}
_TYPES = {
    ExportKind.LIST: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportKind.CASE: "application/pdf",
}


@require_safe
@require(*READERS)
def exports(request: HttpRequest) -> HttpResponse:
    """The person's exports with their progress; htmx asks for the list alone while something is being written."""
    user: Any = request.user
    own = list(Export.objects.filter(owner=user)[:SHOWN])
    ready = fetchable(own, user)
    rows = [
        {
            "export": export,
            "tone": TONES[ExportState(export.state)],
            "waiting": export.state in WAITING,
            "may_fetch": export.pk in ready,
        }
        for export in own
    ]
    context = {"rows": rows, "waiting": any(row["waiting"] for row in rows), "days": settings.EXPORT_KEEP_DAYS}
    part = bool(request.headers.get("HX-Request"))
    return render(request, "reviews/_exports.html" if part else "reviews/exports.html", context)


@require_POST
@require(*READERS)
def export_list(request: HttpRequest) -> HttpResponse:
    """Ask for what a list shows, or for the rows that were ticked (`selected`)."""
    user: Any = request.user
    page = request.POST.get("page", "")
    if page not in ListPage.values:
        raise Invalid("没有这一列表，请从“我的待办”或“全部案卷”导出。")
    told = request.POST.getlist("selected")[:10_000]
    ticked = keys_sent(told)
    only = "only_selected" in request.POST
    if only and not ticked:
        messages.error(request, "没有勾选任何一件：请先勾选，或导出全部。")
        return _back(request)
    try:
        ask_for_list(
            page=ListPage(page),
            query=request.POST.get("query", "").removeprefix("?"),
            selected=ticked if only else (),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, f"没有导出：{error}")
        return _back(request)
    return redirect("reviews:exports")


@require_POST
@require(*READERS)
def export_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the whole file of a case as one PDF."""
    user: Any = request.user
    case = visible_case(request, pk)
    try:
        ask_for_case(case=case, by=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, f"没有生成：{error}")
        return redirect("reviews:case", pk)
    return redirect("reviews:exports")


def _back(request: HttpRequest) -> HttpResponse:
    """The page from which the question came; the exports where nobody knows."""
    came_from = request.headers.get("Referer", "")
    known = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return redirect(came_from if known else "reviews:exports")


def _own(request: HttpRequest, pk: int) -> Export:
    user: Any = request.user
    return get_object_or_404(Export, owner=user, pk=pk)


@require_safe
@require(*READERS)
def export_file(request: HttpRequest, pk: int) -> FileResponse:
    """The written file, for its owner while the rights last under which it was written."""
    user: Any = request.user
    export = _own(request, pk)
    fetch_export(export=export, by=user, at=timezone.now())
    response = FileResponse(path_of(export).open("rb"), content_type=_TYPES[ExportKind(export.kind)])
    response["Content-Disposition"] = content_disposition_header(True, export.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@require(*READERS)
def export_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an export back."""
    user: Any = request.user
    export = _own(request, pk)
    remove_export(export=export, by=user, at=timezone.now())
    messages.success(request, f"已删除“{export.name}”。")
    return redirect("reviews:exports")
