"""对过去年度的影响: what a publication would have done to every past year with files, before it is published."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Role, require
from awards.actions.impact import start_impact
from awards.actions.simulate import may_simulate
from awards.exports_impact import impact_sheets
from awards.impact_report import impact_report
from awards.publication_changes import past_years
from awards.queries.impact import impact_gate, impacts_of, progress_of
from common.errors import DomainError
from policies.enums import PublicationState
from policies.models import Publication
from policies.presenters import tabs

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: So many of those who gain and lose are on the page; the simulation of the year has all that are kept.
SHOWN = 10


def _publication(pk: int) -> Publication:
    found: Publication = get_object_or_404(Publication.objects.select_related("document", "submitted_by"), pk=pk)
    return found


@require_safe
@require(*READERS)
def impact(request: HttpRequest, pk: int) -> HttpResponse:
    """The sentences first, then years, clauses, districts, who gains and who loses; before that, how far it is."""
    user: Any = request.user
    found = _publication(pk)
    impacts = impacts_of(found)
    report = impact_report(impacts)
    progress = progress_of(impacts)
    is_open = found.state == PublicationState.OPEN
    context = {
        "publication": found,
        "document": found.document,
        "tabs": tabs("editing:publications", found.document),
        "report": report,
        "progress": progress,
        "running": bool(impacts) and not progress.is_over,
        "asked": impacts[0] if impacts else None,
        "owed": impact_gate(found),
        "past_years": past_years(found) if is_open and not impacts else [],
        "may_start": may_simulate(user) and is_open and progress.is_over,
        "tables": [("clauses", "按条款", "条款", report.clauses), ("districts", "按县区", "县区", report.districts)],
        "shown": SHOWN,
    }
    return render(request, "awards/impact.html", context)


@require_safe
@require(*READERS)
def impact_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that counts, asked for again and again; when it is over the whole page is due."""
    found = _publication(pk)
    if not request.headers.get("HX-Request"):
        return redirect("awards:impact", pk)
    progress = progress_of(impacts_of(found))
    if progress.is_over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "awards/_impact_progress.html", {"publication": found, "progress": progress})


@require_POST
@require(Role.ADMINISTRATOR)
def impact_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, or start anew; without any past file there is nothing to start."""
    user: Any = request.user
    found = _publication(pk)
    try:
        started = start_impact(
            publication=found, include_refused="include_refused" in request.POST, by=user, at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("awards:impact", pk)
    if started:
        messages.success(request, "已开始测算。可以离开本页，结果留在这里。")
    else:
        messages.info(request, "过去没有提交过申报，无须测算。")
    return redirect("awards:impact", pk)


@require_safe
@require(*READERS)
def impact_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer as a spreadsheet, once all of it is there."""
    found = _publication(pk)
    impacts = impacts_of(found)
    if not impacts or not progress_of(impacts).is_over:
        raise Http404
    return HttpResponse(
        impact_sheets(found, impact_report(impacts)),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="impact-{found.pk}.xlsx"'},
    )
