"""From the stored bytes of a table to its rows, with every fault by row: values only, nothing guessed."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any, Final
from xml.parsers.expat import ExpatError

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from common.tables.cells import CellFault, folded, is_blank, money
from common.tables.scan import Layout, layout_of
from common.tables.tables import FAULT_COLUMN, MAX_ROWS, Column, Fault, Row, Table

#: The head is looked for in so many rows.
_HEAD_WITHIN: Final = 10
_MOST_COLUMNS: Final = 60
TOTAL = "合计"
#: What ties a template to what it was made for; kept in the workbook's properties.
MARK = "nanchang-ei"

_UNREADABLE = "表格无法读取，请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。"
_MERGED = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


def mark_of(kind: str, about: str) -> str:
    """What a template's workbook says about itself."""
    return f"{MARK}:{kind}:{about}"


def read_table(
    data: bytes,
    *,
    kind: str,
    about: str,
    sheet: str,
    columns: Sequence[Column],
    head: str = "",
    totals: bool = False,
    most: int = MAX_ROWS,
) -> Table:
    """Read the sheet of this name, or the only one. `head`: what must stand above the head row (a list's number);
    `totals`: whether a row 合计 may, and the last one must, close the table; `most`: filled-in rows that are taken.

    Structural faults (no sheet, a missing or renamed column, merged or hidden rows, too many rows) are told before any
    cell; then no row is read.
    """
    table = Table()
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, ExpatError):
        return Table(faults=[Fault(0, "", _UNREADABLE)])
    try:
        title = sheet if sheet in book.sheetnames else (book.sheetnames[0] if len(book.sheetnames) == 1 else "")
        if not title:
            return Table(faults=[Fault(0, "", f"找不到工作表“{sheet}”，请使用下载的模板填写，不要改工作表的名称。")])
        subject = str(book.properties.subject or "")
        if subject.startswith(f"{MARK}:") and subject != mark_of(kind, about):
            return Table(
                faults=[Fault(0, "", "这份表格是为另一张表或另一个对象下载的模板，请选择对应的表格重新上传。")]
            )
        layout = layout_of(data, title)
        worksheet: Any = book[title]
        last_column = min(layout.last_column, _MOST_COLUMNS)
        # Never more than can be taken over: a cell far below would make millions of empty rows.
        last_row = min(layout.last_row, most + _HEAD_WITHIN + 2)
        if not last_row or not last_column:
            return Table(faults=[Fault(0, "", "工作表是空的，请在模板中填写后上传。")])
        cells = list(worksheet.iter_rows(max_row=last_row, max_col=last_column))
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, ExpatError):
        return Table(faults=[Fault(0, "", _UNREADABLE)])
    finally:
        book.close()
    places = _find_head(table, cells, columns, layout)
    if head and not table.faults:
        _check_head(table, cells, head)
    if table.faults:
        return table
    _read_rows(table, cells, columns, places, totals)
    if layout.last_row > last_row or len(table.rows) > most:
        return Table(faults=[Fault(0, "", f"表格超过 {most:,} 行，请拆分为几份分别上传。")], head_row=table.head_row)
    if not table.rows and not table.faults:
        table.faults.append(Fault(0, "", "表头下面没有填写任何内容。"))
    return table


def _find_head(table: Table, cells: list[Any], columns: Sequence[Column], layout: Layout) -> dict[int, Column]:
    """Place from 0 → column, with the faults of the head and of the layout noted."""
    wanted = {folded(column.title): column for column in columns}
    best, hits = -1, 0
    for number, row in enumerate(cells[:_HEAD_WITHIN]):
        found = sum(1 for cell in row if not is_blank(cell.value) and folded(cell.value) in wanted)
        if found > hits:
            best, hits = number, found
    needed = [column for column in columns if column.read is not None and column.required]
    if best < 0 or hits * 2 < len(needed):
        titles = "、".join(column.title for column in needed)
        table.faults.append(Fault(0, "", f"前 {_HEAD_WITHIN} 行中找不到表头，应有的列：{titles}。请使用下载的模板。"))
        return {}
    table.head_row = best + 1
    places: dict[int, Column] = {}
    unknown = []
    for place, cell in enumerate(cells[best]):
        if is_blank(cell.value):
            if any(place < len(row) and not is_blank(row[place].value) for row in cells[best + 1 :]):
                unknown.append(f"{get_column_letter(place + 1)} 列（无列名）")
            continue
        name = folded(cell.value)
        column = wanted.get(name)
        if name == FAULT_COLUMN:
            continue
        if column is None:
            unknown.append(f"{get_column_letter(place + 1)} 列“{str(cell.value).strip()[:30]}”")
        elif column in places.values():
            table.faults.append(Fault(table.head_row, column.title, "这一列出现了两次，请删去一列。"))
        else:
            places[place] = column
    hint = f"；表中有不认识的列：{'、'.join(unknown)}，是否改了列名？" if unknown else ""
    missing = [column for column in needed if column not in places.values()]
    for column in missing:
        table.faults.append(Fault(table.head_row, column.title, f"缺少“{column.title}”一列{hint or '。'}"))
    if unknown and not missing:
        names = "、".join(unknown)
        table.faults.append(Fault(table.head_row, "", f"{names}不在模板中，请删去或改回模板的列名，以免漏读。"))
    _check_layout(table, layout, places)
    return places


