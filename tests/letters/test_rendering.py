"""What stands on the paper: words, figures, typefaces and places, measured on the finished PDF."""

import io
import re
import socket
from dataclasses import replace

import pikepdf
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.content import Citation, Column, FormField, LetterContent, Paragraph, Table
from letters.errors import LetterGlyphError, LetterRenderError
from letters.rendering import missing_characters, render
from letters.rendering import pdf as pdf_module
from letters.rendering.html import chinese_number, citation_text, form_rows, letter_html, numbered
from letters.rendering.titles import title_lines, title_width
from tests.letters.measure import MM, flat, is_red, page_image, red_lines, words
from tests.letters.samples import APPROVAL, OBJECTION_RECEIPT, RECEIPT, REFUSAL, TOKEN, facts

SPACINGS: dict[str, dict[str, bool]] = {"larger": {}, "plain": {"roomy": False}, "closer": {"tight": True}}


@pytest.fixture(scope="module")
def approval():
    return render(facts(APPROVAL))


@pytest.fixture(scope="module")
def receipt():
    return render(facts(RECEIPT, kind="receipt", kind_label="受理回执", title="受理回执"))


# Words and figures -----------------------------------------------------------------------------------------------


def test_the_text_of_the_letter_can_be_read_from_the_pdf(approval):
    text = flat(approval.pdf)
    for expected in (
        "演工信批〔2026〕5号",
        "演示祥喆光电有限公司：",
        "一、核定情况",
        "二、资金拨付",
        "（一）拨付方式",
        "《支持电子信息产业的若干政策》（演府发〔2023〕30号）第三条：“给予一次性奖励。”",
        "附件：1.核定金额明细2.公示情况说明",
        "2026年1月5日",
        "抄送：演示市财政局。",
        "核验码：ABCD-EFGH-2345-6789",
        "（此件未加盖印章，真伪以核验结果为准）",
    ):
        assert expected in text


def test_an_amount_stands_in_figures_and_capitals(approval):
    assert "核定奖励金额：人民币6,007.14元（大写：人民币陆仟零柒元壹角肆分）。" in flat(approval.pdf)
    rendered = render(facts(LetterContent(recipient="演示企业", amount_fen=200_000_000)))
    assert "人民币2,000,000.00元（大写：人民币贰佰万元整）" in flat(rendered.pdf)


def test_rare_characters_are_printed(approval):
    text = flat(approval.pdf)
    assert all(character in text for character in "喆㙍𬭎")


# Unassigned, private (drawn differently by every font), and assigned in Unicode but in no font here.
UNPRINTABLE = ["\U0003fffd", "\ue000", "\U00011f04"]


@pytest.mark.parametrize("character", UNPRINTABLE)
def test_a_character_without_glyph_is_an_error_and_never_a_blank(character):
    with pytest.raises(LetterGlyphError) as caught:
        render(facts(LetterContent(recipient="演示企业", paragraphs=(Paragraph(f"名称{character}"),))))
    assert caught.value.characters == [character]
    assert f"U+{ord(character):04X}" in caught.value.message
    assert missing_characters(f"演示{character}") == {character}


def test_common_and_rare_characters_can_be_printed():
    assert missing_characters("演示祥喆㙍𬭎〔2026〕①㎡") == set()


def test_a_title_with_a_character_without_glyph_is_an_error_too():
    with pytest.raises(LetterGlyphError):
        render(facts(LetterContent(recipient="演示企业"), title="关于\U0003fffd的批复"))


def test_the_receipt_is_a_form_of_one_page(receipt):
    text = flat(receipt.pdf)
    assert receipt.pages == 1
    for field in RECEIPT.fields:
        # A value of two lines stands around its label in the extracted text.
        pieces = [field.label + field.value] if len(field.value) <= 24 else [field.value[:24]]
        for piece in pieces:
            assert re.sub(r"\s", "", piece) in text
    for document in RECEIPT.documents:
        assert document.name in text
        assert document.sha256[:16] in text
        assert document.sha256 not in text
    for step in RECEIPT.next_steps:
        assert step in text
    assert "申报金额人民币2,000,000.00元（大写：人民币贰佰万元整）" in text
    assert "已收材料（共12份）" in text


