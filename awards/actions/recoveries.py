"""追回: found by one person, the decision drafted by the 经办 and confirmed by the 审核 of the lead, then demanded.

The decision orders its letter in its own transaction, so that 已决定 and 已发追回通知 follow each other at once; a ban
for years goes with it. What comes back is entered in recovery_receipts, set-offs are decided in set_offs.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Ban, Enterprise, User
from accounts.notifications import enterprise_users, notify
from accounts.unit_names import standing_in
from applications.actions.messages import Enclosure
from awards.actions.recovery_parts import (
    address_of,
    amount_faults,
    keep_files,
    lock_awards,
    lock_recovery,
    name_of,
    store_files,
    tell_payers,
    tell_unit,
)
from awards.enums import RecoveryState
from awards.models import Award, Recovery
from awards.models.recovery import RUNNING
from awards.permissions import CONFIRMERS, DRAFTERS, require_lead
from awards.queries.owed import had_fen, recoverable_fen
from awards.queries.recoveries import outstanding_fen, require_reporter
from awards.recovery_letters import request_recovery_notice
from awards.workflow import RECOVERIES
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped, yuan
from common.outbox.actions import enqueue
from common.prose import read_prose
from common.templatetags.ui import zhdate
from common.workdays import end_of_day, local_day
from reviews.queries.routes import procedure_settings

#: The outbox kind that reminds of a due day that went by.
OVERDUE = "awards.recovery_overdue"
MAX_FINDING, MAX_REASON, MAX_NOTE = 4000, 2000, 500
#: The longest ban that a decision may set.
MAX_BAN_YEARS = 10


def report_finding(*, award: Award, finding: str, files: Sequence[Enclosure] = (), by: User, at: datetime) -> Recovery:
    """Report that money of a paid award must be looked at (经办 or 审核 of the lead, 财务 of the paying unit).

    Raises Invalid by field, Conflict where nothing was paid, all of it was demanded already or a recovery of this award
    is running, NotAllowed.
    """
    require_reporter(award, by)
    finding = read_prose(finding, field="finding", name="发现的问题", limit=MAX_FINDING)
    stored = store_files(files)
    with transaction.atomic():
        award = lock_awards([award.pk])[award.pk]
        require_reporter(award, by)
        if not had_fen(award):
            raise Conflict("该奖补尚未拨付，没有可以追回的资金；需要改变核定的，请退回牵头审核。", what="尚未拨付")
        if not recoverable_fen(award):
            raise Conflict("该奖补已拨付的资金已全部决定追回，没有可以再追回的金额。", what="已全部追回")
        if running := award.recoveries.filter(state__in=RUNNING).first():
            raise Conflict(
                f"该奖补已有一件追回正在办理（{running.get_state_display()}），请在那件追回中继续办理。",
                what=running.get_state_display(),
            )
        unit = standing_in(award.unit)
        recovery = Recovery.objects.create(award=award, unit=unit, finding=finding, found_by=by, found_at=at)
        keep_files(recovery, stored, by=by, at=at)
        record(
            "recovery.found",
            subject=recovery,
            by=by,
            at=at,
            data={
                "award": award.pk,
                "application": award.application.number,
                "finding": finding,
                "files": [document.sha256 for document in stored],
            },
        )
        tell_unit(
            recovery.unit,
            f"待拟定追回决定：{name_of(recovery)}",
            f"{by}报告：{finding}",
            recovery,
            but=by,
            at=at,
        )
        return recovery


def draft_recovery(
    *,
    recovery: Recovery,
    amount_fen: int | None,
    reason: str,
    due_on: date | None,
    ban_years: int | None = None,
    expected_version: int,
    by: User,
    at: datetime,
) -> Recovery:
    """Draft the decision (经办 of the lead): amount in 分, reason, due day, how long the enterprise may not apply.

    ban_years: None takes the policy's setting, 0 is no ban. Raises Invalid with every fault by field, Conflict,
    NotAllowed.
    """
    with transaction.atomic():
        current, _ = lock_recovery(recovery.pk, expected_version=expected_version)
        require_lead([current.award], by, DRAFTERS)
        RECOVERIES.target("draft", current.state)
        if ban_years is None:
            ban_years = procedure_settings(current.award.application.clause.document, on=local_day(at)).ban_years
        errors: dict[str, list[str]] = {}
        if faults := _amount_faults(current, amount_fen):
            errors["amount"] = faults
        try:
            reason = read_prose(reason, field="reason", name="追回的理由和依据", limit=MAX_REASON)
        except Invalid as refused:
            errors |= refused.errors
        if faults := _due_faults(due_on, at):
            errors["due_on"] = faults
        if isinstance(ban_years, bool) or not 0 <= ban_years <= MAX_BAN_YEARS:
            errors["ban_years"] = [f"限制申报年数应为 0 至 {MAX_BAN_YEARS} 的整数，0 为不限制。"]
        if errors:
            (first, *_), *more = errors.values()
            raise Invalid("追回决定还不完整，请按提示补充。" if more else first, errors=errors)
        RECOVERIES.apply(
            current,
            "draft",
            changes={
                "amount_fen": amount_fen,
                "reason": reason,
                "due_on": due_on,
                "ban_years": ban_years,
                "drafted_by": by,
                "drafted_at": at,
                "return_note": "",
            },
        )
        record("recovery.drafted", subject=current, by=by, at=at, data=_told(current))
        tell_unit(
            current.unit,
            f"待审核追回决定：{name_of(current)}",
            f"经办人 {by} 拟追回 {grouped(current.amount_fen or 0)} 元，请审核。",
            current,
            but=by,
            at=at,
        )
        return current


def return_recovery_draft(*, recovery: Recovery, note: str, expected_version: int, by: User, at: datetime) -> Recovery:
    """Send a drafted decision back to the 经办 with a note (审核 of the lead). Raises Invalid, Conflict, NotAllowed."""
    with transaction.atomic():
        current, _ = lock_recovery(recovery.pk, expected_version=expected_version)
        require_lead([current.award], by, CONFIRMERS)
        RECOVERIES.target("return", current.state)
        note = read_prose(note, field="note", name="退回说明", limit=MAX_NOTE)
        RECOVERIES.apply(current, "return", changes={"return_note": note})
        record("recovery.returned", subject=current, by=by, at=at, data={"note": note})
        if current.drafted_by is not None:
            notify(
                [current.drafted_by],
                title=f"追回决定退回：{name_of(current)}",
                body=note,
                url=address_of(current),
                topic=NoticeTopic.TASK,
                at=at,
            )
        return current


def decide_recovery(*, recovery: Recovery, expected_version: int, by: User, at: datetime) -> Recovery:
    """Confirm the drafted decision (审核 of the lead, another person): the letter is ordered, a ban begins today.

    Raises Invalid where the amount or the due day does not fit any more, Conflict, NotAllowed.
    """
    with transaction.atomic():
        current, _ = lock_recovery(recovery.pk, expected_version=expected_version)
        require_lead([current.award], by, CONFIRMERS)
        RECOVERIES.target("decide", current.state)
        if current.drafted_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员决定。")
        faults = _amount_faults(current, current.amount_fen) + _due_faults(current.due_on, at)
        if faults:
            raise Invalid(f"{faults[0]}请退回经办人更正。")
        RECOVERIES.apply(current, "decide", changes={"decided_by": by, "decided_at": at})
        ban = _ban(current, by=by, at=at) if current.ban_years else None
        letter = request_recovery_notice(recovery=current, had_fen=had_fen(current.award), by=by, at=at)
        RECOVERIES.apply(current, "demand")
        record(
            "recovery.decided",
            subject=current,
            by=by,
            at=at,
            data=_told(current) | {"letter": letter.pk, "ban": ban.pk if ban else None},
        )
        assert current.due_on is not None  # _due_faults
        enqueue(
            OVERDUE,
            {"recovery": current.pk},
            key=f"{OVERDUE}:{current.pk}",
            at=at,
            due_at=end_of_day(current.due_on),
        )
        amount, due = grouped(current.amount_fen or 0), zhdate(current.due_on)
        notify(
            enterprise_users(current.award.account.enterprise),
            title=f"追回通知：{name_of(current)}",
            body=f"请于{due}前退回 {amount} 元，理由、退款方式和救济途径见追回通知。",
            url=address_of(current),
            topic=NoticeTopic.DECISION,
            at=at,
        )
        tell_unit(current.unit, f"已决定追回：{name_of(current)}", f"应退 {amount} 元。", current, but=by, at=at)
        tell_payers(
            f"待收退款：{name_of(current)}",
            f"{current.award.account.enterprise.name}应于{due}前退回 {amount} 元，到账后请登记。",
            current,
            but=by,
            at=at,
        )
        return current


def drop_recovery(*, recovery: Recovery, reason: str, expected_version: int, by: User, at: datetime) -> Recovery:
    """Decide that nothing is claimed back (审核 of the lead; not whoever drafted a decision), with the reason; what was
    drafted stays in the record. Raises Invalid, Conflict, NotAllowed."""
    with transaction.atomic():
        current, _ = lock_recovery(recovery.pk, expected_version=expected_version)
        require_lead([current.award], by, CONFIRMERS)
        RECOVERIES.target("drop", current.state)
        if current.drafted_by_id == by.pk:
            raise NotAllowed("您拟定了这份决定，不予追回须由本单位另一名审核人员决定。")
        reason = read_prose(reason, field="reason", name="不予追回的理由", limit=MAX_REASON)
        RECOVERIES.apply(
            current,
            "drop",
            changes={
                "reason": reason,
                "amount_fen": None,
                "due_on": None,
                "ban_years": 0,
                "decided_by": by,
                "decided_at": at,
                "closed_at": at,
            },
        )
        record("recovery.dropped", subject=current, by=by, at=at, data={"reason": reason})
        tell_unit(current.unit, f"不予追回：{name_of(current)}", reason, current, but=by, at=at)
        return current


def remind_overdue(*, recovery_id: int, at: datetime) -> bool:
    """After the due day: tell lead, paying unit and enterprise what is still outstanding; whether anybody was told."""
    with transaction.atomic():
        current, _ = lock_recovery(recovery_id)
        left = outstanding_fen(current)
        if current.state != RecoveryState.DEMANDED or left <= 0 or current.due_on is None:
            return False
        title = f"退款逾期：{name_of(current)}"
        body = f"应于{zhdate(current.due_on)}前退回，尚欠 {grouped(left)} 元。"
        tell_unit(current.unit, title, body, current, but=None, at=at, topic="clock")
        tell_payers(title, body, current, but=None, at=at)
        notify(
            enterprise_users(current.award.account.enterprise),
            title=title,
            body=f"{body}请尽快退回。",
            url=address_of(current),
            topic=NoticeTopic.CLOCK,
            at=at,
        )
        record("recovery.overdue", subject=current, by=None, at=at, data={"outstanding": yuan(left)})
        return True


def _amount_faults(recovery: Recovery, amount_fen: int | None) -> list[str]:
    most = recoverable_fen(recovery.award, besides=recovery)
    return amount_faults(amount_fen, most, too_much="应退金额最多为该奖补已拨付且尚未决定追回的")


def _due_faults(due_on: date | None, at: datetime) -> list[str]:
    if due_on is None:
        return ["请填写退款期限。"]
    if due_on <= local_day(at):
        return ["退款期限须晚于今天。"]
    return []


def _ban(recovery: Recovery, *, by: User, at: datetime) -> Ban:
    """The enterprise may not apply from the day of the decision on, for N years; both days count."""
    enterprise = Enterprise.objects.select_for_update(of=("self",), no_key=True).get(
        pk=recovery.award.account.enterprise_id
    )
    first = local_day(at)
    try:
        end = first.replace(year=first.year + recovery.ban_years)
    except ValueError:  # 29 February
        end = first.replace(year=first.year + recovery.ban_years, month=3, day=1)
    ban = Ban.objects.create(
        enterprise=enterprise,
        first_day=first,
        last_day=end - timedelta(days=1),
        reason=f"{recovery.unit.name}决定追回{name_of(recovery)}的奖补资金 {grouped(recovery.amount_fen or 0)} 元",
        source_key=f"recovery:{recovery.pk}",
        decided_by=by,
        decided_at=at,
    )
    record(
        "ban.decided",
        subject=enterprise,
        by=by,
        at=at,
        data={"ban": ban.pk, "recovery": recovery.pk, "last_day": ban.last_day.isoformat()},
    )
    return ban


def _told(recovery: Recovery) -> dict[str, object]:
    return {
        "award": recovery.award_id,
        "amount": yuan(recovery.amount_fen or 0),
        "reason": recovery.reason,
        "due_on": recovery.due_on.isoformat() if recovery.due_on else None,
        "ban_years": recovery.ban_years,
    }
