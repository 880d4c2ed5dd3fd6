"""The normal form of the source texts, and the completeness of the printed tree."""

import pytest

from policies.corpus_check.files import read_corpus
from policies.lint.text import (
    Emendation,
    flatten,
    normalise_source,
    printed_text,
    sha256,
    squeeze,
    stands_in,
    stands_whole,
)
from policies.printing import runs, search_terms, snippet

DOCUMENTS = {document.folder.name: document for document in read_corpus().documents}


@pytest.mark.parametrize("folder", DOCUMENTS)
def test_text_is_the_source_without_page_breaks_blanks_and_marks(folder):
    document = DOCUMENTS[folder]
    assert normalise_source(document.source, document.emendations) == flatten(document.text)
    assert sha256(document.source) == document.policy.library.original_sha256


@pytest.mark.parametrize("folder", DOCUMENTS)
def test_nodes_are_the_whole_text(folder):
    document = DOCUMENTS[folder]
    assert squeeze("\n".join(node.text for node in document.nodes)) == flatten(document.text)


@pytest.mark.parametrize("folder", DOCUMENTS)
def test_text_is_rebuilt_from_the_nodes_to_the_byte(folder):
    document = DOCUMENTS[folder]
    text = printed_text((node.kind, node.text) for node in document.nodes)
    assert text == document.text
    assert sha256(text) == document.policy.source_sha256


@pytest.mark.parametrize(
    ("quote", "whole"),
    [
        ("给予0.5%的补贴", True),
        ("5%的补贴", False),
        (".5%的补贴", False),
        ("100-200万元的支持", True),
        ("200万元的支持", False),
        ("二十亿元", True),
        ("十亿元", False),
        ("不超过1", False),
        ("不超过1000万元", True),
        ("没有", False),
    ],
)
def test_a_quotation_cuts_no_number(quote, whole):
    text = "给予0.5%的补贴，给予100-200万元的支持，达到二十亿元以上，不超过1000万元。"
    assert stands_whole(quote, text) is whole


def test_a_sentence_broken_by_a_page_and_footnotes_is_whole():
    text = flatten(DOCUMENTS["hongfufa-2023-30"].text)
    assert stands_in("芯片封装年产量达到80-90万KK，产量分别进入全国前二和前五，LED产业规模达到500亿元。", text)
    assert stands_in("支持骨干企业在昌项目建设，对年度营业收入较上年度增加 1 亿元以上", text)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("规模达到 500 亿元", "规模达到500亿元"),
        ("Mini/Micro LED等", "Mini/Micro LED等"),
        ("**规模做大。**到2026年", "规模做大。到2026年"),
        ("电子信息产业¹高质量", "电子信息产业高质量"),
        ("| 高新区 | VR | 1950 |", "高新区VR1950"),
    ],
)
def test_squeeze(raw, normal):
    assert squeeze(raw) == normal
    assert squeeze(normal) == normal


def test_an_emendation_must_stand_exactly_once():
    with pytest.raises(ValueError, match="出现 2 次"):
        normalise_source("发展发展", [Emendation("发展", "发展", "")])


def test_nothing_is_no_quotation():
    assert not stands_in("", "任何文字")
    assert not stands_in("  ", "任何文字")


def test_runs_keep_every_character_and_mark_bold_notes_links_brackets_and_hits():
    text = "**龙头**引领²，给予50%补助。[牵头单位：市工信局]"
    cut = runs(text, links=[("给予50%补助", "3.4.5")], terms=["50%"])
    assert "".join(run.text for run in cut if not run.note) == "龙头引领，给予50%补助。[牵头单位：市工信局]"
    assert [run.text for run in cut if run.bold] == ["龙头"]
    assert [run.note for run in cut if run.note] == [2]
    assert "".join(run.text for run in cut if run.link == "3.4.5") == "给予50%补助"
    assert [run.text for run in cut if run.hit] == ["50%"]
    assert [run.text for run in cut if run.bracket] == ["[牵头单位：市工信局]"]


def test_search_terms_are_few_distinct_and_without_null_characters():
    assert search_terms(" 研发\x00 研发  LED ") == ["研发", "LED"]
    assert len(search_terms(" ".join(str(number) for number in range(50)))) == 8


def test_snippet_shows_the_first_hit():
    text = "甲" * 200 + "硅衬底" + "乙" * 200
    assert "硅衬底" in snippet(text, ["硅衬底"])
    assert len(snippet(text, ["硅衬底"])) < 100
