"""A simulation's report as a spreadsheet."""

import io
from collections.abc import Sequence

from openpyxl import Workbook

from awards.reports import MoverRow, Report, Row, section_words
from common.sheets import Fen, add_sheet

#: The columns beside what a row is about.
FIGURES = (
    "申报件",
    "受影响",
    "变为符合",
    "不再符合",
    "差一点",
    "待裁量",
    "变更前（元）",
    "变更后（元）",
    "差额（元）",
)


def sums_of(rows: Sequence[Row], whole: Row) -> list[list[str | int]]:
    """A line for each row, and the whole last; in the order of `FIGURES`."""
    return [
        [
            row.label,
            row.sums.files,
            row.sums.touched,
            row.sums.opened,
            row.sums.closed,
            row.sums.near,
            row.sums.pending,
            Fen(row.sums.before),
            Fen(row.sums.after),
            Fen(row.difference),
        ]
        for row in (*rows, whole)
    ]


def movers_of(rows: Sequence[MoverRow]) -> list[list[str | int]]:
    """A line for each enterprise that gains or loses."""
    return [[row.enterprise, row.district, Fen(row.before), Fen(row.after), Fen(row.difference)] for row in rows]


def spreadsheet(report: Report) -> bytes:
    """The report as an .xlsx file, one sheet for each table of the page."""
    book = Workbook()
    del book[book.sheetnames[0]]
    whole, impact = report.impact.whole, report.impact
    asked: list[Sequence[str | int]] = []
    if report.asked:
        asked = [["模拟编号", report.asked.number], ["发起人", report.asked.by], ["发起时间", report.asked.at]]
    counts: list[Sequence[str | int]] = [[f"{label}（{unit}）", count] for label, count, unit in report.counts]
    capped: list[Sequence[str | int]] = []
    if impact.capped_before or impact.capped_after:
        capped = [
            ["变更前受年度累计上限核减（家）", impact.capped_before],
            ["变更后受年度累计上限核减（家）", impact.capped_after],
        ]
    summary: list[Sequence[str | int]] = [
        *asked,
        ["政策", report.policy],
        ["政策年度", str(report.policy_year)],
        ["包括不予支持的申报", "是" if report.include_refused else "否"],
        ["说明", report.note],
        ["变更前合计（元）", Fen(whole.before)],
        ["变更后合计（元）", Fen(whole.after)],
        ["差额（元）", Fen(report.whole.difference)],
        *counts,
        *capped,
        ["未计入的申报（件）", report.left_out.count],
        *(("提示", sentence) for sentence in [*impact.warnings, *report.notes]),
    ]
    add_sheet(book, "概要", ["项目", "内容"], summary)
    changes = [[section_words(one["section"]), one["label"], one["before"], one["after"]] for one in report.changed]
    add_sheet(book, "变更", ["部分", "内容", "变更前", "变更后"], changes)
    add_sheet(book, "按条款", ["条款", *FIGURES], sums_of(report.clauses, report.whole))
    add_sheet(book, "按县区", ["县区", *FIGURES], sums_of(report.districts, report.whole))
    movers = ["企业", "县区", "变更前（元）", "变更后（元）", "差额（元）"]
    add_sheet(book, "金额增加", movers, movers_of(report.gainers))
    add_sheet(book, "金额减少", movers, movers_of(report.losers))
    left_out = [[str(one["number"]), one["enterprise"], one["clause"], one["reason"]] for one in report.left_out.files]
    add_sheet(book, "未计入", ["申报编号", "企业", "条款", "原因"], left_out)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
