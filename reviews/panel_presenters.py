"""From a panel to what its pages draw."""

from collections.abc import Callable, Collection
from typing import Any

from accounts.models import User
from applications.models import Application, Revision
from applications.presenters import fact_rows, fact_tables, figure_rows
from applications.queries.definitions import definition_of, policy_of
from common.money import wan
from reviews.actions.conclusion import outcome_of
from reviews.enums import CaseState, PanelState, StageKind, TaskState
from reviews.models import Case, Panel, Sheet, Task
from reviews.presenters import OUTCOME_TONES
from reviews.queries.panel_board import Board, Cell, Row
from reviews.queries.panel_desk import DeskFile
from reviews.queries.panels import (
    award_bounds,
    may_read_results,
    overseen_panels,
    panel_results,
    quota_of,
    sets_amount,
)
from reviews.workflow import PANEL_STAGES

PANEL_TONES = {
    PanelState.PREPARING: "neutral",
    PanelState.SCORING: "info",
    PanelState.CONCLUDED: "success",
}


def file_content(revision: Revision, *, url: Callable[[int], str]) -> dict[str, Any]:
    """Figures, facts, tables and evidence of a revision; `url` gives the address of an attachment for this reader."""
    facts = definition_of(revision).facts
    return {
        "figures": figure_rows(policy_of(revision).year_facts, revision.figures, None),
        "facts": fact_rows(facts, revision.facts, None),
        "tables": fact_tables(facts, revision.facts),
        "evidence": [{**item, "url": url(item["attachment"])} for item in revision.evidence],
    }


def panel_bounds(subject: Application | Revision) -> str:
    """Between which amounts experts propose, in words; "" where a formula gives the amount."""
    definition = definition_of(subject)
    if not sets_amount(definition):
        return ""
    floor, ceiling = award_bounds(definition)
    if floor is not None and ceiling is not None:
        return f"建议金额应在 {wan(floor)} 万元至 {wan(ceiling)} 万元之间。"
    if ceiling is not None:
        return f"建议金额不超过 {wan(ceiling)} 万元。"
    return "原文没有规定金额，由评审组提出建议。"


def desk_state(panel: Panel, file: DeskFile) -> dict[str, str]:
    """The state of the own sheet as a badge."""
    if file.bar:
        return {"label": "已回避" if file.bar == "已回避" else "须回避", "tone": "neutral"}
    if file.submitted:
        return {"label": "已提交", "tone": "success"}
    if panel.state == PanelState.PREPARING:
        return {"label": "尚未开始", "tone": "neutral"}
    if panel.state == PanelState.CONCLUDED or not file.live:
        return {"label": "未提交，评审已结束", "tone": "neutral"}
    return {"label": "草稿，未提交" if file.sheet else "待评审", "tone": "warning"}


def sheet_lines(panel: Panel, sheet: Sheet) -> list[dict[str, Any]]:
    """The marks of a submitted sheet, one line per criterion."""
    return [
        {"name": criterion.name, "full": criterion.points, "points": sheet.scores.get(str(criterion.pk), "")}
        for criterion in panel.criteria.all()
    ]


def score_table(board: Board, row: Row) -> list[dict[str, Any]]:
    """The marks of one file: a line per criterion, a cell per member; of sheets that are not submitted nothing."""

    def mark(cell: Cell, key: str) -> str:
        given = cell.sheet is not None and cell.sheet.submitted_at is not None
        return cell.sheet.scores.get(key, "") if given and cell.sheet else ""

    return [
        {
            "name": criterion.name,
            "full": criterion.points,
            "cells": [{"member": cell.member, "points": mark(cell, str(criterion.pk))} for cell in row.cells],
        }
        for criterion in board.criteria
    ]


def board_rows(board: Board) -> list[dict[str, Any]]:
    """The rows of the ranking with the words of the verdict where there is one."""
    rows = []
    for row in board.rows:
        verdict = None
        if row.result:
            outcome = outcome_of(board.panel, row.result["recommended"])
            verdict = {"label": outcome.label, "tone": OUTCOME_TONES[outcome], "amount_fen": row.result["amount_fen"]}
        rows.append({"row": row, "verdict": verdict, "table": score_table(board, row)})
    return rows


def quota_text(board: Board) -> str:
    """The line of the quota in words; "" for a clause that prints none."""
    quota = board.quota
    if quota is None:
        return ""
    return (
        f"原文为“{quota.printed}”。本组以外本年度已同意 {quota.approved} {quota.unit}，"
        f"尚余 {quota.left} {quota.unit}；名次在此之后的标为“超出目标数”，只作提示，不影响评审和审批。"
    )


def progress_text(board: Board) -> str:
    """How far the scoring is, in words."""
    return f"还差 {board.outstanding} 份评分表；全部交齐后由组长汇总并结束评审。"


def shortage(board: Board, needed: int) -> list[str]:
    """Files for which fewer members are left than the panel needs, in words."""
    return [
        f"{row.application.number} 可评审的成员只有 {row.judges} 名（需 {needed} 名）。"
        for row in board.rows
        if row.judges < needed
    ]


def panel_context(case: Case, reader: User) -> dict[str, Any]:
    """What the page of a case shows of its panels: results and the quota for the leads and auditors, else nothing."""
    if not may_read_results(case, reader):
        return {}
    quota = quota_of(case.application) if case.state == CaseState.OPEN else None
    return {
        "panel_results": panel_results(case),
        "quota_warning": quota.warning if quota else "",
        "panels_overseen": set(overseen_panels(reader).filter(stages__case=case).values_list("pk", flat=True)),
    }


def panel_stage(task: Task, gestures: Collection[str]) -> dict[str, Any] | None:
    """What the task's unit can do at a stage that a panel decides; None at every other stage and once it is done."""
    if task.stage.kind not in PANEL_STAGES or task.state != TaskState.OPEN:
        return None
    panel = task.stage.panel
    return {
        "panel": panel,
        "tone": PANEL_TONES[PanelState(panel.state)] if panel else "",
        "may": "convene" in gestures,
        "competition": task.stage.kind == StageKind.EXPERT,
    }
