"""Uploads: accepted as what they are, cleaned, or refused with a sentence."""

import hashlib
import io
import random
import socketserver
import threading
import zipfile
from collections.abc import Callable, Iterator

import openpyxl
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageFile

from common.uploads import KINDS, CheckedUpload, ScannerUnavailable, UploadRejected, UploadTooLarge, check_upload
from common.uploads.names import MAX_LENGTH, clean_name
from tests.common.upload_samples import (
    ACTIVE_PDFS,
    EICAR,
    HOSTILE_PACKAGES,
    flat,
    image,
    lying_png,
    object_stream_bomb,
    package,
    pdf,
    xlsx,
)

GOOD: dict[str, Callable[[], bytes]] = {
    "pdf": pdf,
    "jpg": lambda: image("JPEG"),
    "png": image,
    "xlsx": xlsx,
    "docx": package,
}


def check(data: bytes, name: str = "材料", **options: object) -> CheckedUpload:
    return check_upload(io.BytesIO(data), name, **options)  # type: ignore[arg-type]


def refused(data: bytes, **options: object) -> str:
    with pytest.raises(UploadRejected) as caught:
        check(data, **options)
    sentence = caught.value.message
    assert sentence.endswith("。")
    return sentence


@pytest.mark.parametrize("kind", GOOD)
def test_good_files_pass(kind: str) -> None:
    data = GOOD[kind]()
    checked = check(data, "演示材料.exe")
    assert (checked.kind, checked.content_type, checked.cleaned) == (kind, KINDS[kind][1], False)
    assert checked.clean_name == f"演示材料.exe.{kind}"
    assert checked.sha256 == hashlib.sha256(checked.data).hexdigest()
    assert checked.original_sha256 == hashlib.sha256(data).hexdigest()
    assert checked.size == len(checked.data)
    if kind in {"xlsx", "docx"}:
        assert checked.data == data


@pytest.mark.parametrize("kind", GOOD)
def test_the_content_decides_not_the_name(kind: str) -> None:
    others = [other for other in GOOD if other != kind]
    assert check(GOOD[kind](), f"a.{others[0]}", kinds=[kind]).kind == kind
    assert "文件类型不符" in refused(GOOD[kind](), name=f"a.{others[0]}", kinds=others)


@pytest.mark.parametrize("kind", GOOD)
def test_the_result_passes_again(kind: str) -> None:
    again = check(check(GOOD[kind]()).data)
    assert (again.kind, again.cleaned) == (kind, False)


def test_limits() -> None:
    data = pdf()
    assert check(data, max_bytes=len(data)).kind == "pdf"
    with pytest.raises(UploadTooLarge, match="1 MB") as caught:
        check(b"%PDF-" + b"x" * 1024 * 1024, max_bytes=1024 * 1024)
    assert caught.value.status == 413
    assert "空" in refused(b"")


def test_never_more_than_the_limit_is_read() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= 1001
            return b"x" * size

    with pytest.raises(UploadTooLarge):
        check_upload(Endless(), "x", max_bytes=1000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版 Office"),
        (b"Rar!\x1a\x07\x00", "压缩包"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 30, "压缩包"),
        (b"MZ" + b"\0" * 100, "可执行文件"),
        (b"\x7fELF" + b"\0" * 100, "可执行文件"),
        (b"GIF89a" + b"\0" * 100, "文件类型不符"),
        (b"<html><script>x()</script></html>", "文件类型不符"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "文件类型不符"),
        (b"\n%PDF-1.7", "文件类型不符"),
        (b"<script>x()</script>" + pdf(), "文件类型不符"),
        (b"\0" * 100, "文件类型不符"),
        (b"%PDF-", "PDF 文件已损坏"),
        (b"%PDF-1.7\n" + b"\0" * 5000, "PDF 文件已损坏"),
        (b"\x89PNG\r\n\x1a\n", "图片已损坏"),
        (b"\xff\xd8\xff\xe0", "图片已损坏"),
        (b"PK\x03\x04", "损坏"),
        (EICAR, "病毒"),
        (pdf() + EICAR, "病毒"),
    ],
)
def test_what_people_must_not_send(data: bytes, words: str) -> None:
    assert words in refused(data)


