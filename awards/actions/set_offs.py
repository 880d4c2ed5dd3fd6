"""抵扣: what is owed back is set off against a later award of the same enterprise, only by decision of two people.

The 经办 of the lead that demands proposes, its 审核 decides. A share that stands on a payment list, or was paid, is no
target: list and set-off both lock the award, and the database counts them together (set_off_within_award).
"""

from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from awards.actions.payment_awards import finish_where_nothing_is_owed
from awards.actions.recovery_parts import address_of, amount_faults, lock_recovery, name_of, tell_payers, tell_unit
from awards.actions.recovery_receipts import write_set_off_receipt
from awards.enums import LIVE_PAYMENTS, AwardState, ProposalState, RecoveryState, Share
from awards.models import Award, Recovery, SetOff, SetOffProposal
from awards.permissions import CONFIRMERS, DRAFTERS, holds, require_lead
from awards.queries.owed import owed_fen
from awards.queries.recoveries import outstanding_fen
from awards.workflow import SET_OFFS
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped, yuan
from common.prose import read_prose

MAX_REASON, MAX_NOTE = 2000, 500


def propose_set_off(
    *, recovery: Recovery, award: Award, share: str, amount_fen: int | None, reason: str, by: User, at: datetime
) -> SetOffProposal:
    """Propose to pay so much (分) less of one share of a later award (经办 of the lead that demands).

    Raises Invalid by field, Conflict where nothing is demanded or a proposal is open, NotAllowed.
    """
    with transaction.atomic():
        current, awards = lock_recovery(recovery.pk, and_awards=[award.pk])
        require_lead([current.award], by, DRAFTERS)
        _require_demanded(current)
        if current.set_off_proposals.filter(state=ProposalState.OPEN).exists():
            raise Conflict("这件追回已有一份待审核的抵扣，请先由审核人员决定或退回。", what="已有待审核的抵扣")
        errors = _faults(current, awards[award.pk], share, amount_fen)
        try:
            reason = read_prose(reason, field="reason", name="抵扣的理由", limit=MAX_REASON)
        except Invalid as refused:
            errors |= refused.errors
        if errors or amount_fen is None:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        proposal = SetOffProposal.objects.create(
            recovery=current,
            award=awards[award.pk],
            share=share,
            amount_fen=amount_fen,
            reason=reason,
            proposed_by=by,
            proposed_at=at,
        )
        record("recovery.set_off_proposed", subject=current, by=by, at=at, data=_told(proposal))
        body = f"经办人 {by} 拟从{awards[award.pk].application.number}抵扣 {grouped(proposal.amount_fen)} 元，请审核。"
        tell_unit(current.unit, f"待审核抵扣：{name_of(current)}", body, current, but=by, at=at)
        return proposal


def decide_set_off(*, proposal: SetOffProposal, expected_version: int, by: User, at: datetime) -> SetOff:
    """Decide a proposed set-off (审核 of the same lead, another person): that share is paid less, the claim is smaller.

    An award of which nothing is left to be paid is thereby done. Raises Invalid where the sums do not fit any more,
    Conflict, NotAllowed.
    """
    with transaction.atomic():
        current, awards = lock_recovery(proposal.recovery_id, and_awards=[proposal.award_id])
        row = _open(proposal, expected_version)
        require_lead([current.award], by, CONFIRMERS)
        if row.proposed_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员决定。")
        _require_demanded(current)
        target = awards[row.award_id]
        errors = _faults(current, target, row.share, row.amount_fen)
        if errors:
            raise Invalid(f"{next(iter(errors.values()))[0]}请退回后重新提出。")
        set_off = SetOff.objects.create(
            recovery=current,
            award=target,
            share=row.share,
            amount_fen=row.amount_fen,
            reason=row.reason,
            proposed_by=row.proposed_by,
            decided_by=by,
            decided_at=at,
        )
        SET_OFFS.apply(row, "decide", changes={"closed_by": by, "closed_at": at, "set_off": set_off})
        record("recovery.set_off_decided", subject=current, by=by, at=at, data=_told(row) | {"set_off": set_off.pk})
        write_set_off_receipt(current, set_off, by=by, at=at)
        finish_where_nothing_is_owed(target, by=by, at=at)
        _tell(current, set_off, by=by, at=at)
        return set_off


