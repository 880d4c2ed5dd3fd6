"""The text of an uploaded file, distrusted throughout: plain text in the encodings of offices, or a Word document."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
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
_MATH: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_NOTES: Final = {
    "footnote": "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes",
    "endnote": "http://schemas.openxmlformats.org/officeDocument/2006/relationships/endnotes",
}
_PICTURES: Final = frozenset({"blip", "imagedata", "OLEObject", "chart"})
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


@dataclass(frozen=True)
class Given:
    """The text of a file as lines, cells of a table between |; `losses`: what was in the file and is not in the text,
    a sentence each."""

    text: str
    losses: tuple[str, ...] = ()


def text_of_file(data: bytes, name: str) -> Given:
    """The text of a .txt or .docx. Raises Invalid (field `file`)."""
    if len(data) > MAX_FILE:
        raise Invalid("文件超过 5 MB。请去掉图片后另存，或只上传正文。", field="file")
    if not data.strip():
        raise Invalid("文件是空的，请重新选择。", field="file")
    given = _word(data, name) if data.startswith(b"PK") else Given(_plain(data))
    return Given(readable(given.text, field="file"), given.losses)


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


def _word(data: bytes, name: str) -> Given:
    try:
        checked = check_upload(io.BytesIO(data), name, kinds=("docx",), max_bytes=MAX_FILE)
    except UploadRejected as error:
        raise Invalid(error.message, field="file") from error
    try:
        document = docx.Document(io.BytesIO(checked.data))
        reader = _Word(document)
        lines = [*reader.blocks(document.element.body)]
        reader.refuse()
        lines += reader.notes()
    except Invalid:
        raise
    except Exception as error:  # hostile bytes may break a parser in any way; each of them means: unreadable
        raise Invalid("Word 文件无法读取。请用 Word 另存后重新上传，或复制文字后粘贴。", field="file") from error
    return Given("\n".join(lines), tuple(reader.losses()))


class _Word:
    """The paragraphs and tables of a Word document in reading order, and what in it cannot become text."""

    def __init__(self, document: Any) -> None:
        self._root = document.part
        self._styles = {style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")}
        self._marks: list[tuple[str, str]] = []
        self._numbered = self._bold = self._pictures = self._symbols = self._formulas = 0
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
        if text.strip() and self._is_numbered(paragraph):
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
            elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
                yield self._mark(child)
            elif tag == f"{_W}sym":
                self._symbols += 1
            elif tag in (f"{_W}drawing", f"{_W}pict", f"{_W}object"):
                # A box of text is read, a line below the red head is nothing; a picture cannot be read.
                self._pictures += any(_local(one) in _PICTURES for one in child.iter())
                yield from self._pieces(child, boxes)
            elif tag == f"{_MATH}oMath":
                self._formulas += 1
                yield "".join(one.text or "" for one in child.iter(f"{_MATH}t"))
            elif tag == f"{_W}txbxContent":
                boxes.append(child)
            elif tag in (f"{_W}del", f"{_W}moveFrom", f"{_W}ins", f"{_W}moveTo"):
                raise Invalid("文档含有未处理的修订。请在 Word 中接受或拒绝全部修订，另存后重新上传。", field="file")
            elif tag == f"{_W}r":
                text = "".join(self._pieces(child, boxes))
                self._bold += len(text.strip()) if self._has(child, "b") else 0
                yield text.translate(_RAISED) if self._raised(child) else text
            elif tag != _FALLBACK:
                yield from self._pieces(child, boxes)

    @staticmethod
    def _raised(run: Any) -> bool:
        found = run.find(f"{_W}rPr/{_W}vertAlign")
        return found is not None and found.get(f"{_W}val") == "superscript"

    @staticmethod
    def _has(run: Any, toggle: str) -> bool:
        found = run.find(f"{_W}rPr/{_W}{toggle}")
        return found is not None and found.get(f"{_W}val") not in ("0", "false", "off")

    def _is_numbered(self, paragraph: Any) -> bool:
        """Whether Word writes a number before it: by the paragraph itself, its style, or a style below that."""
        place = holder = paragraph.find(f"{_W}pPr")
        below = "pStyle"
        for _ in range(20):  # styles that are based on each other would go on for ever
            number = place.find(f"{_W}numPr") if place is not None else None
            if number is not None:
                wanted = number.find(f"{_W}numId")
                return wanted is None or wanted.get(f"{_W}val") != "0"  # 0 takes the number of a style away
            key = holder.find(f"{_W}{below}") if holder is not None else None
            holder, below = self._styles.get(key.get(f"{_W}val")) if key is not None else None, "basedOn"
            place = holder.find(f"{_W}pPr") if holder is not None else None
            if holder is None:
                return False
        return False

    def _mark(self, reference: Any) -> str:
        kind = reference.tag.removeprefix(_W).removesuffix("Reference")
        self._marks.append((kind, reference.get(f"{_W}id")))
        return _mark_of(len(self._marks))

    def _table(self, table: Any) -> Iterator[str]:
        for row in _own(table, "tr", "tbl"):
            cells = []
            for cell in _own(row, "tc", "tr"):
                text = " ".join(line.strip() for line in self.blocks(cell)).strip()
                self._in_tables += len(text)
                cells.append(text.replace("|", "／"))
            yield "|".join(cells) if len(cells) > 1 else "".join(cells)

    def notes(self) -> list[str]:
        """The footnotes and endnotes in the order of their marks, each on a line that begins with its mark."""
        found: dict[tuple[str, str], Any] = {}
        for kind in {kind for kind, _ in self._marks}:
            part = next((one.target_part for one in self._root.rels.values() if one.reltype == _NOTES[kind]), None)
            if part is not None:
                found |= {
                    (kind, str(note.get(f"{_W}id"))): note for note in parse_xml(part.blob).iterchildren(f"{_W}{kind}")
                }
        return [
            f"{_mark_of(number)} {' '.join(line.strip() for line in self.blocks(found[mark])).strip()}"
            for number, mark in enumerate(list(self._marks), start=1)
            if mark in found
        ]

    def losses(self) -> Iterator[str]:
        """What stands in the document and not in its text, to be told with the preview."""
        if self._bold:
            yield f"文档中有 {self._bold} 个字加粗，加粗没有带入。需要保留的，在正文中写成 **加粗**。"
        if self._pictures:
            yield f"文档中有 {self._pictures} 幅图片或嵌入的对象，没有带入。其中有文字的，请补录到正文。"
        if self._symbols:
            yield f"文档中有 {self._symbols} 个用符号字体插入的符号，没有带入。请对照原件补录。"
        if self._formulas:
            yield f"文档中有 {self._formulas} 个公式，只带入了其中的文字。请对照原件核对。"

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


_RAISED: Final = {ord(str(number)): mark for number, mark in enumerate(FOOTNOTE_MARKS)}


def _own(holder: Any, kind: str, above: str) -> Iterator[Any]:
    """The rows of a table, or cells of a row, also where a control stands around them; not those of a table inside."""
    return (one for one in holder.iter(f"{_W}{kind}") if next(one.iterancestors(f"{_W}{above}")) is holder)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _mark_of(number: int) -> str:
    """The mark of a footnote: 12 → ¹²."""
    return str(number).translate(_RAISED)
