"""The one door for uploads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from django.conf import settings

from common.uploads import scanner
from common.uploads.errors import UploadRejected, UploadTooLarge
from common.uploads.images import clean_image
from common.uploads.names import clean_name
from common.uploads.office import check_office
from common.uploads.pdf import clean_pdf

KINDS: Final[dict[str, tuple[str, str]]] = {
    "pdf": ("PDF", "application/pdf"),
    "jpg": ("JPG 图片", "image/jpeg"),
    "png": ("PNG 图片", "image/png"),
    "xlsx": ("Excel 表格（.xlsx）", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ("Word 文档（.docx）", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
"""kind → its name for people, its content type."""

DEFAULT_KINDS: Final = ("pdf", "jpg", "png", "xlsx", "docx")

# The test file of all scanners, in two pieces lest this source be taken for it.
_EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

_MAGIC: Final = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"PK\x03\x04", "zip"))
_ADVICE: Final = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "旧版 Office 文件（.doc、.xls）或加密文件不能接收，请另存为 .docx、.xlsx 或 PDF。",
    ),
    (b"Rar!", "压缩包不能接收，请解压后逐个上传。"),
    (b"7z\xbc\xaf\x27\x1c", "压缩包不能接收，请解压后逐个上传。"),
    (b"\x1f\x8b", "压缩包不能接收，请解压后逐个上传。"),
    (b"MZ", "可执行文件不能接收。"),
    (b"\x7fELF", "可执行文件不能接收。"),
)


@dataclass(frozen=True)
class CheckedUpload:
    """An upload that may be stored. ``data`` is what to store: for PDF and images not the bytes that came.

    sha256 and size are those of ``data``; original_sha256 those of the bytes that came. cleaned: something was removed
    (active content of a PDF); re-encoding alone does not count.
    """

    data: bytes = field(repr=False)
    kind: str
    content_type: str
    size: int
    sha256: str
    clean_name: str
    cleaned: bool
    original_sha256: str


def check_upload(
    fileobj: IO[bytes], name: str, *, kinds: Sequence[str] = DEFAULT_KINDS, max_bytes: int | None = None
) -> CheckedUpload:
    """Check one uploaded file against ``kinds`` and ``max_bytes`` (default: settings.UPLOAD_MAX_BYTES).

    Reads at most ``max_bytes`` + 1 bytes. Raises UploadRejected (or a subclass) with a sentence for the person.
    """
    limit = settings.UPLOAD_MAX_BYTES if max_bytes is None else max_bytes
    data = fileobj.read(limit + 1)
    if len(data) > limit:
        raise UploadTooLarge(f"文件超过 {_size(limit)} 的上限，请压缩或拆分后重新上传。")
    if not data:
        raise UploadRejected("文件是空的，请重新选择。")
    if _EICAR in data:
        raise UploadRejected("文件未通过病毒扫描，已拒绝接收。")
    kind = _kind(data)
    if kind == "zip":
        kind = check_office(data)
    if kind is None or kind not in kinds:
        raise UploadRejected(_not_accepted(kinds))
    if settings.CLAMD_ADDRESS:
        scanner.scan(data, settings.CLAMD_ADDRESS)
    stored, cleaned = data, False
    if kind == "pdf":
        stored, cleaned = clean_pdf(data)
    elif kind in {"jpg", "png"}:
        stored = clean_image(data, kind)
    return CheckedUpload(
        data=stored,
        kind=kind,
        content_type=KINDS[kind][1],
        size=len(stored),
        sha256=hashlib.sha256(stored).hexdigest(),
        clean_name=clean_name(name, kind),
        cleaned=cleaned,
        original_sha256=hashlib.sha256(data).hexdigest(),
    )


def _kind(data: bytes) -> str | None:
    """The kind by the first bytes, exactly at the start; a sentence of advice for what people often try."""
    for magic, sentence in _ADVICE:
        if data.startswith(magic):
            raise UploadRejected(sentence)
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def _not_accepted(kinds: Sequence[str]) -> str:
    return f"文件类型不符（按内容判断），此处可上传：{'、'.join(KINDS[kind][0] for kind in kinds)}。"


def _size(limit: int) -> str:
    return f"{limit // (1024 * 1024)} MB" if limit >= 1024 * 1024 else f"{max(limit // 1024, 1)} KB"
