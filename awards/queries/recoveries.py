"""Reads of 追回: who may do what, what is outstanding, what a page needs."""

from django.db.models import Sum

from accounts.models import Unit, User
from awards.enums import RecoveryState
from awards.models import Award, Recovery
from awards.permissions import CONFIRMERS, DRAFTERS, PAYERS, require_payer, why_not_for_lead
from common.errors import NotAllowed


def paying_unit_of_all() -> Unit | None:
    """The unit that pays (市财政局); money comes back to it."""
    return Unit.objects.filter(is_finance=True, is_active=True).order_by("order", "pk").first()


def standing_fen(recovery: Recovery) -> int:
    """What came back or was set off, less what was corrected (分)."""
    return recovery.receipts.aggregate(sum=Sum("amount_fen"))["sum"] or 0


def outstanding_fen(recovery: Recovery) -> int:
    """What is still to come back (分); 0 before anything was demanded."""
    if recovery.state not in {RecoveryState.DEMANDED, RecoveryState.CLOSED}:
        return 0
    return (recovery.amount_fen or 0) - standing_fen(recovery)


def why_not_pay_side(award: Award, user: User) -> str:
    """Why the user does not act for the paying unit on this award; "" for its 财务 who took no part in the review."""
    unit = paying_unit_of_all()
    if unit is None:
        return "系统中没有拨付单位，请联系政策管理员。"
    try:
        require_payer(unit, [award], user, PAYERS)
    except NotAllowed as refused:
        return refused.message
    return ""


def why_not_report(award: Award, user: User) -> str:
    """Why the user may not report a finding or enter what came back; "" where nothing stands against it: 经办 and 审核
    of the lead may, and 财务 of the paying unit."""
    because = why_not_for_lead(award, user, (*DRAFTERS, *CONFIRMERS))
    return because if because and why_not_pay_side(award, user) else ""


def require_reporter(award: Award, user: User) -> None:
    """Raise NotAllowed unless the user may report a finding or enter what came back."""
    if because := why_not_report(award, user):
        raise NotAllowed(f"{because.rstrip('。')}；拨付单位的财务人员也可办理。")