def withdraw_set_off(
    *, proposal: SetOffProposal, expected_version: int, note: str = "", by: User, at: datetime
) -> SetOffProposal:
    """Send a proposal back (审核, with a note) or take it back (its author). Raises Invalid, Conflict, NotAllowed."""
    with transaction.atomic():
        current, _ = lock_recovery(proposal.recovery_id)
        row = _open(proposal, expected_version)
        own = row.proposed_by_id == by.pk
        if not own or not holds(by, current.unit, (*DRAFTERS, *CONFIRMERS)):
            require_lead([current.award], by, CONFIRMERS)
        note = read_prose(note, field="note", name="退回说明", limit=MAX_NOTE) if note.strip() or not own else ""
        SET_OFFS.apply(row, "withdraw", changes={"closed_by": by, "closed_at": at, "note": note})
        record("recovery.set_off_withdrawn", subject=current, by=by, at=at, data=_told(row) | {"note": note})
        if not own:
            notify(
                [row.proposed_by],
                title=f"抵扣退回：{name_of(current)}",
                body=note,
                url=address_of(current),
                topic=NoticeTopic.TASK,
                at=at,
            )
        return row


def _open(proposal: SetOffProposal, expected_version: int) -> SetOffProposal:
    row = SetOffProposal.objects.select_related("proposed_by").get(pk=proposal.pk)
    if row.version != expected_version or row.state != ProposalState.OPEN:
        raise Conflict("这份抵扣已被处理，请刷新后查看。", what=row.get_state_display())
    return row


def _require_demanded(recovery: Recovery) -> None:
    if recovery.state != RecoveryState.DEMANDED:
        raise Conflict(
            f"这件追回当前为“{recovery.get_state_display()}”，只有已发追回通知、尚未结清的可以抵扣。",
            what=recovery.get_state_display(),
        )


def _faults(recovery: Recovery, target: Award, share: str, amount_fen: int | None) -> dict[str, list[str]]:
    """What is wrong with setting so much off against this share, by field."""
    if share not in Share.values:
        return {"target": ["请选择由哪一级资金抵扣。"]}
    level = Share(share).label
    number = target.application.number
    if target.account.enterprise_id != recovery.award.account.enterprise_id:
        return {"target": ["只能从同一企业的奖补中抵扣。"]}
    if target.pk == recovery.award_id:
        return {"target": ["不能从被追回的奖补本身抵扣。"]}
    if target.state not in {AwardState.APPROVED, AwardState.PAYING}:
        return {"target": [f"{number}当前为“{target.get_state_display()}”，只有已批复、尚未拨付的奖补可以抵扣。"]}
    if target.payments.filter(share=share, state__in=LIVE_PAYMENTS).exists():
        return {"target": [f"{number}的{level}资金已列入拨付清单或已拨付，不能抵扣。"]}
    left, owed = outstanding_fen(recovery), owed_fen(target, share)
    too_much = "抵扣不能超过尚欠的" if left <= owed else f"抵扣不能超过{number}尚待拨付的{level}资金"
    faults = amount_faults(amount_fen, min(left, owed), too_much=too_much)
    return {"amount": faults} if faults else {}


def _told(proposal: SetOffProposal) -> dict[str, object]:
    return {
        "proposal": proposal.pk,
        "award": proposal.award_id,
        "share": proposal.share,
        "amount": yuan(proposal.amount_fen),
        "reason": proposal.reason,
    }


def _tell(recovery: Recovery, set_off: SetOff, *, by: User, at: datetime) -> None:
    """The enterprise and whoever pays learn that the later award is paid less, and why."""
    number, level = set_off.award.application.number, Share(set_off.share).label
    body = (
        f"经决定，{number}的{level}资金抵扣{name_of(recovery)}的应退款 {grouped(set_off.amount_fen)} 元，"
        f"该件{level}还将拨付 {grouped(owed_fen(set_off.award, set_off.share))} 元。"
    )
    notify(
        enterprise_users(recovery.award.account.enterprise),
        title=f"抵扣决定：{number}",
        body=body,
        url=address_of(recovery),
        topic=NoticeTopic.DECISION,
        at=at,
    )
    tell_payers(f"抵扣决定：{number}", body, recovery, but=by, at=at)