def _check_layout(table: Table, layout: Layout, places: dict[int, Column]) -> None:
    for ref in layout.merged:
        match = _MERGED.fullmatch(ref)
        if match is None or int(match[4]) >= table.head_row:
            row = int(match[2]) if match else 0
            table.faults.append(Fault(row, "", f"{ref} 是合并的单元格，请取消合并，每格分别填写。"))
    table.faults += [Fault(row, "", "这一行是隐藏的，请取消隐藏并核对后再上传。") for row in layout.hidden_rows]
    for first, last in layout.hidden_columns:
        for place, column in places.items():
            if first <= place + 1 <= last:
                table.faults.append(Fault(table.head_row, column.title, "这一列是隐藏的，请取消隐藏并核对后再上传。"))


def _check_head(table: Table, cells: list[Any], head: str) -> None:
    above = {folded(cell.value) for row in cells[: table.head_row - 1] for cell in row if not is_blank(cell.value)}
    if not any(folded(head) in text for text in above):
        table.faults.append(Fault(0, "", f"表头上方应有“{head}”，请使用为这份清单下载的模板。"))


def _read_rows(
    table: Table, cells: list[Any], columns: Sequence[Column], places: dict[int, Column], totals: bool
) -> None:
    for number, row in enumerate(cells[table.head_row :], start=table.head_row + 1):
        given = {column: row[place] for place, column in places.items() if place < len(row)}
        if all(is_blank(cell.value) for cell in given.values()):
            continue
        if totals and any(_is_total(cell) for cell in given.values()):
            _read_total(table, number, given)
            continue
        if table.total_row:
            table.faults.append(Fault(number, "", f"“{TOTAL}”行（第 {table.total_row} 行）之后不能再有内容。"))
            continue
        values: dict[str, Any] = {}
        for column, cell in given.items():
            if column.read is None:
                continue
            fault = _read_cell(column, cell, values)
            if fault:
                table.faults.append(Fault(number, column.title, fault))
        table.rows.append(Row(number, values))
    if totals and not table.total_row:
        table.faults.append(Fault(0, "", f"表格末尾缺少“{TOTAL}”行，请填写全部金额的合计。"))


def _is_total(cell: Any) -> bool:
    return isinstance(cell.value, str) and folded(cell.value).startswith(TOTAL)


def _read_cell(column: Column, cell: Any, values: dict[str, Any]) -> str:
    """Put the value under the column's key; the sentence of a fault, "" where there is none."""
    value = cell.value
    if cell.data_type == "f" or (value is not None and not isinstance(value, str | int | float) and not _is_day(value)):
        return "此格是公式，其结果可能不是最新的，请复制后“选择性粘贴—数值”。"
    if cell.data_type == "e":
        return f"此格是 Excel 的错误值 {value}，请更正。"
    if is_blank(value):
        return "请填写。" if column.required and column.read is not None else ""
    assert column.read is not None
    try:
        values[column.key] = column.read(value)
    except CellFault as fault:
        return str(fault)
    return ""


def _is_day(value: Any) -> bool:
    return hasattr(value, "year") and hasattr(value, "month")


def _read_total(table: Table, number: int, given: dict[Column, Any]) -> None:
    if table.total_row:
        table.faults.append(Fault(number, "", f"“{TOTAL}”行出现了两次。"))
        return
    table.total_row = number
    for column, cell in given.items():
        if column.format != "money" or is_blank(cell.value):
            continue
        if cell.data_type == "f":
            table.faults.append(
                Fault(number, column.title, "合计是公式，请复制后“选择性粘贴—数值”，填写您核对过的合计数。")
            )
            return
        try:
            table.total_fen = money(cell.value)
        except CellFault as fault:
            table.faults.append(Fault(number, column.title, str(fault)))
        return
    table.faults.append(Fault(number, "", f"“{TOTAL}”行没有填写金额。"))
