"""Days and rates as people paste or send them: one a line, read strictly, every fault with its line. Pure."""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_LINES = 2000
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
#: No blanks inside: what a comma or a column parted (3,05) is no number and must not be joined to one (305, 05).
_RATE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*%?")
_STEP = Decimal("0.01")
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Line:
    """One line as it was sent; number: its place, from 1."""

    number: int
    day: str
    rate: str


@dataclass(frozen=True)
class LineFault:
    """What stands against a line; number 0 is the whole."""

    number: int
    message: str


@dataclass(frozen=True)
class Rate:
    """A rate in per cent from a day on; number: the line that said it; before: the rate that it takes the place of."""

    number: int
    on: dt.date
    value: Decimal
    before: Decimal | None = None

    @property
    def is_unlike(self) -> bool:
        """Whether it is more than twice the rate before or less than half of it: perhaps a slip of unit or comma."""
        return bool(self.before) and not self.before / 2 <= self.value <= self.before * 2  # type: ignore[operator]


def lines_of_text(text: str) -> list[Line]:
    """The lines of a pasted or CSV text: day and rate apart by a comma, a tab or blanks; a head line is passed over."""
    found = []
    for number, raw in enumerate(unicodedata.normalize("NFKC", text).splitlines(), start=1):
        cells = [
            cell.strip() for cell in next(csv.reader([raw.replace("\t", ",").replace(";", ",").replace("、", ",")]), [])
        ]
        if len(cells) == 1:
            cells = cells[0].split()
        cells = [cell for cell in cells if cell]
        if cells:
            found.append(Line(number, cells[0], " ".join(cells[1:])))
    return _without_head(found)


def lines_of_book(data: bytes) -> list[Line]:
    """The first two columns of a workbook's first sheet. Raises ValueError for a file that is no workbook."""
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        rows = list(sheet.iter_rows(max_row=MOST_LINES + 10, max_col=3))
    except (InvalidFileException, BadZipFile, KeyError, IndexError, TypeError, OSError) as error:
        raise ValueError("no workbook") from error
    found = []
    for number, cells in enumerate(rows, start=1):
        texts = [_cell(cell) for cell in cells]
        if any(texts):
            found.append(Line(number, texts[0], " ".join(text for text in texts[1:] if text)))
    return _without_head(found)


def _cell(cell: Any) -> str:
    value = cell.value
    if isinstance(value, dt.datetime | dt.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        if "%" in str(getattr(cell, "number_format", "")):
            number *= _HUNDRED
        return f"{number.normalize():f}"
    return unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()


def _without_head(lines: list[Line]) -> list[Line]:
    """A first line without a digit names the columns."""
    if lines and not any(sign.isdigit() for sign in lines[0].day + lines[0].rate):
        return lines[1:]
    return lines


def as_text(lines: Iterable[Line]) -> str:
    """Lines as the field of the page shows them, each at its place: a fault told of line 7 is found in line 7.

    A first line that was passed over names the columns again; later ones are left empty.
    """
    said = {line.number: f"{line.day}, {line.rate}" for line in lines}
    last = max(said, default=0)
    return "\n".join(said.get(number, "" if number > 1 else "日期, 利率") for number in range(1, last + 1))


def read_rates(lines: Sequence[Line], *, today: dt.date) -> tuple[list[Rate], list[LineFault]]:
    """The rates of the lines and every fault of their form: no day, no rate in steps of 0.01, a day to come, days that
    do not rise."""
    if len(lines) > MOST_LINES:
        return [], [LineFault(0, f"最多 {MOST_LINES:,} 行，您提交了 {len(lines):,} 行，请分几次导入。")]
    rates, faults = [], []
    last: dt.date | None = None
    for line in lines:
        day, value = _day(line.day), _rate(line.rate)
        told = []
        if day is None:
            told.append(f"“{line.day[:20]}”不是有效的日期，请写成 2026-08-20。")
        elif day > today:
            told.append(f"{day} 还没有到，未来的利率不能录入。")
        elif last is not None and day <= last:
            told.append(f"{day} 不晚于上一行的 {last}，请按公布日从早到晚排列，一日一行。")
        if isinstance(value, str):
            told.append(value)
        faults += [LineFault(line.number, sentence) for sentence in told]
        last = day or last
        if day is not None and isinstance(value, Decimal) and not told:
            rates.append(Rate(line.number, day, value))
    return rates, faults


def _day(text: str) -> dt.date | None:
    found = _DAY.fullmatch(text.replace(" ", ""))
    if found is None:
        return None
    year, month, day = (part for part in found.groups() if part is not None)
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _rate(text: str) -> Decimal | str:
    """The rate, or what is wrong with it."""
    if not text:
        return "没有利率，请在日期后面填写，例如 2026-08-20, 3.00。"
    found = _RATE.fullmatch(text)
    try:
        value = Decimal(found[1]) if found else None
    except InvalidOperation:  # pragma: no cover - the pattern is a number
        value = None
    if value is None:
        return f"“{text[:20]}”不是利率，每行只填一个百分数，小数点用“.”，例如 3.00。"
    if value >= _HUNDRED:
        return f"利率 {text[:20]} 超过 100%，请核对单位：3.00 表示 3.00%。"
    if value != value.quantize(_STEP):
        return f"利率 {text[:20]} 须以 0.01 个百分点为单位，最多两位小数。"
    return value.quantize(_STEP)
