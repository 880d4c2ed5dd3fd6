"""资金预算: the whole of each budget as it shall be; a new one is opened, another is adjusted by the difference.

The table names totals, not movements: sent twice, it changes nothing the second time.
"""

from collections.abc import Iterable, Sequence

from accounts.models import Unit, User
from awards.actions.budgets import CODE_LENGTH, NAME_LENGTH, REASON_LENGTH
from awards.enums import ImportKind, Share
from awards.imports.kinds.base import YEAR, TableKind, policy_year_of, policy_years, sound
from awards.models import Envelope
from awards.permissions import BUDGETERS, why_not_budget
from awards.queries.budgets import visible_envelopes
from common.money import grouped
from common.sheets import Fen, Value, Year
from common.tables import cells
from common.tables.tables import Change, Checked, Column, Fault, Row, Subject, Table, doubled
from policies.models import Clause
from policies.queries import governed_clauses

UNIT, SHARE, CLAUSE, AMOUNT, REASON = "单位", "级次", "条款", "预算总额（元）", "事由"
SUBJECT_CODE, SUBJECT_NAME = "预算科目编码", "预算科目名称"
STANDING = "现有预算（元）"


class Budgets(TableKind):
    kind = ImportKind.BUDGETS
    row_label = "项预算"
    explanation = "各单位各条款的年度预算总额和预算科目。没有的预算新下达，已有的按差额调整。"
    roles = BUDGETERS

    def subjects(self, user: User) -> list[Subject]:
        return policy_years()

    def columns(self, about: str) -> tuple[Column, ...]:
        chosen = policy_year_of(about)
        clauses = tuple(governed_clauses(chosen.document, chosen.year).values_list("clause_id", flat=True))
        units = tuple(
            Unit.objects.filter(is_active=True).order_by("kind", "order", "pk").values_list("name", flat=True)
        )
        shares = tuple(str(share.label) for share in Share)
        return (
            Column("unit", UNIT, cells.one_of(units), width=20, choices=units, help="简称，从列表中选择。"),
            Column("share", SHARE, cells.one_of(shares), width=10, choices=shares, help="市级或县区级。"),
            Column("clause", CLAUSE, cells.one_of(clauses), width=10, choices=clauses, help="条款编号，如 3.4.5。"),
            Column("year", YEAR, cells.year, width=10, format="year", help=f"本表为 {chosen.year} 年度。"),
            Column(
                "subject_code", SUBJECT_CODE, cells.code(CODE_LENGTH), required=False, width=18, help="留空不改变。"
            ),
            Column(
                "subject_name", SUBJECT_NAME, cells.line(NAME_LENGTH), required=False, width=28, help="留空不改变。"
            ),
            Column(
                "amount",
                AMOUNT,
                cells.money,
                required=False,
                width=20,
                format="money",
                help="调整后的总额，不是增减数；单位元；留空不改变。",
            ),
            Column(
                "reason",
                REASON,
                cells.line(REASON_LENGTH),
                required=False,
                width=40,
                help="总额有变动时必填，如预算批复文号。",
            ),
            Column(
                "standing", STANDING, None, required=False, width=20, format="money", help="下载模板时的预算，供核对。"
            ),
        )

    def notes(self, about: str) -> Sequence[str]:
        return (
            f"本表用于下达和调整{policy_year_of(about).year}年度预算，一个单位、级次、条款一行。",
            "“预算总额”填调整后的总额：没有的预算按此下达，已有的按与现有预算的差额调整；留空不改变。",
            "调减后不得低于已占用的金额。预算科目用于拨付清单，留空不改变。",
            "请勿合并单元格、隐藏行列、使用公式或改动列名。",
            "上传后先逐行检查，显示改动前后的数；确认导入后一次全部生效，有一处差错则全部不生效。",
        )

    def known_rows(self, about: str, unit: Unit, user: User) -> Iterable[Sequence[Value]]:
        chosen = policy_year_of(about)
        rows = (
            visible_envelopes(user)
            .filter(clause__document=chosen.document, policy_year=chosen.year)
            .select_related("unit", "clause")
            .order_by("unit__kind", "unit__order", "unit", "clause__order", "share")
        )
        for row in rows:
            yield (
                row.unit.name,
                str(row.get_share_display()),
                row.clause.clause_id,
                Year(row.policy_year),
                row.subject_code,
                row.subject_name,
                None,
                None,
                Fen(row.amount_fen),
            )

    def check(self, table: Table, about: str, unit: Unit, user: User) -> Checked:
        chosen = policy_year_of(about)
        faults = doubled(table.rows, ["unit", "share", "clause"], UNIT, "项预算")
        faults += [
            Fault(row.number, YEAR, f"这份表格是 {chosen.year} 年度的，此行填的是 {row.get('year')}。")
            for row in table.rows
            if row.get("year") not in {None, chosen.year}
        ]
        units = {one.name: one for one in Unit.objects.filter(is_active=True)}
        barred = {
            name: why_not_budget(units[name], user) for name in {str(r.get("unit")) for r in table.rows} & set(units)
        }
        faults += [
            Fault(row.number, UNIT, barred[str(row.get("unit"))])
            for row in table.rows
            if barred.get(str(row.get("unit")))
        ]
        clauses = {one.clause_id: one for one in governed_clauses(chosen.document, chosen.year)}
        standing = {
            (row.unit_id, row.share, row.clause_id): row
            for row in Envelope.objects.filter(clause__document=chosen.document, policy_year=chosen.year)
        }
        checked = Checked(faults=faults)
        shares = {str(share.label): share for share in Share}
        for row in sound(table, faults):
            owner, share = units[str(row.get("unit"))], shares[str(row.get("share"))]
            clause = clauses[str(row.get("clause"))]
            envelope = standing.get((owner.pk, share, clause.pk))
            self._compare(checked, row, owner, share, clause, chosen.year, envelope)
        return checked

    def _compare(
        self,
        checked: Checked,
        row: Row,
        unit: Unit,
        share: Share,
        clause: Clause,
        year: int,
        envelope: Envelope | None,
    ) -> None:
        label = f"{unit.name} {share.label} {clause.clause_id}"
        amount, reason = row.get("amount"), str(row.get("reason") or "")
        code, name = row.get("subject_code"), row.get("subject_name")
        if envelope is None and amount is None:
            if code or name:
                checked.faults.append(Fault(row.number, AMOUNT, "这项预算尚未下达，请填写预算总额。"))
            else:
                checked.unchanged += 1
            return
        moves = amount is not None and (envelope is None or amount != envelope.amount_fen)
        if moves and not reason:
            checked.faults.append(Fault(row.number, REASON, "预算总额有变动，请写明事由，如预算批复的文号。"))
            return
        if envelope is None:
            payload = {
                "open": {
                    "unit": unit,
                    "share": share,
                    "clause": clause,
                    "policy_year": year,
                    "subject_code": code or "",
                    "subject_name": name or "",
                    "amount_fen": amount,
                    "reason": reason,
                }
            }
            checked.changes.append(
                Change(row.number, label, "下达预算", "（无预算）", f"{grouped(amount)} 元", payload)
            )
            return
        before = (envelope.subject_code, envelope.subject_name)
        after = (code if code is not None else before[0], name if name is not None else before[1])
        if moves:
            checked.changes.append(
                Change(
                    row.number,
                    label,
                    "预算总额",
                    f"{grouped(envelope.amount_fen)} 元",
                    f"{grouped(amount)} 元",
                    {"adjust": envelope, "fen": amount - envelope.amount_fen, "reason": reason},
                )
            )
        if after != before:
            checked.changes.append(
                Change(
                    row.number,
                    label,
                    "预算科目",
                    " ".join(before).strip() or "（未填）",
                    " ".join(after).strip(),
                    {"subject": envelope, "code": after[0], "name": after[1]},
                )
            )
        checked.unchanged += not moves and after == before
