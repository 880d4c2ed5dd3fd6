"""Budgets and batches as spreadsheets."""

import io
from collections.abc import Iterable

from openpyxl import Workbook

from awards.labels import REASONS
from awards.models import Envelope, SettlementBatchItem
from common.sheets import Fen, StreamedSheet, Value, Year

_BUDGETS = (
    "单位",
    "级次",
    "条款",
    "条款名称",
    "政策年度",
    "预算科目编码",
    "预算科目名称",
    "预算（元）",
    "已占用（元）",
    "已拨付（元）",
    "余额（元）",
)
_BATCH = (
    "企业",
    "统一社会信用代码",
    "申报编号",
    "条款",
    "主办单位",
    "核算前（元）",
    "条款金额（元）",
    "核定金额（元）",
    "市级（元）",
    "县区级（元）",
    "调整原因",
    "企业年度上限（元）",
    "结果",
    "说明",
)


def _saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def envelopes_book(envelopes: Iterable[Envelope]) -> bytes:
    """The list of budgets with its totals as an .xlsx file."""
    book = Workbook(write_only=True)
    sheet = StreamedSheet(book, "资金预算", _BUDGETS, widths=(20, 10, 10, 34, 12, 16, 34))
    sums = [0, 0, 0, 0]
    for row in envelopes:
        figures = [row.amount_fen, row.committed_fen, row.paid_fen, row.free_fen]
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
        told: list[Value] = [row.unit.name, row.get_share_display(), row.clause.clause_id, row.clause.title]
        told += [Year(row.policy_year), row.subject_code, row.subject_name]
        sheet.add([*told, *(Fen(figure) for figure in figures)])
    sheet.add(["合计", "", "", "", None, "", "", *(Fen(total) for total in sums)])
    return _saved(book)


def batch_book(items: Iterable[SettlementBatchItem]) -> bytes:
    """What became of each enterprise of a batch as an .xlsx file, one row for each award."""
    book = Workbook(write_only=True)
    sheet = StreamedSheet(book, "批量核算", _BATCH, widths=(34, 24, 24, 10, 20))
    for item in items:
        enterprise = item.account.enterprise
        result: list[Value] = [item.get_state_display(), item.message]
        lines = item.preview.get("lines", [])
        cap = item.preview.get("cap_fen")
        cap_cell: Value = "" if cap is None else Fen(cap)
        if not lines:
            sheet.add([enterprise.name, enterprise.uscc, *([""] * 10), *result])
        for line in lines:
            sheet.add(
                [
                    enterprise.name,
                    enterprise.uscc,
                    line["application"],
                    line["clause"],
                    line["unit"],
                    None if line["before_fen"] is None else Fen(line["before_fen"]),
                    Fen(line["candidate_fen"]),
                    Fen(line["settled_fen"]),
                    Fen(line["city_fen"]),
                    Fen(line["district_fen"]),
                    REASONS[line["reason"]],
                    cap_cell,
                    *result,
                ]
            )
    return _saved(book)
