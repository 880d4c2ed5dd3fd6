"""A text is cut by its numbering as the shipped corpus is, nothing is lost on the way, and people correct the rest."""

import io
import zipfile

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn

from common.errors import Invalid
from policies.corpus_check.files import CORPUS, read_document
from policies.cutting import Cut, Place, cut, numbered, same_text, sentences
from policies.cutting.corrections import JOIN, Correction, corrected, received, sent
from policies.cutting.files import text_of_file
from policies.cutting.marking import brackets_after, choices_of, suggestions
from policies.lint.text import squeeze
from policies.printing import runs

HONGFUFA = read_document(CORPUS / "hongfufa-2023-30")
REPLY = read_document(CORPUS / "honggongxintizi-2024-13")
BRACKET = "[牵头单位：市工信局；责任单位：各县区（开发区、湾里管理局）]"


def rows(pieces):
    return [(piece.ref, piece.parent, piece.kind, piece.text.strip("\n")) for piece in pieces]


def test_the_shipped_policy_is_cut_as_the_corpus_has_it():
    """From the copy as it was given, with its page breaks, blanks and footnotes; one passage is a person's to split."""
    found = rows(numbered(cut(HONGFUFA.source, HONGFUFA.emendations)))
    wanted = rows(HONGFUFA.nodes)
    together = next(row for row in found if row[0] == "3.8.2")
    assert [row for row in found if row not in wanted] == [together]
    assert [row[0] for row in wanted if row not in found] == ["3.8.2", "3.8.3"]
    split = cut(HONGFUFA.source, HONGFUFA.emendations)
    answers = [Correction(one.kind, one.place, 1 if one.text == together[3] else 0) for one in split]
    assert rows(numbered(corrected(split, answers))) == wanted


def test_the_normalised_text_gives_the_shipped_sections_articles_and_numbered_paragraphs():
    found = numbered(cut(HONGFUFA.text))
    kinds = ("section", "article", "rules", "table", "table_title", "table_note")

    def heads(pieces):
        return [(piece.ref, piece.parent, piece.kind) for piece in pieces if piece.kind in kinds]

    assert heads(found) == heads(HONGFUFA.nodes)

    def counted(pieces):
        return [piece.ref for piece in pieces if piece.kind == "paragraph" and piece.text[1] == "."]

    assert counted(found) == counted(HONGFUFA.nodes) == ["2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.2.1", "2.2.2", "2.2.3"]


def test_a_reply_without_articles_is_numbered_by_section():
    found = numbered(cut(REPLY.text))
    assert rows(found)[:-1] == rows(REPLY.nodes)[:-1]
    assert found[-1].text == REPLY.nodes[-1].text  # whether it closes the whole is a person's to say
    closing = [
        Correction(one.kind, Place.DOCUMENT if one.text == found[-1].text else one.place) for one in cut(REPLY.text)
    ]
    assert numbered(corrected(cut(REPLY.text), closing))[-1].parent == ""


@pytest.mark.parametrize("document", [HONGFUFA, REPLY], ids=["policy", "reply"])
def test_nothing_is_lost_and_nothing_added(document):
    for source, emendations in ((document.source, document.emendations), (document.text, ())):
        assert same_text(source, numbered(cut(source, emendations)), emendations)
    pieces = numbered(cut(document.text))
    assert not same_text(document.text, pieces[:-1])
    assert not same_text(document.text, [pieces[1], pieces[0], *pieces[2:]])


def test_words_without_any_numbering_are_paragraphs():
    assert [(piece.ref, piece.kind) for piece in numbered(cut("第一段。\n\n第二段。"))] == [
        ("0.1", "paragraph"),
        ("0.2", "paragraph"),
    ]


