"""年度数据: figures of the year as a bureau (市税务局 …) checked them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from accounts.models import Unit, User
from applications.models import Revision
from awards.enums import ImportKind
from awards.imports.cells import uscc
from awards.imports.kinds.base import (
    NAME,
    USCC,
    YEAR,
    TableKind,
    accounts_of,
    match_accounts,
    policy_year_of,
    policy_years,
    sound,
)
from awards.models import CheckedFigure, YearAccount
from awards.permissions import CONFIRMERS, DRAFTERS
from common.money import grouped, parse_yuan, yuan
from common.sheets import Fen, Value, Year
from common.tables import cells
from common.tables.tables import Change, Checked, Column, Fault, Format, Row, Subject, Table, doubled
from policies.rules.facts import Faults, read_value
from policies.rules.schema import FactDecl

FORMATS: dict[str, Format] = {"money": "money", "count": "count", "date": "day"}
SOURCE = "依据"


def title_of(fact: FactDecl) -> str:
    """The column of a figure; money says its unit."""
    return f"{fact.label}（元）" if fact.type == "money" else fact.label


def reader_of(fact: FactDecl) -> cells.Reader:
    """How a cell of this figure is read."""
    readers: dict[str, cells.Reader] = {
        "money": cells.money,
        "count": cells.count,
        "date": cells.day,
        "flag": cells.flag,
    }
    return readers.get(fact.type) or cells.line(200)


def document_value(fact: FactDecl, value: Any) -> Any:
    """A value that was read, as the evaluation document writes it."""
    if fact.type == "money":
        return yuan(value)
    return value.isoformat() if isinstance(value, date) else value


def words(fact: FactDecl, value: Any) -> str:
    """A value of the evaluation document as people read it."""
    if value is None or value == "":
        return "—"
    if fact.type == "money":
        return f"{grouped(parse_yuan(str(value)))} 元"
    if fact.type == "flag":
        return "是" if value else "否"
    return f"{value:,}" if isinstance(value, int) else str(value)


def shown(fact: FactDecl, value: Any) -> Value:
    """A filed value as a cell for comparison."""
    if value is None or value == "":
        return None
    if fact.type == "money":
        return Fen(parse_yuan(str(value)))
    if fact.type == "flag":
        return "是" if value else "否"
    return value if isinstance(value, int) else str(value)


class Figures(TableKind):
    kind = ImportKind.FIGURES
    row_label = "家企业"
    explanation = "核定的企业年度数据（销售收入等）。核算年度累计上限时，先用核定数，没有核定的才用企业申报数。"
    roles = (*DRAFTERS, *CONFIRMERS)

    def subjects(self, user: User) -> list[Subject]:
        return policy_years()

    def columns(self, about: str) -> tuple[Column, ...]:
        chosen = policy_year_of(about)
        year = str(chosen.year)
        found = [
            Column("uscc", USCC, uscc, width=24, help="18 位，与营业执照一致；单元格保持“文本”格式。"),
            Column("name", NAME, cells.line(120), width=34, help="与登记的名称一致。"),
            Column("year", YEAR, cells.year, width=10, format="year", help=f"本表为 {year} 年度。"),
        ]
        for fact in chosen.policy.year_facts:
            unit = "单位为元，最多两位小数。" if fact.type == "money" else ""
            kept = "没有核定的留空，留空不改变已有的核定数。"
            found.append(
                Column(
                    f"f_{fact.key}",
                    title_of(fact),
                    reader_of(fact),
                    required=False,
                    width=22,
                    choices=("是", "否") if fact.type == "flag" else (),
                    format=FORMATS.get(fact.type, "text"),
                    help=f"{unit}{kept}",
                )
            )
        found.append(
            Column(
                "source", SOURCE, cells.line(200), required=False, width=34, help="填写了数据的行必填，如完税证明编号。"
            )
        )
        found += [
            Column(
                f"filed_{fact.key}",
                f"企业申报：{title_of(fact)}",
                None,
                required=False,
                width=22,
                format=FORMATS.get(fact.type, "text"),
                help="企业最近一次申报的数，供核对。",
            )
            for fact in chosen.policy.year_facts
        ]
        return tuple(found)

    def notes(self, about: str) -> Sequence[str]:
        return (
            f"本表用于录入{policy_year_of(about).year}年度核定的企业年度数据，一家企业一行。",
            "表中已列出本单位办理过的企业和企业申报的数（灰色列，仅供核对，不读取）。",
            "金额单位一律为元。没有核定的格留空；留空不改变已有的核定数。",
            "请勿合并单元格、隐藏行列、使用公式或改动列名。",
            "上传后先逐行检查，显示改动前后的数；确认导入后一次全部生效，有一处差错则全部不生效。",
        )

    def known_rows(self, about: str, unit: Unit, user: User) -> Iterable[Sequence[Value]]:
        chosen = policy_year_of(about)
        facts = chosen.policy.year_facts
        accounts = sorted(accounts_of(unit, chosen).values(), key=lambda one: (one.enterprise.name, one.pk))
        newest = {
            revision.application.enterprise_id: revision.figures
            for revision in Revision.objects.filter(
                application__policy_year=chosen.year,
                application__enterprise__in=[account.enterprise_id for account in accounts],
            )
            .select_related("application")
            .order_by("application__enterprise_id", "-filed_at", "-pk")
            .distinct("application__enterprise_id")
        }
        for account in accounts:
            filed = newest.get(account.enterprise_id, {})
            yield (
                account.enterprise.uscc,
                account.enterprise.name,
                Year(chosen.year),
                *(None for _ in facts),
                None,
                *(shown(fact, filed.get(fact.key)) for fact in facts),
            )

    def check(self, table: Table, about: str, unit: Unit, user: User) -> Checked:
        chosen = policy_year_of(about)
        facts = {fact.key: fact for fact in chosen.policy.year_facts}
        accounts, faults = match_accounts(table, unit, chosen)
        faults += doubled(table.rows, ["uscc"], USCC, "企业")
        for row in table.rows:
            if not row.get("source") and any(row.get(f"f_{key}") is not None for key in facts):
                faults.append(Fault(row.number, SOURCE, "填写了核定数据，请写明依据。"))
        checked = Checked(faults=faults)
        stand = self._standing(accounts.values())
        for row in sound(table, faults):
            self._compare(checked, row, accounts[row.number], facts, stand, chosen.year, unit)
        return checked

    def _standing(self, accounts: Iterable[YearAccount]) -> dict[tuple[int, str], CheckedFigure]:
        rows = CheckedFigure.objects.filter(account__in=[account.pk for account in accounts]).order_by("pk")
        return {(row.account_id, row.key): row for row in rows}

    def _compare(
        self,
        checked: Checked,
        row: Row,
        account: YearAccount,
        facts: dict[str, FactDecl],
        stand: dict[tuple[int, str], CheckedFigure],
        year: int,
        unit: Unit,
    ) -> None:
        moved = False
        for key, fact in facts.items():
            given = row.get(f"f_{key}")
            if given is None:
                continue
            value = document_value(fact, given)
            noted = Faults()
            read_value(value, fact, year, "value", noted)
            if noted.found:
                checked.faults += [Fault(row.number, title_of(fact), item["message"]) for item in noted.found]
                continue
            newest = stand.get((account.pk, key))
            source = str(row.get("source"))
            if newest is not None and (newest.value, newest.source, newest.unit_id) == (value, source, unit.pk):
                continue
            moved = True
            checked.changes.append(
                Change(
                    row.number,
                    account.enterprise.name,
                    title_of(fact),
                    words(fact, newest.value) if newest else "（无核定数）",
                    words(fact, value),
                    {"account": account, "key": key, "value": value, "source": source},
                )
            )
        checked.unchanged += not moved
