"""What a member of a panel does with a file: save and submit a sheet, step back (回避)."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from django.db import IntegrityError, transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify, unit_users
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped
from reviews.actions.locking import lock_case
from reviews.actions.panels import lock_panel, touch, warn_of_shortage
from reviews.assessment import assess
from reviews.enums import PanelState, StageKind
from reviews.models import Criterion, Panel, PanelMember, Recusal, Sheet, Stage
from reviews.permissions import take_part
from reviews.queries.panel_board import board_of
from reviews.queries.panels import LIVE, bars, files_of, sits_on
from reviews.ranking import PointsError, parse_points, points_text


def save_sheet(
    *,
    member: PanelMember,
    stage: Stage,
    seen: datetime | None,
    scores: Mapping[int, str],
    verified_fen: int | None = None,
    remarks: str = "",
    by: User,
    at: datetime,
) -> Sheet:
    """Keep a draft of the own sheet; marks may still be missing, what is there must be right.

    seen: when the sheet was last saved as the page showed it, None for a fresh one; another instant raises Conflict.
    scores: criterion → the mark as typed. verified_fen: 分 (audits). Raises Invalid with every fault at once.
    """
    with transaction.atomic():
        return _write(
            member, stage, seen, scores=scores, verified_fen=verified_fen, remarks=remarks, submit=False, by=by, at=at
        )


def submit_sheet(
    *,
    member: PanelMember,
    stage: Stage,
    seen: datetime | None,
    scores: Mapping[int, str],
    verified_fen: int | None = None,
    remarks: str = "",
    by: User,
    at: datetime,
) -> Sheet:
    """Submit the own sheet, which nobody can change afterwards; arguments and faults as for :func:`save_sheet`."""
    with transaction.atomic():
        sheet = _write(
            member, stage, seen, scores=scores, verified_fen=verified_fen, remarks=remarks, submit=True, by=by, at=at
        )
        panel = sheet.member.panel
        touch(panel)
        total = sum((Fraction(text) for text in sheet.scores.values()), Fraction(0))
        data = {
            "panel": panel.pk,
            "stage": panel.kind,
            "sheet": sheet.pk,
            "scores": sheet.scores,
            "total": points_text(total),
            "verified_fen": sheet.verified_fen,
        }
        record("panel.sheet_submitted", subject=panel, by=by, at=at, data=data | {"files": [stage.pk]})
        record("panel.sheet_submitted", subject=sheet.stage.case, by=by, at=at, data={**data, "note": panel.title})
        _tell_when_complete(panel, at=at)
        return sheet


def recuse_expert(*, member: PanelMember, stage: Stage, reason: str, by: User, at: datetime) -> Recusal:
    """Step back from one file for good: the member sees it no more, and a sheet of theirs counts no more."""
    with transaction.atomic():
        panel, seat, file = _seat(member, stage, by)
        if panel.state == PanelState.CONCLUDED:
            raise Conflict("评审组已经结束，不能再登记回避。", what=panel.get_state_display())
        if not reason.strip():
            raise Invalid("请写明回避理由。", field="reason")
        try:
            with transaction.atomic():
                recusal = Recusal.objects.create(case=file.case, user=by, reason=reason.strip(), at=at)
        except IntegrityError as error:
            raise Conflict("您已回避本案卷。") from error
        touch(panel)
        data = {"panel": panel.pk, "stage": panel.kind, "reason": reason.strip()}
        record("panel.expert_recused", subject=panel, by=by, at=at, data=data | {"files": [file.pk]})
        record("panel.expert_recused", subject=file.case, by=by, at=at, data=data)
        if panel.state == PanelState.SCORING:
            warn_of_shortage(board_of(panel), [file.pk], at=at)
            _tell_when_complete(panel, at=at)
        assert seat.user_id == recusal.user_id
        return recusal


def _seat(member: PanelMember, stage: Stage, by: User) -> tuple[Panel, PanelMember, Stage]:
    """Lock case and panel; the panel with the person's seat and the file. Raises where they do not belong together.

    The case comes first, as everywhere: what is written here refers to it, and a conclusion holds it already.
    """
    lock_case(stage.case_id)
    panel = lock_panel(member.panel_id)
    seat = sits_on(by).filter(panel=panel).select_related("user").first()
    if seat is None:
        raise NotAllowed("您已不在这个评审组内，不能再评审。")
    file = files_of(panel).filter(pk=stage.pk).first()
    if file is None:
        raise NotAllowed("这件申报不由本评审组评审。")
    if why := bars([file], {by.pk}).get((file.pk, by.pk)):
        raise NotAllowed(f"您不能评审这件申报：{why}。")
    seat.panel = panel
    return panel, seat, file


def _write(
    member: PanelMember,
    stage: Stage,
    seen: datetime | None,
    *,
    scores: Mapping[int, str],
    verified_fen: int | None,
    remarks: str,
    submit: bool,
    by: User,
    at: datetime,
) -> Sheet:
    panel, seat, file = _seat(member, stage, by)
    if panel.state != PanelState.SCORING:
        raise Conflict(f"评审组当前为“{panel.get_state_display()}”，不能评分。", what=panel.get_state_display())
    if file.state not in LIVE:
        raise Conflict("这件申报已结束评审（企业撤回或逾期），不用再评分。", what=file.get_state_display())
    sheet = Sheet.objects.filter(member=seat, stage=file).first()
    if sheet is not None and sheet.submitted_at is not None:
        raise Conflict("您的评分表已经提交，不能再改。", what="已提交")
    if (sheet.saved_at if sheet else None) != seen:
        raise Conflict(
            "您在另一个窗口保存过这份评分表，您填写的内容保留在下面，请看过再提交。",
            what="评分表在另一处保存过",
        )
    errors: dict[str, list[str]] = {}
    kept = _read_scores(panel, scores, submit, errors)
    if panel.kind == StageKind.AUDIT:
        _check_verified(file, verified_fen, remarks, submit, errors)
    if errors:
        raise Invalid("评分表还不完整，请按提示补充。", errors=errors)
    sheet = sheet or Sheet(member=seat, stage=file)
    sheet.member, sheet.stage = seat, file
    sheet.scores, sheet.remarks = kept, remarks.strip()
    sheet.verified_fen = verified_fen if panel.kind == StageKind.AUDIT else None
    sheet.saved_at, sheet.submitted_at = at, at if submit else None
    if submit:
        # Whoever judges takes part in this stage: never the filer, never somebody of another stage.
        task = file.tasks.select_related("unit")[0]
        task.stage = file
        take_part(task, by, at)
    sheet.save()
    return sheet


def _read_scores(panel: Panel, scores: Mapping[int, str], submit: bool, errors: dict[str, list[str]]) -> dict[str, str]:
    """The typed marks as they are stored; faults under the name of the criterion's field."""
    kept = {}
    criteria = Criterion.objects.filter(panel=panel) if panel.kind == StageKind.EXPERT else []
    for criterion in criteria:
        typed = scores.get(criterion.pk, "").strip()
        if not typed:
            if submit:
                errors[score_field(criterion)] = [f"请填写“{criterion.name}”的分数。"]
            continue
        try:
            kept[str(criterion.pk)] = points_text(parse_points(typed, criterion.points))
        except PointsError as error:
            errors[score_field(criterion)] = [str(error)]
    return kept


