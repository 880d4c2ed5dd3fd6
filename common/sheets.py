"""Spreadsheets. Texts are texts, amounts and dates are numbers with a format: nothing in a file is ever a formula."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

MONEY: Final = "#,##0.00"
COUNT: Final = "#,##0"
YEAR: Final = "0"
DAY: Final = 'yyyy"年"m"月"d"日"'
INSTANT: Final = 'yyyy"年"m"月"d"日" hh:mm'
#: What makes a spreadsheet program read a text as a formula once it is copied or saved as text, full-width twins too.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r\n]")
#: What a workbook cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Signs in a cell, the program's own limit.
_LONGEST: Final = 32_000
#: Rows of a sheet, the program's own limit.
MAX_ROWS: Final = 1_048_576

Value = str | int | date | datetime | None


def defused(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: a leading apostrophe where one could."""
    plain = _FORBIDDEN.sub(" ", text)[:_LONGEST]
    return f"'{plain}" if _FORMULA.match(plain) else plain


class Fen(int):
    """An amount in 分, written as a number of 元."""


class Year(int):
    """A year: a number without a separator, 2024 and not 2,024."""


def fill(cell: Any, value: Value) -> None:
    """Put a value into a cell with the type that belongs to it: text, 元, year, count, day, instant in
    Asia/Shanghai."""
    if value is None:
        cell.value = None
    elif isinstance(value, str):
        cell.value = defused(value)
        cell.data_type = "s"
    elif isinstance(value, datetime):
        cell.value = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        cell.number_format = INSTANT
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = DAY
    elif isinstance(value, Fen):
        cell.value = Decimal(value) / 100
        cell.number_format = MONEY
    elif isinstance(value, Year):
        cell.value = int(value)
        cell.number_format = YEAR
    else:
        cell.value = value
        cell.number_format = COUNT


def add_sheet(book: Workbook, title: str, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """A sheet with a head row that stays in view, kept in memory until the book is saved."""
    sheet: Any = book.create_sheet(title)
    for column, text in enumerate(head, start=1):
        cell = sheet.cell(row=1, column=column)
        _place(cell, text)
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = 34 if column == 1 else 20
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            _place(sheet.cell(row=number, column=column), value)
    sheet.freeze_panes = "A2"


def _place(cell: Cell, value: Value) -> None:
    fill(cell, value)
    cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")


class StreamedSheet:
    """A sheet of a write-only workbook: a row goes to the disk when it is added and takes no memory afterwards.

    One cell object serves all rows of a column and type: openpyxl writes a row at once, and making a styled cell for
    each value takes longer than writing it.
    """

    def __init__(self, book: Workbook, title: str, head: Sequence[str], *, widths: Sequence[float] = ()) -> None:
        self._sheet: Any = book.create_sheet(title)
        self._cells: dict[tuple[int, type], Any] = {}
        self._sheet.freeze_panes = "A2"
        for column in range(1, len(head) + 1):
            width = widths[column - 1] if column <= len(widths) else 20
            self._sheet.column_dimensions[get_column_letter(column)].width = width
        heads = []
        for text in head:
            cell = WriteOnlyCell(self._sheet)
            _place(cell, text)
            cell.font = Font(bold=True)
            heads.append(cell)
        self._sheet.append(heads)

    def add(self, row: Sequence[Value]) -> None:
        """Write one row."""
        cells = []
        for column, value in enumerate(row):
            key = (column, type(value))
            cell = self._cells.get(key)
            if cell is None:
                cell = self._cells[key] = WriteOnlyCell(self._sheet)
                cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")
            fill(cell, value)
            cells.append(cell)
        self._sheet.append(cells)
