"""What a person's entry must look like; each fault has its own sentence.

Checks here are about form only. Whether a code is already registered is a question for the database and belongs
to the actions.
"""

import re
import unicodedata

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from stdnum.cn import uscc as stdnum_uscc

from common.lines import plain_text

__all__ = ["plain_text"]

USCC_LENGTH = 18
USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_FORBIDDEN_LETTERS = frozenset("IOSVZ")
_BLANKS_AND_DASHES = re.compile(r"[\s\-‐-―－]+")
_PHONE = re.compile(r"(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_INDUSTRY = re.compile(r"[A-T]?\d{2,4}")


def normalise_uscc(text: str) -> str:
    """Write a code as it is registered: half width, capitals, without blanks and dashes."""
    return _BLANKS_AND_DASHES.sub("", unicodedata.normalize("NFKC", text)).upper()


def validate_uscc(code: str) -> None:
    """Refuse a normalised 统一社会信用代码 that breaks GB 32100-2015; every fault is told at once.

    Raises ValidationError with one sentence per fault: length, letters that the standard does not use,
    other characters, digits required in places 3 to 8, and last the check character.
    """
    faults = []
    if len(code) != USCC_LENGTH:
        faults.append(ValidationError(f"统一社会信用代码应为 18 位，您填写了 {len(code)} 位。", code="uscc_length"))
    letters = sorted(set(code) & _FORBIDDEN_LETTERS)
    if letters:
        faults.append(
            ValidationError(
                f"统一社会信用代码不使用字母 I、O、S、V、Z，您填写了 {'、'.join(letters)}；"
                "请核对是否应为数字 1、0、5、2 等。",
                code="uscc_letters",
            )
        )
    others = sorted(set(code) - USCC_ALPHABET - _FORBIDDEN_LETTERS)
    if others:
        faults.append(
            ValidationError(
                f"统一社会信用代码只能由数字和大写字母组成，不能含有“{'”“'.join(others[:5])}”。", code="uscc_characters"
            )
        )
    # Places 1 and 2 may be letters (N2 rural collectives, A1 armed forces), so stdnum's own rule is too narrow here.
    if not faults and not code[2:8].isdigit():
        faults.append(ValidationError("统一社会信用代码第 3 至 8 位是行政区划代码，只能是数字。", code="uscc_region"))
    if not faults and stdnum_uscc.calc_check_digit(code[:17]) != code[17]:
        faults.append(
            ValidationError("统一社会信用代码的校验位（第 18 位）不正确，请对照营业执照逐位核对。", code="uscc_check")
        )
    if faults:
        raise ValidationError(faults)


def normalise_digits(text: str) -> str:
    """Half width and without blanks; for numbers that are no amounts (telephone, account)."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def validate_phone(text: str) -> None:
    """Accept a mobile number or a landline with area code (extension allowed)."""
    if not _PHONE.fullmatch(text):
        raise ValidationError(
            "电话号码格式不正确，请填写 11 位手机号码，或带区号的固定电话，例如 0791-88888888。", code="phone"
        )


def validate_mobile(text: str) -> None:
    """Accept a mobile number of the mainland, 11 digits."""
    if not _MOBILE.fullmatch(text):
        raise ValidationError("手机号码应为 11 位数字，以 1 开头。", code="mobile")


def validate_industry_code(text: str) -> None:
    """Accept a code of GB/T 4754: an optional section letter A–T and two to four digits."""
    if not _INDUSTRY.fullmatch(text):
        raise ValidationError("行业代码格式不正确，请按 GB/T 4754 填写，例如 3973 或 C3973。", code="industry_code")


def validate_bank_code(text: str) -> None:
    """Accept the 12 digits of a 联行号."""
    if not re.fullmatch(r"\d{12}", text):
        raise ValidationError("行号（联行号）应为 12 位数字。", code="bank_code")


def validate_bank_account(text: str) -> None:
    """Accept 8 to 32 digits, single dashes allowed inside."""
    digits = text.replace("-", "")
    if not re.fullmatch(r"\d+(-\d+)*", text) or not 8 <= len(digits) <= 32:
        raise ValidationError("银行账号应为 8 至 32 位数字。", code="bank_account")


class PasswordLengthValidator(MinimumLengthValidator):
    """Django's rule with a sentence of our own: its Chinese catalogue misses this one, so that it came in English."""

    def get_error_message(self) -> str:
        return f"密码太短，至少 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        return f"密码至少 {self.min_length} 个字符。"
