"""Publication: what waits and what was, choosing drafts, one publication with all that was checked, its steps."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.publication import (
    publish_publication,
    return_publication,
    submit_publication,
    why_not_publish,
    withdraw_publication,
)
from policies.actions.publication_checks import check_drafts
from policies.enums import PublicationState
from policies.errors import PublicationRefused
from policies.forms.publication import PublicationForm, ReturnForm, SeenForm, name_of
from policies.models import Document, Publication
from policies.permissions import may_edit, require_editor
from policies.presenters import tabs
from policies.publication_gates import gate_faults, panels_of
from policies.queries.publications import draft_rows, drafts_of, publications_of, versions_in, waiting

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def publications(request: HttpRequest, slug: str) -> HttpResponse:
    """The publications of a document; POST judges the chosen drafts (`check`) or puts them before a second person."""
    user: Any = request.user
    document = get_object_or_404(Document.objects.visible_to(user), slug=slug)
    drafts = drafts_of(document)
    held = waiting(drafts)
    asked = {"versions": _preselected(request, [name_of(draft) for draft in drafts])}
    form = PublicationForm(request.POST or None, drafts=drafts, held=held, initial=asked)
    status, checked = 200, None
    if request.method == "POST":
        require_editor(user)
        valid, now = form.is_valid(), timezone.now()
        if "check" in request.POST:
            form.errors.pop("reason", None)
            status = 422
            if form.chosen and not form.errors:
                status, checked = 200, check_drafts(document, form.chosen, at=now)
        elif valid:
            try:
                made = submit_publication(
                    document, versions=form.chosen, reason=form.cleaned_data["reason"], by=user, at=now
                )
            except PublicationRefused as error:
                status, checked = error.status, check_drafts(document, form.chosen, at=now)
                form.add_error(None, error.message)
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, "已提交，等待另一位管理员发布。在此期间草稿不能修改。")
                return redirect("editing:publication", made.pk)
        else:
            status = 422
    context = {
        "document": document,
        "publications": publications_of(document),
        "form": form,
        "held": [draft for draft in drafts if name_of(draft) not in form.drafts],
        "checked": checked,
        "may_edit": may_edit(user),
        "tabs": tabs("editing:publications", document),
    }
    return render(request, "policies/editing/publications.html", context, status=status)


def _preselected(request: HttpRequest, names: list[str]) -> list[str]:
    """The drafts that the address names (`draft`), or the only one there is."""
    asked = [name for name in request.GET.getlist("draft") if name in names]
    return asked or (names if len(names) == 1 else [])


def _visible(request: HttpRequest, pk: int) -> Publication:
    rows = Publication.objects.select_related("document", "submitted_by", "closed_by")
    found: Publication = get_object_or_404(rows.filter(document__in=Document.objects.visible_to(request.user)), pk=pk)
    return found


@require(*READERS)
@require_safe
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """One publication: what is in it, what was checked, who wrote, and what may be done with it."""
    return _page(request, _visible(request, pk))


def _page(
    request: HttpRequest, found: Publication, *, form: ReturnForm | None = None, error: DomainError | None = None
) -> HttpResponse:
    user: Any = request.user
    versions = versions_in(found)
    is_open = found.state == PublicationState.OPEN
    checked = check_drafts(found.document, versions, at=timezone.now()) if is_open else None
    gates = gate_faults(found) if is_open else []
    refused = error.faults if isinstance(error, PublicationRefused) else ()
    context = {
        "publication": found,
        "document": found.document,
        "here": f"发布申请 {found.pk}",
        "rows": draft_rows(versions),
        "checked": checked,
        "kept": found.checked if not is_open else None,
        "gates": gates,
        "panels": panels_of(found),
        "is_open": is_open,
        "may_edit": may_edit(user),
        "is_own": found.submitted_by_id == user.pk,
        "why_not": why_not_publish(found, versions, user) if is_open and may_edit(user) else "",
        "ready": bool(checked and not checked.refusing and not any(fault.refuses for fault in gates)),
        "seen": found.version,
        "form": form or ReturnForm(initial={"seen": found.version}),
        "errors": [fault.message + fault.mend for fault in refused] or ([error.message] if error else None),
        "has_errors": error is not None,
        "tabs": tabs("editing:publications", found.document),
    }
    status = error.status if error else 422 if form and form.errors else 200
    return render(request, "policies/editing/publication.html", context, status=status)


@require(Role.ADMINISTRATOR)
@require_POST
def publication_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish what another administrator submitted."""
    user: Any = request.user
    found, form = _visible(request, pk), SeenForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=ReturnForm(request.POST))
    try:
        publish_publication(publication=found, expected_version=form.cleaned_data["seen"], by=user, at=timezone.now())
    except DomainError as error:
        return _page(request, _visible(request, pk), error=error)
    messages.success(request, "已发布。")
    return redirect("editing:publication", pk)


@require(Role.ADMINISTRATOR)
@require_POST
def publication_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a publication back with a reason."""
    user: Any = request.user
    found, form = _visible(request, pk), ReturnForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    data = form.cleaned_data
    try:
        return_publication(
            publication=found, expected_version=data["seen"], note=data["note"], by=user, at=timezone.now()
        )
    except DomainError as error:
        now = _visible(request, pk)
        return _page(request, now, form=ReturnForm(initial={**data, "seen": now.version}), error=error)
    messages.success(request, "已退回，提交人会收到您的意见。")
    return redirect("editing:publication", pk)


@require(Role.ADMINISTRATOR)
@require_POST
def publication_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one has submitted."""
    user: Any = request.user
    found, form = _visible(request, pk), SeenForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=ReturnForm(request.POST))
    try:
        withdraw_publication(publication=found, expected_version=form.cleaned_data["seen"], by=user, at=timezone.now())
    except DomainError as error:
        return _page(request, _visible(request, pk), error=error)
    messages.success(request, "已撤回，草稿可以继续修改。")
    return redirect("editing:publication", pk)
