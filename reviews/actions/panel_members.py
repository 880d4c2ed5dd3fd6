"""Who sits on a panel: joining, leaving, who is the chair."""

from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from common.errors import Conflict, Invalid, NotAllowed
from reviews.actions.panels import check_convener, lock_panel, refusals, tell, touch, warn_of_shortage
from reviews.enums import PanelState
from reviews.models import Panel, PanelMember
from reviews.queries.panel_board import board_of


def add_member(*, panel: Panel, expected_version: int, user: User, by: User, at: datetime) -> PanelMember:
    """Take a person from the unit's list onto a panel; while scoring runs the new member scores every file.

    Somebody who left may come back, with the sheets that were submitted. Raises Invalid where the person has to do
    with one of the files.
    """
    with transaction.atomic():
        locked = lock_panel(panel.pk, expected_version=expected_version)
        check_convener(locked, by)
        _require_running(locked)
        stages = [row.stage for row in board_of(locked).rows]
        if faults := refusals(locked.unit, stages, [user]):
            raise Invalid(faults[0], errors={"user": faults})
        member = PanelMember.objects.filter(panel=locked, user=user).first()
        if member is not None and member.left_at is None:
            raise Invalid(f"{user}已在评审组内。", field="user")
        if member is None:
            member = PanelMember(panel=locked, user=user)
        member.left_at, member.is_chair = None, False
        member.save()
        touch(locked)
        tell(locked, "panel.member_added", stages, by=by, at=at, data={"member": user.pk, "note": str(user)})
        if locked.state == PanelState.SCORING:
            notify(
                [user],
                title=f"请评审：{locked.title}",
                body=f"您已加入评审组，共 {len(stages)} 件。与申报企业有利害关系的，请先在该件上登记回避。",
                url="/reviews/panels/mine/",
                topic=NoticeTopic.TASK,
                at=at,
            )
        return member


def leave_panel(*, member: PanelMember, expected_version: int, reason: str, by: User, at: datetime) -> PanelMember:
    """A member leaves, by the own word or the unit's; once scoring has started a reason is needed.

    Sheets that the member submitted stay and count, so that nobody's marks can be removed by removing the person.
    """
    with transaction.atomic():
        locked = lock_panel(member.panel_id, expected_version=expected_version)
        if by.pk != member.user_id:
            check_convener(locked, by)
        _require_running(locked)
        seat = PanelMember.objects.select_related("user").get(pk=member.pk)
        if seat.left_at is not None:
            raise Conflict("该成员已退出评审组。", what="已退出")
        if locked.state == PanelState.SCORING and not reason.strip():
            raise Invalid("评审已经开始，成员退出须写明原因。", field="reason")
        seat.left_at = at
        seat.save(update_fields=["left_at"])
        touch(locked)
        board = board_of(locked)
        stages = [row.stage for row in board.rows]
        why = reason.strip()
        data = {"member": seat.user_id, "note": f"{seat.user}：{why}" if why else str(seat.user)}
        tell(locked, "panel.member_left", stages, by=by, at=at, data=data)
        if locked.state == PanelState.SCORING:
            warn_of_shortage(board, [stage.pk for stage in stages], at=at)
        return seat


def appoint_chair(*, member: PanelMember, expected_version: int, by: User, at: datetime) -> PanelMember:
    """Make another member the chair (组长), who must be free to judge every file."""
    with transaction.atomic():
        locked = lock_panel(member.panel_id, expected_version=expected_version)
        check_convener(locked, by)
        _require_running(locked)
        board = board_of(locked)
        seat = next((row for row in board.active if row.pk == member.pk), None)
        if seat is None:
            raise Conflict("该成员已退出评审组，不能担任组长。", what="已退出")
        for row in board.rows:
            for cell in row.cells:
                if cell.member.pk == seat.pk and cell.bar:
                    raise NotAllowed(f"{seat.user}不能担任组长：对 {row.application.number} {cell.bar}。")
        PanelMember.objects.filter(panel=locked, is_chair=True).update(is_chair=False)
        seat.is_chair = True
        seat.save(update_fields=["is_chair"])
        touch(locked)
        data = {"member": seat.user_id, "note": str(seat.user)}
        tell(locked, "panel.chair_appointed", [row.stage for row in board.rows], by=by, at=at, data=data)
        if locked.state == PanelState.SCORING:
            notify(
                [seat.user],
                title=f"您已担任评审组组长：{locked.title}",
                body="全部评分表提交后，请由您汇总并结束评审。",
                url="/reviews/panels/mine/",
                topic=NoticeTopic.TASK,
                at=at,
            )
        return seat


def _require_running(panel: Panel) -> None:
    if panel.state == PanelState.CONCLUDED:
        raise Conflict("评审组已经结束，不能再改动。", what=panel.get_state_display())
