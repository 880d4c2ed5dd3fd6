"""待确认事项 of a document: each with value, reason and history; a new value with a preview, a confirmation."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Role, require
from common.errors import Conflict, DomainError, Invalid
from common.templatetags.ui import zhdate
from policies.actions.settings import change_setting, check_change, confirm_setting, value_faults_of
from policies.models import Document, PolicySetting
from policies.permissions import may_edit
from policies.presenters import tabs
from policies.queries.settings_page import PointRow, preview_of, setting_row, setting_rows
from policies.setting_forms import SettingForm, setting_form

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


def _document(request: HttpRequest, slug: str) -> Document:
    found: Document = get_object_or_404(Document.objects.visible_to(request.user), slug=slug)
    return found


def _row(document: Document, key: str) -> PointRow:
    row = setting_row(document, key, today=timezone.localdate())
    if row is None:
        raise Http404
    return row


@require(*READERS)
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Every open point of a document, those that nobody confirmed counted."""
    document = _document(request, slug)
    rows = setting_rows(document, today=timezone.localdate())
    context = {
        "document": document,
        "rows": rows,
        "unconfirmed": sum(not row.shown.is_confirmed for row in rows),
        "tabs": tabs("editing:settings", document),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/settings.html", context)


@require(*READERS)
@require_safe
def setting(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """One point: what holds, its history, and for administrators the form of a new value."""
    document = _document(request, slug)
    row = _row(document, key)
    form = setting_form(row.newest, initial={"valid_from": timezone.localdate() if _by_day(row) else None})
    return _page(request, document, row, form)


def _by_day(row: PointRow) -> bool:
    return row.point is not None and row.point.reads == "day"


@require(Role.ADMINISTRATOR)
@require_POST
def change(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """A new value: first shown in words with what it reaches, then, sent again as it was shown, saved."""
    user: Any = request.user
    document = _document(request, slug)
    row = _row(document, key)
    form = setting_form(row.newest, request.POST)
    if form is None:
        raise Http404
    if not form.is_valid():
        if form.value_is_read() and (faults := value_faults_of(row.newest, form.value())):
            form.refuse(Invalid("", errors=faults))
        return _page(request, document, row, form, status=422)
    data, value, status, preview, moved = form.cleaned_data, form.value(), 200, None, False
    seen = PolicySetting.objects.filter(document=document, key=key, number=data["seen"]).first() or row.newest
    given = {"value": value, "valid_from": data["valid_from"], "reason": data["reason"], "by": user}
    try:
        check_change(seen, **given, at=timezone.now())
        preview = preview_of(seen, value, data["valid_from"], today=timezone.localdate())
        if request.POST.get("step") == "save":
            moved = request.POST.get("previewed") != form.fingerprint()
            if not moved:
                change_setting(seen, **given, at=timezone.now(), acknowledged=data["acknowledged"])
                messages.success(request, f"自{zhdate(data['valid_from'])}起，“{row.newest.label}”使用新的取值。")
                return redirect("editing:setting", slug, key)
    except DomainError as error:
        status = form.refuse(error)
        if isinstance(error, Conflict):
            # Who saves again has seen the newer row: it stands on this page.
            row = _row(document, key)
            form.data = request.POST.copy()
            form.data["seen"] = str(row.newest.number)
    return _page(request, document, row, form, status=status, preview=preview, moved=moved)


@require(Role.ADMINISTRATOR)
@require_POST
def confirm(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Take responsibility for the value as it stands."""
    user: Any = request.user
    document = _document(request, slug)
    row = _row(document, key)
    number = request.POST.get("seen", "")
    rows = PolicySetting.objects.filter(document=document, key=key)
    seen = (
        rows.filter(number=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 5 else None
    )
    try:
        if seen is None:
            raise Conflict("该事项已被确认或修改，请核对下面的最新内容。")
        confirm_setting(seen, by=user, at=timezone.now())
    except DomainError as error:
        form = setting_form(row.newest)
        return _page(request, document, _row(document, key), form, status=error.status, errors=error.errors)
    messages.success(request, f"已确认“{row.newest.label}”：{row.words}。")
    return redirect("editing:settings", slug)


def _page(
    request: HttpRequest,
    document: Document,
    row: PointRow,
    form: SettingForm | None,
    *,
    status: int = 200,
    preview: Any = None,
    moved: bool = False,
    errors: Any = None,
) -> HttpResponse:
    context = {
        "document": document,
        "row": row,
        "form": form if may_edit(request.user) else None,
        "preview": preview,
        "moved": moved,
        "fingerprint": form.fingerprint() if preview and form else "",
        "errors": errors,
        "has_errors": bool(errors),
        "tabs": tabs("editing:settings", document),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/setting.html", context, status=status)