class TestPdf:
    @pytest.mark.parametrize("name", ACTIVE_PDFS)
    def test_what_acts_is_taken_out(self, name: str) -> None:
        data = pdf(ACTIVE_PDFS[name])
        assert b"EVIL" in flat(data)
        checked = check(data)
        assert checked.cleaned
        assert b"EVIL" not in flat(checked.data)
        assert not check(checked.data).cleaned

    def test_links_destinations_and_resources_stay(self) -> None:
        def change(document: pikepdf.Pdf) -> None:
            page = document.pages[0].obj
            document.Root.OpenAction = Array([page, Name.Fit])
            link = Dictionary(S=Name.URI, URI=String("https://example.com/"))
            page.Annots = Array([Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=link)])
            font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            page.Resources = Dictionary(Font=Dictionary(AA=font, EF=font, JS=font))

        checked = check(pdf(change))
        assert not checked.cleaned
        text = flat(checked.data)
        assert b"https://example.com/" in text
        with pikepdf.open(io.BytesIO(checked.data)) as document:
            assert sorted(document.pages[0].Resources.Font.keys()) == ["/AA", "/EF", "/JS"]
            assert "/OpenAction" in document.Root

    @pytest.mark.parametrize("user", ["", "secret"])
    def test_encrypted_is_refused(self, user: str) -> None:
        assert "加密" in refused(pdf(encryption=pikepdf.Encryption(owner="owner", user=user)))

    def test_what_stands_behind_the_end_is_gone(self) -> None:
        checked = check(pdf() + b"\nPK\x03\x04<script>EVIL()</script>" + package())
        assert b"EVIL" not in checked.data
        assert not zipfile.is_zipfile(io.BytesIO(checked.data))

    def test_equal_documents_stay_equal(self) -> None:
        data = pdf()
        assert check(data).sha256 == check(data).sha256

    def test_a_bomb_of_objects_is_refused(self) -> None:
        """A compressed object stream may unpack to a thousand times its size, already while the file is opened."""
        data = object_stream_bomb(64 * 1024 * 1024)
        assert len(data) < 100_000
        assert "过于复杂" in refused(data)

    def test_large_contents_of_pages_are_no_bomb(self) -> None:
        def change(document: pikepdf.Pdf) -> None:
            document.pages[0].Contents = document.make_stream(b"0 0 m 9 9 l S\n" * 5_000_000)

        assert check(pdf(change)).kind == "pdf"

    def test_no_pages_is_refused(self) -> None:
        assert "PDF" in refused(pdf(lambda document: document.pages.__delitem__(0)))


