"""其他政策奖补: what other city-level policies of the same type gave (不重复奖补)."""

from collections.abc import Iterable, Sequence

from accounts.models import Unit, User
from awards.enums import ImportKind
from awards.imports.cells import uscc
from awards.imports.kinds.base import (
    NAME,
    USCC,
    YEAR,
    TableKind,
    match_accounts,
    policy_year_of,
    policy_years,
    sound,
)
from awards.models import ExternalAward
from awards.permissions import CONFIRMERS, DRAFTERS
from common.money import grouped
from common.tables import cells
from common.tables.tables import Change, Checked, Column, Fault, Subject, Table, doubled

GROUP = "类型"
AMOUNT = "金额（元）"
SOURCE = "政策和文号"


class ExternalAwards(TableKind):
    kind = ImportKind.EXTERNAL
    row_label = "笔奖补"
    explanation = "企业已获的其他市级同类政策奖补。核算时按“不重复奖补”计入；导入的表格作为依据文件保存。"
    roles = (*DRAFTERS, *CONFIRMERS)

    def subjects(self, user: User) -> list[Subject]:
        return policy_years()

    def columns(self, about: str) -> tuple[Column, ...]:
        chosen = policy_year_of(about)
        groups = tuple(group.name for group in chosen.policy.groups)
        return (
            Column("uscc", USCC, uscc, width=24, help="18 位，与营业执照一致；单元格保持“文本”格式。"),
            Column("name", NAME, cells.line(120), width=34, help="与登记的名称一致。"),
            Column("year", YEAR, cells.year, width=10, format="year", help=f"本表为 {chosen.year} 年度。"),
            Column("group", GROUP, cells.one_of(groups), width=18, choices=groups, help="与本政策同类型的条款组。"),
            Column("amount", AMOUNT, cells.money, width=18, format="money", help="已获奖补的金额，单位元。"),
            Column("source", SOURCE, cells.line(200), width=44, help="给予奖补的政策名称和文号。"),
        )

    def notes(self, about: str) -> Sequence[str]:
        return (
            f"本表用于录入企业{policy_year_of(about).year}年度已获的其他市级同类政策奖补，一笔一行。",
            "类型从列表中选择；金额单位为元，须大于 0。",
            "请勿合并单元格、隐藏行列、使用公式或改动列名。",
            "已公示、已拨付的奖补不受影响，其余的下次核算时计入。",
            "上传后先逐行检查；确认导入后一次全部生效，有一处差错则全部不生效。",
        )

    def known_rows(self, about: str, unit: Unit, user: User) -> Iterable[Sequence[None]]:
        return ()

    def check(self, table: Table, about: str, unit: Unit, user: User) -> Checked:
        chosen = policy_year_of(about)
        accounts, faults = match_accounts(table, unit, chosen)
        faults += doubled(table.rows, ["uscc", "group", "amount", "source"], "", "笔奖补")
        faults += [Fault(row.number, AMOUNT, "金额须大于 0 元。") for row in table.rows if row.get("amount") == 0]
        standing: dict[tuple[int, str], list[ExternalAward]] = {}
        entered = ExternalAward.objects.filter(
            account__in=[account.pk for account in accounts.values()], withdrawn_at=None
        )
        for award in entered.order_by("pk"):
            standing.setdefault((award.account_id, award.group), []).append(award)
        checked = Checked(faults=faults)
        running: dict[tuple[int, str], int] = {}
        for row in sound(table, faults):
            account, group, fen = accounts[row.number], str(row.get("group")), int(row.get("amount"))
            before = standing.get((account.pk, group), [])
            if any((award.amount_fen, award.source) == (fen, row.get("source")) for award in before):
                checked.faults.append(
                    Fault(row.number, "", "同一类型、金额和文号的奖补已经录入，请删去此行；录错的请先撤销。")
                )
                continue
            sum_before = running.get((account.pk, group), sum(award.amount_fen for award in before))
            running[account.pk, group] = sum_before + fen
            checked.changes.append(
                Change(
                    row.number,
                    account.enterprise.name,
                    f"“{group}”类其他政策奖补合计",
                    f"{grouped(sum_before)} 元",
                    f"{grouped(sum_before + fen)} 元",
                    {"account": account, "group": group, "amount_fen": fen, "source": str(row.get("source"))},
                )
            )
        return checked