def test_full_width_marks_and_brackets_number_as_well():
    text = "一、甲\n(一)乙。丙。\n1．丁。\n（1）戊。\n① 己。\n二、庚\n辛。"
    assert [(piece.ref, piece.kind, piece.text) for piece in numbered(cut(text))] == [
        ("1", "section", "一、甲"),
        ("1.1", "article", "(一)乙。"),
        ("1.1.0", "passage", "丙。"),
        ("1.1.1", "paragraph", "1．丁。"),
        ("1.1.2", "paragraph", "（1）戊。"),
        ("1.1.3", "paragraph", "①己。"),
        ("2", "section", "二、庚"),
        ("2.1", "paragraph", "辛。"),
    ]


def test_numbers_of_amounts_begin_no_paragraph():
    pieces = numbered(cut("一、甲\n（一）乙。\n1.5亿元以上的企业，给予奖励。"))
    assert [piece.kind for piece in pieces] == ["section", "article", "paragraph"]
    assert pieces[-1].text.startswith("1.5亿元")


def test_sentences_are_the_text_again():
    for node in HONGFUFA.nodes:
        assert "".join(sentences(node.text)) == node.text
    assert sentences(f"甲“乙。丙”丁。戊。{BRACKET}己") == ["甲“乙。丙”丁。", f"戊。{BRACKET}", "己"]


def test_a_person_corrects_kinds_places_splits_and_joins():
    cuts = [
        Cut("section", "一、甲"),
        Cut("paragraph", "乙的前半，"),
        Cut("paragraph", "乙的后半。丙。"),
        Cut("paragraph", "丁。戊。"),
    ]
    answers = [
        Correction("section"),
        Correction("article"),
        Correction(JOIN),
        Correction("rules"),
    ]
    found = corrected(cuts, answers)
    assert [(one.kind, one.text) for one in found] == [
        ("section", "一、甲"),
        ("article", "乙的前半，乙的后半。丙。"),
        ("rules", ""),
        ("passage", "丁。"),
        ("passage", "戊。"),
    ]
    again = corrected(found, [Correction(one.kind, split=1 if one.kind == "article" else 0) for one in found])
    assert [piece.ref for piece in numbered(again)] == ["1", "1.1", "1.1.1", "1.2", "1.2.1", "1.2.2"]
    back = corrected(found, [Correction("paragraph" if one.kind == "rules" else one.kind) for one in found])
    assert "rules" not in [one.kind for one in back]
    assert received(sent(found)) == found


@pytest.mark.parametrize(
    "garbage", ["", "{", "[1]", '[["paragraph", "", "a"], 3]', '[["nothing", "", "a"]]', "[" * 5000]
)
def test_a_preview_that_was_tampered_with_is_refused(garbage):
    with pytest.raises(Invalid, match="预览的内容不完整"):
        received(garbage)


def test_suggestions_come_from_brackets():
    pieces = [(node.ref, node.text) for node in HONGFUFA.nodes]
    found = suggestions(pieces, ["鼓励企业加强核心技术攻关。"])
    refs = [one.ref for one in found]
    assert "3.4.4" not in refs
    assert {"3.1.1", "3.4.5", "4.4.1"} <= set(refs)
    chosen = next(one for one in found if one.ref == "3.4.2")
    assert chosen.choices[0].startswith("鼓励电子信息企业与大院大所")
    assert chosen.bracket.startswith("[牵头单位：市科技局")


def test_sentences_to_choose_have_no_brackets_and_the_nearest_bracket_is_first():
    text = f"甲。乙。{BRACKET}"
    assert choices_of(text) == ["甲。", "乙。", "甲。乙。"]
    assert brackets_after("丙。", "丙。", [text]) == [BRACKET]
    assert brackets_after(text, "乙。", ["[牵头单位：市财政局]"]) == [BRACKET, "[牵头单位：市财政局]"]


