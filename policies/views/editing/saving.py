"""What the editors of a clause and of the rules do alike: save a draft, begin a new version."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from common.errors import Conflict, DomainError
from common.templatetags.ui import zhdate
from policies.actions.drafts import draft_from, save_draft
from policies.actions.versions import Version
from policies.drafts import Content, content_of
from policies.forms.blocks import NewDraftForm
from policies.presenters import editor_url
from policies.queries.comparison import told_differences
from policies.views.editing import sheets

KEEP, SAVE = "keep", "save"

#: Draws a page: (request, sheet, status=…, has_errors=…, new_draft=…).
Page = Callable[..., HttpResponse]


def save(
    request: HttpRequest, sheet: sheets.Sheet, content: Content, head: Any, *, operation: str, page: Page
) -> HttpResponse:
    """Save what was typed, with its faults where the person keeps them; refused, the page comes back as it was sent."""
    user: Any = request.user
    version = sheet.version
    if sheet.unusable or (operation == SAVE and sheet.errors):
        return page(request, sheet, status=422, has_errors=True)
    try:
        saved = save_draft(
            version,
            content=content,
            expected_edit=head.cleaned_data["edit"],
            by=user,
            at=timezone.now(),
            note=head.cleaned_data.get("note", ""),
        )
    except DomainError as error:
        status = head.refuse(error)
        if isinstance(error, Conflict):
            newest = type(version)._default_manager.get(pk=version.pk)
            sheet.conflict = told_differences(content_of(newest), content)
            # whoever saves again has seen the newer state: it stands on this page
            head.data = {**request.POST.dict(), "edit": str(newest.edit)}
        return page(request, sheet, status=status, has_errors=True)
    _told(request, head.cleaned_data["edit"], saved.edit, sheet)
    return redirect(editor_url(version))


def begin(
    request: HttpRequest, version: Version, *, named: str, stored: Callable[[Any], sheets.Sheet], page: Page
) -> HttpResponse:
    """Begin a new version that says what this one says, from a day on; `named` stands before its number."""
    user: Any = request.user
    form, status = NewDraftForm(request.POST), 422
    if form.is_valid():
        try:
            draft = draft_from(version, valid_from=form.cleaned_data["valid_from"], by=user, at=timezone.now())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            status = error.status
        else:
            since = zhdate(draft.valid_from)
            messages.success(request, f"已起草{named}第 {draft.number} 版，自{since}起；发布前不影响现行版本。")
            return redirect(editor_url(draft))
    return page(request, stored(version), status=status, new_draft=form, has_errors=True)


def _told(request: HttpRequest, before: int, after: int, sheet: sheets.Sheet) -> None:
    """Say what was saved."""
    if before == after:
        messages.info(request, "没有改动，未另存。")
    elif sheet.judgement.errors:
        messages.warning(
            request, f"已暂存第 {after} 次修改，还有 {len(sheet.judgement.errors)} 处需要更正，更正后才能发布。"
        )
    else:
        messages.success(request, f"已保存第 {after} 次修改。")