def score_field(criterion: Criterion) -> str:
    """The name under which the mark of a criterion travels in forms and faults."""
    return f"criterion_{criterion.pk}"


def _check_verified(
    file: Stage, verified_fen: int | None, remarks: str, submit: bool, errors: dict[str, list[str]]
) -> None:
    """An auditor states the amount where a formula gives it, and says why where it differs."""
    if not submit:
        return
    found = assess(file.case.application.revisions.order_by("-number")[0])
    if found.discretionary:
        if not remarks.strip():
            errors["remarks"] = ["请写明审计意见。"]
        return
    if verified_fen is None:
        errors["verified"] = ["请填写审定金额；审定为不应支持的填 0。"]
    elif verified_fen != (found.amount_fen or 0) and not remarks.strip():
        errors["remarks"] = [f"审定金额与测算金额 {grouped(found.amount_fen or 0)} 元不一致，请写明依据。"]


def _tell_when_complete(panel: Panel, *, at: datetime) -> None:
    """Tell chair and unit that the last sheet is in."""
    board = board_of(panel)
    if not board.complete:
        return
    notify(
        [board.chair.user] if board.chair else unit_users(panel.unit),
        title=f"评分表已齐：{panel.title}",
        body="全部评分表已提交，请组长汇总并结束评审。" if board.chair else "全部评分表已提交，请先确定组长。",
        url=f"/reviews/panels/{panel.pk}/{'conclude/' if board.chair else ''}",
        topic=NoticeTopic.TASK,
        at=at,
    )
