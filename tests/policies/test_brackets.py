"""The units bracket, on every bracket that the policy prints."""

import pytest

from policies.corpus_check.files import read_corpus
from policies.lint.brackets import Bracket, BracketError, find_brackets, parse_bracket
from policies.rules.corpus import CORPUS

FULL = "各县区（开发区、湾里管理局）"
# Clause → (lead, cooperating, responsible), typed from the printed document.
PRINTED = {
    "3.1.1": ("市工信局", "市财政局 市税务局 市商务局", FULL),
    "3.1.2": ("市工信局", "市财政局", FULL),
    "3.1.3a": ("市金融办", "市财政局", FULL),
    "3.1.3b": ("市金融办", "市财政局", FULL),
    "3.1.3c": ("市金融办", "市财政局", FULL),
    "3.1.3d": ("市金融办", "市财政局", FULL),
    "3.2.1": (FULL, "", ""),
    "3.2.2": ("市商务局 市工信局", "市财政局 市税务局", FULL),
    "3.2.3": ("市商务局 市工信局", "市财政局 市税务局", FULL),
    "3.3.1": ("市科技局", "市工信局 市财政局", FULL),
    "3.3.2": ("市工信局", "市财政局", FULL),
    "3.4.1": ("市科技局", "市工信局 市财政局", FULL),
    "3.4.2": ("市科技局", "市工信局 市财政局", FULL),
    "3.4.3": ("市科技局", "市发改委 市工信局 市财政局", FULL),
    "3.4.4": ("市科技局", "市工信局 市财政局", FULL),
    "3.4.5": ("市工信局", "", FULL),
    "3.5.1": ("市委组织部 市人社局", "市财政局", FULL),
    "3.5.2": ("市教育局 市人社局", "市工信局 市财政局", FULL),
    "3.6": (FULL, "", ""),
    "3.7.1": ("市商务局", "市工信局 市财政局", "各县区（开发区）"),
    "3.7.2": ("市商务局", "市工信局 市财政局", FULL),
    "3.8.1": ("市工信局 市商务局", "市财政局 市各有关单位", ""),
    "3.8.2": ("市工信局", "市财政局", FULL),
    "3.8.3": ("市工信局", "市财政局", FULL),
    "4.1": ("市工信局", "市各有关单位", ""),
    "4.2": ("市工信局", "市各有关单位", ""),
    "4.3": ("市财政局 市金融办 市产投集团", "", FULL),
    "4.4": ("市委组织部 市工信局", "", FULL),
}


def _clauses():
    return {clause.id: clause for document in read_corpus().documents for clause in document.clauses}


def test_the_table_covers_every_clause_in_printed_order():
    assert list(_clauses()) == list(PRINTED)


@pytest.mark.parametrize("clause", PRINTED)
def test_bracket_of_clause_reads_as_printed(clause):
    lead, cooperating, responsible = (tuple(names.split()) for names in PRINTED[clause])
    assert parse_bracket(_clauses()[clause].library.bracket) == Bracket(lead, cooperating, responsible)


def test_every_bracket_of_the_text_can_be_read():
    text = (CORPUS / "hongfufa-2023-30" / "text.txt").read_text(encoding="utf-8")
    brackets = find_brackets(text)
    assert len(brackets) == 24
    assert all(parse_bracket(bracket).lead for bracket in brackets)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("牵头单位：市工信局", "方括号"),
        ("[主办单位：市工信局]", "主办单位"),
        ("[牵头单位：市工信局；牵头单位：市财政局]", "两次"),
        ("[配合单位：市财政局]", "没有牵头单位"),
        ("[牵头单位：市工信局、]", "空的单位"),
        ("[牵头单位：市工信局、市工信局]", "重复"),
        ("[牵头单位：各县区（开发区、湾里管理局]", "没有闭合"),
    ],
)
def test_what_is_no_bracket_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(BracketError, match=sentence):
        parse_bracket(text)
