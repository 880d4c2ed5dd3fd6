"""Each fault of an entry has its own sentence."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from accounts.validators import (
    USCC_ALPHABET,
    normalise_uscc,
    plain_text,
    validate_bank_account,
    validate_bank_code,
    validate_phone,
    validate_uscc,
)
from tests.factories.accounts import make_uscc

GOOD = make_uscc(42)


def codes_of(text: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        validate_uscc(text)
    return [error.code for error in caught.value.error_list]


def test_a_good_code_passes():
    validate_uscc(GOOD)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (GOOD[:-1], ["uscc_length"]),
        (GOOD + "0", ["uscc_length"]),
        ("", ["uscc_length"]),
        (GOOD[:9] + "O" + GOOD[10:], ["uscc_letters"]),
        ("I" * 17, ["uscc_length", "uscc_letters"]),
        (GOOD[:9] + "!" + GOOD[10:], ["uscc_characters"]),
        (GOOD[:9] + "昌" + GOOD[10:], ["uscc_characters"]),
        ("91A60100" + GOOD[8:], ["uscc_region"]),
        (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), ["uscc_check"]),
    ],
)
def test_every_fault_is_told_apart(text, codes):
    assert codes_of(text) == codes


@pytest.mark.parametrize("letter", "IOSVZ")
def test_each_forbidden_letter_is_named(letter):
    with pytest.raises(ValidationError) as caught:
        validate_uscc(GOOD[:9] + letter + GOOD[10:])
    assert f"您填写了 {letter}" in caught.value.messages[0]


def test_letters_in_front_are_valid_for_rural_collectives():
    body = "N2360121MF1234567"
    validate_uscc(body + stdnum_uscc.calc_check_digit(body))


@pytest.mark.parametrize(
    "typed",
    [
        GOOD.lower(),
        f" {GOOD} ",
        " ".join(GOOD),
        f"{GOOD[:4]}-{GOOD[4:]}",
        GOOD.translate({i: i + 0xFEE0 for i in range(33, 127)}),
    ],
)
def test_lower_case_full_width_and_blanks_are_welcome(typed):
    assert normalise_uscc(typed) == GOOD


@given(position=st.integers(0, 17), other=st.sampled_from(sorted(USCC_ALPHABET)))
def test_any_single_wrong_character_is_found(position, other):
    if GOOD[position] == other:
        validate_uscc(GOOD)
    else:
        assert codes_of(GOOD[:position] + other + GOOD[position + 1 :])


@pytest.mark.parametrize("text", ["13800000000", "0791-88888888", "079188888888", "0791-88888888-801"])
def test_phone_numbers_that_pass(text):
    validate_phone(text)


@pytest.mark.parametrize("text", ["12345", "23800000000", "88888888", "1380000000a"])
def test_phone_numbers_that_do_not(text):
    with pytest.raises(ValidationError):
        validate_phone(text)


def test_bank_code_has_12_digits():
    validate_bank_code("100000000001")
    for text in ("10000000000", "1000000000012", "10000000000a"):
        with pytest.raises(ValidationError):
            validate_bank_code(text)


def test_bank_account_is_digits():
    validate_bank_account("6200000000000001234")
    validate_bank_account("3600-1234-5678")
    for text in ("1234567", "62000000x0001234", "-12345678", "1" * 33):
        with pytest.raises(ValidationError):
            validate_bank_account(text)


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x00", "\ufeff", "\x1b"])
def test_invisible_characters_are_refused(hidden):
    with pytest.raises(ValidationError):
        plain_text(f"演示{hidden}公司")


@pytest.mark.parametrize("name", ["祥喆光电有限公司", "㙍电子", "𬭎科技", "Ａ＆Ｂ（南昌）"])
def test_rare_characters_and_full_width_are_names(name):
    assert plain_text(f"  {name} ") == name
