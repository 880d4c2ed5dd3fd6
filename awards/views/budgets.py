"""资金预算: what each unit has, what is left of it, every movement; entering and correcting; the ratio; a what-if."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import OFFICER, Role, require, roles_of
from awards.actions.budgets import adjust_envelope, open_envelope, set_ratio, set_subject
from awards.budget_sheets import envelopes_book
from awards.enums import Share
from awards.forms.budgets import AdjustForm, EnvelopeFilter, EnvelopeForm, RatioForm, SubjectForm
from awards.models import Award, BudgetRatio, Envelope
from awards.permissions import why_not_budget, why_not_ratio
from awards.queries.budgets import (
    budgeted_units,
    case_outlook,
    movements,
    percent,
    share_of_policy,
    totals_of,
    visible_envelopes,
)
from common.errors import DomainError, NotAllowed
from common.money import MoneyError, parse_entry
from policies.models import Document
from reviews.models import Case

PAGE_SIZE = 50
READERS = (*OFFICER, Role.AUDITOR)
ENTERING = (Role.FINANCE, Role.LEADER)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _crumbs(*steps: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [
        {"label": "资金预算", "url": reverse("awards:envelopes")},
        *({"label": label, "url": url} for label, url in steps),
    ]


def _visible(request: HttpRequest, pk: int) -> Envelope:
    user: Any = request.user
    found: Envelope = get_object_or_404(visible_envelopes(user).select_related("unit", "clause__document"), pk=pk)
    return found


def _filtered(request: HttpRequest) -> tuple[EnvelopeFilter, QuerySet[Envelope]]:
    """The filter as the address has it, and the budgets that it leaves."""
    user: Any = request.user
    visible = visible_envelopes(user)
    years = visible.order_by("-policy_year").values_list("policy_year", flat=True).distinct()
    units = visible.order_by("unit__kind", "unit__order", "unit").values_list("unit", "unit__name").distinct()
    form = EnvelopeFilter(request.GET, years=list(years), units=list(units))
    form.is_valid()
    names = {"year": "policy_year", "share": "share", "unit": "unit"}
    wanted = {names[name]: value for name, value in form.cleaned_data.items() if value}
    found = visible.filter(**wanted).select_related("unit", "clause")
    return form, found.order_by("-policy_year", "share", "unit__order", "unit", "clause__order", "pk")


@require_safe
@require(*READERS)
def envelopes(request: HttpRequest) -> HttpResponse:
    """The budgets that this person may see, with what is left of each and of all."""
    user: Any = request.user
    form, found = _filtered(request)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [{"envelope": row, "used": percent(row.committed_fen, row.amount_fen)} for row in page],
        "page_obj": page,
        "totals": totals_of(found),
        "filter": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_enter": bool(budgeted_units(user)),
    }
    return render(request, "awards/budgets/list.html", context)


@require_safe
@require(*READERS)
def envelopes_xlsx(request: HttpRequest) -> HttpResponse:
    """The list, filtered as the page, as a spreadsheet."""
    _, found = _filtered(request)
    disposition = content_disposition_header(True, f"资金预算{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(
        envelopes_book(found), content_type=XLSX, headers={"Content-Disposition": disposition or "attachment"}
    )


@require_safe
@require(*READERS)
def envelope(request: HttpRequest, pk: int) -> HttpResponse:
    """One budget: its figures and every movement with what was free after it."""
    return _envelope_page(request, _visible(request, pk))


def _envelope_page(
    request: HttpRequest, found: Envelope, *, subject: SubjectForm | None = None, status: int = 200
) -> HttpResponse:
    user: Any = request.user
    page = Paginator(movements(found), PAGE_SIZE).get_page(request.GET.get("page"))
    awards = [entry.award_id for entry in page if entry.award_id]
    named = {"subject_code": found.subject_code, "subject_name": found.subject_name}
    context = {
        "envelope": found,
        "used": percent(found.committed_fen, found.amount_fen),
        "entries": page.object_list,
        "page_obj": page,
        "readable": set(Award.objects.visible_to(user).filter(pk__in=awards).values_list("pk", flat=True)),
        "may_change": not why_not_budget(found.unit, user),
        "subject": subject or SubjectForm(initial=named),
        "crumbs": _crumbs((f"{found.unit} {found.clause.clause_id}", None)),
    }
    return render(request, "awards/budgets/envelope.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*ENTERING)
def envelope_new(request: HttpRequest) -> HttpResponse:
    """Enter a budget (下达)."""
    user: Any = request.user
    units = budgeted_units(user)
    if not units:
        raise NotAllowed("预算由本单位的财务、负责人或拨付单位的财务人员录入，您没有这一角色。")
    only = {"unit": units[0], "share": _share_of(units[0])} if len(units) == 1 else {}
    form = EnvelopeForm(request.POST or None, units=units, initial=only)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            amount_fen = data.pop("amount")
            try:
                made = open_envelope(**data, amount_fen=amount_fen, by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, "预算已录入。")
                return redirect("awards:envelope", made.pk)
    context = {"form": form, "crumbs": _crumbs(("录入预算", None))}
    return render(request, "awards/budgets/new.html", context, status=status)


def _share_of(unit: Any) -> str:
    return Share.DISTRICT if unit.kind == "district" else Share.CITY


@require_http_methods(["GET", "HEAD", "POST"])
@require(*ENTERING)
def envelope_adjust(request: HttpRequest, pk: int) -> HttpResponse:
    """Add to a budget or take from it (调整)."""
    user: Any = request.user
    found = _visible(request, pk)
    if because := why_not_budget(found.unit, user):
        raise NotAllowed(because)
    form = AdjustForm(request.POST or None, initial={"seen": found.amount_fen, "direction": "more"})
    status, conflict = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                adjust_envelope(
                    envelope=found,
                    fen=form.signed_fen,
                    reason=form.cleaned_data["reason"],
                    seen_amount_fen=form.cleaned_data["seen"],
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status, conflict = form.refuse(error), error
            else:
                messages.success(request, "预算已调整。")
                return redirect("awards:envelope", pk)
    if status == 409:
        # The page shows the budget as it is now; sent once more, the correction is made on purpose.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen"] = str(found.amount_fen)  # type: ignore[index]
    here = _crumbs((f"{found.unit} {found.clause.clause_id}", reverse("awards:envelope", args=[pk])), ("调整", None))
    context = {"form": form, "envelope": found, "crumbs": here, "conflict": conflict if status == 409 else None}
    return render(request, "awards/budgets/adjust.html", context, status=status)


@require_POST
@require(*ENTERING)
def envelope_subject(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the 预算科目 of a budget."""
    user: Any = request.user
    found = _visible(request, pk)
    if because := why_not_budget(found.unit, user):
        raise NotAllowed(because)
    form = SubjectForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            set_subject(envelope=found, **form.cleaned_data, by=user, at=timezone.now())
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, "预算科目已保存。")
            return redirect("awards:envelope", pk)
    return _envelope_page(request, found, subject=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*READERS, Role.ADMINISTRATOR)
