"""The chair concludes a panel: every file gets its decision and moves on, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify, unit_users
from applications.queries.definitions import definition_of
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped
from reviews.actions.locking import lock_case
from reviews.actions.panels import lock_panel
from reviews.actions.routes import advance
from reviews.assessment import assess
from reviews.enums import Outcome, PanelState, StageKind, StageState
from reviews.models import Case, Decision, Panel, Stage, Task
from reviews.permissions import take_part
from reviews.queries.panel_board import Board, Row, board_of
from reviews.queries.panels import LIVE, award_bounds, sets_amount, sits_on
from reviews.workflow import PANELS, TASKS


@dataclass(frozen=True)
class Verdict:
    """What the chair puts down for one file: recommended (or verified without objection), an amount in 分, reasons.

    `favourable` is None where nothing was chosen, which is a fault like any other.
    """

    favourable: bool | None
    amount_fen: int | None = None
    reasons: str = ""


def conclude_panel(
    *,
    panel: Panel,
    expected_version: int,
    verdicts: Mapping[int, Verdict],
    remarks: str,
    by: User,
    at: datetime,
) -> Panel:
    """End a panel with a verdict for every file (stage → verdict); ranking and verdicts are frozen on the panel.

    Sent again by the same chair with the same verdicts it changes nothing and returns the panel. Raises Invalid with
    every fault at once, NotAllowed for anybody but the chair, Conflict where a sheet or file came meanwhile.
    """
    with transaction.atomic():
        cases = _lock_cases(panel)
        locked = lock_panel(panel.pk)
        if locked.state == PanelState.CONCLUDED:
            if locked.concluded_by_id == by.pk and _says(locked, verdicts, remarks):
                return locked
            raise Conflict(
                "评审组已经结束，结果不能再改。",
                changed_by=str(locked.concluded_by),
                what=locked.get_state_display(),
            )
        locked = lock_panel(panel.pk, expected_version=expected_version)
        board = board_of(locked)
        _check_chair(board, by)
        _check_complete(board, cases, verdicts)
        errors = _check_verdicts(board, verdicts, remarks)
        if errors:
            raise Invalid("评审结论还不完整，请按提示补充。", errors=errors)
        result = [_line(row, verdicts[row.stage.pk]) for row in board.rows]
        PANELS.apply(
            locked,
            "conclude",
            changes={"concluded_at": at, "concluded_by": by, "result": result, "remarks": remarks.strip()},
        )
        record("panel.concluded", subject=locked, by=by, at=at, data={"panel": locked.pk, "result": result})
        for row in board.rows:
            _decide(row, cases[row.stage.case_id], verdicts[row.stage.pk], by=by, at=at)
        notify(
            unit_users(locked.unit),
            title=f"评审结束：{locked.title}",
            body=f"组长 {by} 已提交 {len(result)} 件的评审结论，请按办理路径继续。",
            url=f"/reviews/panels/{locked.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return locked


def outcome_of(panel: Panel, favourable: bool) -> Outcome:
    """The outcome that a verdict stands for at this kind of panel."""
    if panel.kind == StageKind.EXPERT:
        return Outcome.RECOMMEND if favourable else Outcome.NOT_RECOMMEND
    return Outcome.VERIFIED if favourable else Outcome.QUESTIONED


def _lock_cases(panel: Panel) -> dict[int, Case]:
    """Lock the applications and cases of the panel's open files, in one order, before the panel itself."""
    wanted = Stage.objects.filter(panel=panel, state__in=LIVE).order_by("case__application_id")
    return {case_id: lock_case(case_id) for case_id in wanted.values_list("case", flat=True)}


def _says(panel: Panel, verdicts: Mapping[int, Verdict], remarks: str) -> bool:
    """Whether a concluded panel says exactly this."""
    said = {line["stage"]: (line["recommended"], line["amount_fen"]) for line in panel.result or []}
    now = {stage: (verdict.favourable, verdict.amount_fen) for stage, verdict in verdicts.items()}
    return said == now and panel.remarks == remarks.strip()


def _check_chair(board: Board, by: User) -> None:
    chair = board.chair
    if chair is None or chair.user_id != by.pk or not sits_on(by).filter(pk=chair.pk).exists():
        raise NotAllowed("评审结论由组长提交，您不是本评审组的组长。")
    if sentence := why_chair_may_not(board):
        raise NotAllowed(sentence)


def why_chair_may_not(board: Board) -> str:
    """Why today's chair must not conclude: one of the files is not the chair's to judge; "" where all are."""
    chair = board.chair
    for row in board.rows:
        for cell in row.cells:
            if chair is not None and cell.member.pk == chair.pk and cell.bar:
                unit = board.panel.unit.name
                return f"您不能评审 {row.application.number}（{cell.bar}），请由{unit}另定组长后再结束。"
    return ""


