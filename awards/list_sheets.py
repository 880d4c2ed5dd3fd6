"""The lists of awards and of accounts as spreadsheets, row by row, with the filters of their pages."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from openpyxl import Workbook

from awards.labels import REASONS
from awards.models import Award, YearAccount
from awards.queries.accounts import AccountState
from common.sheets import Fen, StreamedSheet, Value, Year

#: Rows that are fetched and written while somebody waits.
MAX_ROWS: Final = 20_000
_CHUNK = 1_000

AWARD_HEAD = (
    "申报编号", "企业名称", "统一社会信用代码", "县区", "政策年度", "条款", "条款名称", "牵头单位", "状态",
    "条款金额（元）", "核定金额（元）", "市级（元）", "县区级（元）", "调整原因", "批复时间", "拨付完成时间",
)  # fmt: skip
ACCOUNT_HEAD = (
    "企业名称", "统一社会信用代码", "县区", "政策年度", "状态", "件数", "条款金额合计（元）", "核定合计（元）",
)  # fmt: skip


def _book(title: str, head: Sequence[str], rows: Iterable[Sequence[Value]], widths: Sequence[float]) -> bytes:
    book = Workbook(write_only=True)
    sheet = StreamedSheet(book, title, head, widths=widths)
    for row in rows:
        sheet.add(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def awards_book(awards: QuerySet[Award]) -> bytes:
    """The awards of a list; amounts that were not settled yet stay open."""
    found = awards.select_related("application__enterprise__district", "application__clause", "unit").defer("receipt")

    def rows() -> Iterable[Sequence[Value]]:
        for award in found.iterator(chunk_size=_CHUNK):
            application, settled = award.application, award.settlement_id is not None
            yield (
                application.number,
                application.enterprise.name,
                application.enterprise.uscc,
                application.enterprise.district.name,
                Year(application.policy_year),
                application.clause.clause_id,
                application.clause.title,
                award.unit.name,
                str(award.get_state_display()),
                Fen(award.candidate_fen),
                Fen(award.settled_fen) if settled else None,
                Fen(award.city_fen) if settled else None,
                Fen(award.district_fen) if settled else None,
                REASONS[award.reason] if award.reason else None,
                award.approved_at,
                award.paid_at,
            )

    return _book("奖补", AWARD_HEAD, rows(), (22, 34, 22, 12, 10, 10, 34, 14, 16, 18, 18, 18, 18, 34, 22, 22))


def accounts_book(accounts: QuerySet[YearAccount]) -> bytes:
    """The accounts of a list, as `listed_accounts` counts them."""

    def rows() -> Iterable[Sequence[Value]]:
        row: Any
        for row in accounts.iterator(chunk_size=_CHUNK):
            yield (
                row.enterprise.name,
                row.enterprise.uscc,
                row.enterprise.district.name,
                Year(row.policy_year),
                str(AccountState(row.settlement_state).label),
                row.award_count,
                Fen(row.candidate_sum),
                Fen(row.settled_sum),
            )

    return _book("年度核算", ACCOUNT_HEAD, rows(), (34, 22, 12, 10, 16, 8, 22, 22))