def ratios(request: HttpRequest) -> HttpResponse:
    """The ratios by date, and entering one."""
    user: Any = request.user
    because = why_not_ratio(user)
    document = Document.objects.public().filter(clauses__is_monetary=True).order_by("order", "pk").first()
    form = RatioForm(request.POST or None, initial={"document": document})
    status = 200
    if request.method == "POST":
        if because:
            raise NotAllowed(because)
        status = 422
        if form.is_valid():
            try:
                set_ratio(**form.cleaned_data, by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, "分担比例已录入。")
                return redirect("awards:ratios")
    found = BudgetRatio.objects.select_related("document", "clause", "set_by").order_by("-valid_from", "-pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "form": form,
        "rows": [{"ratio": row, "begun": row.valid_from <= today} for row in page],
        "page_obj": page,
        "may_set": not because,
        "default": share_of_policy(document) if document else "",
        "document": document,
        "is_officer": Role.ADMINISTRATOR not in roles_of(user),
        "crumbs": _crumbs(("分担比例", None)),
    }
    return render(request, "awards/budgets/ratios.html", context, status=status)


@require_safe
@require(*READERS)
def budget_hint(request: HttpRequest, case: int) -> HttpResponse:
    """What a decision about this file would do to its two budgets, with the amount typed (`amount`, 元) or what is
    known of it; the fragment for htmx, a page for everybody else."""
    user: Any = request.user
    visible = Case.objects.visible_to(user).select_related("application__clause__document", "application__enterprise")
    found = get_object_or_404(visible, pk=case)
    typed, fault = None, ""
    text = request.GET.get("amount", "").strip()
    if text:
        try:
            typed = parse_entry(text)
        except MoneyError as error:
            fault = str(error)
    context = {
        "case": found,
        "application": found.application,
        "outlook": case_outlook(found, typed, on=timezone.localdate()),
        "fault": fault,
        "text": text[:40],
    }
    part = bool(request.headers.get("HX-Request"))
    return render(request, "awards/budgets/_hint.html" if part else "awards/budgets/hint.html", context)