@pytest.mark.parametrize("day", ["2026年1月1日", "2026 年 1 月 1 日", "二〇二六年一月一日"])
def test_signature_day_and_openness_below_the_text_belong_to_no_article(day):
    """They are no part of the last article, nor a rule across its articles."""
    text = f"一、支持\n（一）奖励。给予10万元。{BRACKET}\n南昌市人民政府\n{day}\n（此件主动公开）\n"
    pieces = numbered(cut(text))
    assert [(piece.ref, piece.parent, piece.kind) for piece in pieces[3:]] == [
        ("t1", "", "paragraph"),
        ("t2", "", "date"),
        ("t3", "", "openness"),
    ]
    assert same_text(text, pieces)


# ------------------------------------------------------------------------------------------------------ files


def word(build) -> bytes:
    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_files_of_offices_are_read(encoding):
    assert text_of_file("一、总则\r\n（一）目的。".encode(encoding), "a.txt").text == "一、总则\n（一）目的。"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "文件是空的"),
        (b" \n ", "文件是空的"),
        ("甲".encode("utf-16"), "UTF-16"),
        (b"%PDF-1.7", "只接收 .txt 和 .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .doc"),
        (b"\x81\xff\xff\xff", "无法识别文件的编码"),
        (b"a\x00b", "不是文字的字符"),
        (b"x" * (5 * 1024 * 1024 + 1), "超过 5 MB"),
        ("字".encode() * 300_001, "超过 300000 个字"),
        (b"PK\x03\x04 nothing", "损坏"),
    ],
    ids=["empty", "blank", "utf-16", "pdf", "doc", "bytes", "nul", "large", "long", "zip"],
)
def test_other_files_are_refused_in_words(data, said):
    with pytest.raises(Invalid, match=said) as refused:
        text_of_file(data, "a.txt")
    assert refused.value.field == "file"


