"""One version of a clause: the printed text on one side, on the other what the system does with it, block by block."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Role, require
from policies.blocks.operations import OperationError, apply
from policies.drafts import ClauseContent
from policies.forms.blocks import NewDraftForm, posted_of
from policies.models import Clause, ClauseVersion
from policies.permissions import may_edit, require_editor
from policies.presenters import editor_url
from policies.views.editing import sheets
from policies.views.editing.saving import KEEP, SAVE, begin, save

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
BRACKET, REFRESH = "bracket", "refresh"


def _version(request: HttpRequest, pk: int) -> ClauseVersion:
    versions = ClauseVersion.objects.filter(clause__in=Clause.objects.visible_to(request.user))
    return get_object_or_404(versions.select_related("clause__document", "clause__node", "drafted_by"), pk=pk)


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def clause(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a version; as a draft, change it: add and remove blocks, save, or keep it with what is still wrong."""
    version = _version(request, pk)
    if request.method != "POST":
        return _page(request, sheets.clause_stored(version))
    user: Any = request.user
    require_editor(user)
    posted, operation = posted_of(request.POST), request.POST.get("op", SAVE)
    content, head, found = sheets.clause_read(version, posted, request.POST)
    if operation in (SAVE, KEEP):
        sheet = sheets.clause_typed(version, content, head, found.faults)
        return save(request, sheet, content, head, operation=operation, page=_page)
    return _changed(request, version, content, head, found.faults, operation)


def _changed(
    request: HttpRequest, version: ClauseVersion, content: ClauseContent, head: Any, faults: Any, operation: str
) -> HttpResponse:
    """The form after one of its buttons; nothing is stored."""
    note, fresh, status = "", "", 200
    if operation == BRACKET:
        desk = sheets.Desk(version.clause.document)
        head.data = {**request.POST.dict(), "bracket": desk.bracket_after(version, content.quote)}
        head.full_clean()
        content, head, _ = sheets.clause_read(version, posted_of(request.POST), head.data)
    elif operation != REFRESH:
        try:
            definition, fresh = apply(sheets.schema_of(version), content.definition, with_kind(request, operation))
            content = content.with_definition(definition)
        except OperationError as error:
            note, status = str(error), 422
    sheet = sheets.clause_typed(version, content, head, faults)
    return changed_page(request, sheet, _page, note=note, fresh=fresh, status=status)


def with_kind(request: HttpRequest, operation: str) -> str:
    """An addition with the kind that was chosen beside its button."""
    if operation.startswith("add:") and operation.count(":") == 1:
        kind = request.POST.get(f"new:{operation.removeprefix('add:')}", "")
        return f"{operation}:{kind}" if kind else operation
    return operation


def changed_page(
    request: HttpRequest, sheet: sheets.Sheet, page: Any, *, note: str, fresh: str, status: int
) -> HttpResponse:
    """The whole page, or for a swap the form alone, with what is new shown open."""
    if note:
        sheet.notes.append(note)
    for node in sheet.tree.walk():
        if fresh and (node.path == fresh or fresh.startswith(f"{node.path}.")):
            node.opened = True
    if request.headers.get("HX-Request") == "true":
        context = {**shown(sheet, editable=True), "fresh": fresh}
        return render(request, "policies/editing/_blocks/body.html", context, status=status)
    result: HttpResponse = page(request, sheet, status=status, fresh=fresh, has_errors=bool(note))
    return result


@require(Role.ADMINISTRATOR)
@require_POST
def clause_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be said of the form as it stands: sentences, faults, readings. Nothing is stored."""
    version = _version(request, pk)
    content, _, found = sheets.clause_read(version, posted_of(request.POST), request.POST)
    desk = sheets.Desk(version.clause.document)
    judgement = sheets.judged(version, desk, content, found.faults)
    judgement.faults += sheets.of_days(content)
    # compiling the whole policy would keep whoever types waiting: the page and publication do it
    elsewhere = desk.whole(version, content, compiled=False)
    units, unread = desk.read_units(content.bracket)
    context = {"judgement": judgement, "units": units, "unread": unread, "elsewhere": elsewhere}
    return render(request, "policies/editing/_blocks/check.html", context)


@require(Role.ADMINISTRATOR)
@require_POST
def clause_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a new version that says what this one says, from a day on."""
    return begin(request, _version(request, pk), named="", stored=sheets.clause_stored, page=_page)


def shown(sheet: sheets.Sheet, *, editable: bool) -> dict[str, Any]:
    """What the form alone needs."""
    parts = {child.name: child for child in sheet.tree.children}
    return {
        "sheet": sheet,
        "parts": parts,
        "judgement": sheet.judgement,
        "version": sheet.version,
        "editable": editable,
        "fresh": "",
        "form_url": editor_url(sheet.version),
    }


def _page(
    request: HttpRequest,
    sheet: sheets.Sheet,
    *,
    status: int = 200,
    new_draft: NewDraftForm | None = None,
    has_errors: bool = False,
    fresh: str = "",
) -> HttpResponse:
    version = sheet.version
    assert isinstance(version, ClauseVersion)
    can_edit = sheets.editable(version, request.user)
    context = {
        **shown(sheet, editable=can_edit or sheet.unsaved),
        "fresh": fresh,
        "clause": version.clause,
        "document": version.clause.document,
        "elsewhere": sheets.elsewhere(sheet),
        "has_errors": has_errors,
        "waits": version.state == "draft" and may_edit(request.user) and not can_edit,
        "new_draft": new_draft or _new_draft(request, version),
        "siblings": version.clause.versions.order_by("-number"),
    }
    return render(request, "policies/editing/clause.html", context, status=status)


def _new_draft(request: HttpRequest, version: ClauseVersion) -> NewDraftForm | None:
    return NewDraftForm() if may_edit(request.user) and version.state in ("published", "retired") else None
