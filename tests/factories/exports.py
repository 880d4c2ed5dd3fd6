"""Real documents for tests of exports and previews, and jobs carried out as the worker would."""

import io
from datetime import datetime
from typing import Any

import pikepdf
from openpyxl import load_workbook
from PIL import Image
from weasyprint import HTML

from applications.models import Application, Attachment, Revision
from common import storage
from common.outbox.actions import run_owed
from reviews.exports.store import path_of
from reviews.models import Export
from tests.factories.applications import AT, Company, fill, make_draft
from tests.factories.applications import file as file_application


def pdf_of(*texts: str, turned: int = 0) -> bytes:
    """A PDF with a page for each text; `turned`: degrees by which its pages are rotated."""
    pages = "".join(f'<p style="break-after:page">{text}</p>' for text in texts[:-1]) + f"<p>{texts[-1]}</p>"
    data: bytes = HTML(string=f'<html lang="zh-Hans"><body>{pages}</body></html>').write_pdf()
    if not turned:
        return data
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.rotate(turned, relative=False)
        document.save(out)
    return out.getvalue()


def long_pdf(pages: int) -> bytes:
    """A PDF with many pages, made quickly."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_of("长文件的一页"))) as one, pikepdf.new() as whole:
        for _ in range(pages):
            whole.pages.append(one.pages[0])
        whole.save(out)
    return out.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (800, 600)) -> bytes:
    """A picture in one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, (180, 200, 220)).save(out, kind)
    return out.getvalue()


TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def put_document(application: Application, company: Company, key: str, kind: str, data: bytes) -> Attachment:
    """A stored document of the application, of any kind."""
    return Attachment.objects.create(
        enterprise=application.enterprise,
        policy_year=application.policy_year,
        application=application,
        evidence_key=key,
        name=f"{key}-{kind}.{kind}",
        kind=kind,
        content_type=TYPES[kind],
        size=len(data),
        sha256=storage.put(data),
        uploaded_at=AT,
        uploaded_by=company.agent,
    )


def filed_with(company: Company, documents: dict[str, tuple[str, bytes]], clause_id: str = "3.4.5") -> Revision:
    """A filing whose evidence under these keys is these documents (kind, bytes); the rest is usual."""
    application = make_draft(company, clause_id)
    for key, (kind, data) in documents.items():
        put_document(application, company, key, kind, data)
    return file_application(fill(application, company), company)


def carried_out(export: Export, at: datetime) -> Export:
    """The export after the worker has done what is owed."""
    run_owed(at=at)
    export.refresh_from_db()
    return export


def sheet_of(export: Export) -> tuple[list[list[Any]], dict[str, Any]]:
    """The rows of a written list, and its second sheet as a dictionary."""
    book = load_workbook(path_of(export))
    first, about = book.worksheets
    rows = [[cell.value for cell in row] for row in first.iter_rows()]
    return rows, {str(row[0].value): row[1].value for row in about.iter_rows(min_row=2)}
