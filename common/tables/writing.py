"""Templates to fill in, and copies of what was sent with the faults beside the rows; cells through common.sheets."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from common.sheets import MONEY, Fen, Value, Year, add_sheet, defused, fill
from common.tables.reading import mark_of
from common.tables.tables import FAULT_COLUMN, MAX_ROWS, Column

#: Empty rows of a template that are ready to be filled in.
READY_ROWS: Final = 200
NOTES = "填写说明"
LISTS = "选项"
_HEAD_FILL = PatternFill("solid", fgColor="E3ECF6")
_SHOWN_FILL = PatternFill("solid", fgColor="F4F1E9")
_FAULT_FILL = PatternFill("solid", fgColor="FBF0EE")
_FAULT_FONT = Font(color="821A20")
_SIDE = Side(style="thin", color="86816F")
_THIN = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_FORMATS: Final = {"text": "@", "money": MONEY, "count": "#,##0", "year": "0", "day": "yyyy-mm-dd"}


def template_book(
    *,
    kind: str,
    about: str,
    sheet: str,
    columns: Sequence[Column],
    notes: Sequence[str],
    rows: Iterable[Sequence[Value]] = (),
    head: str = "",
    total: str = "",
) -> bytes:
    """A workbook to fill in: the sheet with its head in view, known rows filled in, lists to choose from, and notes.

    `head` stands in a row above the head row. `total`: the first words of a last row whose sum is left open: it is what
    the sender counted, not what the sheet adds up.
    """
    book = Workbook()
    book.properties.subject = mark_of(kind, about)
    book.properties.creator = "南昌电子信息政策兑现"
    worksheet: Any = book.active
    worksheet.title = sheet
    top = 1
    if head:
        fill(worksheet.cell(row=1, column=1), head)
        worksheet.cell(row=1, column=1).font = Font(bold=True)
        top = 2
    for place, column in enumerate(columns, start=1):
        cell = worksheet.cell(row=top, column=place)
        fill(cell, column.title)
        cell.font, cell.border = Font(bold=True), _THIN
        cell.fill = _SHOWN_FILL if column.read is None else _HEAD_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        worksheet.column_dimensions[get_column_letter(place)].width = column.width
    worksheet.freeze_panes = worksheet.cell(row=top + 1, column=1)
    number = top
    for row in rows:
        number += 1
        for place, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
            _preset(worksheet.cell(row=number, column=place), column, value)
    last = number
    if total:
        last += 1
        fill(worksheet.cell(row=last, column=1), total)
        for place, column in enumerate(columns, start=1):
            cell = worksheet.cell(row=last, column=place)
            cell.font, cell.border = Font(bold=True), _THIN
            cell.number_format = _FORMATS[column.format]
    else:
        for extra in range(last + 1, last + 1 + READY_ROWS):
            for place, column in enumerate(columns, start=1):
                worksheet.cell(row=extra, column=place).number_format = _FORMATS[column.format]
        last = top + MAX_ROWS
    _validate(book, worksheet, columns, top + 1, last)
    told = [(column.title, _kind_of(column), column.help) for column in columns]
    add_sheet(book, NOTES, ["说明"], [[text] for text in notes])
    book[NOTES].column_dimensions["A"].width = 100
    add_sheet(book, "列的填法", ["列", "是否必填", "填法"], [list(row) for row in told])
    book["列的填法"].column_dimensions["C"].width = 70
    book.active = 0
    return saved(book)


def _kind_of(column: Column) -> str:
    return "系统给出，不读取" if column.read is None else "必填" if column.required else "选填"


def _preset(cell: Any, column: Column, value: Value) -> None:
    fill(cell, value)
    # A number keeps the format of its type; a text stays a text whatever is typed over it.
    if not isinstance(value, Fen | Year):
        cell.number_format = _FORMATS[column.format]
    cell.border = _THIN
    if column.read is None:
        cell.fill = _SHOWN_FILL
        cell.protection = Protection(locked=True)


def _validate(book: Workbook, worksheet: Any, columns: Sequence[Column], first: int, last: int) -> None:
    """A list to choose from for every column that has one; the words stand on a sheet of their own, since a list inside
    the cell takes no more than 255 signs."""
    chosen = [(place, column) for place, column in enumerate(columns, start=1) if column.choices]
    if not chosen:
        return
    lists: Any = book.create_sheet(LISTS)
    for at, (place, column) in enumerate(chosen, start=1):
        fill(lists.cell(row=1, column=at), column.title)
        lists.column_dimensions[get_column_letter(at)].width = 30
        for number, word in enumerate(column.choices, start=2):
            fill(lists.cell(row=number, column=at), word)
        letter = get_column_letter(at)
        rule = DataValidation(
            type="list",
            formula1=f"{quote_sheetname(LISTS)}!${letter}$2:${letter}${len(column.choices) + 1}",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle="不在可选范围内",
            error=f"请从列表中选择“{column.title}”。",
        )
        rule.add(f"{get_column_letter(place)}{first}:{get_column_letter(place)}{last}")
        worksheet.add_data_validation(rule)


def marked_copy(data: bytes, *, sheet: str, head_row: int, faults: Sequence[Mapping[str, Any]]) -> bytes:
    """What was sent as a new workbook of plain values, every fault in a last column beside its row and its cell tinted.

    Formulas come as the text of the formula: the copy holds nothing that is computed. Faults of the whole table stand
    on a sheet of their own.
    """
    source = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        title = sheet if sheet in source.sheetnames else source.sheetnames[0]
        worksheet: Any = source[title]
        rows = [
            [(cell.value, cell.number_format if cell.value is not None else "") for cell in row]
            for row in worksheet.iter_rows(max_row=min(worksheet.max_row or 1, MAX_ROWS + 20), max_col=60)
        ]
        subject = source.properties.subject
    finally:
        source.close()
    width = max((index + 1 for row in rows for index, (value, _) in enumerate(row) if value is not None), default=1)
    titles = {str(value).strip(): at for at, (value, _) in enumerate(rows[head_row - 1]) if value} if head_row else {}
    width = next((at for name, at in titles.items() if name == FAULT_COLUMN), width)
    by_row: dict[int, list[Mapping[str, Any]]] = {}
    for fault in faults:
        by_row.setdefault(int(fault["row"]), []).append(fault)
    book = Workbook()
    book.properties.subject = subject
    copy: Any = book.active
    copy.title = title
    for number, row in enumerate(rows, start=1):
        for place, (value, form) in enumerate(row[:width], start=1):
            cell = copy.cell(row=number, column=place)
            _copy(cell, value, form)
        found = by_row.get(number, [])
        if number == head_row:
            fill(copy.cell(row=number, column=width + 1), FAULT_COLUMN)
            copy.cell(row=number, column=width + 1).font = Font(bold=True)
        if found and head_row:
            cell = copy.cell(row=number, column=width + 1)
            words = "；".join(_words(fault).rstrip("。") for fault in found) + "。"
            if number != head_row:
                fill(cell, words)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = _FAULT_FONT
            for fault in found:
                if fault["column"] in titles:
                    copy.cell(row=number, column=titles[fault["column"]] + 1).fill = _FAULT_FILL
    if head_row:
        copy.freeze_panes = copy.cell(row=head_row + 1, column=1)
    for place in range(1, width + 1):
        copy.column_dimensions[get_column_letter(place)].width = 20
    copy.column_dimensions[get_column_letter(width + 1)].width = 60
    listed = [[fault["row"] or None, str(fault["column"]), str(fault["message"])] for fault in faults]
    add_sheet(book, "差错清单", ["行", "列", "差错"], listed)
    book["差错清单"].column_dimensions["A"].width = 8
    book["差错清单"].column_dimensions["C"].width = 90
    return saved(book)


def _words(fault: Mapping[str, Any]) -> str:
    return f"{fault['column']}：{fault['message']}" if fault["column"] else str(fault["message"])


def _copy(cell: Any, value: Any, form: str) -> None:
    """A value as it came; texts are texts whatever they begin with."""
    if isinstance(value, str):
        cell.value = defused(value)
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, int | float) or hasattr(value, "year"):
        cell.value = value
        cell.number_format = form or "General"
    elif value is not None:
        fill(cell, str(getattr(value, "text", value)))


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
