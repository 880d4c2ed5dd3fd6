"""文件格式 of 公示 and what every kind keeps, measured on the finished PDF (GB/T 9704-2012 chapters 7 and 10.1)."""

import itertools
import re

import pytest

from letters.content import Column, LetterContent, Paragraph, Table
from letters.rendering import render
from letters.rendering.html import column_shares, copies_lines, mark_class, unsealed_text
from tests.letters.measure import MM, PT, flat, is_red, page_image, red_lines, words
from tests.letters.samples import UNIT, every_kind, facts, publicity

LEFT, RIGHT, TOP, BOTTOM = 28, 210 - 26, 37, 297 - 35
KINDS = every_kind()


def public(content, **values):
    return facts(content, kind="publicity", kind_label="公示", number="演工信示〔2026〕2号", **values)


@pytest.fixture(scope="module")
def drawn():
    return {name: render(one) for name, one in KINDS.items()}


@pytest.fixture(scope="module")
def long_list():
    return render(public(publicity(300), title="关于2025年度奖补资金的公示"))


def place(page, text):
    """(left, top, right, bottom) in mm of the first word that is, or begins with, the text."""
    found = next(word for word in page if word[4].startswith(text))
    return tuple(value * PT for value in found[:4])


# 版头 ------------------------------------------------------------------------------------------------------------


def test_the_red_head_number_and_rule_of_a_public_document(drawn):
    image = page_image(drawn["publicity"].pdf)
    pixels = image.load()
    (rule,) = red_lines(image)  # one red rule, none at the foot
    rows = [y for y in range(int(rule[0] / MM) - 2) if any(is_red(pixels[x, y]) for x in range(0, image.width, 2))]
    assert rows[0] * MM == pytest.approx(TOP + 35, abs=0.4)  # 7.2.4
    assert (rule[2], rule[3]) == pytest.approx((LEFT, RIGHT), abs=0.3)  # 7.2.7: as wide as the text block
    assert 0.3 <= rule[1] - rule[0] <= 0.6
    page = words(drawn["publicity"].pdf)[0]
    left, top, right, _ = place(page, "演工信示〔2026〕2号")
    assert (left + right) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.5)
    line = 28.99 * PT
    assert top - rows[-1] * MM == pytest.approx(2 * line, abs=2.5)  # 7.2.5: two lines below the head
    grey = image.convert("L")
    ink = [y for y in range(round(top / MM), round(rule[0] / MM) - 3) if _dark(grey, y)]
    assert rule[0] - ink[-1] * MM == pytest.approx(4, abs=0.6)  # 7.2.7: 4 mm below the number
    assert place(page, "关于2025年度电子信息产业")[1] - rule[1] == pytest.approx(2 * line, abs=3.5)  # 7.3.1
    assert f"{UNIT}文件" in flat(drawn["publicity"].pdf)


def test_an_inner_page_holds_22_lines_of_28_characters():
    text = render(public(LetterContent(recipient="", paragraphs=(Paragraph("国" * 28 * 60),)), title="公示"))
    page = [word for word in words(text.pdf)[1] if set(word[4]) == {"国"}]
    assert len(page) == 22
    assert {len(word[4]) for word in page} == {28}
    assert page[0][0] * PT == pytest.approx(LEFT, abs=0.2)
    assert page[0][2] * PT == pytest.approx(RIGHT, abs=0.3)
    pitches = [low[1] - high[1] for high, low in itertools.pairwise(page)]
    assert pitches == pytest.approx([28.99] * 21, abs=0.05)
    assert page[0][1] * PT >= TOP
    assert page[-1][3] * PT <= BOTTOM + 1.5


