"""XLSX and DOCX: read completely within limits, refused when anything inside acts, hides or reaches out.

These files are kept as they are (a rewrite would change evidence), so that everything doubtful is refused.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.parsers import expat

from common.uploads.errors import UploadRejected

MAX_ENTRIES: Final = 3000
MAX_UNPACKED: Final = 300 * 1024 * 1024
MAX_RATIO: Final = 200
RATIO_FREE: Final = 4 * 1024 * 1024
"""Bytes up to which the ratio is not looked at: small parts of blanks compress very well."""
MAX_DEPTH: Final = 200
MAX_TOKEN: Final = 4 * 1024 * 1024
"""Bytes of one tag, comment or instruction. The parser starts a token over with every chunk until it sees the end of
it, so that the time grows with the square of this: 300 MB in one attribute would keep a worker busy for minutes."""

_CHUNK: Final = 256 * 1024
_MAIN_PARTS: Final = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
}
_XML: Final = (".xml", ".rels", ".vml")
_ACTIVE_PARTS: Final = ("vbaproject", "vbadata", "/activex/", "/macrosheets/", "/dialogsheets/", "/ctrlprops/activex")
_FOREIGN_PARTS: Final = ("/embeddings/", "/afchunk", "/externallinks/")
_MEDIA: Final = (
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".svg", ".bin", ".odttf", ".fntdata",
)  # fmt: skip
_REFUSED_RELATIONS: Final = (
    "/vbaproject", "/oleobject", "/package", "/afchunk", "/control", "/attachedtemplate", "/frame",
)  # fmt: skip
_LINKS: Final = ("http://", "https://", "mailto:", "#")

DAMAGED: Final = "文件已损坏，不是有效的 Word 或 Excel 文件，请用办公软件另存后重新上传。"
EXTERNAL: Final = "文件引用了外部内容（外部工作簿、模板或图片），请断开外部链接后重新上传。"
MACROS: Final = "文件含有宏或控件，请另存为不含宏的 .xlsx 或 .docx 后重新上传。"
EMBEDDED: Final = "文件内嵌了其他文件或对象，请把它们单独上传。"
SUSPICIOUS: Final = "文件内部结构异常，请用办公软件另存后重新上传。"
NOT_OFFICE: Final = "压缩包不是 Word 或 Excel 文件，请直接上传单个文件，不要打包。"
BOMB: Final = "文件解压后过大，请拆分后重新上传。"


class _Refusing:
    """An XML reader that knows no DTD, no entities and no endless nesting, and shows elements to ``on_element``."""

    def __init__(self, on_element: Callable[[str, dict[str, str]], None], on_text: Callable[[str], None] | None = None):
        self.depth = 0
        self._on_element = on_element
        self._fed = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._parser.SkippedEntityHandler = self._refuse
        if on_text is not None:
            self._parser.CharacterDataHandler = on_text

    def _refuse(self, *args: Any) -> int:
        raise UploadRejected(SUSPICIOUS)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UploadRejected(SUSPICIOUS)
        self._on_element(name.rpartition(" ")[2], attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1

    def feed(self, chunk: bytes, last: bool = False) -> None:
        self._parser.Parse(chunk, last)
        self._fed += len(chunk)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > MAX_TOKEN:
            raise UploadRejected(SUSPICIOUS)


class _Inspector:
    """Looks at every element of every part; remembers which main part the package declares."""

    def __init__(self) -> None:
        self.kind: str | None = None
        self._instructions = ""

    def part(self, name: str, chunks: Iterator[bytes]) -> None:
        """Read one XML part to its end."""
        lower = name.lower()
        if lower == "[content_types].xml":
            on_element = self._content_type
        elif lower.endswith(".rels"):
            on_element = self._relation
        else:
            on_element = self._element
        self._instructions = ""
        self._in_instruction = False
        reader = _Refusing(on_element, self._text)
        for chunk in chunks:
            reader.feed(chunk)
        reader.feed(b"", True)
        self._check_instructions()

    def _content_type(self, name: str, attributes: dict[str, str]) -> None:
        content_type = attributes.get("ContentType", "")
        if "macro" in content_type.lower() or "vbaproject" in content_type.lower():
            raise UploadRejected(MACROS)
        if kind := _MAIN_PARTS.get(content_type):
            if self.kind not in (None, kind):
                raise UploadRejected(SUSPICIOUS)
            self.kind = kind

    def _relation(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        kind = attributes.get("Type", "").lower()
        target = attributes.get("Target", "").strip().lower()
        if attributes.get("TargetMode", "").lower() == "external":
            if not kind.endswith("/hyperlink") or not target.startswith(_LINKS):
                raise UploadRejected(EXTERNAL)
            return
        if kind.endswith("/vbaproject"):
            raise UploadRejected(MACROS)
        if kind.endswith(_REFUSED_RELATIONS):
            raise UploadRejected(EMBEDDED)
        if "://" in target or target.startswith(("\\\\", "//", "file:")):
            raise UploadRejected(EXTERNAL)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        # Word fields that start programs or fetch files (DDE, INCLUDE…); Word splits their text over many runs.
        self._in_instruction = name == "instrText"
        if name == "fldChar":
            self._check_instructions()
        elif name == "fldSimple":
            self._instructions = next((v for k, v in attributes.items() if k.rpartition(" ")[2] == "instr"), "")
            self._check_instructions()
        elif name in {"ddeLink", "oleLink", "altChunk"}:
            raise UploadRejected(EXTERNAL)

    def _text(self, text: str) -> None:
        if self._in_instruction and len(self._instructions) < 1000:
            self._instructions += text

    def _check_instructions(self) -> None:
        word = self._instructions.strip().strip('"').upper()
        self._instructions = ""
        if word.startswith(("DDE", "INCLUDETEXT", "INCLUDEPICTURE", "LINK ", "DATABASE", "IMPORT")):
            raise UploadRejected(EXTERNAL)


def _check_name(name: str) -> None:
    lower = name.lower()
    parts = name.split("/")
    if (
        not name
        or name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in parts
        or posixpath.normpath(name) != name.rstrip("/")
        or any(ord(c) < 32 for c in name)
    ):
        raise UploadRejected(SUSPICIOUS)
    rooted = f"/{lower}"
    if any(part in rooted for part in _ACTIVE_PARTS):
        raise UploadRejected(MACROS)
    if "/externallinks/" in rooted:
        raise UploadRejected(EXTERNAL)
    if any(part in rooted for part in _FOREIGN_PARTS):
        raise UploadRejected(EMBEDDED)
    if not name.endswith("/") and not lower.endswith(_XML + _MEDIA):
        raise UploadRejected(EMBEDDED)


def _check_layout(data: bytes, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Entries stand one behind the other from byte 0; nothing hides before, between or behind, nothing is encrypted."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    if len(entries) > MAX_ENTRIES:
        raise UploadRejected(SUSPICIOUS)
    names = {entry.filename.lower() for entry in entries}
    if "[content_types].xml" not in names:  # said first: what else is wrong inside is no help to whoever sent a zip
        raise UploadRejected(NOT_OFFICE)
    if len(names) != len(entries):
        raise UploadRejected(SUSPICIOUS)
    position = 0
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise UploadRejected("文件已加密，请取消密码后重新上传。")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UploadRejected(SUSPICIOUS)
        # Between two entries there is at most a data descriptor (16 bytes, 24 with 64-bit sizes).
        if not 0 <= entry.header_offset - position <= (24 if position else 0):
            raise UploadRejected(SUSPICIOUS)
        header = data[entry.header_offset : entry.header_offset + 30]
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise UploadRejected(DAMAGED)
        name_length, extra_length = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        position = entry.header_offset + 30 + name_length + extra_length + entry.compress_size
        _check_name(entry.filename)
    if not 0 <= archive.start_dir - position <= 24 or archive.comment:
        raise UploadRejected(SUSPICIOUS)
    tail = data.rfind(b"PK\x05\x06")
    if tail < 0 or tail + 22 != len(data):
        raise UploadRejected(SUSPICIOUS)
    return entries


def check_office(data: bytes) -> str:
    """Read a whole package and return its kind, ``xlsx`` or ``docx``. Raises UploadRejected."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inspector, total = _Inspector(), 0
            for entry in _check_layout(data, archive):
                if entry.is_dir():
                    continue
                read = 0

                def chunks(entry: zipfile.ZipInfo = entry) -> Iterator[bytes]:
                    nonlocal read, total
                    with archive.open(entry) as part:
                        while chunk := part.read(_CHUNK):
                            read, total = read + len(chunk), total + len(chunk)
                            if total > MAX_UNPACKED or (
                                read > RATIO_FREE and read > MAX_RATIO * max(entry.compress_size, 1)
                            ):
                                raise UploadRejected(BOMB)
                            yield chunk

                if entry.filename.lower().endswith(_XML):
                    inspector.part(entry.filename, chunks())
                else:
                    for _chunk in chunks():
                        pass
                if read != entry.file_size:
                    raise UploadRejected(DAMAGED)
    except UploadRejected:
        raise
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError) as error:
        raise UploadRejected(DAMAGED) from error
    except Exception as error:  # hostile bytes may break a parser in any way; each of them means: unreadable
        raise UploadRejected(DAMAGED) from error
    if inspector.kind is None:
        raise UploadRejected(NOT_OFFICE)
    return inspector.kind
