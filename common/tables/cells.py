"""What a cell of a filled-in table holds, exactly, or a sentence that says what is wrong with it.

Excel gives numbers, days and texts; people type full-width digits, 2026年3月1日 and 1,234.50. A code or an account that
Excel has made a number may have lost digits: it is refused, not guessed.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError

from common.lines import plain_text
from common.money import MAX_FEN, MoneyError, parse_entry

#: Excel keeps 15 digits of a number: with two decimals exact below this many 元.
_EXACT_BELOW: Final = Decimal(10) ** 13
_SIX = Decimal("0.000001")
_CENT = Decimal("0.01")
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_YEAR = re.compile(r"(\d{4})(?:年度?)?")
_YES, _NO = {"是", "有", "Y", "YES", "TRUE", "√"}, {"否", "无", "N", "NO", "FALSE", "×"}

Reader = Callable[[Any], Any]


class CellFault(ValueError):
    """A cell cannot be taken over; the message is a Chinese sentence."""


def is_blank(value: Any) -> bool:
    """Whether nothing was filled in; blanks of any width count as nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def folded(value: Any) -> str:
    """A title as it is compared: half width, without blanks and line breaks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(value)))


def line(longest: int) -> Reader:
    """One line of text of at most so many characters."""

    def read(value: Any) -> str:
        if isinstance(value, bool | date):
            raise CellFault("应为文字。")
        if isinstance(value, float):
            if not value.is_integer():
                raise CellFault("应为文字，此格是小数，请把单元格设为“文本”后重新填写。")
            value = int(value)
        # Our own files put an apostrophe before what a spreadsheet program would take for a formula.
        text = str(value)
        text = text[1:] if re.match(r"'\s*[=+\-@＝＋－＠]", text) else text
        try:
            text = plain_text(text)
        except ValidationError as error:
            raise CellFault(error.messages[0]) from error
        if len(text) > longest:
            raise CellFault(f"最多 {longest} 个字，现有 {len(text)} 个。")
        return text

    return read


def digits(length: int) -> Reader:
    """Exactly so many digits; a number that lost its leading zeros gets them back."""

    def read(value: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**length:
            return str(value).zfill(length)
        text = folded(value)
        if not (text.isascii() and text.isdigit() and len(text) == length):
            raise CellFault(f"应为 {length} 位数字。")
        return text

    return read


def code(longest: int) -> Reader:
    """Digits, letters and hyphens, such as a 预算科目编码; a number is refused, for zeros in front may be lost."""

    def read(value: Any) -> str:
        if isinstance(value, float | bool | date):
            raise CellFault("编码被 Excel 存成了数字或日期，请把单元格设为“文本”后重新填写。")
        text = folded(value).upper()
        if len(text) > longest or not re.fullmatch(r"[0-9A-Z.\-]+", text):
            raise CellFault(f"应为最多 {longest} 位的数字、字母编码。")
        return text

    return read


def year(value: Any) -> int:
    """A policy year: 2024, 2024年, 2024年度."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool | float | date):
        raise CellFault("应为四位年度，例如 2024。")
    match = _YEAR.fullmatch(folded(value))
    if match is None:
        raise CellFault("应为四位年度，例如 2024。")
    return int(match[1])


def money(value: Any) -> int:
    """An amount of 元 in 分, never negative, never rounded.

    A number of Excel is binary: 0.1+0.2 comes as 0.30000000000000004. It is taken at six decimals, and must then have
    at most two.
    """
    if isinstance(value, bool | date):
        raise CellFault("应为金额（元），此格是日期或是非值。")
    if not isinstance(value, int | float):
        try:
            return parse_entry(str(value))
        except MoneyError as error:
            raise CellFault(str(error)) from error
    try:
        exact = Decimal(repr(value)).quantize(_SIX)
    except InvalidOperation as error:
        raise CellFault("金额过大，请核对单位（元）。") from error
    if exact < 0:
        raise CellFault("金额不能为负数。")
    if exact * 100 > MAX_FEN:
        raise CellFault("金额过大，请核对单位（元）。")
    if isinstance(value, float) and exact >= _EXACT_BELOW:
        raise CellFault("Excel 的数字不足以精确保存这样大的金额，请把单元格设为“文本”后填写。")
    if exact != exact.quantize(_CENT):
        raise CellFault("金额最多两位小数（到分），请勿填写计算得到的多位小数。")
    return int(exact * 100)


def count(value: Any) -> int:
    """A whole number from 0 on."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool | float | date):
        raise CellFault("应为整数。")
    text = folded(value).replace(",", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise CellFault("应为不小于 0 的整数。")
    return int(text)


def flag(value: Any) -> bool:
    """是 or 否."""
    if isinstance(value, bool):
        return value
    text = folded(value).upper()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise CellFault("应填写“是”或“否”。")


def day(value: Any) -> date:
    """A day: a real date of Excel, 2026-03-01, 2026/3/1 or 2026年3月1日."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise CellFault("是数字而不是日期，请把单元格设为“日期”，或填写 2026-03-01。")
    match = _DAY.fullmatch(folded(value))
    try:
        if match is None:
            raise ValueError
        return date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise CellFault("不是有效的日期，请填写 2026-03-01 或 2026年3月1日。") from error


def one_of(choices: tuple[str, ...]) -> Reader:
    """One of the words on the list."""
    known = {folded(choice): choice for choice in choices}

    def read(value: Any) -> str:
        found = known.get(folded(value))
        if found is None:
            shown = "、".join(choices[:8]) + ("等" if len(choices) > 8 else "")
            raise CellFault(f"不在可选范围内，应为：{shown}。")
        return found

    return read
