"""What bank and treasury told of the rows of a sent list: all of it in one transaction, or nothing of it.

A row gets one result. What was entered wrongly is reversed by the leader of the paying unit and paid on another list;
no entry is ever overwritten.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from awards.actions.entries import write_entry
from awards.actions.payment_awards import move_awards
from awards.actions.payment_locks import lock_list, lock_rows
from awards.enums import EntryKind, ListState, PaymentState, ResultKind
from awards.models import ImportFile, Payment, PaymentList, PaymentResult
from awards.payment_letters import request_payment_notice
from awards.permissions import PAYERS, require_payer
from awards.queries.owed import set_off_by_share
from awards.workflow import LISTS, PAYMENTS
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.money import grouped, yuan
from common.templatetags.ui import zhdate
from common.workdays import local_day

MAX_REASON, MAX_REFERENCE = 300, 60


@dataclass(frozen=True)
class ResultInput:
    """What was told of one row. row: its number on the list (序号); kind: a ResultKind value, paid or returned; on: the
    day of the bank; amount_fen: the amount as the bank names it (分), checked where it is given."""

    row: int
    kind: str
    on: date | None
    reason: str = ""
    reference: str = ""
    amount_fen: int | None = None

    @property
    def day(self) -> date:
        """The day of a checked result."""
        if self.on is None:
            raise ValueError(f"row {self.row} has no day")
        return self.on


def record_results(
    *,
    payment_list: PaymentList,
    results: Sequence[ResultInput],
    by: User,
    at: datetime,
    imported_from: ImportFile | None = None,
    expected_total_fen: int | None = None,
) -> PaymentList:
    """Enter results of rows (财务 of the paying unit): money counts as paid, or what came back may be paid again.

    expected_total_fen: what the bank says it paid with these rows, in 分; another sum is refused. All or nothing:
    raises Invalid with every fault, keyed by the row's number ("" for the list as a whole), Conflict for a list that is
    not sent, NotAllowed.
    """
    with transaction.atomic():
        listing = lock_list(payment_list.pk)
        rows = lock_rows(listing, rows=[result.row for result in results])
        require_payer(listing.unit, [row.award for row in rows], by, PAYERS)
        if listing.state not in {ListState.SENT, ListState.CLOSED}:
            raise Conflict(
                f"清单{listing.number}{listing.get_state_display()}，送拨付后才能录入结果。",
                what=listing.get_state_display(),
            )
        _check(listing, rows, results, expected_total_fen, at)
        by_number = {row.row: row for row in rows}
        told = sorted(((by_number[result.row], result) for result in results), key=lambda pair: pair[0].row)
        for row, result in told:
            _write(row, result, imported_from, by=by, at=at)
        _letters([(row, result) for row, result in told if result.kind == ResultKind.PAID], by=by, at=at)
        move_awards([row.award for row, _ in told], by=by, at=at)
        if not listing.rows.filter(state=PaymentState.SENT).exists():
            LISTS.apply(listing, "close", changes={"closed_at": at})
        paid = [row.amount_fen for row, result in told if result.kind == ResultKind.PAID]
        record(
            "payment_list.results_entered",
            subject=listing,
            by=by,
            at=at,
            data={
                "list": listing.number,
                "paid": len(paid),
                "paid_sum": yuan(sum(paid)),
                "returned": len(told) - len(paid),
                "import": imported_from.pk if imported_from else None,
                "closed": listing.state == ListState.CLOSED,
            },
        )
        return listing


def _check(
    listing: PaymentList,
    rows: Sequence[Payment],
    results: Sequence[ResultInput],
    expected_total_fen: int | None,
    at: datetime,
) -> None:
    """Raise Invalid with everything that is wrong with these results."""
    faults: dict[str, list[str]] = defaultdict(list)
    if not results:
        faults[""].append("没有填写任何一笔的结果。")
    by_number = {row.row: row for row in rows}
    entered = {
        result.payment_id: result
        for result in PaymentResult.objects.filter(payment__in=rows).select_related("by").order_by("pk")
    }
    times = Counter(result.row for result in results)
    for result in results:
        key, name = str(result.row), f"第 {result.row} 笔"
        row = by_number.get(result.row)
        if row is None or row.state == PaymentState.DROPPED:
            faults[key].append(f"{name}：清单{listing.number}没有这一笔。")
            continue
        if times[result.row] > 1:
            faults[key].append(f"{name}：结果出现了 {times[result.row]} 次，每笔只能有一个结果。")
        if row.state != PaymentState.SENT:
            old = entered.get(row.pk)
            who = f"，由{old.by}于{zhdate(local_day(old.at))}录入" if old else ""
            faults[key].append(f"{name}：已有结果“{row.get_state_display()}”{who}，不能再次录入。")
        faults[key] += [f"{name}：{sentence}" for sentence in _faults_of(listing, row, result, at)]
    total = sum(
        by_number[result.row].amount_fen
        for result in results
        if result.row in by_number and result.kind == ResultKind.PAID
    )
    if expected_total_fen is not None and expected_total_fen != total:
        faults[""].append(
            f"合计不符：银行回单合计 {grouped(expected_total_fen)} 元，所填已拨付各笔合计 {grouped(total)} 元，"
            f"相差 {grouped(abs(expected_total_fen - total))} 元，请核对后再录入。"
        )
    found = {key: list(dict.fromkeys(sentences)) for key, sentences in faults.items() if sentences}
    if found:
        first = next(iter(found.values()))[0]
        count = sum(len(sentences) for sentences in found.values())
        raise Invalid(first if count == 1 else f"有 {count} 处差错，全部结果均未录入。", errors=found)


def _faults_of(listing: PaymentList, row: Payment, result: ResultInput, at: datetime) -> list[str]:
    """What is wrong with one result by itself."""
    faults = []
    if result.kind not in {ResultKind.PAID, ResultKind.RETURNED}:
        faults.append("请选择“已拨付”或“退回”。")
    if result.kind == ResultKind.RETURNED and not result.reason.strip():
        faults.append("退回须写明原因。")
    if len(result.reason) > MAX_REASON:
        faults.append(f"原因不能超过 {MAX_REASON} 字。")
    if len(result.reference) > MAX_REFERENCE:
        faults.append(f"凭证号不能超过 {MAX_REFERENCE} 字。")
    if result.amount_fen is not None and result.amount_fen != row.amount_fen:
        faults.append(f"金额 {grouped(result.amount_fen)} 元与清单的 {grouped(row.amount_fen)} 元不符。")
    if listing.sent_at is None or result.on is None:
        faults.append("请填写日期。")
    elif result.on > local_day(at):
        faults.append(f"日期 {zhdate(result.on)} 晚于今天。")
    elif result.on < local_day(listing.sent_at):
        faults.append(f"日期 {zhdate(result.on)} 早于清单送拨付的 {zhdate(local_day(listing.sent_at))}。")
    return faults


def _write(
    row: Payment, result: ResultInput, imported_from: ImportFile | None, *, by: User, at: datetime
) -> PaymentResult:
    """Put one checked result on its row, with budget, audit event and, for what came back, word to the enterprise."""
    paid = result.kind == ResultKind.PAID
    PAYMENTS.apply(row, "pay" if paid else "return")
    written = PaymentResult.objects.create(
        payment=row,
        kind=result.kind,
        on=result.day,
        reason=result.reason.strip(),
        reference=result.reference.strip(),
        imported_from=imported_from,
        by=by,
        at=at,
    )
    if paid:
        write_entry(row.envelope, EntryKind.PAY, row.amount_fen, award=row.award, payment=row, by=by, at=at)
    record(
        "payment.paid" if paid else "payment.returned",
        subject=row,
        by=by,
        at=at,
        data={
            "list": row.list.number,
            "row": row.row,
            "application": row.award.application.number,
            "share": row.share,
            "amount": yuan(row.amount_fen),
            "on": written.on.isoformat(),
            "reason": written.reason,
            "reference": written.reference,
        },
    )
    number, sum_ = row.award.application.number, f"{row.get_share_display()}资金 {grouped(row.amount_fen)} 元"
    if paid:
        title, body = f"资金已拨付：{number}", f"{sum_}已于{zhdate(written.on)}拨付，请查收。拨付通知随后送达。"
        url = f"/awards/{row.award_id}/"
    else:
        title = f"拨付被退回：{number}"
        body = (
            f"{sum_}拨付后被退回，原因：{written.reason}。"
            "请法定代表人（授权人）尽快核对并更正收款账户，更正后由拨付单位重新拨付。"
        )
        url = reverse("accounts:bank_account")
    notify(
        enterprise_users(row.award.application.enterprise),
        title=title,
        body=body,
        url=url,
        topic=NoticeTopic.DECISION,
        at=at,
    )
    return written


def _letters(paid: Iterable[tuple[Payment, ResultInput]], *, by: User, at: datetime) -> None:
    """Order the 拨付通知 of the rows just paid."""
    rows = list(paid)
    pks = [row.pk for row, _ in rows]
    tails = {
        pk: account[-4:] if len(account) >= 8 else ""
        for pk, account in Payment.objects.filter(pk__in=pks).values_list("pk", "account_number")
    }
    set_off = set_off_by_share([row.award_id for row, _ in rows])
    for row, result in rows:
        request_payment_notice(
            payment=row,
            paid_on=result.day,
            tail=tails[row.pk],
            set_off_fen=set_off.get((row.award_id, row.share), 0),
            by=by,
            at=at,
        )
