"""The public policy library: documents, clauses, search and calls; nobody needs to sign in."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public
from policies import queries
from policies.forms.library import LibraryFilterForm
from policies.links import apply_url
from policies.models import Call, Clause
from policies.queries.calls import clauses_of, governed_in, windows_of
from policies.queries.windows import open_for_somebody

#: How much of a search stands on one page; beside the first clauses stand the first places of the text.
CLAUSES_PER_PAGE, PLACES_PER_PAGE, PLACES_BESIDE = 25, 40, 40


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The documents of the library, the open calls and the way into search."""
    context = {
        "documents": queries.library_documents(request.user),
        "calls": queries.open_calls(timezone.localdate()),
        "form": LibraryFilterForm(auto_id="library_%s"),
    }
    return render(request, "policies/index.html", context)


@public
@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """One document as printed, with a table of contents; `?q=` marks words."""
    found = get_object_or_404(queries.library_documents(request.user), slug=slug)
    query = request.GET.get("q", "")[:60]
    blocks, toc = queries.document_page(found, request.user, query)
    context = {"document": found, "blocks": blocks, "toc": toc, "query": query}
    return render(request, "policies/document.html", context)


@public
@require_safe
def clause(request: HttpRequest, slug: str, clause_id: str) -> HttpResponse:
    """One clause: sentence, units, figures, evidence, computation, open points; `?version=` shows an older one."""
    found = get_object_or_404(
        Clause.objects.visible_to(request.user).select_related("document", "node"),
        document__slug=slug,
        clause_id=clause_id,
    )
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    page = queries.clause_page(found, request.user, today=timezone.localdate(), number=number)
    if page is None:
        raise Http404("no such version")
    context = {"page": page, "clause": found, "document": found.document, "apply_url": apply_url(found)}
    return render(request, "policies/clause.html", context)


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Documents, clauses and places of the text that contain the words, clauses by unit and kind; without words, every
    clause. `?in=text` pages through the places alone."""
    form = LibraryFilterForm(request.GET, auto_id="library_%s")
    valid = form.is_valid()
    query, unit, kind = (form.cleaned_data.get(name) for name in ("q", "unit", "kind")) if valid else ("", None, "")
    user, on = request.user, timezone.localdate()
    clauses: Any = queries.clause_hits(user, query or "", unit, kind or "", on=on) if valid else []
    anything = valid and not unit and not kind
    places: Any = queries.text_hits(user, query or "", on=on) if anything else []
    in_text = anything and request.GET.get("in") == "text"
    shown = Paginator(places, PLACES_PER_PAGE) if in_text else Paginator(clauses, CLAUSES_PER_PAGE)
    page = shown.get_page(request.GET.get("page"))
    alone = in_text or page.number > 1
    context = {
        "form": form,
        "valid": valid,
        "query": query,
        "in_text": in_text,
        "page_obj": page,
        "documents": queries.document_hits(user, query or "", on=on) if anything and not alone else [],
        "clauses": [] if in_text else page.object_list,
        "clause_count": len(clauses),
        "text_hits": page.object_list if in_text else [] if alone else places[:PLACES_BESIDE],
        "text_count": len(places),
        "on": on,
    }
    return render(request, "policies/search.html", context, status=200 if valid else 422)


@public
@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call for applications: its text, its windows and its clauses."""
    calls = Call.objects.visible_to(request.user).select_related("document").prefetch_related("clauses", "windows")
    found = get_object_or_404(calls, pk=pk)
    today = timezone.localdate()
    governed = governed_in(found)
    rows = [(item, item.pk in governed and open_for_somebody(found, item, today)) for item in clauses_of(found)]
    context = {
        "call": found,
        "is_open": any(is_open for _, is_open in rows),
        "governed": governed,
        "today": today,
        "windows": windows_of(found),
        "rows": [(item, apply_url(item) if is_open else "") for item, is_open in rows],
    }
    return render(request, "policies/call.html", context)
