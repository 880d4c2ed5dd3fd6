"""Spreadsheets: every cell has the type of its value, and no text is ever a formula."""

import io
from datetime import UTC, date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from common.sheets import DAY, MONEY, YEAR, Fen, StreamedSheet, Year, add_sheet, defused

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\t=1", "\r=1", "  =1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_formulas_are_defused(text: str) -> None:
    assert defused(text).startswith("'")


@pytest.mark.parametrize("text", ["南昌公司", "3.4.5", "1-2", "", "a=b"])
def test_ordinary_texts_stay(text: str) -> None:
    assert defused(text) == text


def test_what_a_workbook_cannot_hold_becomes_blank_and_long_texts_are_cut() -> None:
    assert defused("甲\x00乙\ufffe") == "甲 乙 "
    assert len(defused("长" * 40_000)) == 32_000


def written(streamed: bool) -> list[list]:
    row = [
        "=HYPERLINK()",
        Fen(123_456),
        1200,
        date(2026, 3, 2),
        datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        None,
        Year(2024),
    ]
    head = ["=head", "金额", "件", "日期", "时间", "空", "年度"]
    book, stream = Workbook(write_only=streamed), io.BytesIO()
    if streamed:
        sheet = StreamedSheet(book, "表", head, widths=[30])
        for _ in range(3):
            sheet.add(row)
        sheet.add(["文字", "待核定", "", "", "", "", ""])
    else:
        add_sheet(book, "表", head, [row])
    book.save(stream)
    return [list(cells) for cells in load_workbook(stream)["表"].iter_rows()]


@pytest.mark.parametrize("streamed", [True, False])
def test_cells_have_the_type_of_their_value(streamed: bool) -> None:
    head, row, *_ = written(streamed)
    assert head[0].value == "'=head"
    assert head[0].font.bold
    assert [cell.data_type for cell in row[:2]] == ["s", "n"]
    assert row[0].value == "'=HYPERLINK()"
    assert (float(row[1].value), row[1].number_format) == (1234.56, MONEY)
    assert row[2].value == 1200
    assert (row[3].value, row[3].number_format) == (datetime(2026, 3, 2), DAY)
    assert row[4].value == datetime(2026, 3, 2, 9, 30), "instants stand in Asia/Shanghai"
    assert row[5].value is None
    assert (row[6].value, row[6].number_format) == (2024, YEAR), "a year has no thousands separator"


def test_a_column_may_hold_several_types() -> None:
    *_, last = written(True)
    assert (last[0].value, last[1].value, last[1].data_type) == ("文字", "待核定", "s")
