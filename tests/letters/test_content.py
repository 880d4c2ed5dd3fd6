"""Content of letters: JSON and back, cleaning, placeholders, codes."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.money import MAX_FEN
from letters.codes import ALPHABET, grouped_token, new_token, normalize_token, number_text
from letters.content import FiledDocument, LetterContent, Paragraph, clean, from_json, to_json
from letters.enums import SERIES_OF_KIND, LetterKind
from letters.errors import LetterContentError, PlaceholderError
from letters.placeholders import PLACEHOLDERS, check_text, fill
from letters.texts import DEFAULTS
from tests.letters.samples import APPROVAL, RECEIPT


@pytest.mark.parametrize("content", [APPROVAL, RECEIPT, LetterContent(recipient="x", dated=date(2026, 1, 2))])
def test_content_survives_the_way_through_json(content):
    assert from_json(json.loads(json.dumps(to_json(content)))) == content


@given(st.integers(0, MAX_FEN))
def test_amounts_are_strings_of_yuan_in_json_and_exact(fen):
    data = to_json(LetterContent(recipient="x", amount_fen=fen))
    assert isinstance(data["amount_fen"], str)
    assert from_json(data).amount_fen == fen


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 1.5},
        {"amount_fen": "1e3"},
        {"amount_fen": "-1.00"},
        {"amount_fen": "0.001"},
        {"unknown": 1},
        {"recipient": 5},
        {"paragraphs": [{"text": "x", "level": 9}]},
        {"table": {"columns": [{"title": "a"}], "rows": [["1", "2"]]}},
        {"schema_version": 2},
    ],
)
def test_stored_json_is_read_strictly(change):
    with pytest.raises(LetterContentError):
        from_json({**to_json(APPROVAL), **change})


def test_lists_are_as_good_as_tuples_and_floats_are_no_amounts():
    content = LetterContent(recipient=LetterKind.RECEIPT, paragraphs=[Paragraph("甲")], attachments=["乙"])
    assert content.paragraphs == (Paragraph("甲"),)
    assert from_json(to_json(content)) == content
    with pytest.raises(ValidationError):
        LetterContent(recipient="甲", amount_fen=1.0)


def test_a_hash_must_be_a_hash():
    with pytest.raises(ValidationError):
        FiledDocument("材料", "not a hash")


def test_signs_that_deceive_the_reader_are_taken_away():
    assert clean("甲\u202e乙\u200b丙\x00\r\n丁\t戊") == "甲乙丙\n丁 戊"
    assert Paragraph("甲\u2028乙").text == "甲乙"
    assert LetterContent(recipient="甲\n乙").recipient == "甲 乙"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


def test_codes_are_typed_in_many_ways():
    token = new_token()
    for entered in (token, token.lower(), grouped_token(token), f" {grouped_token(token)} ", token.replace("", " ")):
        assert normalize_token(entered) == token
    fullwidth = "".join(chr(ord(character) + 0xFEE0) for character in token)
    assert normalize_token(fullwidth) == token


@pytest.mark.parametrize("entered", ["", "ABCD", "O" * 16, "1" * 16, "A" * 17, "ＡＢ", "'; drop table"])
def test_what_is_no_code_is_refused(entered):
    assert normalize_token(entered) is None


def test_codes_do_not_repeat_and_use_clear_signs_only():
    tokens = {new_token() for _ in range(2000)}
    assert len(tokens) == 2000
    assert set("".join(tokens)) == set(ALPHABET)
    assert not set("01IO") & set(ALPHABET)


def test_a_number_has_the_brackets_of_the_standard_and_no_leading_zeros():
    assert number_text("演工信批", 2026, 5) == "演工信批\u30142026\u30155号"


def test_every_kind_has_a_series():
    assert set(SERIES_OF_KIND) == set(LetterKind)


def test_placeholders_are_filled_once_and_as_text():
    filled = fill("{企业名称}：请于{截止日期}前办理。", {"企业名称": "{截止日期}", "截止日期": "2026年1月5日"})
    assert filled == "{截止日期}：请于2026年1月5日前办理。"


@pytest.mark.parametrize("text", ["{未知}", "{{ settings.SECRET_KEY }}", "{企业名称.__class__}", "{", "甲}", "{}"])
def test_only_listed_placeholders_exist(text):
    with pytest.raises(PlaceholderError):
        check_text(text)
    with pytest.raises(PlaceholderError):
        fill(text, dict.fromkeys(PLACEHOLDERS, "x"))


def test_a_placeholder_without_value_is_an_error():
    with pytest.raises(PlaceholderError, match="企业名称"):
        fill("{企业名称}", {})


def test_the_texts_we_begin_with_use_listed_placeholders():
    for text in DEFAULTS.values():
        check_text(text)


def test_a_kind_takes_only_what_it_can_fill_in():
    check_text("请于{截止日期}前补正。", LetterKind.CORRECTION)
    with pytest.raises(PlaceholderError, match="截止日期"):
        check_text("请于{截止日期}前补正。", LetterKind.REFUSAL)
