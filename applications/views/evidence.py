"""The documents to attach: list, upload, download, removal."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, require
from applications.actions import attach, remove_attachment
from applications.enums import EDITABLE, PointTarget
from applications.models import Application, Attachment
from applications.presenters import evidence_rows, open_correction
from applications.queries.completeness import evidence_status
from applications.views.common import crumbs, own_application, person
from common.errors import Conflict, Invalid, TooLarge
from common.keys import number_sent
from common.views.downloads import stored_download


@require_safe
@require(*ENTERPRISE)
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Every document of the list with what stands for it."""
    return _page(request, own_application(request, pk))


def _page(
    request: HttpRequest, application: Application, *, key: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    rows = evidence_rows(application, evidence_status(application))
    correction = open_correction(application)
    points = list(correction.points.filter(target=PointTarget.EVIDENCE)) if correction else []
    for row in rows:
        name = row["evidence"].key
        row["points"] = [point for point in points if point.key == name]
        row["action"] = reverse("applications:upload", args=[application.pk, name])
        row["error"] = error if name == key else ""
    context = {
        "application": application,
        "crumbs": crumbs(application, "附件材料"),
        "rows": rows,
        "missing": sum(1 for row in rows if row["evidence"].required and not row["files"]),
        "editable": application.state in EDITABLE,
        "errors": [{"field_id": f"upload-{key}", "message": error}] if error else [],
        "has_errors": bool(error),
    }
    return render(request, "applications/evidence.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def upload(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Take one file; a refusal leaves everything else as it was. Whoever signs in again lands on the list."""
    application = own_application(request, pk)
    if request.method == "GET":
        return redirect("applications:evidence", pk)
    file = request.FILES.get("file")
    replaced = request.POST.get("replaces", "")
    replaces = _attachment(application, number_sent(replaced)) if replaced else None
    if file is None:
        return _page(request, application, key=key, error="请先选择要上传的文件。", status=422)
    now = timezone.now()
    try:
        attachment = attach(
            application=application,
            evidence_key=key,
            upload=file,
            name=file.name or "",
            by=person(request),
            at=now,
            replaces=replaces,
        )
    except (Invalid, TooLarge, Conflict) as refused:
        return _page(request, application, key=key, error=refused.message, status=refused.status)
    if attachment.uploaded_at < now:  # the same bytes again: the file that stands is the older one
        messages.info(request, f"与已上传的“{attachment.name}”内容相同，未重复保存。")
    else:
        messages.success(request, f"已上传“{attachment.name}”。")
    return redirect(reverse("applications:evidence", args=[pk]) + f"#evidence-{key}")


def _attachment(application: Application, pk: int) -> Attachment:
    """A file of this application or of its year, removed or not; 404 for everything else."""
    found = Attachment.objects.filter(
        pk=pk, enterprise_id=application.enterprise_id, policy_year=application.policy_year
    ).first()
    if found is None or found.application_id not in {None, application.pk}:
        raise Http404
    return found


@require_safe
@require(*ENTERPRISE)
def download(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    """The stored bytes, verified, as an attachment that no browser interprets and no cache keeps."""
    found = _attachment(own_application(request, pk), attachment)
    return stored_download(found)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def remove(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    """Take a file off the list."""
    application = own_application(request, pk)
    if request.method == "GET":
        return redirect("applications:evidence", pk)
    found = _attachment(application, attachment)
    remove_attachment(application=application, attachment=found, by=person(request), at=timezone.now())
    messages.success(request, f"已移除“{found.name}”。")
    return redirect(reverse("applications:evidence", args=[pk]) + f"#evidence-{found.evidence_key}")
