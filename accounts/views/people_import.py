"""The import of people: template, upload with its dry run, confirmation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, SignedInRequest, require
from accounts.actions.people_import import carry_out_import, drop_import, read_people_sheet
from accounts.forms.people_admin import PeopleSheetForm
from accounts.models import PeopleImport
from accounts.people_sheet import template
from accounts.permissions import may_administer
from common.errors import DomainError, NotFound

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Imports that the page lists.
SHOWN = 20


def _found(pk: int) -> PeopleImport:
    row = PeopleImport.objects.select_related("read_by").filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def people_import(request: SignedInRequest) -> HttpResponse:
    """Fetch the template, send it filled in; what was sent is checked at once."""
    form = PeopleSheetForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        form = PeopleSheetForm(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                row = read_people_sheet(upload=file, name=file.name, by=request.user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                return redirect("accounts:people_import_sheet", row.pk)
    rows = PeopleImport.objects.select_related("read_by")[:SHOWN]
    return render(request, "accounts/people/import.html", {"form": form, "imports": rows}, status=status)


@require_safe
@require(Role.ADMINISTRATOR)
def people_template(request: SignedInRequest) -> HttpResponse:
    """The empty sheet."""
    response = HttpResponse(template(), content_type=XLSX)
    response["Content-Disposition"] = "attachment; filename*=UTF-8''%E4%BA%BA%E5%91%98%E8%A1%A8.xlsx"
    return response


def _page(request: SignedInRequest, pk: int, *, error: DomainError | None = None) -> HttpResponse:
    row = _found(pk)
    new = {one["username"].lower() for one in row.rows}
    context = {
        "sheet": row,
        "people_count": len(new),
        "error": error,
        "has_errors": error is not None,
        "may_edit": may_administer(request.user),
    }
    return render(request, "accounts/people/import_sheet.html", context, status=error.status if error else 200)


@require_safe
@require(*READERS)
def people_import_sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one sheet says: every fault by row, or what would be done."""
    return _page(request, pk)


@require_POST
@require(Role.ADMINISTRATOR)
def people_import_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Carry one sheet out."""
    row = _found(pk)
    try:
        carry_out_import(people_import=row, by=request.user, at=timezone.now())
    except DomainError as error:
        return _page(request, pk, error=error)
    messages.success(request, f"已导入 {len(row.rows)} 行；新账号的设置密码链接已发往各人邮箱。")
    return redirect("accounts:people")


@require_POST
@require(Role.ADMINISTRATOR)
def people_import_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put one sheet aside."""
    row = _found(pk)
    try:
        drop_import(people_import=row, by=request.user, at=timezone.now())
    except DomainError as error:
        return _page(request, pk, error=error)
    messages.info(request, "已放弃这份人员表，没有导入任何人员。")
    return redirect("accounts:people_import")
