"""The file behind the paper: PDF/A-2a markers, outline, tags, embedded glyphs, and the same bytes again.

No validator of PDF/A is at hand; what it would ask first is asked here on every kind.
"""

import io
import re
import threading

import pikepdf
import pypdfium2
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont

from letters.content import LetterContent, Paragraph
from letters.errors import LetterRenderError
from letters.rendering import pdf as pdf_module
from letters.rendering import press, print_pages, render
from letters.rendering.html import letter_html, stylesheet_names
from tests.letters.measure import flat
from tests.letters.samples import APPROVAL, every_kind, facts

KINDS = every_kind()
RARE = "祥喆㙍𬭎"


@pytest.fixture(scope="module")
def drawn():
    return {name: render(one) for name, one in KINDS.items()}


def opened(letter):
    return pikepdf.open(io.BytesIO(letter.pdf))


# PDF/A-2a --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_carries_the_markers_of_pdf_a(drawn, name):
    one = KINDS[name]
    with opened(drawn[name]) as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3  # sRGB
        xmp = pdf.Root.Metadata.read_bytes().decode()
        assert re.search(r"<pdfaid:part>2<|pdfaid:part=[\"']2", xmp)
        assert re.search(r"<pdfaid:conformance>A<|pdfaid:conformance=[\"']A", xmp)
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "zh-Hans"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == one.title == str(pdf.docinfo["/Title"])
            assert one.unit in metadata["dc:creator"]
        assert len(pdf.trailer.ID) == 2
        assert not pdf.is_encrypted
        for forbidden in ("/OpenAction", "/AA", "/AcroForm", "/OCProperties"):
            assert forbidden not in pdf.Root
        for item in pdf.objects:
            if not isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
                continue
            assert item.get("/S") not in {"/JavaScript", "/Launch", "/Movie", "/Sound"}
            assert "/EF" not in item
            assert "/LZWDecode" not in str(item.get("/Filter", ""))
            if item.get("/Type") == "/ExtGState" or "/ca" in item:  # nothing is transparent
                assert (item.get("/ca", 1), item.get("/CA", 1)) == (1, 1)
                assert "/SMask" not in item or item.SMask == "/None"


def tags(pdf):
    found = []

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append((str(node.S), node))
            if "/K" in node:
                walk(node.K)

    walk(pdf.Root.StructTreeRoot.K)
    return found


def test_headings_tables_and_the_code_are_tagged_as_what_they_are(drawn):
    with opened(drawn["publicity"]) as pdf:
        found = tags(pdf)
        names = [name for name, _ in found]
        assert names[0] == "/Document"
        assert names.count("/H1") == 1
        assert names.count("/H2") == 3  # two headings and the annex
        tables = names.count("/Table")  # one for each page that the list runs over, each with its head
        assert tables >= 3
        assert names.count("/TD") == 60 * 4
        assert names.count("/TH") in {4, 4 * tables}
        (figure,) = [node for name, node in found if name == "/Figure"]
        assert str(figure.Alt).startswith("核验二维码：https://")
        assert pdf.pages[0].StructParents == 0


def test_the_outline_leads_to_headings_and_annexes(drawn):
    with opened(drawn["long_approval"]) as pdf, pdf.open_outline() as outline:
        (title,) = outline.root
        assert title.title == "关于2025年度重点企业研发投入补助的批复"
        assert [child.title for child in title.children] == ["一、核定结果", "二、核定过程", "三、资金使用"]
        assert [child.title for child in title.children[1].children] == ["（一）研发费用的认定", "（二）总额上限"]
    with opened(drawn["publicity"]) as pdf, pdf.open_outline() as outline:
        assert [child.title for child in outline.root[0].children][-1] == "附件：拟予奖补名单"
    with opened(drawn["approval"]) as pdf, pdf.open_outline() as outline:
        assert [child.title for child in outline.root[0].children][-1] == "附件"


# Glyphs ----------------------------------------------------------------------------------------------------------


