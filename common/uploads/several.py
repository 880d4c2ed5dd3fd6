"""Several files that came with one form: how many, how large together, and each by itself."""

from collections.abc import Sequence
from typing import IO, Protocol

from django.conf import settings

from common.uploads.check import CheckedUpload, check_upload
from common.uploads.errors import UploadRejected


class Enclosed(Protocol):
    """One file as it came: its name and its bytes to read."""

    @property
    def name(self) -> str: ...

    @property
    def upload(self) -> IO[bytes]: ...


def check_several(
    files: Sequence[Enclosed], *, most: int, too_many: str, too_large: str
) -> tuple[list[CheckedUpload], list[str]]:
    """The files as they may be stored, and every fault as a sentence.

    too_many, too_large: what is said where there are more than `most`, or where together they are larger than one
    upload may be; then no file is opened.
    """
    if len(files) > most:
        return [], [too_many]
    if sum(_size(file.upload) for file in files) > settings.UPLOAD_MAX_BYTES:
        return [], [too_large]
    checked, faults = [], []
    for file in files:
        try:
            checked.append(check_upload(file.upload, file.name, max_bytes=settings.UPLOAD_MAX_BYTES))
        except UploadRejected as refused:
            faults.append(f"“{file.name[:60]}”：{refused.message}")
    return checked, faults


def _size(upload: IO[bytes]) -> int:
    """How many bytes there are to read."""
    upload.seek(0, 2)
    size = upload.tell()
    upload.seek(0)
    return size


def largest_together() -> str:
    """How large the files of one form may be together, for sentences."""
    return f"{settings.UPLOAD_MAX_BYTES // (1024 * 1024)} MB"
