"""Figures of the year, facts of the clause, and the estimate beside them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import ENTERPRISE, require
from accounts.actions.figures import save_figures
from applications.actions import save_draft
from applications.actions.drafting import last_editor
from applications.drafts import RAW_KEY, Fault, facts_of
from applications.enums import EDITABLE, PointTarget
from applications.errors import DraftConflict
from applications.forms import FactsForm
from applications.models import Application
from applications.presenters import fact_rows, fact_tables, figure_rows, open_correction
from applications.queries.completeness import missing_facts, missing_figures, refused_by_engine, unanswered
from applications.queries.definitions import asked_figures, definition_of
from applications.queries.documents import figures_of
from applications.queries.estimates import estimate
from applications.queries.lists import sharing_figures
from applications.queries.windows import filing_closed
from applications.views.common import crumbs, own_application, person
from common.errors import Conflict, DomainError, Invalid
from common.money import parse_yuan
from policies.rules.schema import FactDecl


def _is_autosave(request: HttpRequest) -> bool:
    return request.headers.get("X-Autosave") == "1"


#: No draft and no figures ever have this version: what was sent without one, or with nonsense, is stale.
_NO_VERSION = 0


def _version(request: HttpRequest) -> int | None:
    """The version on which the form was made; None where the page said that there is none yet."""
    text = request.POST.get("expected_version")
    if text == "":
        return None
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else _NO_VERSION


def _saved(version: int) -> JsonResponse:
    return JsonResponse({"saved_at": timezone.now().isoformat(), "version": version})


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures of the policy year, entered once for all applications of the year."""
    application = own_application(request, pk)
    facts = asked_figures(application)
    row = figures_of(application.enterprise, application.policy_year)
    if request.method == "GET":
        form = FactsForm.from_draft(facts, row.values if row else {})
        errors = missing_figures(application) if "check" in request.GET else []
        form.show(errors)
        return _figures_page(request, application, form, errors, row.version if row else None)
    form = FactsForm(facts, request.POST)
    errors = form.faults("figures")
    asked = {fact.key for fact in facts}
    others = {key: value for key, value in (row.values if row else {}).items() if key not in asked}
    if errors and _is_autosave(request):
        return JsonResponse({"message": errors[0].full}, status=422)
    try:
        saved = save_figures(
            enterprise=application.enterprise,
            policy_year=application.policy_year,
            values=others | {key: value for key, value in form.draft().items() if key != RAW_KEY},
            expected_version=_version(request),
            by=person(request),
            at=timezone.now(),
        )
    except Conflict as conflict:
        if _is_autosave(request):
            return JsonResponse(conflict.as_json(), status=conflict.status)
        theirs = figure_rows(facts, row.values if row else {}, None)
        return _figures_page(
            request, application, form, errors, row.version if row else None, conflict=conflict, theirs=theirs
        )
    if _is_autosave(request):
        return _saved(saved.version)
    if errors:
        return _figures_page(request, application, form, errors, saved.version, status=422)
    return redirect("applications:facts" if "next" in request.POST else "applications:detail", pk)


