"""Exact money: borders, people's entry, paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import MAX_FEN, MoneyError, capitals, grouped, parse_entry, parse_yuan, wan, yuan

amounts = st.one_of(
    st.integers(0, MAX_FEN), st.integers(0, 10**6), st.integers(0, 10**8).map(lambda n: n * 10**6), st.just(MAX_FEN)
)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0", 0), ("0.01", 1), ("0.1", 10), ("1234.5", 123450), ("1234.50", 123450), ("99999999999999.99", MAX_FEN)],
)
def test_border_strings_are_read_exactly(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", "1 000", " 1", "1\n", "0x10", "１２", "1.234", "NaN",
        "Infinity", "100000000000000", "9" * 5000, "1_000", "٣", "²", 5, 5.0, None, True,
    ],
)  # fmt: skip
def test_border_is_strict(text: object) -> None:
    with pytest.raises(MoneyError, match="金额"):
        parse_yuan(text)  # type: ignore[arg-type]


@given(amounts)
def test_border_round_trip(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen
    assert parse_entry(grouped(fen)) == fen
    assert parse_entry(wan(fen), "万元") == fen


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("1,234.5", "元", 123450),
        ("１，２３４．５０", "元", 123450),
        (" ￥ 1 234 元 ", "元", 123400),
        ("200", "万元", 200_000_000),
        ("200万元", "万元", 200_000_000),
        ("0.000001", "万元", 1),
        (".5", "万元", 500_000),
        ("1,234.123456", "万元", 1_234_123_456),
        ("007", "元", 700),
    ],
)
def test_people_may_type_as_they_write(text: str, unit: str, fen: int) -> None:
    assert parse_entry(text, unit) == fen  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("", "元", "请填写金额"),
        ("元", "元", "请填写金额"),
        ("-5", "元", "负数"),
        ("－5", "元", "负数"),
        ("200万", "元", "单位已经是"),
        ("200万元", "元", "单位已经是"),
        ("5元", "万元", "单位已经是"),
        ("12,34", "元", "逗号"),
        ("1234,567", "元", "逗号"),
        ("1,234.5,6", "元", "逗号"),
        ("1.234", "元", "2 位小数"),
        ("1.1234567", "万元", "6 位小数"),
        ("10²", "元", "不是有效的金额"),
        ("一百", "元", "不是有效的金额"),
        ("1.2.3", "元", "不是有效的金额"),
        ("1e5", "元", "不是有效的金额"),
        (".", "元", "不是有效的金额"),
        ("9999999999999", "万元", "过大"),
    ],
)
def test_entry_errors_say_what_is_wrong(text: str, unit: str, words: str) -> None:
    with pytest.raises(MoneyError, match=words):
        parse_entry(text, unit)  # type: ignore[arg-type]


@given(st.text(max_size=30), st.sampled_from(["元", "万元"]))
def test_entry_of_anything_is_an_amount_or_a_sentence(text: str, unit: str) -> None:
    sentence, fen = "", 0
    try:
        fen = parse_entry(text, unit)  # type: ignore[arg-type]
    except MoneyError as error:
        sentence = str(error)
    assert sentence == "" or sentence.endswith("。")
    assert 0 <= fen <= MAX_FEN


@pytest.mark.parametrize(
    ("fen", "as_yuan", "as_grouped", "as_wan"),
    [
        (0, "0.00", "0.00", "0"),
        (1, "0.01", "0.01", "0.000001"),
        (123400, "1234.00", "1,234.00", "0.1234"),
        (200_000_000, "2000000.00", "2,000,000.00", "200"),
        (-123456, "-1234.56", "-1,234.56", "-0.123456"),
        (1_000_000, "10000.00", "10,000.00", "1"),
        (10_000_000, "100000.00", "100,000.00", "10"),
    ],
)
def test_writing(fen: int, as_yuan: str, as_grouped: str, as_wan: str) -> None:
    assert (yuan(fen), grouped(fen), wan(fen)) == (as_yuan, as_grouped, as_wan)


@pytest.mark.parametrize("writer", [yuan, grouped, wan, capitals])
@pytest.mark.parametrize("value", [1.0, "1", True, None])
def test_only_whole_fen_are_written(writer: object, value: object) -> None:
    with pytest.raises(TypeError):
        writer(value)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "零元整"),
        ("2000000", "贰佰万元整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0.05", "伍分"),
        ("0.5", "伍角整"),
        ("10.5", "壹拾元伍角整"),
        ("1.05", "壹元零伍分"),
        ("10010", "壹万零壹拾元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010001", "壹亿零壹万零壹元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("1000000000000", "壹万亿元整"),
        ("999900000000", "玖仟玖佰玖拾玖亿元整"),
        ("99999999999999.99", "玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capitals(text: str, words: str) -> None:
    assert capitals(parse_yuan(text)) == words


def read_capitals(words: str) -> int:
    """An independent reader: a value stack over the characters, no knowledge of how they were written."""
    total = section = digit = 0
    high = 0
    digits = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
    for character in words:
        if character in digits:
            digit = digits[character]
        elif character in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[character]
            digit = 0
        elif character == "万":
            high += (section + digit) * 10_000
            section = digit = 0
        elif character == "亿":
            total += (high + section + digit) * 100_000_000
            high = section = digit = 0
        elif character == "元":
            total = (total + high + section + digit) * 100
            high = section = digit = 0
        elif character == "角":
            total, digit = total + digit * 10, 0
        elif character == "分":
            total, digit = total + digit, 0
        else:
            assert character == "整"
    return total


@given(amounts)
def test_capitals_read_back(fen: int) -> None:
    words = capitals(fen)
    assert read_capitals(words) == fen
    assert "零零" not in words
    assert words.endswith("分") != words.endswith("整")
    assert words.endswith("分") == bool(fen % 10)
    for place in ("拾", "佰", "仟", "万", "亿", "角", "分", "整"):
        assert f"零{place}" not in words


@pytest.mark.parametrize("fen", [-1, MAX_FEN + 1])
def test_no_capitals_outside_the_bounds(fen: int) -> None:
    with pytest.raises(ValueError, match="no capitals"):
        capitals(fen)