def test_a_long_unit_name_leaves_nothing_out_of_the_receipt():
    unit = "演示高新技术产业开发区管理委员会经济发展与科技创新局"
    rendered = render(facts(RECEIPT, kind="receipt", kind_label="受理回执", title="受理回执", unit=unit))
    text = flat(rendered.pdf)
    assert rendered.pages == 1
    assert text.startswith(unit)
    assert "2026年1月5日" in text
    assert "（此件未加盖印章，真伪以核验结果为准）" in text


def test_a_short_form_that_does_not_fit_gives_up_its_larger_sizes_before_its_spacing():
    """The contact was set in 14 pt on lines of 13 pt: the larger sizes and the closer spacing held at once."""
    content = replace(
        OBJECTION_RECEIPT,
        fields=(
            FormField("异议编号", "异议2026-0002"),
            FormField("查询码", "GDSB-7DNE-LYJ6-UUTP（凭此码查看办理情况和答复）"),
            FormField("提出时间", "2026年11月28日"),
            FormField("答复期限", "2026年12月11日前（含当日）"),
            FormField("所涉公示", "2024年度电子信息产业奖补资金公示（演示第二批）"),
            FormField("所涉事项", "第1项 演示芯屏科技（南昌）有限公司，3.4.5 “5G+智慧工厂”建设补助，9,300,000.00元"),
        ),
        next_steps=(
            "核查期间，所涉事项暂缓办理；公示的其他事项不受影响。",
            "答复以书面作出。可随时凭查询码在公示网页查看办理情况并下载答复。",
            "请妥善保管查询码：凭此码可以看到本异议的办理情况。",
        ),
        contact="电子信息处，0791-83986888，南昌市红谷滩区世贸路演示楼",
    )
    rendered = render(facts(content, kind="receipt", kind_label="受理回执", title="异议受理回执"))
    assert rendered.pages == 1
    assert "roomy" not in rendered.html
    assert "tight" not in rendered.html
    sizes = {name: letter_html(facts(content, kind="receipt"), **given) for name, given in SPACINGS.items()}
    assert {name: ("roomy" in html, "tight" in html) for name, html in sizes.items()} == {
        "larger": (True, False),
        "plain": (False, False),
        "closer": (False, True),
    }


def test_a_quotation_inside_a_quotation_stands_in_single_marks():
    cited = Citation("示例意见", "示府发〔2026〕1号", "第三条", "对建设“5G+智慧工厂”的企业给予补助。")
    assert citation_text(cited) == "《示例意见》（示府发〔2026〕1号）第三条：“对建设‘5G+智慧工厂’的企业给予补助。”"


def test_a_correcting_letter_names_the_one_it_replaces():
    rendered = render(facts(LetterContent(recipient="演示企业"), supersedes="演工信批〔2026〕4号"))
    assert "取代演工信批〔2026〕4号文书" in flat(rendered.pdf)


# Hostile content -------------------------------------------------------------------------------------------------

