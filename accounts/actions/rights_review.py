"""The review of rights (权限复核): every role kept or ended, the list kept with its hash, the next one due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actions.rights import MAX_REASON, end_role, set_system_role
from accounts.enums import NoticeTopic, SystemRole
from accounts.models import RightsReview, UnitMember, User
from accounts.notifications import notify
from accounts.permissions import require_administrator
from accounts.rights_list import Right, is_system, months_after, next_review, seen_sha256, standing_rights
from common.audit.actions import record
from common.canonical import digest
from common.errors import Conflict, DomainError, Invalid
from common.outbox.actions import enqueue
from common.templatetags.ui import zhdate

KEEP: Final = "keep"
END: Final = "end"
#: Owed when a review is overdue, and again every month that passes.
OVERDUE: Final = "accounts.rights_overdue"
MAX_NOTE: Final = 500


@dataclass(frozen=True)
class Decision:
    """What becomes of one right: KEEP, END or "" where nothing was said; and why."""

    decision: str
    reason: str = ""


def close_review(
    *,
    decisions: Mapping[str, Decision],
    keep_rest: bool,
    seen: str,
    note: str = "",
    by: User,
    at: datetime,
) -> RightsReview:
    """Carry out what was decided about every right and keep the list with it.

    decisions: key of a right → decision. keep_rest: rights without a flag that nothing was said about are kept. seen:
    `seen_sha256` of the list that was looked at. Ended rights need a reason, kept ones where they are flagged. All is
    done or nothing. Raises Invalid with a sentence for every right (keys as in the list), Conflict where the list has
    changed since it was looked at, NotAllowed for others than administrators.
    """
    require_administrator(by)
    note = note.strip()
    with transaction.atomic():
        # One review at a time: the second finds another list, or the first one's decisions carried out.
        list(User.objects.select_for_update().filter(system_role=SystemRole.ADMINISTRATOR).order_by("pk"))
        rights = standing_rights(at=at)
        if seen_sha256(rights) != seen:
            raise Conflict("打开本页之后，人员或角色已有变化。您的选择保留在下面，请看过新的清单再完成复核。")
        faults: dict[str, list[str]] = {}
        if len(note) > MAX_NOTE:
            faults["note"] = [f"说明最多 {MAX_NOTE} 字，您填写了 {len(note)} 字。"]
        decided = {right.key: _decided(right, decisions, keep_rest, faults) for right in rights}
        if not faults:
            for right in rights:
                if decided[right.key].decision == END:
                    _end(right, decided[right.key].reason, faults, by=by, at=at)
        if faults:
            raise Invalid("有角色尚未决定或不能这样处理，没有作任何改动。", errors=faults)
        listed = [right.as_json() for right in rights]
        review = RightsReview.objects.create(
            rights=listed,
            rights_sha256=digest(listed),
            decisions=[{"key": key, "decision": one.decision, "reason": one.reason} for key, one in decided.items()],
            note=note,
            reviewed_by=by,
            reviewed_at=at,
        )
        ended = sum(one.decision == END for one in decided.values())
        data = {"rights": len(listed), "ended": ended, "sha256": review.rights_sha256}
        record("accounts.rights_reviewed", subject=review, by=by, at=at, data=data)
        return review


def _decided(
    right: Right, decisions: Mapping[str, Decision], keep_rest: bool, faults: dict[str, list[str]]
) -> Decision:
    said = decisions.get(right.key, Decision(""))
    reason = " ".join(said.reason.split())
    what = f"{right.name}（{right.unit or '系统'} {right.role}）"
    decision = said.decision
    if decision not in {KEEP, END}:
        if not keep_rest or right.flags:
            hint = "有需留意的情况，须逐条决定" if right.flags else "请选择保留或结束"
            faults[right.key] = [f"{what}：{hint}。"]
        decision = KEEP
    elif not reason and (decision == END or right.flags):
        faults[right.key] = [f"{what}：请填写{'结束' if decision == END else '保留'}的理由。"]
    if len(reason) > MAX_REASON:
        faults[right.key] = [f"{what}：理由最多 {MAX_REASON} 字。"]
    return Decision(decision, reason)


def _end(right: Right, reason: str, faults: dict[str, list[str]], *, by: User, at: datetime) -> None:
    try:
        if is_system(right.key):
            set_system_role(user=User.objects.get(pk=right.user), system_role="", reason=reason, by=by, at=at)
        else:
            member = UnitMember.objects.get(pk=int(right.key.partition(":")[2]))
            end_role(member=member, reason=reason, by=by, at=at)
    except DomainError as error:
        faults[right.key] = [f"{right.name}（{right.unit or '系统'} {right.role}）：{error.message}"]


@transaction.atomic
def remind_of_review(*, at: datetime) -> bool:
    """Owe the notice that the review of rights is overdue, once for every month that it is; True where one was owed."""
    due = next_review(at=at)
    if due is None or not due.overdue:
        return False
    late = 0
    while months_after(due.on, late + 1) < timezone.localdate(at):
        late += 1
    enqueue(OVERDUE, {"due": due.on.isoformat()}, key=f"{OVERDUE}:{due.on.isoformat()}:{late}", at=at)
    return True


def tell_administrators(*, at: datetime) -> int:
    """Tell every administrator that the review of rights is overdue; returns how many were told, 0 once it was done."""
    due = next_review(at=at)
    if due is None or not due.overdue:
        return 0
    return notify(
        User.objects.filter(system_role=SystemRole.ADMINISTRATOR, is_active=True),
        title="权限复核已逾期",
        body=f"应于{zhdate(due.on)}前复核全部角色，请在“权限复核”页面办理。",
        url=reverse("accounts:rights"),
        topic=NoticeTopic.SYSTEM,
        at=at,
    )
