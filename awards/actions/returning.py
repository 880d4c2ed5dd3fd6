"""退回牵头审核: the 审核 of the lead takes an award back before payment; the case begins anew at the lead."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from applications.models import Application
from awards.actions.entries import commit_shares
from awards.actions.publicity_parts import take_off_draft
from awards.enums import LIVE_PAYMENTS, AwardState, Share
from awards.models import Award, YearAccount
from awards.permissions import CONFIRMERS, require_lead
from awards.workflow import AWARDS
from common.audit.actions import record
from common.errors import Conflict
from common.money import yuan
from common.prose import read_prose
from reviews.actions.reopen import reopen_lead

MAX_REASON = 1000

#: Why an award in one of these states is not taken back here.
_ELSEWHERE = {
    AwardState.PUBLIC: "该件正在公示，公示期内由异议处理，不能直接退回。",
    AwardState.OBJECTED: "该件正在处理异议，请在异议答复中认定异议成立后退回。",
    AwardState.PAYING: "该件已送拨付，不能退回；如需收回，请办理追回。",
    AwardState.PAID: "该件已拨付，不能退回；如需收回，请办理追回。",
    AwardState.RETURNED: "该件已退回牵头单位，请刷新后查看。",
}


def return_award(
    *, award: Award, reason: str, expected_version: int, by: User, at: datetime, upheld: bool = False
) -> Award:
    """Return an award to its lead with a reason: its budgets are released, it leaves a 公示 that is still a draft, and
    the lead decides the case anew.

    by: 审核 of the lead. upheld: an objection was upheld, which alone returns an award that is objected to. Letters
    that went out stand until the new ones replace them. The reason is for officers, not for the enterprise. Order of
    locks: application, account, award, round, envelopes. Raises Conflict where the award changed since
    `expected_version`, is public, objected to, on a payment list or paid; Invalid without a reason; NotAllowed.
    """
    reason = read_prose(reason, field="reason", name="退回原因", limit=MAX_REASON)
    with transaction.atomic():
        application = Application.objects.select_for_update(of=("self",)).get(pk=award.application_id)
        YearAccount.objects.select_for_update(of=("self",)).get(pk=award.account_id)
        current = (
            Award.objects.select_for_update(of=("self",))
            .select_related("application__clause__document", "application__enterprise__district", "unit", "account")
            .get(pk=award.pk)
        )
        require_lead([current], by, CONFIRMERS)
        state = AwardState(current.state)
        if state in _ELSEWHERE and not (upheld and state == AwardState.OBJECTED):
            raise Conflict(_ELSEWHERE[state], what=state.label)
        if upheld and state != AwardState.OBJECTED:
            raise Conflict(f"该件当前为“{state.label}”，没有正在处理的异议。", what=state.label)
        if current.version != expected_version:
            raise Conflict("该件在您操作期间已有变化，请查看最新内容后再退回。", what=state.label)
        if current.payments.filter(state__in=LIVE_PAYMENTS).exists():
            raise Conflict("该件已列入拨付清单，请先由拨付单位移出清单，再退回。", what="已列入拨付清单")
        if current.set_offs.exists():
            raise Conflict("该件已用于抵扣追回款，不能退回。", what="已抵扣")
        take_off_draft(current, by=by, at=at)
        commit_shares(
            [(current, {Share.CITY: current.city_fen, Share.DISTRICT: current.district_fen}, {})], by=by, at=at
        )
        AWARDS.apply(
            current,
            "return_to_lead",
            changes={"returned_at": at, "returned_by": by, "return_reason": reason, "due_on": None},
        )
        record(
            "award.returned",
            subject=current,
            by=by,
            at=at,
            data={
                "application": application.number,
                "from": str(state),
                "settled": yuan(current.settled_fen),
                "reason": reason,
                "upheld": upheld,
            },
        )
        reopen_lead(application=application, reason=reason, by=by, at=at)
        return current
