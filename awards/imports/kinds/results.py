"""拨付结果: what became of each row of one payment list, with the sum that the sender counted."""

from collections.abc import Iterable, Sequence

from accounts.models import Unit, User
from awards.enums import ImportKind, ListState, PaymentState, ResultKind
from awards.imports.kinds.base import TableKind, sound
from awards.models import Payment, PaymentList
from awards.permissions import PAYERS
from common.errors import Invalid
from common.money import grouped
from common.sheets import Fen, Value
from common.tables import cells
from common.tables.tables import Change, Checked, Column, Fault, Row, Subject, Table, doubled

ROW, HOLDER, TAIL, AMOUNT = "序号", "户名", "账号后四位", "金额（元）"
RESULT, DAY, REASON, REFERENCE = "结果", "日期", "原因", "凭证号"
CHOICES = (str(ResultKind.PAID.label), str(ResultKind.RETURNED.label))
_KINDS = {str(kind.label): kind for kind in (ResultKind.PAID, ResultKind.RETURNED)}


class Results(TableKind):
    kind = ImportKind.RESULTS
    row_label = "笔拨付"
    explanation = "一份拨付清单各笔的结果：已拨付，或退回及原因。逐笔核对户名、账号后四位和金额，并核对合计。"
    roles = PAYERS
    total = "合计（已拨付各笔）"
    subject_label = "拨付清单"

    def subjects(self, user: User) -> list[Subject]:
        lists = PaymentList.objects.visible_to(user).filter(state=ListState.SENT).order_by("-sent_at", "-pk")
        return [Subject(row.number, f"{row.number}（{row.count} 笔，{grouped(row.total_fen)} 元）") for row in lists]

    def subject(self, key: str, user: User) -> Subject:
        row = PaymentList.objects.visible_to(user).filter(number=key).first()
        if row is None:
            raise Invalid("请选择拨付清单。", field="about")
        if row.state != ListState.SENT:
            raise Invalid(f"清单 {row.number} 为“{row.get_state_display()}”，不能录入结果。", field="about")
        return Subject(row.number, row.number)

    def columns(self, about: str) -> tuple[Column, ...]:
        return (
            Column("row", ROW, cells.count, width=8, format="count", help="清单中的序号。"),
            Column("holder", HOLDER, cells.line(120), width=34, help="清单中的户名。"),
            Column("tail", TAIL, cells.digits(4), width=14, help="清单中账号的后四位。"),
            Column("amount", AMOUNT, cells.money, width=18, format="money", help="清单中的金额。"),
            Column(
                "result",
                RESULT,
                cells.one_of(CHOICES),
                required=False,
                width=12,
                choices=CHOICES,
                help="尚无结果的留空，以后再导入。",
            ),
            Column("on", DAY, cells.day, required=False, width=14, format="day", help="有结果的必填。"),
            Column("reason", REASON, cells.line(300), required=False, width=34, help="退回的必填。"),
            Column("reference", REFERENCE, cells.line(60), required=False, width=20, help="银行或国库的凭证号。"),
        )

    def head(self, about: str) -> str:
        return f"拨付清单编号：{about}"

    def notes(self, about: str) -> Sequence[str]:
        return (
            f"本表用于录入清单 {about} 的拨付结果，表中已列出清单的各笔，请勿改动序号、户名、账号后四位和金额。",
            "“结果”选择已拨付或退回；退回的写明原因；尚无结果的整行留空，以后再导入。",
            "末行“合计”填银行或国库回单上已拨付的合计（只填数字，不用公式），与表中已拨付各笔之和不一致则全部不导入。",
            "请勿合并单元格、隐藏行列、使用公式或改动列名。",
            "上传后先逐行检查；确认导入后一次全部生效，有一处差错则全部不生效。",
        )

    def known_rows(self, about: str, unit: Unit, user: User) -> Iterable[Sequence[Value]]:
        rows = Payment.objects.filter(list__number=about, state=PaymentState.SENT).order_by("row")
        for row in rows.only("row", "account_name", "account_number", "amount_fen", "state"):
            yield (row.row, row.account_name, row.account_number[-4:], Fen(row.amount_fen), None, None, None, None)

    def check(self, table: Table, about: str, unit: Unit, user: User) -> Checked:
        listing = PaymentList.objects.visible_to(user).filter(number=about, unit=unit).first()
        if listing is None:
            return Checked(faults=[Fault(0, "", f"没有找到{unit.name}的清单 {about}。")])
        if listing.state != ListState.SENT:
            return Checked(faults=[Fault(0, "", f"清单 {about} 为“{listing.get_state_display()}”，不能录入结果。")])
        payments = {row.row: row for row in listing.rows.defer("bank_name", "bank_code")}
        faults = doubled(table.rows, ["row"], ROW, "序号")
        told: list[tuple[Row, Payment]] = []
        unchanged = 0
        for row in table.rows:
            if row.get("row") is None:
                continue
            payment = payments.get(row.get("row"))
            if payment is None or payment.state == PaymentState.DROPPED:
                faults.append(Fault(row.number, ROW, f"清单 {about} 中没有序号 {row.get('row')}。"))
                continue
            faults += _differences(row, payment)
            if row.get("result") is None:
                blank = all(row.get(key) is None for key in ("on", "reason", "reference"))
                unchanged += blank
                faults += [] if blank else [Fault(row.number, RESULT, "填写了日期、原因或凭证号，请选择结果。")]
                continue
            faults += _faults_of_result(row, payment)
            told.append((row, payment))
        paid = [row for row, _ in told if row.get("result") == CHOICES[0]]
        amounts = sum(row.get("amount") or 0 for row in paid)
        if table.total_fen is not None and table.total_fen != amounts:
            faults.append(
                Fault(
                    table.total_row,
                    AMOUNT,
                    f"合计 {grouped(table.total_fen)} 元与已拨付的 {len(paid)} 笔之和 {grouped(amounts)} 元不一致，"
                    f"相差 {grouped(abs(table.total_fen - amounts))} 元。",
                )
            )
        checked = Checked(faults=faults, unchanged=unchanged)
        good = {row.number for row in sound(table, faults)}
        checked.changes = [
            Change(
                row.number,
                f"第 {payment.row} 笔 {payment.account_name}",
                f"{grouped(payment.amount_fen)} 元",
                str(payment.get_state_display()),
                _after(row),
                {
                    "total_fen": table.total_fen,
                    "result": {
                        "row": payment.row,
                        "kind": _KINDS[str(row.get("result"))],
                        "on": row.get("on"),
                        "reason": str(row.get("reason") or ""),
                        "reference": str(row.get("reference") or ""),
                        "amount_fen": row.get("amount"),
                    },
                },
            )
            for row, payment in told
            if row.number in good
        ]
        return checked