def _check_complete(board: Board, cases: Mapping[int, Case], verdicts: Mapping[int, Verdict]) -> None:
    """Every file is running, has its sheets, and is one of those that the chair saw."""
    panel = board.panel
    if panel.state != PanelState.SCORING:
        raise Conflict("评审还没有开始，不能结束。", what=panel.get_state_display())
    if {row.stage.pk for row in board.rows} != set(verdicts) or any(
        row.stage.case_id not in cases for row in board.rows
    ):
        raise Conflict("评审件在您打开之后已有变化（新增或撤回），请看过后重新提交。", what="评审件有变化")
    for row in board.rows:
        if row.stage.state != StageState.OPEN:
            raise Conflict(f"{row.application.number} 正暂停计时，恢复后才能结束评审。")
        if row.outstanding or not row.submitted:
            who = "、".join(str(member.user) for member in row.outstanding)
            raise Conflict(
                f"{row.application.number} 的评分表还没有交齐{f'（{who}）' if who else ''}，不能结束评审。",
                what=f"还差 {board.outstanding} 份评分表",
            )


def _check_verdicts(board: Board, verdicts: Mapping[int, Verdict], remarks: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not remarks.strip():
        errors["remarks"] = ["请填写评审组的综合意见。"]
    for row in board.rows:
        verdict = verdicts[row.stage.pk]
        name = f"stage_{row.stage.pk}"
        if verdict.favourable is None:
            errors[f"{name}-favourable"] = [f"{row.application.number}：请选择结论。"]
            continue
        if not verdict.favourable and not verdict.reasons.strip():
            words = outcome_of(board.panel, False).label
            errors[f"{name}-reasons"] = [f"{row.application.number}：结论为“{words}”时须写明理由。"]
        if sentence := _amount_fault(board.panel, row, verdict):
            errors[f"{name}-amount"] = [f"{row.application.number}：{sentence}"]
    return errors


def _amount_fault(panel: Panel, row: Row, verdict: Verdict) -> str:
    """What is wrong with the amount of a verdict, or ""."""
    definition = definition_of(row.application)
    amount = verdict.amount_fen
    if panel.kind == StageKind.AUDIT:
        if sets_amount(definition):
            return ""
        if amount is None:
            return "请填写审定金额；审定为不应支持的填 0。"
        computed = assess(row.application.revisions.order_by("-number")[0]).amount_fen or 0
        if verdict.favourable and amount != computed:
            return f"审定金额与测算金额 {grouped(computed)} 元不一致，结论应为“审计有异议”。"
        return ""
    if not verdict.favourable or not sets_amount(definition):
        return "" if amount is None else "不建议支持或金额按公式计算的，不填写建议金额。"
    floor, ceiling = award_bounds(definition)
    if amount is None:
        return "建议支持的，请填写建议金额。"
    if floor is not None and amount < floor:
        return f"建议金额不得低于 {grouped(floor)} 元。"
    if ceiling is not None and amount > ceiling:
        return f"建议金额不得超过 {grouped(ceiling)} 元。"
    return "" if amount else "建议金额须大于 0 元；不支持请选“不建议支持”。"


def _line(row: Row, verdict: Verdict) -> dict[str, Any]:
    """The file as it is frozen on the panel; `sheets` are those that were counted."""
    return {
        "stage": row.stage.pk,
        "case": row.stage.case_id,
        "number": row.application.number,
        "score": row.score or None,
        "rank": row.place.rank if row.score else None,
        "recommended": verdict.favourable,
        "amount_fen": verdict.amount_fen,
        "sheets": [cell.sheet.pk for cell in row.cells if cell.counts and cell.sheet],
    }


def _decide(row: Row, case: Case, verdict: Verdict, *, by: User, at: datetime) -> None:
    """The chair's decision on one file, which ends its stage and moves the case on."""
    stage = row.stage
    stage.case = case
    task = Task.objects.select_for_update(of=("self",)).select_related("unit").get(stage=stage)
    task.stage = stage
    take_part(task, by, at)
    decision = Decision.objects.create(
        task=task,
        revision=case.application.revisions.order_by("-number")[0],
        outcome=outcome_of(row.stage.panel, bool(verdict.favourable)),  # type: ignore[arg-type]
        reasons=verdict.reasons.strip(),
        amount_fen=verdict.amount_fen,
        two_person=False,
        drafted_by=by,
        drafted_at=at,
        confirmed_by=by,
        confirmed_at=at,
    )
    TASKS.apply(task, "draft")
    TASKS.apply(task, "confirm", changes={"closed_at": at})
    record(
        "panel.concluded",
        subject=case,
        by=by,
        at=at,
        data={
            "panel": stage.panel_id,
            "stage": stage.kind,
            "decision": decision.pk,
            "outcome": decision.outcome,
            "amount_fen": decision.amount_fen,
            "revision": decision.revision_id,
            "score": row.score or None,
            "rank": row.place.rank if row.score else None,
            "reasons": decision.reasons,
        },
    )
    advance(stage, by=by, at=at)
