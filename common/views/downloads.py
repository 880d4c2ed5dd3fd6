"""Handing out what strangers uploaded: always a download, never interpreted, never cached."""

from typing import Protocol

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from common import storage


class StoredFile(Protocol):
    """A row that names stored bytes: an attachment, a file of a message."""

    name: str
    content_type: str
    sha256: str


def stored_download(file: StoredFile) -> HttpResponse:
    """The stored bytes, checked against their hash, as an attachment that no browser interprets and no cache keeps.

    Whether the reader may have the file is asked before. Raises storage.MissingFile and storage.DamagedFile.
    """
    response = HttpResponse(storage.read(file.sha256), content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "no-store, private"
    return response
