"""Leave to file after a window has closed, by exception and with a reason; taking it back."""

import datetime as dt

from django.db import transaction

from accounts.bans import standing_ban
from accounts.enums import NoticeTopic
from accounts.models import Enterprise, User
from accounts.notifications import enterprise_users, notify
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.templatetags.ui import zhdate
from common.workdays import local_day
from policies.actions.calls import locked_call, require_reason
from policies.links import apply_url
from policies.models import Call, Clause, LateFiling
from policies.permissions import require_editor
from policies.queries.calls import clauses_of
from policies.queries.windows import Window, window_for, window_in

GRANTED, REVOKED = "policies.late_filing_granted", "policies.late_filing_revoked"


def grant_late_filing(
    call: Call,
    *,
    enterprise: Enterprise,
    clause: Clause,
    closes_on: dt.date,
    reason: str,
    by: User,
    at: dt.datetime,
) -> LateFiling:
    """Let one enterprise file one clause until the end of a day, though its window has closed; its people are told.

    Raises NotAllowed, and Invalid (fields `clause`, `closes_on`, `enterprise`, `reason`): a clause that is not of the
    call, a window that has not closed (nothing to grant) or not opened, a day that is past, an enterprise that may
    not apply (accounts.bans), a leave that stands already, no reason.
    """
    require_editor(by)
    reason = require_reason(reason)
    today = local_day(at)
    if closes_on < today:
        raise Invalid(f"准予提交至的日期已经过去，应为今天（{zhdate(today)}）或以后。", field="closes_on")
    with transaction.atomic():
        locked = locked_call(call)
        # The order of locks is call, then enterprise; a decision to ban locks the enterprise alone.
        enterprise = Enterprise.objects.select_for_update(no_key=True).get(pk=enterprise.pk)
        if clause.pk not in {item.pk for item in clauses_of(locked)}:
            raise Invalid(f"{clause}不在这份申报通知的范围内，请选择通知所列的条款。", field="clause")
        if ban := standing_ban(enterprise, on=today):
            raise Invalid(
                f"{enterprise}限制申报至{zhdate(ban.last_day)}（{ban.reason.rstrip('。')}），期满或解除后才能准予。",
                field="enterprise",
            )
        standing = locked.late_filings.filter(enterprise=enterprise, clause=clause, revoked_at=None).first()
        if standing is not None:
            raise Invalid(
                f"该企业此条款已有准予（至{zhdate(standing.closes_on)}）。需要另定日期的，请先撤销原准予。",
                field="clause",
            )
        _require_closed(window_in(locked, clause, enterprise.district_id), today)
        if (other := window_for(clause, locked.policy_year, enterprise=enterprise, on=today)) is not None:
            _require_closed(other, today)
        leave = LateFiling.objects.create(
            call=locked,
            enterprise=enterprise,
            clause=clause,
            closes_on=closes_on,
            reason=reason,
            granted_by=by,
            granted_at=at,
        )
        record(GRANTED, subject=locked, by=by, at=at, data=_data(leave) | {"reason": reason})
        notify(
            enterprise_users(enterprise),
            title=f"准予逾期申报：{clause}",
            body=(
                f"{locked.policy_year}年度的这一条款，贵单位可在{zhdate(closes_on)} 24:00 前提交申报。理由：{reason}"
            ),
            url=f"{apply_url(clause)}?year={locked.policy_year}&enterprise={enterprise.pk}",
            topic=NoticeTopic.CLOCK,
            at=at,
        )
    return leave


def revoke_late_filing(leave: LateFiling, *, reason: str, by: User, at: dt.datetime) -> LateFiling:
    """Take a leave back; what was filed under it stays filed. The enterprise's people are told.

    Raises NotAllowed, Conflict where it was taken back already, Invalid (field `reason`).
    """
    require_editor(by)
    reason = require_reason(reason)
    with transaction.atomic():
        locked = locked_call(leave.call)
        row = LateFiling.objects.select_related("enterprise", "clause").get(pk=leave.pk)
        if row.revoked_at is not None:
            raise Conflict("这项准予已经撤销。", what="准予已撤销")
        row.revoked_by, row.revoked_at, row.revoke_reason = by, at, reason
        row.save(update_fields=["revoked_by", "revoked_at", "revoke_reason"])
        record(REVOKED, subject=locked, by=by, at=at, data=_data(row) | {"reason": reason})
        notify(
            enterprise_users(row.enterprise),
            title=f"撤销逾期申报的准予：{row.clause}",
            body=(
                f"{locked.policy_year}年度的这一条款原准予提交至{zhdate(row.closes_on)}，现已撤销；"
                f"已经提交的申报不受影响。理由：{reason}"
            ),
            topic=NoticeTopic.CLOCK,
            at=at,
        )
    return row


def _require_closed(window: Window, today: dt.date) -> None:
    if window.opens_on > today:
        raise Invalid(f"该企业此条款自{zhdate(window.opens_on)}起受理，尚未开始，无需准予。", field="clause")
    if window.closes_on >= today:
        raise Invalid(f"该企业此条款受理至{zhdate(window.closes_on)} 24:00，尚未截止，无需准予。", field="clause")


def _data(leave: LateFiling) -> dict[str, str | int]:
    return {
        "late_filing": leave.pk,
        "enterprise": leave.enterprise.name,
        "uscc": leave.enterprise.uscc,
        "clause": str(leave.clause),
        "closes_on": leave.closes_on.isoformat(),
    }
