"""Worked cases of a clause's version: the list with results, entering one, correcting and removing it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.cases import add_case, change_case, remove_case
from policies.forms.cases import CaseForm
from policies.models import ClauseVersion, VersionCase
from policies.queries.cases import (
    NotComputable,
    case_policy,
    default_year,
    evaluate_case,
    needs_cases,
    run_case,
    run_cases,
    seen_of,
)
from policies.rules.schema import ClauseDefinition, FactDecl
from policies.views.editing.versions import READERS, clause_version, version_context


@require(*READERS)
@require_safe
def cases(request: HttpRequest, pk: int) -> HttpResponse:
    """The worked cases of a version, computed with what it says now."""
    return _list(request, clause_version(request, pk))


def _list(request: HttpRequest, version: ClauseVersion, error: DomainError | None = None) -> HttpResponse:
    fault = None
    try:
        if needs_cases(version):
            case_policy(version, default_year(version))
    except NotComputable as unready:
        fault = unready
    context = {
        **version_context(request, version, "cases"),
        "needed": needs_cases(version),
        "results": run_cases(version),
        "fault": fault,
        "error": error,
        "has_errors": error is not None,
    }
    context["open"] = context["may_edit"] and context["is_draft"] and not context["waits"]
    return render(request, "policies/editing/cases.html", context, status=error.status if error else 200)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def case_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a case of a draft."""
    version = clause_version(request, pk)
    return _form_page(request, version, None)


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: its working with what the version says now; for a draft, correcting it."""
    found = get_object_or_404(VersionCase.objects.select_related("entered_by"), pk=pk)
    version = clause_version(request, found.version_id)
    return _form_page(request, version, found)


@require(Role.ADMINISTRATOR)
@require_POST
def case_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a case out of a draft."""
    user: Any = request.user
    found = get_object_or_404(VersionCase, pk=pk)
    version = clause_version(request, found.version_id)
    try:
        remove_case(found, seen=request.POST.get("seen", ""), by=user, at=timezone.now())
    except DomainError as error:
        return _list(request, version, error)
    messages.success(request, f"算例「{found.title}」已删除，沿革中留有记录。")
    return redirect("editing:cases", version.pk)


def _form_page(request: HttpRequest, version: ClauseVersion, stored: VersionCase | None) -> HttpResponse:
    """The form of a case; POST saves, computes (`compute`) or adds a row (`add_row`)."""
    try:
        clause, year_facts = _asked(version)
    except NotComputable as error:
        return _list(request, version, error)
    form, status = _first(version, clause, year_facts, stored), 200
    if request.method == "POST":
        kept = stored.document if stored else None
        form = CaseForm(clause, year_facts, request.POST, kept)
        if prefix := request.POST.get("add_row"):
            form = CaseForm(clause, year_facts, form.add_row(prefix, request.POST), kept).untouched()
        elif "compute" in request.POST:
            status = _compute(version, form)
        else:
            status = _save(request, version, stored, form)
            if status == 200:
                return redirect("editing:cases", version.pk)
    context = {
        **version_context(request, version, "cases"),
        "case": stored,
        "form": form,
        "result": run_case(version, stored) if stored and request.method != "POST" else None,
        "has_errors": form.has_errors,
        "seen": seen_of(stored) if stored else "",
    }
    posted = request.method == "POST"  # what was typed stays to be sent again once the draft may be changed
    context["open"] = context["may_edit"] and (posted or (context["is_draft"] and not context["waits"]))
    if not context["open"] and stored is None:
        return redirect("editing:cases", version.pk)
    return render(request, "policies/editing/case_form.html", context, status=status)


def _asked(version: ClauseVersion) -> tuple[ClauseDefinition, list[FactDecl]]:
    """The clause as the engine reads it, and the figures of the year that it reads; raises NotComputable."""
    policy = case_policy(version, default_year(version))
    clause = policy.clauses[version.clause.clause_id]
    return clause.definition, [fact for key, fact in policy.year_facts.items() if key in clause.year_keys]


def _first(
    version: ClauseVersion, clause: ClauseDefinition, year_facts: list[FactDecl], stored: VersionCase | None
) -> CaseForm:
    if stored is None:
        return CaseForm.blank(clause, year_facts, default_year(version))
    return CaseForm.of(clause, year_facts, stored)


def _compute(version: ClauseVersion, form: CaseForm) -> int:
    """Fill in what the draft gives now; answers the status of the page."""
    if not form.data_is_readable:
        form.without_result()
        return 422
    try:
        form.fill_in(evaluate_case(version, form.document))
    except DomainError as error:
        form.without_result()
        return form.refuse(error)
    return 200


def _save(request: HttpRequest, version: ClauseVersion, stored: VersionCase | None, form: CaseForm) -> int:
    """Save what was typed; 200 where it is saved, otherwise the status of the page that says why not."""
    user: Any = request.user
    if not form.is_readable:
        return 422
    given: Mapping[str, Any] = {
        "title": form.result.cleaned_data["title"],
        "document": form.document,
        "expected": form.expected,
    }
    try:
        if stored is None:
            add_case(version, **given, by=user, at=timezone.now())
        else:
            change_case(stored, **given, seen=form.result.cleaned_data["seen"], by=user, at=timezone.now())
    except DomainError as error:
        newest = VersionCase.objects.filter(pk=stored.pk).first() if stored else None
        if error.status == 409 and newest is not None:  # sent once more, the correction is made on purpose
            form.seen_again(seen_of(newest))
        return form.refuse(error)
    messages.success(request, "算例已保存。")
    return 200
