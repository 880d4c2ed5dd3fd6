"""The spreadsheet: numbers are numbers, texts are texts, and no text is ever a formula."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from awards.exports import spreadsheet
from awards.queries.left_out import LeftOut
from awards.reports import NEAR_MEANS, MoverRow, Report, Row, difference_words
from common.sheets import defused
from policies.rules.impact import Impact, Sums

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A", "\t=1", " =1", "\r=1"]


def report(text: str) -> Report:
    sums = Sums(files=2, touched=1, before=123_45, after=-1)
    impact = Impact(applicants=1, whole=sums)
    return Report(
        policy="洪府发〔2023〕30号",
        policy_year=2024,
        include_refused=False,
        note=text,
        changed=[{"section": "3.4.5", "label": text, "before": text, "after": text}],
        impact=impact,
        whole=Row("", "合计", sums),
        clauses=[Row("3.4.5", text, sums)],
        districts=[Row("1", text, sums)],
        gainers=[MoverRow(text, text, 1, 2)],
        losers=[MoverRow(text, text, 2, 1)],
        left_out=LeftOut(1, [{"number": text, "enterprise": text, "clause": text, "reason": text, "application": 1}]),
    )


def cells(text: str):
    book = load_workbook(io.BytesIO(spreadsheet(report(text))))
    return book, [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text):
    _, found = cells(text)
    assert {cell.data_type for cell in found} <= {"s", "n"}
    texts = [cell.value for cell in found if isinstance(cell.value, str)]
    assert not [one for one in texts if one.lstrip()[:1] in set("=+-@＝＋－＠")]
    assert defused(text) in {one.replace("\r\n", "\n") for one in texts} | {
        one.replace("_x000D_", "\r") for one in texts
    }


def test_a_text_that_a_workbook_cannot_hold_is_made_plain():
    _, found = cells("a\x00b\x1b\ud800c")
    assert "a b  c" in [cell.value for cell in found]


def test_money_is_a_number_of_yuan_to_the_fen():
    book, _ = cells("演示")
    row = list(book["按条款"][2])
    money = [cell for cell in row if cell.number_format == "#,##0.00"]
    assert [Decimal(str(cell.value)) for cell in money] == [Decimal("123.45"), Decimal("-0.01"), Decimal("-123.46")]
    assert book.sheetnames == ["概要", "变更", "按条款", "按县区", "金额增加", "金额减少", "未计入"]


def test_differences_have_their_direction_in_words():
    assert [difference_words(fen) for fen in (0, 1_234_56, -1)] == ["不变", "增加 1,234.56", "减少 0.01"]


def test_counts_are_numbers_and_a_near_miss_is_explained():
    found = report("演示")
    found.impact.whole.near = 1
    book = load_workbook(io.BytesIO(spreadsheet(found)))
    rows = list(book["概要"].iter_rows(values_only=True))
    assert ("申报件（件）", 2) in rows
    assert ("差一点（件）", 1) in rows
    assert ("提示", NEAR_MEANS) in rows


def test_a_year_that_nobody_filed_in_is_told():
    nothing = replace(report("演示"), impact=Impact(), left_out=LeftOut())
    assert nothing.notes == ["2024 年度没有计入的申报，变更前后的金额都是 0。"]
    assert report("演示").notes == []


def test_conditions_of_a_row_are_told_one_by_one():
    assert Row("", "", Sums(opened=1, near=1_000)).conditions == ["变为符合 1 件", "差一点 1,000 件"]
    assert Row("", "", Sums()).conditions == []
