"""The rules of a document across its clauses: figures of the year, cap on the sum, groups of one type."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Role, require
from policies.actions.drafts import create_rules
from policies.blocks.operations import OperationError, apply
from policies.drafts import RulesContent
from policies.forms.blocks import NewDraftForm, posted_of
from policies.models import Document, PolicyRules
from policies.permissions import may_edit, require_editor
from policies.views.editing import sheets
from policies.views.editing.clause import READERS, REFRESH, changed_page, shown, with_kind
from policies.views.editing.saving import KEEP, SAVE, begin, save


def _version(request: HttpRequest, pk: int) -> PolicyRules:
    versions = PolicyRules.objects.filter(document__in=Document.objects.visible_to(request.user))
    return get_object_or_404(versions.select_related("document", "drafted_by"), pk=pk)


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the rules; as a draft, change them."""
    version = _version(request, pk)
    if request.method != "POST":
        return _page(request, sheets.rules_stored(version))
    user: Any = request.user
    require_editor(user)
    operation = request.POST.get("op", SAVE)
    content, head, found = sheets.rules_read(version, posted_of(request.POST), request.POST)
    if operation in (SAVE, KEEP):
        sheet = sheets.rules_typed(version, content, head, found.faults)
        return save(request, sheet, content, head, operation=operation, page=_page)
    note, fresh, status = "", "", 200
    if operation != REFRESH:
        try:
            definition, fresh = apply(sheets.schema_of(version), content.definition, with_kind(request, operation))
            content = RulesContent(definition, content.valid_from, content.valid_to)
        except OperationError as error:
            note, status = str(error), 422
    sheet = sheets.rules_typed(version, content, head, found.faults)
    return changed_page(request, sheet, _page, note=note, fresh=fresh, status=status)


@require(Role.ADMINISTRATOR)
@require_POST
def rules_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be said of the form as it stands. Nothing is stored."""
    version = _version(request, pk)
    content, _, found = sheets.rules_read(version, posted_of(request.POST), request.POST)
    judgement = sheets.Desk(version.document).rules_content(version, content, compiled=False)
    judgement.faults = sheets.with_read(judgement.faults, found.faults, version, content.definition)
    judgement.faults += sheets.of_days(content)
    context = {"judgement": judgement, "elsewhere": judgement.elsewhere}
    return render(request, "policies/editing/_blocks/check.html", context)


@require(Role.ADMINISTRATOR)
@require_POST
def rules_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a new version of the rules that says what this one says, from a day on."""
    return begin(request, _version(request, pk), named="通用规则", stored=sheets.rules_stored, page=_page)


@require(Role.ADMINISTRATOR)
@require_POST
def rules_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the rules of a document that has none."""
    document = get_object_or_404(Document.objects.visible_to(request.user), slug=slug)
    existing = document.rules.order_by("-number").first()
    if existing is not None:
        messages.info(request, "这份文件已有通用规则，请在这里修改或起草新版本。")
        return redirect("editing:rules", existing.pk)
    draft = create_rules(document, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    messages.success(request, "已起草通用规则。")
    return redirect("editing:rules", draft.pk)


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
    assert isinstance(version, PolicyRules)
    can_edit = sheets.editable(version, request.user)
    started = NewDraftForm() if may_edit(request.user) and version.state in ("published", "retired") else None
    context = {
        **shown(sheet, editable=can_edit or sheet.unsaved),
        "fresh": fresh,
        "document": version.document,
        "elsewhere": sheet.judgement.elsewhere,
        "has_errors": has_errors,
        "waits": version.state == "draft" and may_edit(request.user) and not can_edit,
        "new_draft": new_draft or started,
        "pieces": version.document.nodes.exclude(plain="").order_by("order"),
        "siblings": version.document.rules.order_by("-number"),
    }
    return render(request, "policies/editing/rules.html", context, status=status)
