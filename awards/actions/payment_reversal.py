"""冲回: a row that was entered as paid and was not. The leader of the paying unit reverses it; nothing is overwritten.

The row itself has come to its end: its share is paid by another row, on another list, made and sent by two people.
So two people take part here as well: whoever entered the result never reverses it.
"""

from datetime import date, datetime

from django.db import transaction

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from awards.actions.entries import write_entry
from awards.actions.payment_awards import move_awards
from awards.actions.payment_locks import lock_list, lock_rows
from awards.actions.payment_send import due_day
from awards.enums import AwardState, EntryKind, PaymentState, RecoveryState, ResultKind
from awards.models import Payment, PaymentResult, Recovery
from awards.payment_letters import notices_of
from awards.permissions import require_payer
from awards.workflow import AWARDS, PAYMENTS
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped, yuan
from common.templatetags.ui import zhdate
from common.workdays import local_day
from letters.actions import void_letter
from letters.enums import LetterState

MAX_REASON = 300
#: Who reverses an entry: not the person who made it, and not alone a matter of the till.
REVERSERS = (UnitRole.LEADER,)


def reverse_result(*, payment: Payment, reason: str, on: date, by: User, at: datetime) -> PaymentResult:
    """Reverse a row that was entered as paid and was not (负责人 of the paying unit, not the person who entered it).

    The row stays, reversed; budget and award go back, the 拨付通知 is declared void, and the share may go on another
    list. Raises Invalid, NotAllowed, Conflict for a row that does not stand as paid, whose letter is just being made,
    or whose award is being claimed back.
    """
    with transaction.atomic():
        listing = lock_list(payment.list_id)
        (row,) = lock_rows(listing, rows=[payment.row])
        award = row.award
        require_payer(listing.unit, [award], by, REVERSERS)
        if row.state != PaymentState.PAID:
            raise Conflict(
                f"第 {row.row} 笔{row.get_state_display()}，只有已拨付的才能冲回。", what=row.get_state_display()
            )
        entered = row.results.select_related("by").get(kind=ResultKind.PAID)
        if entered.by_id == by.pk:
            raise NotAllowed("录入和冲回须为不同的人，请由本单位另一名负责人办理。")
        _check_reversal(reason, on, entered, at)
        if Recovery.objects.filter(award=award).exclude(state=RecoveryState.DROPPED).exists():
            raise Conflict("该奖补已有追回事项，请先由牵头单位办结，不能冲回拨付。", what="已有追回事项")
        letter = notices_of([row]).get(row.pk)
        if letter is not None and letter.state == LetterState.QUEUED:
            raise Conflict("这一笔的拨付通知正在生成，请稍后再冲回。", what="拨付通知正在生成")
        PAYMENTS.apply(row, "reverse")
        result = PaymentResult.objects.create(
            payment=row, kind=ResultKind.REVERSED, on=on, reason=reason.strip(), by=by, at=at
        )
        write_entry(
            row.envelope,
            EntryKind.UNPAY,
            row.amount_fen,
            award=award,
            payment=row,
            reason=reason.strip(),
            by=by,
            at=at,
        )
        if award.state == AwardState.PAID:
            # The day that was due went with the payment; what is to be paid again is due anew.
            due_on = due_day([row], on=local_day(at))
            AWARDS.apply(award, "reverse_payment", changes={"paid_at": None, "due_on": due_on})
        move_awards([award], by=by, at=at)
        record(
            "payment.reversed",
            subject=row,
            by=by,
            at=at,
            data={
                "list": listing.number,
                "row": row.row,
                "application": award.application.number,
                "share": row.share,
                "amount": yuan(row.amount_fen),
                "on": on.isoformat(),
                "reason": reason.strip(),
            },
        )
        notify(
            enterprise_users(award.application.enterprise),
            title=f"拨付更正：{award.application.number}",
            body=f"{row.get_share_display()}资金 {grouped(row.amount_fen)} 元此前误记为已拨付，现已更正："
            f"{reason.strip()}。原拨付通知作废，款项将重新拨付。",
            url=f"/awards/{award.pk}/",
            topic=NoticeTopic.DECISION,
            at=at,
        )
        if letter is not None and letter.state == LetterState.ISSUED:
            void_letter(letter, reason=f"拨付更正：{reason.strip()}"[:500], by=by, at=at)
        return result


def _check_reversal(reason: str, on: date, entered: PaymentResult, at: datetime) -> None:
    faults: dict[str, list[str]] = {}
    if not reason.strip():
        faults["reason"] = ["冲回须写明原因。"]
    elif len(reason.strip()) > MAX_REASON:
        faults["reason"] = [f"原因不能超过 {MAX_REASON} 字。"]
    if on > local_day(at):
        faults["on"] = ["冲回日期不能晚于今天。"]
    elif on < entered.on:
        faults["on"] = [f"冲回日期不能早于拨付日期 {zhdate(entered.on)}。"]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
