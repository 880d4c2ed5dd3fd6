"""Evidence inside the page: the viewer, and single pages as pictures."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import OFFICER, Role, require
from applications.models import Attachment, Revision
from common.storage import DamagedFile, MissingFile
from reviews.evidence import case_viewer
from reviews.previews import WIDTHS, NoPreview, NoSuchPage, page_picture
from reviews.queries.evidence import filed_attachment
from reviews.views.casefile import visible_case

#: The pages that a viewer may stand in.
_BASE = re.compile(r"/reviews/(tasks/[0-9]+|cases/[0-9]+(/revisions/[0-9]+)?)/")


def picture_response(attachment: Attachment, page: int, size: str) -> HttpResponse:
    """One page as PNG, for a person who may read the attachment; 404 where there is none."""
    try:
        picture = page_picture(attachment.sha256, attachment.kind, page, size if size in WIDTHS else "page")
    except (NoSuchPage, NoPreview, MissingFile, DamagedFile) as error:
        raise Http404("没有这一页的图像") from error
    response = HttpResponse(picture.png, content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@require(*OFFICER, Role.AUDITOR)
def evidence(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    """The viewer alone, for a page that has it already; opened by itself it leads to the case."""
    case = visible_case(request, pk)
    if filed_attachment(case.application, attachment) is None:
        raise Http404
    base = request.GET.get("base", "")
    if not _BASE.fullmatch(base):
        base = reverse("reviews:case", args=[pk])
    page = request.GET.get("page", "1")
    if not request.headers.get("HX-Request"):
        number = page if page.isascii() and page.isdigit() else "1"
        return redirect(f"{base}?evidence={attachment}&page={number}#evidence-view")
    # The newest revision that holds the file: an earlier one may hold files that were replaced since.
    holding = next(
        row
        for row in Revision.objects.filter(application=case.application).order_by("-number")
        if any(item["attachment"] == attachment for item in row.evidence)
    )
    items = [{**item, "url": reverse("reviews:attachment", args=[pk, item["attachment"]])} for item in holding.evidence]
    shown = case_viewer(pk, items, base=base, chosen=str(attachment), page=page)
    return render(request, "reviews/_evidence_viewer.html", {"viewer": shown})


@require_safe
@require(*OFFICER, Role.AUDITOR)
def evidence_page(request: HttpRequest, pk: int, attachment: int, page: int) -> HttpResponse:
    """One page of a document of a filed revision of a visible case, as a picture."""
    case = visible_case(request, pk)
    row = filed_attachment(case.application, attachment)
    if row is None:
        raise Http404
    return picture_response(row, page, request.GET.get("size", "page"))