def embedded(pdf):
    """Font descriptor → bytes of its font file, for every font of the document."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
            yield item, next(item[key] for key in ("/FontFile2", "/FontFile3") if key in item)


@pytest.mark.parametrize("name", KINDS)
def test_every_code_of_every_page_has_a_glyph_in_an_embedded_font(drawn, name):
    with opened(drawn[name]) as pdf:
        widths = {
            str(font.FontDescriptor.FontName): cids(font.W)
            for font in pdf.objects
            if isinstance(font, pikepdf.Dictionary) and font.get("/Type") == "/Font" and "/FontDescriptor" in font
        }
        seen = 0
        for descriptor, file in embedded(pdf):
            wanted = widths[str(descriptor.FontName)]
            data = file.read_bytes()
            if "/FontFile3" in descriptor:
                assert file.Subtype == "/CIDFontType0C"
                face = CFFFontSet()
                face.decompile(io.BytesIO(data), None)
                held = {0 if glyph == ".notdef" else int(glyph[3:]) for glyph in face[0].charset}
            else:
                held = set(range(TTFont(io.BytesIO(data))["maxp"].numGlyphs))
            assert wanted
            assert wanted <= held
            assert len(held) < len(wanted) + 40 or "/FontFile2" in descriptor
            seen += 1
        assert seen >= 3


def cids(array):
    """The codes that a W array gives widths to: `first [w w …]` each."""
    found, items = set(), list(array)
    for first, several in zip(items[::2], items[1::2], strict=True):
        found |= set(range(int(first), int(first) + len(several)))
    return found


def pixels(pdf, page=0, scale=3):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=scale, grayscale=True).to_numpy().copy()
    finally:
        document.close()


def ink_of(character):
    """What a letter of one character more looks like beside one without it: the ink of that character alone."""
    with_it, without = (
        pixels(render(facts(LetterContent(recipient="演示", paragraphs=(Paragraph(text),)), title="批复")).pdf)
        for text in (f"演{character}", "演")
    )
    ys, xs = (with_it.astype(int) - without.astype(int) < -40).nonzero()
    assert len(ys), character
    return with_it[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] < 128


def test_rare_characters_are_drawn_as_themselves():
    """By pixels: each has ink, none looks like another, and none looks like the box of a missing glyph."""
    shapes = {character: ink_of(character) for character in RARE}
    for character, shape in shapes.items():
        assert min(shape.shape) > 25, character  # 16 pt at 216 dpi: 48 pixels
        inside = shape[shape.shape[0] // 4 : -shape.shape[0] // 4, shape.shape[1] // 4 : -shape.shape[1] // 4]
        assert inside.any(), character  # an empty box has no ink in its middle
    drawings = [(shape.shape, shape.tobytes()) for shape in shapes.values()]
    assert len(set(drawings)) == len(RARE)


def test_compact_fonts_draw_what_whole_ones_draw():
    """The same pages written with WeasyPrint's own way of cutting fonts: the pictures agree, the text too."""
    one = KINDS["long_approval"]
    html = letter_html(one)
    sheets = [pdf_module._style(name) for name in stylesheet_names(one.kind)]
    document = pdf_module._lay_out(html, sheets)
    usual = document.write_pdf(pdf_variant="pdf/a-2a", pdf_identifier=b"0" * 16)
    small = pdf_module._write(html, pdf_module._lay_out(html, sheets))
    assert len(small) * 3 < len(usual)
    assert flat(small) == flat(usual)
    for page in range(len(document.pages)):
        difference = abs(pixels(small, page).astype(int) - pixels(usual, page).astype(int))
        assert difference.max() < 90  # hints move an edge by less than half a pixel
        assert difference.mean() < 0.5


# The same bytes again --------------------------------------------------------------------------------------------


def test_a_letter_has_the_same_bytes_before_and_after_all_others(drawn):
    """What a process keeps between letters tells no letter about another, in whatever order they come."""
    backwards = {name: render(KINDS[name]).pdf for name in reversed(KINDS)}
    assert {name: letter.pdf for name, letter in drawn.items()} == backwards
    press.discard()
    assert render(KINDS["approval"]).pdf == drawn["approval"].pdf


def test_threads_have_presses_of_their_own_and_the_same_bytes(drawn):
    found = []
    threads = [threading.Thread(target=lambda: found.append(render(facts(APPROVAL)).pdf)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [drawn["approval"].pdf] * 3


def test_what_is_kept_is_thrown_away_after_a_fault_and_after_its_time(monkeypatch):
    first = press.press()
    assert press.press() is first
    with pytest.raises(LetterRenderError):
        print_pages('<p style="background:url(http://127.0.0.1:9/x)">x</p>', css="")
    assert press.press() is not first
    monkeypatch.setattr(press, "RENEW_AFTER", 2)
    kept = []
    for _ in range(4):
        kept.append(press.press())
        kept[-1].lay_out("<p>演示</p>", ["p { color: red }"], variant=None)
    assert len({id(one) for one in kept}) >= 2
    for number in range(20):
        press.press().lay_out("<p>演示</p>", [f"p {{ margin: {number}px }}"], variant=None)
    assert len(press.press()._sheets) <= press.SHEETS_KEPT


def test_a_sheet_that_asks_for_an_address_is_refused_each_time():
    for _ in range(2):
        with pytest.raises(LetterRenderError):
            print_pages("<p>演示</p>", css='@import url("http://127.0.0.1:9/x.css");')
