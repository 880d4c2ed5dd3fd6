"""Publication: what waits and what was, choosing drafts and what leaves force, one publication with all that was
checked, its steps."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from common.workdays import local_day
from policies.actions.publication import (
    moved_since,
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
from policies.queries.endings import EndingImpact, ending_impacts
from policies.queries.publications import (
    Checked,
    Version,
    draft_rows,
    drafts_of,
    endings_in,
    kept_of,
    key_of,
    publications_of,
    published_of,
    versions_in,
    waiting,
)

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def publications(request: HttpRequest, slug: str) -> HttpResponse:
    """The publications of a document; POST judges what was chosen (`check`), puts it before a second person, or adds
    (`add`) and removes (`drop`) a published version that is to leave force."""
    user: Any = request.user
    document = get_object_or_404(Document.objects.visible_to(user), slug=slug)
    drafts, published = drafts_of(document), published_of(document)
    held = waiting([*drafts, *published])
    parts: dict[str, Any] = {"drafts": drafts, "held": held, "closable": published, "ends": _ends(request)}
    status, checked, now = 200, None, timezone.now()
    if request.method == "POST":
        require_editor(user)
    if request.method != "POST":
        asked = {"versions": _preselected(request, [name_of(draft) for draft in drafts])}
        form = PublicationForm(initial=asked, **parts)
    elif "add" in request.POST or "drop" in request.POST:
        # The form changes its parts: what was typed stands in it again, and nothing is judged yet.
        typed = {**request.POST.dict(), "versions": request.POST.getlist("versions"), "add_end": ""}
        form = PublicationForm(initial=typed, **parts)
    else:
        form = PublicationForm(request.POST, **parts)
        valid = form.is_valid()
        if "check" in request.POST:
            form.errors.pop("reason", None)
            status = 422
            if not form.errors:
                status, checked = 200, check_drafts(document, form.chosen, at=now, asked=form.endings)
        elif valid:
            try:
                made = submit_publication(
                    document,
                    versions=form.chosen,
                    endings=form.endings,
                    reason=form.cleaned_data["reason"],
                    by=user,
                    at=now,
                )
            except PublicationRefused as error:
                status, checked = error.status, check_drafts(document, form.chosen, at=now, asked=form.endings)
                form.add_error(None, error.message)
            except DomainError as error:
                status = form.refuse(error)
            else:
                until = "在此期间草稿不能修改。" if form.chosen else "在那以前，版本仍然有效。"
                messages.success(request, f"已提交，等待另一位管理员发布。{until}")
                return redirect("editing:publication", made.pk)
        else:
            status = 422
    context = {
        "document": document,
        "publications": publications_of(document),
        "form": form,
        "held": [version for version in [*drafts, *published] if key_of(version) in held],
        "checked": checked,
        "impacts": _impacts(checked, form.chosen) if checked else [],
        "may_edit": may_edit(user),
        "tabs": tabs("editing:publications", document),
    }
    return render(request, "policies/editing/publications.html", context, status=status)


def _ends(request: HttpRequest) -> list[str]:
    """The published versions that the form has a part for: those of the address, or those sent, one more or less."""
    if request.method != "POST":
        return request.GET.getlist("end")
    named = request.POST.getlist("end")
    if "add" in request.POST and request.POST.get("add_end"):
        named.append(request.POST["add_end"])
    return [name for name in named if name != request.POST.get("drop")]


def _impacts(checked: Checked, drafts: Sequence[Version]) -> list[EndingImpact]:
    return ending_impacts(checked.asked, drafts, today=local_day(timezone.now()))


def _preselected(request: HttpRequest, names: list[str]) -> list[str]:
    """The drafts that the address names (`draft`), or the only one there is where nobody came to end a version."""
    asked = [name for name in request.GET.getlist("draft") if name in names]
    return asked or (names if len(names) == 1 and "end" not in request.GET else [])


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
    versions, endings = versions_in(found), endings_in(found)
    is_open = found.state == PublicationState.OPEN
    checked = check_drafts(found.document, versions, at=timezone.now(), asked=endings) if is_open else None
    moved = moved_since(found, endings) if is_open else []
    gates = gate_faults(found) if is_open else []
    refused = error.faults if isinstance(error, PublicationRefused) else ()
    context = {
        "publication": found,
        "document": found.document,
        "here": f"发布申请 {found.pk}",
        "rows": draft_rows(versions),
        "endings": endings,
        "impacts": _impacts(checked, versions) if checked else [],
        "moved": moved,
        "checked": checked,
        "kept": kept_of(found) if not is_open else None,
        "gates": gates,
        "panels": panels_of(found),
        "is_open": is_open,
        "may_edit": may_edit(user),
        "is_own": found.submitted_by_id == user.pk,
        "why_not": why_not_publish(found, versions, user) if is_open and may_edit(user) else "",
        "ready": bool(checked and not checked.refusing and not moved and not any(fault.refuses for fault in gates)),
        "seen": found.version,
        "form": form or ReturnForm(initial={"seen": found.version}),
        "errors": [fault.told for fault in refused] or ([error.message] if error else None),
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
    messages.success(request, "已发布。" if versions_in(found) else "已办理。")
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
