"""Documents in preparation: a new one, and the head of one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Role, require
from common.errors import Conflict, DomainError
from policies.actions.documents import copy_document, create_document, edit_head, require_preparation
from policies.forms.documents import CopyForm, HeadForm, SeenHeadForm
from policies.models import Clause, Document
from policies.permissions import may_edit, require_editor
from policies.presenters import tabs
from policies.queries.documents import drafts_outside
from policies.views.editing.home import READERS


def found_document(request: HttpRequest, slug: str) -> Document:
    """The document of an address, as far as this person may see it."""
    return get_object_or_404(Document.objects.visible_to(request.user), slug=slug)


def why_fixed(document: Document) -> str:
    """Why head and text of a document cannot be changed any more; empty where they can."""
    try:
        require_preparation(document)
    except Conflict as error:
        return error.message
    return ""


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new document: from nothing, or with the address `?from=` by copying one."""
    user: Any = request.user
    # A NUL is in no address, and the database takes none.
    wanted = (request.POST if request.method == "POST" else request.GET).get("from", "").replace("\0", "�")
    source = get_object_or_404(Document.objects.visible_to(user), slug=wanted) if wanted else None
    clauses = list(Clause.objects.filter(document=source).order_by("order")) if source else []
    initial = {name: getattr(source, name) for name in ("title", "kind", "issuer")} if source else {"kind": "policy"}
    form = HeadForm(request.POST or None, initial=initial)
    copied = CopyForm(request.POST or None, clauses=clauses) if source else None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (copied is None or copied.is_valid()):
            try:
                if source and copied:
                    document = copy_document(
                        source, head=form.head(), clauses=copied.chosen(), by=user, at=timezone.now()
                    )
                else:
                    document = create_document(head=form.head(), by=user, at=timezone.now())
            except DomainError as error:
                if copied and "clauses" in error.errors:
                    copied.refuse(error)
                else:
                    status = form.refuse(error)
            else:
                messages.success(request, f"已新建{document.number}，现在录入正文。")
                return redirect("editing:document_text", slug=document.slug)
    context = {
        "form": form,
        "copied": copied,
        "source": source,
        "sources": Document.objects.visible_to(user).filter(kind="policy").order_by("order", "pk"),
        "faults": faults_of(form, copied),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_new.html", context, status=status)


def faults_of(*parts: Any) -> list[Any]:
    """The forms of a page that were filled in wrongly, for its summary."""
    return [part for part in parts if part is not None and part.is_bound and not part.is_valid()]


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def head(request: HttpRequest, slug: str) -> HttpResponse:
    """The head of a document: read, and changed while it is in preparation."""
    user: Any = request.user
    document = found_document(request, slug)
    fixed = why_fixed(document)
    form = SeenHeadForm(request.POST or None, initial={**HeadForm.of(document), "seen": document.edit})
    status = 200
    if request.method == "POST":
        require_editor(user)
        status = 422
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            try:
                saved = edit_head(document, head=form.head(), expected_edit=seen, by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
                seen_anew(form, document)
            else:
                _tell_head(request, saved)
                return redirect("editing:document_head", slug=saved.slug)
    context = {
        "document": document,
        "form": form,
        "fixed": fixed,
        "may_edit": may_edit(user) and not fixed,
        "tabs": tabs("editing:document_head", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_head.html", context, status=status)


def _tell_head(request: HttpRequest, document: Document) -> None:
    outside = drafts_outside(document)
    if outside:
        named = "、".join(str(draft) for draft in outside[:3])
        more = f"等 {len(outside)} 份" if len(outside) > 3 else ""
        messages.warning(request, f"已保存。{named}{more}草稿的日期不在文件的有效期内，请逐份核对。")
    else:
        messages.success(request, "已保存文件信息。")


def seen_anew(form: forms.Form, document: Document) -> None:
    """Whoever saves again has been told who was first: the newest number goes along with what was typed."""
    document.refresh_from_db()
    form.data = {**{key: form.data.get(key) for key in form.data}, "seen": str(document.edit)}


def seen_of(data: Any, document: Document) -> int:
    """The number of the edit that was on the screen; what is no number is an old one."""
    text = str(data.get("seen", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