def _differences(row: Row, payment: Payment) -> list[Fault]:
    """Where a row is not the one of the list."""
    faults = []
    if row.get("holder") is not None and cells.folded(row.get("holder")) != cells.folded(payment.account_name):
        faults.append(Fault(row.number, HOLDER, f"与清单第 {payment.row} 笔的户名不一致。"))
    if row.get("tail") is not None and row.get("tail") != payment.account_number[-4:]:
        faults.append(Fault(row.number, TAIL, f"与清单第 {payment.row} 笔的账号不一致。"))
    if row.get("amount") is not None and row.get("amount") != payment.amount_fen:
        faults.append(
            Fault(
                row.number,
                AMOUNT,
                f"清单第 {payment.row} 笔为 {grouped(payment.amount_fen)} 元，此处填 {grouped(row.get('amount'))} 元。",
            )
        )
    return faults


def _faults_of_result(row: Row, payment: Payment) -> list[Fault]:
    faults = []
    if payment.state != PaymentState.SENT:
        faults.append(Fault(row.number, RESULT, f"这一笔为“{payment.get_state_display()}”，不能再录入结果。"))
    if row.get("on") is None:
        faults.append(Fault(row.number, DAY, "请填写日期。"))
    if row.get("result") == str(ResultKind.RETURNED.label) and not row.get("reason"):
        faults.append(Fault(row.number, REASON, "退回的请写明原因。"))
    return faults


def _after(row: Row) -> str:
    reason = f"，{row.get('reason')}" if row.get("reason") else ""
    on = row.get("on")
    return f"{row.get('result')}（{on.year}年{on.month}月{on.day}日{reason}）"
