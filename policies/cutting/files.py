"""The text of an uploaded file, distrusted throughout: plain text in the encodings of offices, or a Word document."""

import io
from collections.abc import Iterator
from typing import Any, Final

import docx
from docx.oxml import parse_xml

from common.errors import Invalid
from common.uploads.check import check_upload
from common.uploads.errors import UploadRejected
from policies.lint.text import FOOTNOTE_MARKS

MAX_FILE: Final = 5 * 1024 * 1024
#: The longest document: about twenty times 洪府发〔2023〕30号.
MAX_TEXT: Final = 300_000
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_FOOTNOTES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
_BINARY: Final = (
    b"%PDF-",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"\x1f\x8b",
    b"{\\rtf",
)


def text_of_file(data: bytes, name: str) -> str:
    """The text of a .txt or .docx as lines, cells of a table between |. Raises Invalid (field `file`)."""
    if len(data) > MAX_FILE:
        raise Invalid("文件超过 5 MB。请去掉图片后另存，或只上传正文。", field="file")
    if not data.strip():
        raise Invalid("文件是空的，请重新选择。", field="file")
    text = _word(data, name) if data.startswith(b"PK") else _plain(data)
    return readable(text, field="file")


def readable(text: str, *, field: str) -> str:
    """A text that can be cut, line ends as \\n. Raises Invalid for one that is empty, too long or no text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    if not lines.strip():
        raise Invalid("没有找到文字。请粘贴正文，或上传含有正文的文件。", field=field)
    if len(lines) > MAX_TEXT:
        raise Invalid(f"正文有 {len(lines)} 个字，超过 {MAX_TEXT} 个字的上限。请分成几份文件。", field=field)
    strange = next((character for character in lines if (ord(character) < 32 and character not in "\n\t")), "")
    if strange or any(0xD800 <= ord(character) <= 0xDFFF for character in lines):
        raise Invalid("内容含有不是文字的字符。请用记事本打开，另存为 UTF-8 编码的 .txt 后重新上传。", field=field)
    return lines


def _plain(data: bytes) -> str:
    if data.startswith(_BINARY):
        raise Invalid("只接收 .txt 和 .docx。旧版 .doc、PDF 和图片请先转换，或复制文字后粘贴。", field="file")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("文件是 UTF-16 编码。请用记事本另存为 UTF-8 后重新上传。", field="file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("无法识别文件的编码。请用记事本另存为 UTF-8 后重新上传。", field="file")


def _word(data: bytes, name: str) -> str:
    try:
        checked = check_upload(io.BytesIO(data), name, kinds=("docx",), max_bytes=MAX_FILE)
    except UploadRejected as error:
        raise Invalid(error.message, field="file") from error
    try:
        document = docx.Document(io.BytesIO(checked.data))
        reader = _Word(document)
        lines = list(reader.blocks(document.element.body))
    except Invalid:
        raise
    except Exception as error:  # hostile bytes may break a parser in any way; each of them means: unreadable
        raise Invalid("Word 文件无法读取。请用 Word 另存后重新上传，或复制文字后粘贴。", field="file") from error
    reader.refuse()
    return "\n".join([*lines, *reader.notes()])


class _Word:
    """The paragraphs and tables of a Word document in reading order, and what in it cannot become text."""

    def __init__(self, document: Any) -> None:
        self._root = document.part
        self._marks: list[str] = []
        self._numbered = 0
        self._in_tables = self._all = 0

    def blocks(self, parent: Any) -> Iterator[str]:
        """The lines of everything inside an element."""
        for child in parent.iterchildren():
            if child.tag == f"{_W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}smartTag", f"{_W}customXml"):
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Any) -> Iterator[str]:
        boxes: list[Any] = []
        text = "".join(self._pieces(paragraph, boxes))
        for box in boxes:  # the red head of a notice is often a box
            yield from self.blocks(box)
        properties = paragraph.find(f"{_W}pPr")
        if text.strip() and properties is not None and properties.find(f"{_W}numPr") is not None:
            self._numbered += 1
        self._all += len(text)
        yield from text.split("\n")

    def _pieces(self, element: Any, boxes: list[Any]) -> Iterator[str]:
        for child in element.iterchildren():
            tag = child.tag
            if tag == f"{_W}t":
                yield child.text or ""
            elif tag in (f"{_W}br", f"{_W}cr"):
                yield "\n"
            elif tag == f"{_W}tab":
                yield " "
            elif tag == f"{_W}noBreakHyphen":
                yield "-"
            elif tag == f"{_W}footnoteReference":
                yield self._mark(child)
            elif tag == f"{_W}txbxContent":
                boxes.append(child)
            elif tag in (f"{_W}del", f"{_W}moveFrom", f"{_W}ins", f"{_W}moveTo"):
                raise Invalid("文档含有未处理的修订。请在 Word 中接受或拒绝全部修订，另存后重新上传。", field="file")
            elif tag == f"{_W}r" and self._raised(child):
                yield "".join(self._pieces(child, boxes)).translate(_RAISED)
            elif tag != _FALLBACK:
                yield from self._pieces(child, boxes)

    @staticmethod
    def _raised(run: Any) -> bool:
        found = run.find(f"{_W}rPr/{_W}vertAlign")
        return found is not None and found.get(f"{_W}val") == "superscript"

    def _mark(self, reference: Any) -> str:
        self._marks.append(reference.get(f"{_W}id"))
        if len(self._marks) > len(FOOTNOTE_MARKS):
            raise Invalid(f"脚注超过 {len(FOOTNOTE_MARKS)} 条，请把其余脚注并入正文后重新上传。", field="file")
        return FOOTNOTE_MARKS[len(self._marks) - 1]

    def _table(self, table: Any) -> Iterator[str]:
        for row in table.iterchildren(f"{_W}tr"):
            cells = []
            for cell in row.iterchildren(f"{_W}tc"):
                text = " ".join(line.strip() for line in self.blocks(cell)).strip()
                self._in_tables += len(text)
                cells.append(text.replace("|", "／"))
            yield "|".join(cells) if len(cells) > 1 else "".join(cells)

    def notes(self) -> list[str]:
        """The footnotes in the order of their marks, each on a line that begins with its mark."""
        if not self._marks:
            return []
        part = next((one.target_part for one in self._root.rels.values() if one.reltype == _FOOTNOTES), None)
        if part is None:
            return []
        found = {note.get(f"{_W}id"): note for note in parse_xml(part.blob).iterchildren(f"{_W}footnote")}
        return [
            f"{FOOTNOTE_MARKS[index]} {' '.join(line.strip() for line in self.blocks(found[mark])).strip()}"
            for index, mark in enumerate(self._marks)
            if mark in found
        ]

    def refuse(self) -> None:
        """Raise Invalid for a document that would lose something on its way."""
        if self._all and self._in_tables * 2 > self._all:
            raise Invalid(
                f"文档主要由表格组成（表格占 {self._in_tables * 100 // self._all}% 的文字），无法按编号切分。"
                "请上传以段落书写的正文；个别表格可以保留。",
                field="file",
            )
        if self._numbered:
            raise Invalid(
                f"文档中有 {self._numbered} 段使用 Word 的自动编号，编号不是文字，导入后会丢失。"
                "请在 Word 中把自动编号转换为文本后另存，或复制全文后粘贴为纯文本。",
                field="file",
            )


_RAISED: Final = {ord(str(number)): mark for number, mark in enumerate(FOOTNOTE_MARKS, start=1)}