def _figures_page(
    request: HttpRequest,
    application: Application,
    form: FactsForm,
    errors: list[Any],
    version: int | None,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    theirs: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    correction = open_correction(application)
    points = correction.points.filter(target=PointTarget.FIELD, key__startswith="Y.") if correction else []
    context = {
        "application": application,
        "crumbs": crumbs(application, "年度数据"),
        "form": None,
        "sections": _with_points(form, points, _former_figures(application) if correction else {}, prefix="Y."),
        "errors": [{"field_id": fault.field_id, "message": fault.full} for fault in errors],
        "has_errors": bool(errors or conflict),
        "version": version if version is not None else "",
        "others": sharing_figures(application),
        "conflict": conflict,
        "theirs": theirs,
        "editable": True,
    }
    return render(request, "applications/figures.html", context, status=conflict.status if conflict else status)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """The facts of the clause; saved half-filled and even wrong, nothing that was typed is lost."""
    application = own_application(request, pk)
    declared = definition_of(application).facts
    if request.method == "GET":
        form = FactsForm.from_draft(declared, application.draft)
        errors = form.faults()
        if "check" in request.GET:
            errors = missing_facts(application)
            errors += [fault for fault in refused_by_engine(application, errors) if fault.section == "facts"]
            form.show(errors)
        return _facts_page(request, application, form, errors)
    form = FactsForm(declared, request.POST)
    expected = _version(request) or _NO_VERSION
    try:
        if expected == _NO_VERSION:
            raise DraftConflict(
                saved=application.draft, saved_version=application.draft_version, changed_by=last_editor(application)
            )
        saved = save_draft(
            application=application,
            facts=form.draft(),
            expected_version=expected,
            by=person(request),
            at=timezone.now(),
        )
    except DomainError as refused:
        if _is_autosave(request):
            return JsonResponse(refused.as_json(), status=refused.status)
        application.refresh_from_db()
        if isinstance(refused, DraftConflict):
            return _facts_page(request, application, form, form.faults(), conflict=refused)
        faults = form.faults()
        if not isinstance(refused, Invalid) or not faults:
            raise
        return _facts_page(request, application, form, faults, status=refused.status, version=expected)
    if _is_autosave(request):
        return _saved(saved.draft_version)
    application.draft, application.draft_version = saved.draft, saved.draft_version
    if (table := form.tables.get(request.POST.get("add_row", ""))) is not None:
        if table.full:
            refusal = Fault(table.dom_id, "facts", table.full, table.fact.label)
            form.show([refusal])
            return _facts_page(request, application, form, [refusal], status=422)
        return _facts_page(request, application, form.with_row(table.prefix), [])
    if errors := form.faults():
        return _facts_page(request, application, form, errors, status=422)
    return redirect("applications:evidence" if "next" in request.POST else "applications:detail", pk)


def _with_points(form: FactsForm, points: Any, old: dict[str, Any], *, prefix: str = "") -> list[Any]:
    """The sections of the form with the points of the correction and the former answer beside each."""
    sections = form.sections
    for section in sections:
        own = f"{prefix}{section.fact.key}"
        section.points = [
            (point, _place(section.fact, point.key.removeprefix(own)))
            for point in points
            if point.key == own or point.key.startswith(f"{own}-")
        ]
        section.old = old.get(section.fact.key)
    return sections


def _place(fact: FactDecl, rest: str) -> str:
    """Which cell of a table a point is about: 第 2 条·投入; "" for the fact as a whole."""
    _, row, key = rest.split("-", 2) if rest.count("-") >= 2 else ("", "", "")
    column = next((column for column in fact.columns if column.key == key), None)
    return f"第 {int(row) + 1} 条·{column.label}" if column and row.isdigit() else ""


def _former(application: Application) -> dict[str, Any]:
    """What the last filed revision says, by fact: words for plain facts, a table for table facts."""
    last = application.revisions.order_by("-number").first()
    if last is None:
        return {}
    declared = definition_of(application).facts
    plain = {
        fact.key: row
        for fact, row in zip(
            [fact for fact in declared if fact.type != "table"], fact_rows(declared, last.facts, None), strict=True
        )
    }
    return plain | {table["key"]: table for table in fact_tables(declared, last.facts)}


def _former_figures(application: Application) -> dict[str, Any]:
    """The figures of the last filed revision in words, by key."""
    last = application.revisions.order_by("-number").first()
    declared = asked_figures(application)
    rows = figure_rows(declared, last.figures if last else {}, None)
    return {fact.key: row for fact, row in zip(declared, rows, strict=True)}


def _facts_page(
    request: HttpRequest,
    application: Application,
    form: FactsForm,
    errors: list[Any],
    *,
    status: int = 200,
    conflict: DraftConflict | None = None,
    version: int | None = None,
) -> HttpResponse:
    """The page of the facts; version: the one that the form carries where nothing was saved."""
    declared = definition_of(application).facts
    correction = open_correction(application)
    points = list(correction.points.filter(target=PointTarget.FIELD)) if correction else []
    theirs = None
    if conflict:
        theirs = {
            "rows": fact_rows(declared, conflict.saved, None, conflict.saved.get(RAW_KEY)),
            "tables": fact_tables(declared, conflict.saved, conflict.saved.get(RAW_KEY)),
        }
    context = {
        "application": application,
        "crumbs": crumbs(application, "申报事项"),
        "form": None,
        "sections": _with_points(form, points, _former(application) if correction else {}),
        "errors": [{"field_id": fault.field_id, "message": fault.full} for fault in errors],
        "has_errors": bool(errors or conflict),
        "version": conflict.saved_version if conflict else version or application.draft_version,
        "editable": application.state in EDITABLE,
        "closed": filing_closed(application, timezone.now()),
        "conflict": conflict,
        "theirs": theirs,
        "correction": correction,
        **_estimate_context(application),
    }
    return render(request, "applications/facts.html", context, status=conflict.status if conflict else status)


def _estimate_context(application: Application) -> dict[str, Any]:
    answer = estimate(application)
    needed = {fault.field_id: fault for fault in answer["missing"]}
    for fault in unanswered(definition_of(application).facts, application.draft, "facts"):
        needed.setdefault(fault.field_id, fault)  # the amount may not depend on it, the filing does
    return {
        "estimate": answer,
        "needed": list(needed.values()),
        "estimate_total": parse_yuan(answer["amount"]) if answer["amount"] is not None else None,
        "floor": parse_yuan(answer["floor"]) if answer.get("floor") else None,
        "ceiling": parse_yuan(answer["ceiling"]) if answer.get("ceiling") else None,
        "application": application,
    }


@require_POST
@require(*ENTERPRISE)
def live_estimate(request: HttpRequest, pk: int) -> HttpResponse:
    """The estimate for what stands in the form now, saved or not; a part of the page."""
    application = own_application(request, pk)
    if application.state in EDITABLE:
        application.draft = facts_of(FactsForm(definition_of(application).facts, request.POST).draft())
    return render(request, "applications/_estimate.html", _estimate_context(application))
