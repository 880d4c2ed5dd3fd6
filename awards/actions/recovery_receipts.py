"""What came back: instalments entered with their voucher, wrong entries reversed; the claim ends by itself when all is
back and runs again when an entry is reversed."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from applications.actions.messages import Enclosure
from awards.actions.recovery_parts import (
    address_of,
    amount_faults,
    keep_files,
    lock_recovery,
    name_of,
    store_files,
    tell_payers,
    tell_unit,
)
from awards.enums import ReceiptKind, RecoveryState
from awards.models import Recovery, RecoveryReceipt, SetOff
from awards.models.recovery import RUNNING
from awards.queries.recoveries import outstanding_fen, require_reporter
from awards.workflow import RECOVERIES
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotFound
from common.money import grouped, yuan
from common.prose import read_prose
from common.templatetags.ui import zhdate
from common.workdays import local_day

MAX_REFERENCE, MAX_NOTE = 60, 300


def record_receipt(
    *,
    recovery: Recovery,
    amount_fen: int | None,
    on: date | None,
    reference: str,
    note: str = "",
    files: Sequence[Enclosure] = (),
    by: User,
    at: datetime,
) -> RecoveryReceipt:
    """Enter an instalment (分) that came back on a day, with the number of its voucher; the last one ends the recovery.
    By 财务 of the paying unit, 经办 or 审核 of the lead.

    The same voucher with the same day and sum is entered once: sent again it is a Conflict. Raises Invalid by field,
    naming what is outstanding, Conflict where nothing is demanded, NotAllowed.
    """
    require_reporter(recovery.award, by)
    stored = store_files(files)
    with transaction.atomic():
        current, _ = lock_recovery(recovery.pk)
        require_reporter(current.award, by)
        left = _outstanding(current)
        errors: dict[str, list[str]] = {}
        if faults := amount_faults(amount_fen, left, too_much="退款不能超过尚欠的"):
            errors["amount"] = faults
        if on is None:
            errors["on"] = ["请填写到账日期。"]
        elif on > local_day(at):
            errors["on"] = ["到账日期不能晚于今天。"]
        elif current.award.approved_at and on < local_day(current.award.approved_at):
            errors["on"] = [f"到账日期不能早于批复日期（{zhdate(local_day(current.award.approved_at))}）。"]
        try:
            reference = " ".join(read_prose(reference, field="reference", name="凭证号", limit=MAX_REFERENCE).split())
        except Invalid as refused:
            errors |= refused.errors
        try:
            note = read_prose(note, field="note", name="说明", limit=MAX_NOTE) if note.strip() else ""
        except Invalid as refused:
            errors |= refused.errors
        if on and amount_fen and "reference" not in errors:
            # Before the sum is told: of a doubled entry this is what is wrong with it.
            _require_new(current, amount_fen, on, reference)
        if errors or on is None or amount_fen is None:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        receipt = RecoveryReceipt.objects.create(
            recovery=current,
            kind=ReceiptKind.TRANSFER,
            amount_fen=amount_fen,
            on=on,
            reference=reference,
            note=note,
            by=by,
            at=at,
        )
        keep_files(current, stored, by=by, at=at)
        after_receipt(current, receipt, by=by, at=at)
        return receipt


def write_set_off_receipt(recovery: Recovery, set_off: SetOff, *, by: User, at: datetime) -> RecoveryReceipt:
    """The receipt of a decided set-off on a locked recovery."""
    receipt = RecoveryReceipt.objects.create(
        recovery=recovery,
        kind=ReceiptKind.SET_OFF,
        amount_fen=set_off.amount_fen,
        on=local_day(at),
        set_off=set_off,
        by=by,
        at=at,
    )
    after_receipt(recovery, receipt, by=by, at=at)
    return receipt


def reverse_receipt(*, receipt: RecoveryReceipt, note: str, by: User, at: datetime) -> RecoveryReceipt:
    """Take a wrong entry back by a reversal of its whole amount, with the reason; the claim runs again.

    By whoever may enter. Raises Conflict for what is reversed already, a reversal or a set-off (which rests on a
    decision), Invalid, NotAllowed.
    """
    with transaction.atomic():
        current, _ = lock_recovery(receipt.recovery_id)
        require_reporter(current.award, by)
        note = read_prose(note, field="note", name="冲减的原因", limit=MAX_NOTE)
        row = RecoveryReceipt.objects.get(pk=receipt.pk)
        if row.kind == ReceiptKind.SET_OFF:
            raise Conflict("抵扣由两人决定并已减少后续奖补的拨付，不能冲减。", what=row.get_kind_display())
        if row.kind == ReceiptKind.REVERSAL:
            raise Conflict("这一笔本身是冲减，不能再冲减；请重新登记退款。", what=row.get_kind_display())
        if RecoveryReceipt.objects.filter(reverses=row).exists():
            raise Conflict("这笔退款已经冲减，请刷新后查看。", what="已冲减")
        if current.state == RecoveryState.CLOSED:
            if current.award.recoveries.filter(state__in=RUNNING).exists():
                raise Conflict("该奖补另有一件追回正在办理，办结之前不能冲减已结清的这一件。", what="另有追回")
            RECOVERIES.apply(current, "reopen", changes={"closed_at": None})
        reversal = RecoveryReceipt.objects.create(
            recovery=current,
            kind=ReceiptKind.REVERSAL,
            amount_fen=-row.amount_fen,
            on=local_day(at),
            note=note,
            reverses=row,
            by=by,
            at=at,
        )
        left = outstanding_fen(current)
        record(
            "recovery.receipt_reversed",
            subject=current,
            by=by,
            at=at,
            data={"receipt": row.pk, "amount": yuan(row.amount_fen), "note": note, "outstanding": yuan(left)},
        )
        body = f"{zhdate(row.on)}的退款 {grouped(row.amount_fen)} 元登记有误，已冲减，尚欠 {grouped(left)} 元。"
        _tell(current, "退款更正", body, by=by, at=at)
        return reversal


def hand_in_voucher(*, recovery: Recovery, files: Sequence[Enclosure], by: User, at: datetime) -> Recovery:
    """The enterprise hands in the voucher of its transfer; the paying unit enters the money when it has arrived.

    Raises NotFound for strangers, Invalid without a file, Conflict where nothing is demanded.
    """
    if not recovery.award.account.enterprise.members.filter(user=by, is_active=True).exists():
        raise NotFound
    if not files:
        raise Invalid("请选择退款凭证文件。", field="attachments")
    stored = store_files(files)
    with transaction.atomic():
        current, _ = lock_recovery(recovery.pk)
        _outstanding(current)
        known = set(current.files.filter(by=by).values_list("sha256", flat=True))
        fresh = [document for document in stored if document.sha256 not in known]
        if not fresh:
            return current  # sent twice
        keep_files(current, fresh, by=by, at=at)
        record(
            "recovery.voucher_handed_in",
            subject=current,
            by=by,
            at=at,
            data={"files": [document.sha256 for document in fresh]},
        )
        body = f"{current.award.account.enterprise.name}上传了退款凭证，请核对到账后登记。"
        tell_unit(current.unit, f"退款凭证：{name_of(current)}", body, current, but=None, at=at)
        tell_payers(f"退款凭证：{name_of(current)}", body, current, but=None, at=at)
        return current


def after_receipt(recovery: Recovery, receipt: RecoveryReceipt, *, by: User, at: datetime) -> None:
    """The record and the messages of an entry; the recovery ends where nothing is outstanding any more."""
    left = outstanding_fen(recovery)
    if left == 0:
        RECOVERIES.apply(recovery, "close", changes={"closed_at": at})
    record(
        "recovery.receipt_recorded",
        subject=recovery,
        by=by,
        at=at,
        data={
            "receipt": receipt.pk,
            "kind": receipt.kind,
            "amount": yuan(receipt.amount_fen),
            "on": receipt.on.isoformat(),
            "reference": receipt.reference,
            "outstanding": yuan(left),
            "closed": left == 0,
        },
    )
    how = "抵扣" if receipt.kind == ReceiptKind.SET_OFF else "退款到账"
    rest = "已全部退清" if left == 0 else f"尚欠 {grouped(left)} 元"
    title = "追回已结清" if left == 0 else "退款登记"
    _tell(recovery, title, f"{how} {grouped(receipt.amount_fen)} 元，{rest}。", by=by, at=at)


def _outstanding(recovery: Recovery) -> int:
    """What is outstanding of a demanded recovery; Conflict for any other."""
    if recovery.state == RecoveryState.CLOSED:
        raise Conflict("这件追回已结清，尚欠 0.00 元，不能再登记退款。", what=recovery.get_state_display())
    if recovery.state != RecoveryState.DEMANDED:
        raise Conflict(
            f"这件追回当前为“{recovery.get_state_display()}”，发出追回通知后才能登记退款。",
            what=recovery.get_state_display(),
        )
    return outstanding_fen(recovery)


def _require_new(recovery: Recovery, amount_fen: int, on: date, reference: str) -> None:
    same = (
        recovery.receipts.filter(
            kind=ReceiptKind.TRANSFER, amount_fen=amount_fen, on=on, reference=reference, reversed_by=None
        )
        .select_related("by")
        .first()
    )
    if same is not None:
        raise Conflict(
            f"凭证号“{reference}”的这笔退款已由{same.by}登记，没有重复登记。", changed_by=str(same.by), what="已登记"
        )


def _tell(recovery: Recovery, title: str, body: str, *, by: User, at: datetime) -> None:
    notify(
        enterprise_users(recovery.award.account.enterprise),
        title=f"{title}：{name_of(recovery)}",
        body=body,
        url=address_of(recovery),
        topic=NoticeTopic.DECISION,
        at=at,
    )
    tell_unit(recovery.unit, f"{title}：{name_of(recovery)}", body, recovery, but=by, at=at)
    tell_payers(f"{title}：{name_of(recovery)}", body, recovery, but=by, at=at)
