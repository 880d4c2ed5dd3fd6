"""A whole document out and in as YAML."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.transfer import import_document
from policies.forms.documents import ImportForm
from policies.heads import normalise_number
from policies.presenters import tabs
from policies.queries.transfer import exported
from policies.transfer import as_drafts, read_yaml, write_yaml
from policies.transfer.yaml_values import MAX_BYTES
from policies.views.editing.documents import found_document
from policies.views.editing.home import READERS


@require(*READERS)
@require_safe
def export_yaml(request: HttpRequest, slug: str) -> HttpResponse:
    """The document with what is in force and what is being drafted; `?form=drafts` as an import would leave it."""
    document = found_document(request, slug)
    content = exported(document)
    if request.GET.get("form") == "drafts":
        content = as_drafts(content)
    disposition = content_disposition_header(True, f"{document.slug}.yaml")
    response = HttpResponse(write_yaml(content), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def import_yaml(request: HttpRequest) -> HttpResponse:
    """A document from a file: in preparation, every version a draft."""
    user: Any = request.user
    bound = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if bound else ImportForm()
    status = 200
    if bound:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                file = read_yaml(given["file"].read(MAX_BYTES + 1))
                number = normalise_number(given["number"]) if given["number"] else ""
                document = import_document(file, number=number, slug=given["slug"], by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, f"已导入{document.number}。全部版本都是草稿，待确认事项须重新确认。")
                return redirect("editing:document", slug=document.slug)
    context = {"form": form, "tabs": tabs("editing:home"), "has_errors": status != 200}
    return render(request, "policies/editing/document_import.html", context, status=status)