def test_a_word_document_gives_its_paragraphs_tables_and_raised_marks():
    def build(document):
        document.add_paragraph("一、总则")
        paragraph = document.add_paragraph("（一）产业")
        paragraph.add_run("1").font.superscript = True
        paragraph.add_run("发展。支持企业。" * 3)
        table = document.add_table(2, 2)
        for index, text in enumerate(["单位", "目标", "高新区", "10"]):
            table.cell(index // 2, index % 2).text = text
        document.add_paragraph("备注：甲。")

    text = text_of_file(word(build), "a.docx").text
    assert text.split("\n") == [
        "一、总则",
        f"（一）产业¹{'发展。支持企业。' * 3}",
        "单位|目标",
        "高新区|10",
        "备注：甲。",
    ]
    assert [piece.kind for piece in numbered(cut(text))] == [
        "section",
        "article",
        "passage",
        "table",
        "table_note",
    ]


def test_a_word_document_of_tables_is_refused_in_words():
    def build(document):
        document.add_paragraph("标题")
        document.add_table(1, 1).cell(0, 0).text = "表格中的文字" * 10

    with pytest.raises(Invalid, match="主要由表格组成"):
        text_of_file(word(build), "a.docx")


def test_numbers_that_word_makes_are_no_text_and_would_be_lost():
    def build(document):
        document.add_paragraph("甲")
        document.add_paragraph("乙", style="List Number")
        properties = document.paragraphs[1]._p.get_or_add_pPr()
        properties.append(OxmlElement("w:numPr"))

    with pytest.raises(Invalid, match="自动编号"):
        text_of_file(word(build), "a.docx")


def numbering(number: str):
    """A reference to a list of Word, 0 for none."""
    properties = OxmlElement("w:numPr")
    wanted = OxmlElement("w:numId")
    wanted.set(qn("w:val"), number)
    properties.append(wanted)
    return properties


def test_numbers_of_a_style_are_made_by_word_too():
    """Headings are numbered by their styles more often than one by one."""

    def build(document):
        document.styles["Heading 1"].element.get_or_add_pPr().append(numbering("1"))
        document.styles["Heading 2"].base_style = document.styles["Heading 1"]
        document.add_paragraph("支持企业", style="Heading 2")

    with pytest.raises(Invalid, match="1 段使用 Word 的自动编号"):
        text_of_file(word(build), "a.docx")


def test_a_paragraph_that_takes_the_number_of_its_style_away_has_none():
    def build(document):
        document.styles["Heading 1"].element.get_or_add_pPr().append(numbering("1"))
        paragraph = document.add_paragraph("一、支持企业", style="Heading 1")
        paragraph._p.get_or_add_pPr().append(numbering("0"))

    assert text_of_file(word(build), "a.docx").text == "一、支持企业"


def test_what_a_word_document_loses_on_its_way_is_told():
    def build(document):
        paragraph = document.add_paragraph("一、支持")
        paragraph.add_run("重点企业").bold = True
        paragraph.add_run("发展").bold = False
        paragraph.add_run()._r.append(OxmlElement("w:sym"))
        picture = OxmlElement("w:drawing")
        picture.append(parse_xml('<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'))
        paragraph.add_run()._r.append(picture)
        paragraph.add_run()._r.append(OxmlElement("w:drawing"))  # the line below a red head
        space = "http://schemas.openxmlformats.org/officeDocument/2006/math"
        paragraph._p.append(parse_xml(f'<m:oMath xmlns:m="{space}"><m:r><m:t>a+b</m:t></m:r></m:oMath>'))

    given = text_of_file(word(build), "a.docx")
    assert given.text == "一、支持重点企业发展a+b"
    assert [loss.split("，")[0] for loss in given.losses] == [
        "文档中有 4 个字加粗",
        "文档中有 1 幅图片或嵌入的对象",
        "文档中有 1 个用符号字体插入的符号",
        "文档中有 1 个公式",
    ]
    assert text_of_file("一、总则".encode(), "a.txt").losses == ()


def test_cells_inside_a_control_are_read():
    def build(document):
        document.add_paragraph("一、目标。" * 5)
        table = document.add_table(1, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "高新区", "10"
        cell = table.cell(0, 1)._tc
        control, inside = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
        cell.addprevious(control)
        control.append(inside)
        inside.append(cell)

    assert text_of_file(word(build), "a.docx").text.split("\n")[1] == "高新区|10"


def test_tracked_changes_are_to_be_settled_first():
    def build(document):
        inserted = OxmlElement("w:ins")
        run = OxmlElement("w:r")
        text = OxmlElement("w:t")
        text.text = "新增"
        run.append(text)
        inserted.append(run)
        document.add_paragraph("甲")._p.append(inserted)

    with pytest.raises(Invalid, match="未处理的修订"):
        text_of_file(word(build), "a.docx")


def test_boxes_of_a_red_head_come_first():
    def build(document):
        run = document.add_paragraph("洪府发〔2026〕5号").runs[0]
        box = OxmlElement("w:txbxContent")
        paragraph = OxmlElement("w:p")
        inner = OxmlElement("w:r")
        text = OxmlElement("w:t")
        text.text = "南昌市人民政府文件"
        inner.append(text)
        paragraph.append(inner)
        box.append(paragraph)
        run._r.append(box)

    assert text_of_file(word(build), "a.docx").text.split("\n") == ["南昌市人民政府文件", "洪府发〔2026〕5号"]


def test_a_document_that_unpacks_without_end_is_refused():
    plain = word(lambda document: document.add_paragraph("甲"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "word/document.xml":
                data = data.replace(b"<w:body>", b"<w:body>" + b" " * 60_000_000)
            new.writestr(entry.filename, data)
    with pytest.raises(Invalid, match="解压后过大"):
        text_of_file(out.getvalue(), "a.docx")


def test_entities_are_refused():
    plain = word(lambda document: document.add_paragraph("甲"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "word/document.xml":
                start = data.index(b"<w:document")
                data = data[:start] + b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + data[start:]
            new.writestr(entry.filename, data)
    with pytest.raises(Invalid, match="内部结构异常"):
        text_of_file(out.getvalue(), "a.docx")


def with_notes(document, kind: str, notes: dict[str, str]) -> None:
    """Put a part of notes beside a document, as Word writes it."""
    inside = "".join(
        f'<w:{kind} w:id="{key}"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:{kind}>' for key, words in notes.items()
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<w:{kind}s xmlns:w="{space}">{inside}</w:{kind}s>'.encode()
    content_type = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}s+xml"
    part = Part(PackURI(f"/word/{kind}s.xml"), content_type, xml, document.part.package)
    document.part.relate_to(part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}s")


def refer(paragraph, kind: str, key: str) -> None:
    reference = OxmlElement(f"w:{kind}Reference")
    reference.set(qn("w:id"), key)
    paragraph.add_run()._r.append(reference)


def test_more_than_nine_footnotes_are_numbered_on():
    def build(document):
        paragraph = document.add_paragraph("一、支持")
        for number in range(1, 13):
            paragraph.add_run(f"企业{number}类")
            refer(paragraph, "footnote", str(number))
        with_notes(document, "footnote", {str(number): f"注释{number}" for number in range(1, 13)})

    text = text_of_file(word(build), "a.docx").text
    pieces = numbered(cut(text))
    assert [(piece.ref, piece.text) for piece in pieces][-3:] == [
        ("fn10", "注释10"),
        ("fn11", "注释11"),
        ("fn12", "注释12"),
    ]
    assert same_text(text, pieces)
    marks = [run.note for run in runs(pieces[0].text) if run.note]
    assert marks == list(range(1, 13))
    assert squeeze(pieces[0].text).startswith("一、支持企业1类企业2类")


def test_endnotes_are_kept_as_footnotes():
    def build(document):
        paragraph = document.add_paragraph("一、支持")
        refer(paragraph, "footnote", "1")
        refer(paragraph, "endnote", "1")
        with_notes(document, "footnote", {"1": "页下"})
        with_notes(document, "endnote", {"1": "文末"})

    assert text_of_file(word(build), "a.docx").text.split("\n")[1:] == ["¹ 页下", "² 文末"]


@pytest.mark.parametrize("blank", ["", " "])
def test_a_footnote_of_two_digits_that_is_pasted_is_one(blank):
    text = f"一、支持企业¹²。\n¹²{blank}指规模以上企业。\n"
    pieces = numbered(cut(text))
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("section", "一、支持企业¹²。"),
        ("footnote", "指规模以上企业。"),
    ]
    assert same_text(text, pieces)


def test_footnotes_of_word_come_behind_the_text():
    """Word keeps footnotes in a part of their own; here one is put beside a document that Word would write."""

    def build(document):
        paragraph = document.add_paragraph("一、电子信息产业")
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), "2")
        run = paragraph.add_run()
        run._r.append(reference)
        xml = (
            b'<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            b'<w:footnote w:id="2"><w:p><w:r><w:t>'
            + "含制造业".encode()
            + b"</w:t></w:r></w:p></w:footnote></w:footnotes>"
        )
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
        part = Part(PackURI("/word/footnotes.xml"), kind, xml, document.part.package)
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
        document.part.relate_to(part, relation)

    text = text_of_file(word(build), "a.docx").text
    assert text.split("\n") == ["一、电子信息产业¹", "¹ 含制造业"]
    assert [(piece.ref, piece.text) for piece in numbered(cut(text))] == [
        ("1", "一、电子信息产业¹"),
        ("fn1", "含制造业"),
    ]


def test_the_number_before_a_passage_is_no_part_of_the_sentence():
    text = "1．对投入1.5亿元以上的企业给予50万元奖励。[牵头单位：市工信局]"
    assert choices_of(text) == ["对投入1.5亿元以上的企业给予50万元奖励。"]
    assert choices_of("（二）鼓励创新。") == ["鼓励创新。"]
    assert choices_of("1.5亿元以上的，给予奖励。") == ["1.5亿元以上的，给予奖励。"]
    (found,) = suggestions([("1.1.1", text)], [])
    assert found.choices[0] == "对投入1.5亿元以上的企业给予50万元奖励。"
