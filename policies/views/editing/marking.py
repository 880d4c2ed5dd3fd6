"""Clauses marked out of the text: one, or several that the brackets of units suggest."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.marking import ClauseMark, mark_clauses
from policies.cutting.marking import brackets_after, choices_of
from policies.enums import NodeKind
from policies.forms.documents import ClauseForm, SuggestedForm
from policies.models import ClauseVersion, Document, Node
from policies.presenters import editor_url, tabs
from policies.queries.documents import clause_suggestions
from policies.views.editing.documents import found_document

_HEADINGS = (NodeKind.SECTION, NodeKind.MASTHEAD, NodeKind.NUMBER, NodeKind.TITLE, NodeKind.NOTICE_TITLE)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def clause_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a piece of the text (`?node=`), then its sentence; or take several from the list of suggestions."""
    document = found_document(request, slug)
    if request.method == "POST" and request.POST.get("several"):
        return _several(request, document)
    wanted = (request.POST if request.method == "POST" else request.GET).get("node", "").replace("\0", "�")
    if not wanted:
        return _list_page(request, document, _suggested_forms(document))
    return _one(request, document, get_object_or_404(document.nodes.all(), ref=wanted))


def _one(request: HttpRequest, document: Document, node: Node) -> HttpResponse:
    user: Any = request.user
    following = list(document.nodes.filter(order__gt=node.order).order_by("order").values_list("plain", flat=True)[:12])
    brackets = brackets_after(node.plain, "", following)
    data = request.POST if request.method == "POST" else None
    sentences = choices_of(node.plain)
    initial = {"clause_id": node.ref, "choice": "0" if len(sentences) == 1 else "", "bracket": "0" if brackets else ""}
    form = ClauseForm(data, sentences=sentences, brackets=brackets, initial=initial)
    status = 200
    if data is not None:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            mark = ClauseMark(
                node=node,
                clause_id=given["clause_id"],
                title=given["title"],
                quote=given["words"],
                bracket=given["printed"],
                is_monetary=given["is_monetary"],
            )
            try:
                (draft,) = mark_clauses(document, marks=[mark], by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, f"已划出条款{draft.clause}，现在填写规则。")
                return _to_editor(document, draft)
    around = document.nodes.filter(order__gte=max(0, node.order - 1), order__lte=node.order + 1).order_by("order")
    context = {
        "document": document,
        "node": node,
        "around": list(around),
        "form": form,
        "tabs": tabs("editing:document_text", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_clause_new.html", context, status=status)


def _to_editor(document: Document, draft: ClauseVersion) -> HttpResponse:
    url = editor_url(draft)
    return redirect(url) if url else redirect("editing:document", slug=document.slug)


def _suggested_forms(document: Document, data: Any = None) -> list[tuple[Any, SuggestedForm]]:
    return [
        (
            one,
            SuggestedForm(
                data,
                prefix=f"s{number}",
                place=one.ref,
                sentences=one.choices,
                initial={"clause_id": one.clause_id, "choice": "0"},
            ),
        )
        for number, one in enumerate(clause_suggestions(document))
    ]


def _several(request: HttpRequest, document: Document) -> HttpResponse:
    user: Any = request.user
    pairs = _suggested_forms(document, request.POST)
    status, refused = 422, []
    valid = [form.is_valid() for _, form in pairs]  # every form, so that every fault is told
    if all(valid):
        nodes = {node.ref: node for node in document.nodes.all()}
        taken = [(one, form) for one, form in pairs if form.cleaned_data["take"]]
        marks = [
            ClauseMark(
                node=nodes[one.ref],
                clause_id=form.cleaned_data["clause_id"],
                title=form.cleaned_data["title"],
                quote=form.cleaned_data["words"],
                bracket=one.bracket,
                is_monetary=form.cleaned_data["is_monetary"],
            )
            for one, form in taken
        ]
        try:
            drafts = mark_clauses(document, marks=marks, by=user, at=timezone.now())
        except DomainError as error:
            status, refused = error.status, [error.message]
        else:
            messages.success(request, f"已划出 {len(drafts)} 个条款。")
            return redirect("editing:document", slug=document.slug)
    return _list_page(request, document, pairs, status=status, refused=refused)


def _list_page(
    request: HttpRequest,
    document: Document,
    pairs: list[tuple[Any, SuggestedForm]],
    *,
    status: int = 200,
    refused: list[str] | None = None,
) -> HttpResponse:
    nodes = [
        node
        for node in document.nodes.order_by("order")
        if node.text and node.kind not in _HEADINGS and node.kind != NodeKind.FOOTNOTE
    ]
    faulty = [form for _, form in pairs if form.is_bound and not form.is_valid()]
    context = {
        "document": document,
        "nodes": nodes,
        "pairs": pairs,
        "faults": refused or faulty,
        "tabs": tabs("editing:document_text", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_clause_choose.html", context, status=status)
