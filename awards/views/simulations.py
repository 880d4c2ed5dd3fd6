"""政策模拟: what a changed policy would do to a whole year; administrators ask, auditors read along."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from awards.actions import may_simulate, start_again, start_simulation
from awards.enums import SimulationState
from awards.exports import spreadsheet
from awards.forms import ChangeForm, ChooseForm, DocumentForm, carried_form
from awards.models import Simulation
from awards.queries.left_out import LeftOut
from awards.queries.simulations import years_to_choose
from awards.reports import Asked, Report, report_of, section_words
from common.errors import DomainError
from common.templatetags.ui import zhdatetime
from policies.models import Clause, Document
from policies.queries import published_policy
from policies.rules.change import adjustable
from policies.rules.impact import Impact
from policies.rules.intake import EvaluationFault

PAGE_SIZE = 50
READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
TONES = {
    SimulationState.QUEUED: "info",
    SimulationState.RUNNING: "info",
    SimulationState.DONE: "success",
    SimulationState.FAILED: "danger",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _crumbs(label: str) -> list[dict[str, Any]]:
    return [{"label": "政策模拟", "url": reverse("awards:simulations")}, {"label": label, "url": None}]


def _visible(request: HttpRequest, pk: int) -> Simulation:
    user: Any = request.user
    found: Simulation = get_object_or_404(
        Simulation.objects.visible_to(user).select_related("document", "asked_by"), pk=pk
    )
    return found


def _report(simulation: Simulation) -> Report:
    if simulation.result is None:
        raise Http404
    return report_of(
        simulation.document,
        simulation.policy_year,
        include_refused=simulation.include_refused,
        note=simulation.note,
        changed=simulation.changed,
        impact=Impact.from_json(simulation.result),
        left_out=LeftOut.from_json(simulation.left_out),
        asked=Asked(simulation.pk, simulation.asked_by.name, zhdatetime(simulation.asked_at)),
    )


@require_safe
@require(*READERS)
def simulation_list(request: HttpRequest) -> HttpResponse:
    """Every simulation, the newest first."""
    user: Any = request.user
    # The answers are large, and the list shows their sums only.
    found = Simulation.objects.visible_to(user).select_related("document", "asked_by").defer("result", "left_out")
    found = found.annotate(whole=F("result__whole"))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = []
    for one in page:
        whole = getattr(one, "whole", None) or {}
        rows.append(
            {
                "simulation": one,
                "tone": TONES[SimulationState(one.state)],
                "changed": [
                    f"{section_words(each['section'])} {each['label']}：{each['before']} → {each['after']}"
                    for each in one.changed[:3]
                ],
                "more": max(len(one.changed) - 3, 0),
                "before": whole.get("before"),
                "after": whole.get("after"),
            }
        )
    return render(request, "awards/simulations.html", {"rows": rows, "page_obj": page, "may_start": may_simulate(user)})


# ------------------------------------------------------------------------------------------------- asking


@dataclass(frozen=True)
class _Chosen:
    """The policy and year that a form is about."""

    document: Document
    year: int

    @property
    def key(self) -> str:
        return f"{self.document.slug}:{self.year}"

    @property
    def titles(self) -> dict[str, str]:
        clauses = Clause.objects.filter(document=self.document, is_monetary=True).order_by("order")
        return dict(clauses.values_list("clause_id", "title"))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def simulation_new(request: HttpRequest) -> HttpResponse:
    """Choose a year, fill in what changes, start; an earlier simulation (`from`) fills all of it in."""
    options = {_Chosen(document, year): files for document, year, files in years_to_choose()}
    labels = [
        (one.key, f"{one.document.number} {one.year} 年度（已提交 {files:,} 件）") for one, files in options.items()
    ]
    earlier = _earlier(request)
    asked = request.POST.get("choice") or request.GET.get("choice")
    asked = asked or (f"{earlier.document.slug}:{earlier.policy_year}" if earlier else None)
    chosen = next((one for one in options if one.key == asked), None)
    newest = next((one.key for one, files in options.items() if files), None)
    choose = ChooseForm({"choice": asked} if asked else None, choices=labels, initial={"choice": newest})
    if chosen is None:
        return render(
            request,
            "awards/simulation_new.html",
            {"choose": choose, "has_years": bool(labels), "crumbs": _crumbs("新的模拟")},
            status=422 if asked else 200,
        )
    places = adjustable(published_policy(chosen.document.number, chosen.year))
    if request.method == "POST":
        return _start(request, chosen, choose, places)
    if earlier is None:
        return _form_page(request, chosen, choose, _Asked(ChangeForm(places, chosen.titles), DocumentForm()))
    fields = carried_form(places, chosen.titles, earlier.change)
    asking = _Asked(
        fields,
        DocumentForm({"text": json.dumps(earlier.change, ensure_ascii=False, indent=2)}),
        include_refused=earlier.include_refused,
    )
    return _form_page(request, chosen, choose, asking, earlier=earlier)


def _earlier(request: HttpRequest) -> Simulation | None:
    user: Any = request.user
    text = request.GET.get("from", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return Simulation.objects.visible_to(user).select_related("document").filter(pk=int(text)).first()


@dataclass(frozen=True)
class _Asked:
    """What is on the page of a question: the fields (None: only a document can say this change) and the document."""

    fields: ChangeForm | None
    document: DocumentForm
    include_refused: bool = False


def _start(request: HttpRequest, chosen: _Chosen, choose: ChooseForm, places: Any) -> HttpResponse:
    user: Any = request.user
    by_document = request.POST.get("mode") == "document"
    fields = ChangeForm(places, chosen.titles, None if by_document else request.POST)
    document = DocumentForm(request.POST, request.FILES) if by_document else DocumentForm()
    form: Any = document if by_document else fields
    include_refused = "include_refused" in request.POST
    if form.is_valid():
        try:
            simulation = start_simulation(
                document=chosen.document,
                policy_year=chosen.year,
                change=document.change if by_document else fields.change(),
                include_refused=include_refused,
                by=user,
                at=timezone.now(),
            )
        except EvaluationFault as fault:
            if by_document:
                document.refuse(fault.faults)
            else:
                fields.show(fault.faults)
        else:
            messages.success(request, "模拟已开始。可以离开本页，完成后会有消息。")
            return redirect("awards:simulation", simulation.pk)
    only_document = by_document and "only_document" in request.POST
    asking = _Asked(None if only_document else fields, document, include_refused)
    status = 413 if document.too_large else 422
    return _form_page(request, chosen, choose, asking, summary=form.summary, status=status)


def _form_page(
    request: HttpRequest,
    chosen: _Chosen,
    choose: ChooseForm,
    asking: _Asked,
    *,
    earlier: Simulation | None = None,
    summary: Any = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "choose": choose,
        "has_years": True,
        "chosen": chosen,
        "fields": asking.fields,
        "sections": asking.fields.sections if asking.fields else [],
        "document": asking.document,
        "summary": summary,
        "include_refused": asking.include_refused,
        "earlier": earlier,
        "crumbs": _crumbs("新的模拟"),
    }
    return render(request, "awards/simulation_new.html", context, status=status)


# ---------------------------------------------------------------------------------------------- answers


@require_safe
@require(*READERS)
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; once it is done, the answer."""
    user: Any = request.user
    found = _visible(request, pk)
    context: dict[str, Any] = {
        "simulation": found,
        "tone": TONES[SimulationState(found.state)],
        "changed": [{**one, "section": section_words(one["section"])} for one in found.changed],
        "may_start": may_simulate(user),
        "crumbs": _crumbs(f"第 {found.pk} 号"),
    }
    if found.state == SimulationState.DONE:
        report = _report(found)
        context |= {
            "report": report,
            "tables": [
                ("clauses", "按条款", "条款", report.clauses),
                ("districts", "按县区", "县区", report.districts),
            ],
            "movers": [
                ("gainers", "金额增加的企业", report.gainers, report.impact.gaining),
                ("losers", "金额减少的企业", report.losers, report.impact.losing),
            ],
        }
    return render(request, "awards/simulation.html", context)


@require_safe
@require(*READERS)
def simulation_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that counts, asked for again and again; when it is over the whole page is due."""
    found = _visible(request, pk)
    if not request.headers.get("HX-Request"):
        return redirect("awards:simulation", pk)
    if found.is_over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "awards/_simulation_progress.html", {"simulation": found})


@require_POST
@require(Role.ADMINISTRATOR)
def simulation_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the same question again."""
    user: Any = request.user
    found = _visible(request, pk)
    try:
        started = start_again(simulation=found, by=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, f"不能重新开始：{error}")
        return redirect("awards:simulation", pk)
    messages.success(request, "模拟已重新开始。")
    return redirect("awards:simulation", started.pk)


@require_safe
@require(*READERS)
def simulation_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer for machines; money as strings of 元."""
    found = _visible(request, pk)
    answer = _report(found).as_json() | {"change": found.change}
    name = f"simulation-{found.policy_year}-{found.pk}.json"
    return JsonResponse(
        answer,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
@require(*READERS)
def simulation_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer as a spreadsheet."""
    found = _visible(request, pk)
    name = f"simulation-{found.policy_year}-{found.pk}.xlsx"
    return HttpResponse(
        spreadsheet(_report(found)),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