def test_page_numbers_begin_on_the_first_page_and_change_sides(long_list):
    for number, page in enumerate(words(long_list.pdf), start=1):
        foot = [word for word in page if word[1] * PT > BOTTOM + 5]
        assert "".join(word[4] for word in foot) == f"—{number}—"
        left, right = foot[0][0] * PT, foot[-1][2] * PT
        if number % 2:
            assert right == pytest.approx(RIGHT - 14 * PT, abs=1)  # 单页码居右空一字
        else:
            assert left == pytest.approx(LEFT + 14 * PT, abs=1)  # 双页码居左空一字
        assert foot[0][1] * PT == pytest.approx(BOTTOM + 7, abs=2)


def _dark(grey, row):
    return any(grey.getpixel((x, row)) < 128 for x in range(round(LEFT / MM), round(RIGHT / MM)))


# 版记 ------------------------------------------------------------------------------------------------------------


def black_rules(image):
    """(top, thickness) in mm of every black line across the text block in the lower half of the page."""
    grey = image.convert("L")
    columns = range(round((LEFT + 1) / MM), round((RIGHT - 1) / MM), 3)
    rows = [y for y in range(grey.height // 2, grey.height) if all(grey.getpixel((x, y)) < 160 for x in columns)]
    bands = []
    for y in rows:
        if bands and y == bands[-1][-1] + 1:
            bands[-1].append(y)
        else:
            bands.append([y])
    return [(band[0] * MM, len(band) * MM) for band in bands]


def test_the_imprint_stands_at_the_foot_of_the_last_page_between_its_rules(drawn):
    letter = drawn["publicity"]
    first, *_, last = words(letter.pdf)
    assert not any(word[4].startswith("抄送") for word in first)
    (top, thick), (_, thin), (low, low_thick) = black_rules(page_image(letter.pdf, letter.pages))[-3:]
    assert low + low_thick == pytest.approx(BOTTOM, abs=0.3)  # 7.4.2: the last rule on the text block's lower edge
    assert thick == pytest.approx(low_thick, abs=0.1)
    assert thin <= thick
    copies, unit, printed = place(last, "抄送："), place(last, UNIT), place(last, "2026年1月5日印发")
    assert top < copies[1] < unit[1] < low
    assert (copies[0], unit[0]) == pytest.approx((LEFT + 14 * PT,) * 2, abs=0.7)  # one character in
    assert printed[2] == pytest.approx(RIGHT - 14 * PT, abs=0.7)
    assert unit[1] == pytest.approx(printed[1], abs=0.3)


def test_a_letter_has_copies_without_rules_in_its_last_lines(drawn):
    letter = drawn["recovery_notice"]
    image = page_image(letter.pdf, letter.pages)
    assert black_rules(image) == []
    copies = place(words(letter.pdf)[-1], "抄送：")
    assert copies[3] == pytest.approx(BOTTOM, abs=2.5)


def test_many_addressees_of_copies_do_not_run_into_the_code_or_the_text():
    names = tuple(f"演示市第{number}号有关工作部门和单位" for number in range(1, 13))
    for kind in ("publicity", "approval"):
        content = LetterContent(recipient="演示企业", paragraphs=(Paragraph("演" * 300),), copies_to=names)
        page = words(render(facts(content, kind=kind, title="关于演示的批复")).pdf)[-1]
        copies = place(page, "抄送：")
        assert place(page, "核验码：")[3] < copies[1]
        text = [word[3] * PT for word in page if "演演" in word[4] or word[4].startswith("（此件")]
        assert max(text) < place(page, "核验码：")[1]


# Tables ----------------------------------------------------------------------------------------------------------


def test_300_rows_stand_in_an_annex_whose_head_is_repeated(long_list):
    pages = words(long_list.pdf)
    assert len(pages) >= 8
    begins = next(index for index, page in enumerate(pages) if any(word[4] == "附件" for word in page))
    signed = next(index for index, page in enumerate(pages) if any(word[4] == "2026年1月5日" for word in page))
    assert signed == begins - 1  # signature first, then the annex on a page of its own
    for page in pages[begins:]:
        assert [word[4] for word in page].count("条款") == 1
    numbers = [
        int(word[4])
        for page in pages[begins:]
        for word in page
        if word[4].isdigit() and word[0] * PT < LEFT + 12 and word[1] * PT < BOTTOM - 1
    ]
    assert numbers == list(range(1, 301))


def test_no_table_ends_a_page_after_one_row_or_begins_one_with_its_last():
    for lines in range(2, 12):
        content = LetterContent(
            recipient="演示企业",
            paragraphs=tuple(Paragraph("演示") for _ in range(lines)),
            table=Table((Column("项目"), Column("金额", numeric=True)), tuple((f"行{n}", "1.00") for n in range(1, 9))),
        )
        rows = [
            len([word for word in page if re.fullmatch("行[0-9]", word[4])])
            for page in words(render(facts(content, title="批复")).pdf)
        ]
        assert sum(rows) == 8
        assert all(count == 0 or count >= 2 for count in rows)


def test_columns_share_the_width_and_figures_are_never_cut():
    table = publicity(300).table
    shares = column_shares(table)
    assert sum(shares) <= 48
    assert shares[2] > shares[0]
    page = words(render(facts(LetterContent(recipient="演", table=table), title="批复")).pdf)[-1]
    assert any(word[4] == "3,703,500.00" for word in page)


# Every kind ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_nothing_leaves_the_text_block_and_the_last_page_says_something(drawn, name):
    pages = words(drawn[name].pdf)
    bottom = BOTTOM + (9 if KINDS[name].kind == "receipt" else 1.5)  # the form uses 8 mm of the lower margin
    for page in pages:
        for left, top, right, low, text in page:
            if low * PT > BOTTOM + 5 and text in {"—", *map(str, range(1, 30))}:
                continue
            assert left * PT >= LEFT - 8.5
            assert right * PT <= RIGHT + 6.5
            assert top * PT >= TOP - 11  # the line box of the red head
            assert low * PT <= bottom, text
    foot = place(pages[-1], "核验码：")[1]
    assert any(word[3] * PT < foot - 5 for word in pages[-1])


@pytest.mark.parametrize("name", KINDS)
def test_every_copy_says_that_it_is_unsealed(drawn, name):
    assert "此件未加盖印章，真伪以核验结果为准" in flat(drawn[name].pdf)


def test_the_place_of_the_seal_is_free(drawn):
    """A seal of 42 mm over unit and date: nothing but these two and the note below stands there."""
    page = words(drawn["approval"].pdf)[-1]
    date = place(page, "2026年1月5日")
    middle, centre = (date[0] + date[2]) / 2, date[1] - 5
    inside = {
        word[4]
        for word in page
        if abs((word[0] + word[2]) / 2 * PT - middle) < 21 and abs((word[1] + word[3]) / 2 * PT - centre) < 15
    }
    assert inside == {"演示市工业和信息化局", "2026年1月5日"}


def test_a_signed_copy_names_the_certificate_in_the_note():
    assert unsealed_text("演示市工信局") == "此件未加盖印章，已由“演示市工信局”电子签名，真伪以核验结果为准"
    letter = render(facts(LetterContent(recipient="演示企业"), signed_by="演示市工信局"))
    assert "已由“演示市工信局”电子签名" in flat(letter.pdf)


def test_the_code_is_never_alone_on_the_last_page():
    """However long the text: the page with the code carries text of the letter, not the signature alone."""
    for length in range(200, 420, 12):
        content = LetterContent(recipient="演示企业", paragraphs=(Paragraph("演" * length), Paragraph("特此批复。")))
        last = [word[4] for word in words(render(facts(content, title="批复")).pdf)[-1]]
        assert any("演演" in word or word == "特此批复。" for word in last), length
        assert "2026年1月5日" in last


def test_small_rules():
    assert mark_class("演示市财政局文件", document=True) == "mark-xl"
    assert copies_lines(()) == 0
    assert copies_lines(("演示市财政局",)) == 1
    assert copies_lines(("演示市财政局",) * 9) == 3
