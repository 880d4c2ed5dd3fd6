"""The impact of a publication as a spreadsheet."""

import io
from collections.abc import Sequence

from openpyxl import Workbook

from awards.exports import FIGURES, movers_of, sums_of
from awards.impact_report import ImpactReport
from awards.reports import section_words
from common.sheets import add_sheet
from common.templatetags.ui import zhdatetime
from policies.models import Publication


def impact_sheets(publication: Publication, report: ImpactReport) -> bytes:
    """An .xlsx file: the sentences, years, clauses and districts over all years, and who gains and loses by year."""
    book = Workbook()
    del book[book.sheetnames[0]]
    summary: list[Sequence[str | int]] = [
        ["政策", publication.document.number],
        ["发布申请", publication.pk],
        ["提交人", publication.submitted_by.name],
        ["提交时间", zhdatetime(publication.submitted_at)],
        ["理由", publication.reason],
        *(("结论", sentence) for sentence in report.summary),
    ]
    for year in report.years:
        said = [*year.impact.words, *(year.report.impact.warnings if year.report else [])]
        summary += [(year.label, sentence) for sentence in [year.impact.fault or year.state, *said]]
    add_sheet(book, "概要", ["项目", "内容"], summary)
    add_sheet(
        book, "按年度", ["年度", *FIGURES], sums_of([year.row for year in report.years if year.row], report.whole)
    )
    add_sheet(book, "按条款", ["条款", *FIGURES], sums_of(report.clauses, report.whole))
    add_sheet(book, "按县区", ["县区", *FIGURES], sums_of(report.districts, report.whole))
    movers = ["年度", "企业", "县区", "变更前（元）", "变更后（元）", "差额（元）"]
    named = [(f"{one.policy} {one.policy_year}", one) for one in report.reports]
    add_sheet(book, "金额增加", movers, [[name, *row] for name, one in named for row in movers_of(one.gainers)])
    add_sheet(book, "金额减少", movers, [[name, *row] for name, one in named for row in movers_of(one.losers)])
    add_sheet(
        book,
        "变更",
        ["年度", "部分", "内容", "变更前", "变更后"],
        [
            [name, section_words(each["section"]), each["label"], each["before"], each["after"]]
            for name, one in named
            for each in one.changed
        ],
    )
    left_out = [
        [name, str(file["number"]), file["enterprise"], file["clause"], file["reason"]]
        for name, one in named
        for file in one.left_out.files
    ]
    add_sheet(book, "未计入", ["年度", "申报编号", "企业", "条款", "原因"], left_out)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
