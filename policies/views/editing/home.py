"""The way into 政策维护: documents, and one document with everything that is written and in force in it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import Role, require
from policies.models import Document
from policies.permissions import may_edit
from policies.presenters import tabs
from policies.queries.editing import clause_rows, edited_documents, open_publications, rules_versions

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every document, those in preparation first, and what waits for a second person."""
    documents = list(edited_documents(request.user))
    context = {
        "documents": documents,
        "publications": open_publications(documents),
        "tabs": tabs("editing:home"),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/home.html", context)


@require(*READERS)
@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """One document: its clauses with the versions in force and the drafts, its rules across clauses."""
    found = get_object_or_404(Document.objects.visible_to(request.user), slug=slug)
    rows = clause_rows(found)
    context = {
        "document": found,
        "rows": rows,
        "has_text": bool(rows) or found.nodes.exists(),
        "rules": rules_versions(found),
        "publications": open_publications([found]),
        "tabs": tabs("editing:document", found),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/document.html", context)
