"""申报材料 and 产业目标 of a document."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import require
from common.errors import DomainError
from policies.actions.annexes import EvidenceItem, TargetRow, set_evidence, set_targets
from policies.amounts import yi
from policies.forms.documents import EvidenceForm
from policies.forms.targets import TargetForm, TargetTableForm
from policies.models import Document
from policies.permissions import may_edit, require_editor
from policies.presenters import tabs
from policies.queries.documents import evidence_in_use
from policies.views.editing.documents import faults_of, found_document, seen_anew, seen_of
from policies.views.editing.home import READERS


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest, slug: str) -> HttpResponse:
    """The catalogue of documents that applicants attach."""
    user: Any = request.user
    document = found_document(request, slug)
    rows = _catalogue(document)
    kind = forms.formset_factory(EvidenceForm, extra=0, can_delete=True, max_num=200, absolute_max=300)
    data = request.POST if request.method == "POST" else None
    adding = data is not None and bool(data.get("add_row"))
    formset: Any = kind(_one_more(data) if adding and data else data, initial=rows, prefix="items")
    status, refused, seen = 200, [], document.edit
    if data is not None:
        require_editor(user)
        if not adding:
            status = 422
            items = _items(formset)
            if items is not None:
                try:
                    set_evidence(
                        document, items=items, expected_edit=seen_of(data, document), by=user, at=timezone.now()
                    )
                except DomainError as error:
                    status, refused = error.status, [error.message]
                    document.refresh_from_db()
                    seen = document.edit
                else:
                    messages.success(request, "已保存申报材料目录。以后编辑的草稿使用新目录；已发布的版本不变。")
                    return redirect("editing:document_evidence", slug=document.slug)
            else:
                seen = seen_of(data, document)
    used = evidence_in_use(document)
    context = {
        "document": document,
        "formset": formset,
        "seen": seen,
        "refused": refused,
        "rows": [{**row, "used": used.get(row["key"], [])} for row in rows],
        "may_edit": may_edit(user),
        "tabs": tabs("editing:document_evidence", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_evidence.html", context, status=status)


def _catalogue(document: Document) -> list[dict[str, Any]]:
    """The catalogue in the order in which applicants are asked: common documents first, in their order."""
    common = list(document.common_evidence)
    order = {key: index for index, key in enumerate(common)}
    return [
        {
            "key": key,
            "label": item.get("label", ""),
            "help": item.get("help", ""),
            "scope": item.get("scope", "own"),
            "common": key in order,
        }
        for key, item in sorted(
            document.evidence.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[1].get("label", ""))
        )
    ]


def _items(formset: Any) -> list[EvidenceItem] | None:
    """What was typed, without the rows that are taken out; None where something is missing."""
    if not formset.is_valid():
        return None
    rows = [form.cleaned_data for form in formset if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    return [EvidenceItem(row["key"], row["label"], row["help"], row["scope"], bool(row["common"])) for row in rows]


def _one_more(data: Any, prefix: str = "items") -> Any:
    """What was typed with one more empty row, for browsers without scripts."""
    grown = data.copy()
    total = str(grown.get(f"{prefix}-TOTAL_FORMS", "0"))
    grown[f"{prefix}-TOTAL_FORMS"] = str(int(total) + 1 if total.isdecimal() and len(total) < 5 else 1)
    return grown


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest, slug: str) -> HttpResponse:
    """The printed tables of targets, and the form for one year's."""
    user: Any = request.user
    document = found_document(request, slug)
    years = sorted(set(document.targets.values_list("year", flat=True)), reverse=True)
    shown = request.GET.get("year", "")
    if shown and not (shown.isascii() and shown.isdigit() and len(shown) == 4):
        raise Http404
    chosen = int(shown) if shown else None
    data = request.POST if request.method == "POST" else None
    adding = data is not None and bool(data.get("add_row"))
    rows, head_values = _table_of(document, chosen)
    kind = forms.formset_factory(TargetForm, extra=0 if rows else 1, can_delete=True, max_num=60, absolute_max=100)
    formset: Any = kind(_one_more(data, "rows") if adding and data else data, initial=rows, prefix="rows")
    form = TargetTableForm(data, initial={**head_values, "seen": document.edit})
    status = 200
    if data is not None:
        require_editor(user)
        if not adding:
            status = 422
            if form.is_valid() and formset.is_valid():
                given = form.cleaned_data
                kept = [one.cleaned_data for one in formset if one.cleaned_data and not one.cleaned_data.get("DELETE")]
                try:
                    set_targets(
                        document,
                        year=given["year"],
                        rows=[
                            TargetRow(row["unit"], row["printed"] or row["unit"].name, row["focus"], row["target"])
                            for row in kept
                        ],
                        total_fen=given["total"],
                        differs=given["differs"],
                        expected_edit=given["seen"],
                        by=user,
                        at=timezone.now(),
                    )
                except DomainError as error:
                    status = form.refuse(error)
                    seen_anew(form, document)
                else:
                    messages.success(request, f"已保存 {given['year']} 年产业目标。")
                    return redirect("editing:document_targets", slug=document.slug)
    context = {
        "document": document,
        "form": form,
        "formset": formset,
        "faults": [*faults_of(form), *faults_of(formset)] if status != 200 else [],
        "tables": [{"year": year, "rows": _printed_rows(document, year)} for year in years],
        "chosen": chosen,
        "may_edit": may_edit(user),
        "tabs": tabs("editing:document_targets", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_targets.html", context, status=status)


def _table_of(document: Document, year: int | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The first values of the form: a year's table where one is chosen, else nothing."""
    stored = list(document.targets.filter(year=year).select_related("unit")) if year else []
    rows = [
        {"unit": row.unit_id, "printed": row.printed, "focus": row.focus, "target": yi(row.target_fen)}
        for row in stored
        if row.unit_id
    ]
    total = next((row.target_fen for row in stored if not row.unit_id), None)
    head_values: dict[str, Any] = {"year": year} if year else {}
    if total is not None:
        listed = sum(row.target_fen for row in stored if row.unit_id)
        head_values |= {"total": yi(total), "differs": total != listed}
    return rows, head_values


def _printed_rows(document: Document, year: int) -> list[dict[str, Any]]:
    rows = document.targets.filter(year=year).select_related("unit")
    return [{"row": row, "target": yi(row.target_fen)} for row in rows]