class TestImages:
    def test_metadata_is_gone_and_the_picture_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by 90°
        exif[0x010E] = "EVIL"
        checked = check(image("JPEG", (60, 40), exif=exif.tobytes(), comment=b"EVIL"))
        assert b"EVIL" not in checked.data
        with Image.open(io.BytesIO(checked.data)) as picture:
            assert picture.size == (40, 60)
            assert not picture.getexif()

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_what_hangs_behind_is_gone(self, kind: str) -> None:
        checked = check(image(kind) + b"<?php EVIL(); ?>" + package())
        assert b"EVIL" not in checked.data
        assert not zipfile.is_zipfile(io.BytesIO(checked.data))

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
    def test_png_modes(self, mode: str) -> None:
        assert check(image("PNG", mode=mode)).kind == "png"

    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    def test_jpeg_modes(self, mode: str) -> None:
        assert check(image("JPEG", mode=mode)).kind == "jpg"

    @pytest.mark.parametrize("size", [(10_000, 6_001), (1_000_000, 1), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
    def test_pixel_floods_are_refused_before_decoding(self, size: tuple[int, int]) -> None:
        assert "图片" in refused(lying_png(*size))

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    @pytest.mark.parametrize("tolerant", [False, True])
    def test_a_cut_picture_is_refused(self, kind: str, tolerant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also when another library of the process has told Pillow to bear with cut pictures (WeasyPrint does)."""
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)
        data = image(kind, (300, 300))
        assert "损坏" in refused(data[: len(data) // 2])
        assert ImageFile.LOAD_TRUNCATED_IMAGES is tolerant


class TestOffice:
    @pytest.mark.parametrize("name", HOSTILE_PACKAGES)
    def test_hostile_packages_are_refused(self, name: str) -> None:
        parts, words = HOSTILE_PACKAGES[name]
        assert words in refused(package(parts))

    def test_ordinary_links_and_pictures_pass(self) -> None:
        from tests.common.upload_samples import relation

        parts = {
            "word/_rels/document.xml.rels": relation("hyperlink", "https://example.com/"),
            "word/media/image1.png": image(),
            "docProps/thumbnail.jpeg": image("JPEG"),
        }
        assert check(package(parts)).kind == "docx"

    def test_a_large_honest_workbook_passes(self) -> None:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in range(3000):
            sheet.append([row, f"演示企业{row}", row * 1.5, None, "同样的内容"])
        out = io.BytesIO()
        book.save(out)
        assert check(out.getvalue()).kind == "xlsx"

    @pytest.mark.parametrize(
        "data",
        [
            b"<script>EVIL()</script>" + package(),
            package() + b"<script>EVIL()</script>",
            package() + package(),
            pdf() + package(),
        ],
    )
    def test_polyglots_are_no_office_files(self, data: bytes) -> None:
        if data.startswith(b"%PDF-"):
            assert check(data).kind == "pdf"
        else:
            refused(data)

    def test_a_hidden_gap_is_refused(self) -> None:
        """An entry that the directory does not name, with bytes that another reader might find."""
        out = io.BytesIO(package())
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr("word/hidden.xml", "<x/>" * 50)
            archive.writestr("word/last.xml", "<x/>")
            del archive.NameToInfo["word/hidden.xml"]
            archive.filelist = [entry for entry in archive.filelist if entry.filename != "word/hidden.xml"]
        assert "结构异常" in refused(out.getvalue())

    def test_an_ordinary_archive_is_told_apart(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.xml", "<x/>")
        assert "不要打包" in refused(out.getvalue())

    @pytest.mark.parametrize("name", ["a.txt", "vbaProject.bin", "照片/1.jpg"])
    def test_an_ordinary_archive_is_named_before_what_is_inside(self, name: str) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, "x")
        assert "不要打包" in refused(out.getvalue())

    def test_a_damaged_entry_is_refused(self) -> None:
        data = bytearray(package(method=zipfile.ZIP_STORED))
        data[data.find("演示".encode())] ^= 0xFF
        assert "损坏" in refused(bytes(data))


class TestNames:
    @pytest.mark.parametrize(
        ("name", "cleaned"),
        [
            ("营业执照.pdf", "营业执照.pdf"),
            ("营业执照.PDF", "营业执照.pdf"),
            ("扫描件.jpg", "扫描件.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\a\\审计.pdf", "审计.pdf"),
            ("a\x00b\r\nSet-Cookie: x.pdf", "ab Set-Cookie_ x.pdf"),
            ("annual\u202efdp.exe", "annualfdp.exe.pdf"),
            ("=cmd|'/c calc'!A1.pdf", "c calc__A1.pdf"),
            ("＝1＋1.pdf", "1＋1.pdf"),
            ("-rf.pdf", "rf.pdf"),
            (".htaccess", "htaccess.pdf"),
            ("CON.pdf", "_CON.pdf"),
            ("nul", "_nul.pdf"),
            ('a<b>"c".pdf', "a_b__c_.pdf"),
            ("", "附件.pdf"),
            ("...", "附件.pdf"),
            ("\u200b\ufeff.pdf", "附件.pdf"),
            ("祥喆㙍𬭎.pdf", "祥喆㙍𬭎.pdf"),
            ("e\u0301.pdf", "é.pdf"),
            ("\ud800x.pdf", "_x.pdf"),
        ],
    )
    def test_names(self, name: str, cleaned: str) -> None:
        assert clean_name(name, "pdf") == cleaned

    @given(st.text(st.characters(), max_size=300), st.sampled_from(sorted(KINDS)))
    def test_any_name_becomes_harmless(self, name: str, kind: str) -> None:
        cleaned = clean_name(name, kind)
        assert cleaned.endswith(f".{kind}")
        assert 0 < len(cleaned) <= MAX_LENGTH + 1
        assert not set(cleaned) & set('/\\<>:"|?*\r\n\0')
        assert cleaned[0] not in ".-=+@ ＝＋－＠"
        assert cleaned.isprintable()
        assert clean_name(cleaned, kind) == cleaned


@pytest.mark.parametrize("kind", GOOD)
def test_mutated_files_are_refused_or_still_whole(kind: str) -> None:
    """Damage in many places: an UploadRejected or a result that passes again, nothing else comes out."""
    original = GOOD[kind]()
    dice = random.Random(20260302)
    for _ in range(120):
        data = bytearray(original)
        for _ in range(dice.randint(1, 8)):
            action, place = dice.randrange(4), dice.randrange(len(data) or 1)
            if action == 0:
                data[place : place + 1] = bytes([dice.randrange(256)])
            elif action == 1:
                del data[place : place + dice.randint(1, 40)]
            elif action == 2:
                data[place:place] = dice.randbytes(dice.randint(1, 40))
            else:
                data[place:place] = data[place : place + dice.randint(1, 200)]
            if not data:
                break
        try:
            checked = check(bytes(data))
        except UploadRejected:
            continue
        assert check(checked.data).kind == checked.kind


class TestScanner:
    """A scanner of the tests' own speaks the INSTREAM protocol on a local socket."""

    @pytest.fixture
    def scanner(self, settings) -> Iterator[Callable[[bytes], list[bytes]]]:  # type: ignore[no-untyped-def]
        servers: list[socketserver.TCPServer] = []

        def start(answer: bytes) -> list[bytes]:
            received: list[bytes] = []

            class Handler(socketserver.StreamRequestHandler):
                def handle(self) -> None:
                    assert self.rfile.read(10) == b"zINSTREAM\0"
                    data = b""
                    while length := int.from_bytes(self.rfile.read(4)):
                        data += self.rfile.read(length)
                    received.append(data)
                    self.wfile.write(answer)

            server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
            servers.append(server)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            settings.CLAMD_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
            return received

        yield start
        for server in servers:
            server.shutdown()
            server.server_close()

    def test_it_sees_the_bytes_that_came(self, scanner: Callable[[bytes], list[bytes]]) -> None:
        received = scanner(b"stream: OK\0")
        data = pdf() + b" " * 200_000
        assert check(data).kind == "pdf"
        assert received == [data]

    def test_a_finding_refuses(self, scanner: Callable[[bytes], list[bytes]]) -> None:
        scanner(b"stream: Demo.Virus FOUND\0")
        assert "未通过病毒扫描" in refused(pdf())

    @pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OKAY\0", b"\xff\xff"])
    def test_no_clear_answer_refuses(self, scanner: Callable[[bytes], list[bytes]], answer: bytes) -> None:
        scanner(answer)
        with pytest.raises(ScannerUnavailable, match="病毒扫描"):
            check(pdf())

    @pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "unix:/nonexistent/clamd.sock"])
    def test_no_scanner_refuses(self, settings, address: str) -> None:  # type: ignore[no-untyped-def]
        settings.CLAMD_ADDRESS = address
        with pytest.raises(ScannerUnavailable, match="暂时不可用"):
            check(pdf())
