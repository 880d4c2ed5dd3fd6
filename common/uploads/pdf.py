"""PDF: refuse what cannot be read, take out what acts, write everything anew.

A re-saved file holds only objects that its pages reach: bytes before, between and after them are gone, and with them
what a second reader of the same file might have seen. A digital signature inside no longer verifies afterwards.
"""

import io
from collections.abc import Iterable
from typing import Final, TypeGuard

import pikepdf
import pikepdf.settings

from common.uploads.errors import UploadRejected

MAX_PAGES: Final = 2000
MAX_OBJECTS: Final = 400_000
MAX_DECODED: Final = 48 * 1024 * 1024
"""Bytes that one stream may unpack to while the structure is read; contents of pages are not unpacked at all."""

DAMAGED: Final = "PDF 文件已损坏或不完整，请重新生成后上传。"
TOO_COMPLEX: Final = "PDF 内部结构过于复杂，请重新打印或扫描为 PDF 后上传。"

# For the whole process and once, as the library wants it: 1.5 MB of object streams can unpack to gigabytes.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=MAX_DECODED,
    run_length_max_memory=MAX_DECODED,
    png_max_memory=MAX_DECODED,
    tiff_max_memory=MAX_DECODED,
    dct_max_memory=MAX_DECODED,
    dct_max_progressive_scans=100,
    max_stream_filters=5,
    doc_max_warnings=2000,
)

# Wherever one of these keys stands, its value carries scripts, other files or media.
_CARRIERS: Final = ("/EmbeddedFiles", "/JavaScript", "/XFA", "/Collection", "/RichMediaContent", "/RichMediaSettings")
# An action may move within the document or be an ordinary link that the reader clicks.
_HARMLESS_ACTIONS: Final = frozenset({"/GoTo", "/URI", "/Named"})
# Some readers do not ask for /Type /Action, so these count wherever they stand under /S.
_DANGEROUS_ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition", "/RichMediaExecute"}
)
_MEDIA_ANNOTATIONS: Final = frozenset({"/FileAttachment", "/Movie", "/Sound", "/Screen", "/RichMedia", "/3D"})
_MEDIA_KEYS: Final = ("/FS", "/Movie", "/Sound", "/3DD", "/A")
_SAFE_SCHEMES: Final = ("http://", "https://", "mailto:")


def _is(value: object, *kinds: str) -> TypeGuard[pikepdf.Object]:
    return isinstance(value, pikepdf.Object) and value._type_name in kinds


def _name(value: object) -> str:
    return str(value) if _is(value, "name") else ""


def _delete(dictionary: pikepdf.Object, keys: Iterable[str]) -> bool:
    present = [key for key in keys if key in dictionary]
    for key in present:
        del dictionary[key]
    return bool(present)


def _is_refused_action(dictionary: pikepdf.Object) -> bool:
    kind = _name(dictionary.get("/S"))
    if kind in _DANGEROUS_ACTIONS:
        return True
    if kind == "/URI":
        return not str(dictionary.get("/URI", "")).strip().lower().startswith(_SAFE_SCHEMES)
    return _name(dictionary.get("/Type")) == "/Action" and kind not in _HARMLESS_ACTIONS


def _clean_dictionary(dictionary: pikepdf.Object) -> bool:
    """Take out of one dictionary what acts or carries; True if there was anything.

    A page's resources may bear any name, "/AA" or "/EF" too: such a key goes only when its value looks like the thing.
    """
    if _is_refused_action(dictionary):
        return _delete(dictionary, list(dictionary.keys()))
    found = _delete(dictionary, _CARRIERS)
    files = dictionary.get("/EF")
    if _is(files, "dictionary") and ("/F" in files or "/UF" in files):
        found |= _delete(dictionary, ["/EF"])
    associated = dictionary.get("/AF")
    if _is(associated, "array") and all(_is(item, "dictionary") for item in associated):
        found |= _delete(dictionary, ["/AF"])
    triggers = dictionary.get("/AA")
    if _is(triggers, "dictionary") and "/Type" not in triggers and "/Subtype" not in triggers:
        found |= _delete(dictionary, ["/AA"])
    if _is(dictionary.get("/JS"), "string"):
        found |= _delete(dictionary, ["/JS"])
    if _name(dictionary.get("/Subtype")) in _MEDIA_ANNOTATIONS and "/Rect" in dictionary:
        found |= _delete(dictionary, _MEDIA_KEYS)
    return found


def _clean_tree(root: pikepdf.Object) -> bool:
    """Clean one indirect object and the direct objects inside it (other indirect ones come in their own turn)."""
    found, todo = False, [root]
    while todo:
        here = todo.pop()
        if _is(here, "dictionary", "stream"):
            found |= _clean_dictionary(here)
            values = [here.get(key) for key in list(here.keys())]
        elif _is(here, "array"):
            values = list(here)
        else:
            continue
        todo += [value for value in values if isinstance(value, pikepdf.Object) and not value.is_indirect]
    return found


def clean_pdf(data: bytes) -> tuple[bytes, bool]:
    """The document written anew and whether anything active was taken out. Raises UploadRejected."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise UploadRejected("PDF 已加密或设有权限密码，请取消密码后重新上传。")
            if not 1 <= len(pdf.pages) <= MAX_PAGES:
                raise UploadRejected(f"PDF 应有 1 至 {MAX_PAGES} 页。")
            if len(pdf.objects) > MAX_OBJECTS:
                raise UploadRejected(TOO_COMPLEX)
            pages = len(pdf.pages)
            found = _drop_open_action(pdf.Root)
            for item in pdf.objects:
                found |= _clean_tree(item)
            found |= _clean_tree(pdf.trailer)
            out = io.BytesIO()
            pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            # qpdf leaves out what exceeds a limit and goes on; a document with holes is not what its author meant.
            if any("limit exceeded" in str(warning) for warning in pdf.get_warnings()):
                raise UploadRejected(TOO_COMPLEX)
        # A damaged document may be repaired on reading and still be written broken: what is stored must open again.
        with pikepdf.open(out, attempt_recovery=False) as written:
            if len(written.pages) != pages:
                raise UploadRejected(DAMAGED)
        return out.getvalue(), found
    except UploadRejected:
        raise
    except pikepdf.PasswordError:
        raise UploadRejected("PDF 已加密，请取消打开密码后重新上传。") from None
    except Exception as error:  # a parser fed with hostile bytes may fail in any way; each of them means: unreadable
        raise UploadRejected(DAMAGED) from error


def _drop_open_action(root: pikepdf.Object) -> bool:
    """Opening a document may show a page of it (a destination) and nothing else."""
    action = root.get("/OpenAction")
    if action is None or _is(action, "array"):
        return False
    if _is(action, "dictionary") and _name(action.get("/S")) == "/GoTo":
        return False
    del root["/OpenAction"]
    return True
