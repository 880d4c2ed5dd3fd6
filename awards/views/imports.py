"""表格导入: templates to fill in, what was sent with its faults or its changes, and taking it over."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import OFFICER, Role, require
from accounts.models import Unit
from awards.actions.imports import apply_table, discard_table, kind_of, send_table
from awards.enums import ImportState
from awards.forms.imports import ImportForm
from awards.imports.kinds import KINDS, TableKind
from awards.models import ImportFile, PaymentList
from awards.queries.imports import sent_tables
from common import storage
from common.errors import Conflict, DomainError, Invalid
from common.tables.reading import read_table
from common.tables.writing import marked_copy, template_book
from common.views.downloads import stored_download

READERS = (*OFFICER, Role.AUDITOR)
PAGE_SIZE = 50
#: Faults or changes on one page.
SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {
    ImportState.FAULTY: "danger",
    ImportState.READY: "info",
    ImportState.APPLIED: "success",
    ImportState.DISCARDED: "neutral",
}


def _crumbs(*labels: tuple[str, str | None]) -> list[dict[str, Any]]:
    found = [{"label": "表格导入", "url": reverse("awards:imports")}]
    return found + [{"label": label, "url": url} for label, url in labels]


def _xlsx(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


@require_safe
@require(*READERS)
def imports(request: HttpRequest) -> HttpResponse:
    """The tables of the own units, and which ones this person may send."""
    user: Any = request.user
    page = Paginator(sent_tables(user), PAGE_SIZE).get_page(request.GET.get("page"))
    open_kinds = [kind for kind in KINDS.values() if kind.units(user)]
    rows = [{"file": row, "tone": TONES[ImportState(row.state)]} for row in page]
    return render(
        request, "awards/imports/list.html", {"rows": rows, "page_obj": page, "kinds": open_kinds, "crumbs": _crumbs()}
    )


# ------------------------------------------------------------------------------------------------- sending


def _own_kind(request: HttpRequest, name: str) -> tuple[TableKind, list[Unit]]:
    """The kind, and the units for which this person may send it; without one it does not exist."""
    user: Any = request.user
    kind = kind_of(name)
    units = kind.units(user)
    if not units:
        raise Http404
    return kind, units


def _unit(units: list[Unit], text: str) -> Unit:
    return next((unit for unit in units if str(unit.pk) == text), units[0])


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def import_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Fetch the template, send it filled in; what was sent is checked at once."""
    user: Any = request.user
    table, units = _own_kind(request, kind)
    subjects = table.subjects(user)
    about = request.GET.get("about", "")
    status = 200
    fixed: dict[str, Any] = {"units": units, "subjects": subjects, "subject_label": table.subject_label}
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, **fixed)
        status = 422
        if form.is_valid():
            try:
                file, known = send_table(
                    kind=kind,
                    about=form.cleaned_data["about"],
                    unit=_unit(units, form.cleaned_data["unit"]),
                    upload=form.cleaned_data["file"],
                    name=form.cleaned_data["file"].name,
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = form.refuse(error)
            else:
                if known:
                    messages.info(request, "这份表格已经上传过，已按现在的数据重新检查。")
                return redirect("awards:import", file.pk)
    else:
        form = ImportForm(initial={"about": about} if about else None, **fixed)
    context = {
        "table": table,
        "kind": kind,
        "form": form,
        "subjects": subjects,
        "units": units,
        "about": about,
        "crumbs": _crumbs((f"导入{table.sheet}", None)),
    }
    return render(request, "awards/imports/new.html", context, status=status)


@require_safe
@require(*OFFICER)
def import_template(request: HttpRequest, kind: str, about: str = "") -> HttpResponse:
    """The workbook to fill in, with the rows that are known (`unit`: for which of the own units)."""
    user: Any = request.user
    table, units = _own_kind(request, kind)
    try:
        subject = table.subject(about or request.GET.get("about", ""), user)
    except Invalid as error:
        raise Http404(error.message) from error
    unit = _unit(units, request.GET.get("unit", ""))
    listing = PaymentList.objects.filter(number=subject.key).first() if kind == "results" else None
    unit = listing.unit if listing else unit
    data = template_book(
        kind=kind,
        about=subject.key,
        sheet=table.sheet,
        columns=table.columns(subject.key),
        notes=table.notes(subject.key),
        rows=table.known_rows(subject.key, unit, user),
        head=table.head(subject.key),
        total=table.total,
    )
    name = subject.label.split("（")[0].replace("/", "-")
    return _xlsx(data, f"{table.sheet}模板 {name} {unit.name}.xlsx")


# -------------------------------------------------------------------------------------------- one that was sent


def _visible(request: HttpRequest, pk: int) -> ImportFile:
    user: Any = request.user
    found: ImportFile = get_object_or_404(
        ImportFile.objects.visible_to(user).select_related("unit", "sent_by", "closed_by"), pk=pk
    )
    return found


def _page(request: HttpRequest, file: ImportFile, *, error: DomainError | None = None) -> HttpResponse:
    user: Any = request.user
    kind = kind_of(file.import_kind)
    may_act = file.unit_id in {unit.pk for unit in kind.units(user)}
    # Faults of the whole table come first; they are few.
    shown = file.faults or file.summary
    page = Paginator(shown, SHOWN).get_page(request.GET.get("page"))
    subject = next((one.label for one in kind.subjects(user) if one.key == file.about), file.about)
    context = {
        "file": file,
        "table": kind,
        "subject": subject,
        "tone": TONES[ImportState(file.state)],
        "page_obj": page,
        "rows_changed": len({change["row"] for change in file.summary}),
        "faulty_rows": len({fault["row"] for fault in file.faults if fault["row"]}),
        "may_apply": may_act and file.state == ImportState.READY,
        "may_discard": may_act and file.state in {ImportState.READY, ImportState.FAULTY},
        "errors": error.errors if error else None,
        "has_errors": error is not None,
        "crumbs": _crumbs((f"第 {file.pk} 号", None)),
    }
    return render(request, "awards/imports/import.html", context, status=error.status if error else 200)


@require_safe
@require(*READERS)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A table with every fault by row, or with what it would change (before → after)."""
    return _page(request, _visible(request, pk))


@require_safe
@require(*READERS)
def import_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The table as it was sent."""
    return stored_download(_visible(request, pk))


@require_safe
@require(*READERS)
@cache_control(no_store=True, private=True)
def import_faults_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy of the table with the faults in a column beside the rows, to be mended and sent again."""
    file = _visible(request, pk)
    if not file.faults:
        raise Http404
    kind = kind_of(file.import_kind)
    data = storage.read(file.sha256)
    table = read_table(
        data,
        kind=file.import_kind,
        about=file.about,
        sheet=kind.sheet,
        columns=kind.columns(file.about),
        totals=bool(kind.total),
    )
    copy = marked_copy(data, sheet=kind.sheet, head_row=table.head_row, faults=file.faults)
    return _xlsx(copy, f"{file.name.removesuffix('.xlsx')} 差错.xlsx")


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Conflict("这份表格在您操作期间已有变化，请核对后再操作。")
    return int(text)


@require_POST
@require(*OFFICER)
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a table over, whole or not at all."""
    user: Any = request.user
    file = _visible(request, pk)
    try:
        apply_table(file=file, expected_version=_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _page(request, _visible(request, pk), error=error)
    messages.success(request, "表格已导入，全部改动已生效。")
    return redirect("awards:import", pk)


@require_POST
@require(*OFFICER)
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a table aside."""
    user: Any = request.user
    file = _visible(request, pk)
    try:
        discard_table(file=file, expected_version=_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _page(request, _visible(request, pk), error=error)
    messages.success(request, "表格已放弃，没有改动任何数据。")
    return redirect("awards:imports")