PAYLOADS = (
    "<script>alert(1)</script>",
    '<img src="http://127.0.0.1:9/x.png">',
    '"><svg onload=alert(1)>',
    "</title><style>body{display:none}</style>",
    "{{ facts.token }}{% debug %}",
    "&lt;b&gt; & ' \"",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_any_text_is_printed_as_text(payload):
    content = LetterContent(
        recipient=payload,
        paragraphs=(Paragraph(payload), Paragraph(payload, 1)),
        table=Table((Column(payload),), ((payload,),), payload),
        attachments=(payload,),
        remarks=(payload,),
        contact=payload,
        signer="演示单位",
        copies_to=(payload,),
    )
    rendered = render(facts(content, title=f"关于{payload}"))
    assert "<script>" not in rendered.html
    assert "<img" not in rendered.html
    printed = flat(rendered.pdf)
    assert printed.count(re.sub(r"\s", "", payload)) >= 5


@pytest.mark.parametrize(
    "source",
    [
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="file:///etc/passwd">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<style>@import url("ftp://127.0.0.1/x.css");</style>',
        '<style>@font-face{font-family:x;src:url("file:///etc/hostname")}</style><p style="font-family:x">x</p>',
        '<p style="background:url(https://127.0.0.1:9/y)">x</p>',
        '<object data="file:///etc/passwd"></object>',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:9/z.png" width="9" height="9"/></svg>',
    ],
)
def test_nothing_is_ever_fetched(monkeypatch, source):
    def no_socket(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(socket, "create_connection", no_socket)
    monkeypatch.setattr("urllib.request.FileHandler.file_open", no_socket)
    with pytest.raises(LetterRenderError):
        pdf_module._set(source)


# Places, measured ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["演示市工业和信息化局", "演示高新技术产业开发区管理委员会经发局"])
def test_red_head_and_rules_stand_where_the_standard_puts_them(unit):
    image = page_image(render(facts(LetterContent(recipient="演示企业"), unit=unit)).pdf)
    thick, thin, low_thin, low_thick = red_lines(image)
    pixels = image.load()
    name_rows = [
        y for y in range(int(thick[0] / MM) - 2) if any(is_red(pixels[x, y]) for x in range(0, image.width, 2))
    ]
    assert name_rows[0] * MM == pytest.approx(30, abs=0.4)  # upper edge of the name
    assert thick[0] - name_rows[-1] * MM == pytest.approx(4, abs=0.4)
    for band in (thick, thin, low_thin, low_thick):
        assert band[3] - band[2] == pytest.approx(170, abs=0.5)
        assert band[2] == pytest.approx(20, abs=0.3)
    assert thick[1] - thick[0] > thin[1] - thin[0]
    assert low_thick[1] - low_thick[0] > low_thin[1] - low_thin[0]
    assert low_thick[1] == pytest.approx(297 - 20, abs=0.3)


def test_lines_hold_28_characters_with_the_pitch_of_22_lines():
    content = LetterContent(recipient="", paragraphs=(Paragraph("国" * (26 + 28 * 40)),))
    rendered = render(facts(content, title="关于演示的批复"))
    lines = [[word for word in page if set(word[4]) == {"国"}] for page in words(rendered.pdf)]
    assert [len(word[4]) for word in lines[0]][:3] == [26, 28, 28]
    assert len(lines[1]) == 22
    full = lines[1][5]
    assert full[0] * 25.4 / 72 == pytest.approx(28, abs=0.3)
    assert (full[2] - full[0]) == pytest.approx(28 * 15.79, abs=1)
    pitches = [after[1] - before[1] for before, after in zip(lines[1], lines[1][1:], strict=False)]
    assert pitches == pytest.approx([28.99] * 21, abs=0.05)
    assert lines[1][0][1] * 25.4 / 72 >= 37
    assert lines[1][-1][3] * 25.4 / 72 <= 297 - 35 + 1.5


def test_page_numbers_right_on_odd_left_on_even_none_on_the_first():
    content = LetterContent(recipient="演示企业", paragraphs=(Paragraph("演" * 2000),))
    pages = words(render(facts(content)).pdf)
    assert len(pages) >= 3
    feet = [[word for word in page if word[1] > 262 * 72 / 25.4 and word[4] in {"—", "2", "3"}] for page in pages]
    assert feet[0] == []
    assert "".join(word[4] for word in feet[1]) == "—2—"
    assert "".join(word[4] for word in feet[2]) == "—3—"
    width = 210 * 72 / 25.4
    assert all(word[2] < width / 2 for word in feet[1])
    assert all(word[0] > width / 2 for word in feet[2])


def test_the_date_stands_four_characters_from_the_edge_with_the_unit_centred_over_it(approval):
    last = words(approval.pdf)[-1]
    date = next(word for word in last if word[4] == "2026年1月5日")
    signer = next(word for word in last if word[4] == "演示市工业和信息化局" and word[1] < date[1])
    right_edge = (210 - 26) * 72 / 25.4
    assert right_edge - date[2] == pytest.approx(4 * 15.79, abs=2)
    assert (signer[0] + signer[2]) / 2 == pytest.approx((date[0] + date[2]) / 2, abs=2)


def test_the_page_that_is_signed_carries_text():
    for length in range(240, 420, 20):
        content = LetterContent(
            recipient="演示企业", paragraphs=(Paragraph("演" * length),), closing=(Paragraph("特此批复。"),)
        )
        for page in words(render(facts(content, title="批复")).pdf):
            printed = [word[4] for word in page]
            if "2026年1月5日" in printed:
                assert "特此批复。" in printed


def test_the_letter_is_tagged_titled_and_in_chinese(approval):
    with pikepdf.open(io.BytesIO(approval.pdf)) as pdf:
        assert str(pdf.Root.Lang) == "zh-Hans"
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.docinfo["/Title"]).endswith("奖励的批复")
        assert str(pdf.docinfo["/Author"]) == "演示市工业和信息化局"
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "2A"
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
        assert "/OpenAction" not in pdf.Root


def test_every_font_is_embedded(approval):
    with pikepdf.open(io.BytesIO(approval.pdf)) as pdf:
        fonts = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/FontName" in item]
        assert fonts
        assert all({"/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)


def test_the_same_letter_gives_the_same_bytes(approval):
    assert render(facts(APPROVAL)).pdf == approval.pdf
    assert render(facts(APPROVAL, number="演工信批〔2026〕6号")).pdf != approval.pdf


def test_the_qr_code_leads_to_the_verification_page():
    """Every module that is printed is compared with the code of the address."""
    letter = render(facts(REFUSAL))
    matrix = segno.make(f"https://duixian.example/verify/{TOKEN}/", error="m", micro=False).matrix
    image = page_image(letter.pdf, page=letter.pages).convert("L")
    size = len(matrix)
    left, top, module = 28 / MM, (262 - 24) / MM, 24 / size / MM
    for row in range(size):
        for column in range(size):
            x, y = round(left + (column + 0.5) * module), round(top + (row + 0.5) * module)
            assert (image.getpixel((x, y)) < 128) == bool(matrix[row][column]), (row, column)


# Small rules -----------------------------------------------------------------------------------------------------


def test_headings_are_numbered_anew_below_each_higher_one():
    levels = [1, 2, 2, 3, 0, 1, 2, 4, 4]
    signs = [paragraph.sign for paragraph in numbered(Paragraph("x", level) for level in levels)]
    assert signs == ["一、", "（一）", "（二）", "1.", "", "二、", "（一）", "（1）", "（2）"]


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")]
)
def test_headings_count_in_chinese(number, text):
    assert chinese_number(number) == text


def test_two_short_fields_share_a_row_and_long_ones_stand_alone():
    short, long = FormField("提交人", "演示"), FormField("说明", "演" * 20)
    rows = form_rows([short, short, short, long, short])
    assert [len(row) for row in rows] == [2, 1, 1, 1]
    assert [item for row in rows for item in row] == [short, short, short, long, short]


def test_a_title_keeps_the_enterprise_name_in_one_piece():
    name = "演示祥喆光电有限公司"
    lines = title_lines(f"演示市工业和信息化局关于同意给予{name}企业上台阶奖励的批复", keep=[name])
    assert any(name in line for line in lines)


@settings(max_examples=60, deadline=None)
@given(st.text("演示南昌关于，。（）《》abc123的批复", min_size=1, max_size=90))
def test_title_lines_lose_nothing_fit_and_begin_with_no_closing_sign(title):
    lines = title_lines(title)
    assert "".join(lines) == title
    if len(lines) > 1:
        assert all(title_width(line) <= 20 for line in lines)
        assert not any(line[0] in "，。）》" for line in lines[1:])
        assert not any(line[-1] in "（《" for line in lines[:-1])
