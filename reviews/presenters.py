"""From a case to what its page draws: facts, evidence, opinions, history in words."""

from datetime import date
from typing import Any

from django.urls import reverse

from applications.enums import CorrectionState
from applications.models import Revision
from applications.presenters import fact_rows, fact_tables, figure_rows
from applications.queries.corrections import place_of_point, places_in_words
from applications.queries.definitions import definition_of, policy_of
from common.audit.queries import history
from common.money import grouped
from common.templatetags.ui import zhdate
from reviews.assessment import Assessment
from reviews.enums import CaseState, Outcome, StageKind, TaskState
from reviews.models import Case, Task

CASE_TONES = {
    CaseState.OPEN: "info",
    CaseState.APPROVED: "success",
    CaseState.REFUSED: "danger",
    CaseState.WITHDRAWN: "neutral",
    CaseState.LAPSED: "neutral",
}
TASK_TONES = {
    TaskState.WAITING: "neutral",
    TaskState.OPEN: "info",
    TaskState.DRAFTED: "warning",
    TaskState.DONE: "success",
    TaskState.CANCELLED: "neutral",
}
OUTCOME_TONES = {
    Outcome.ACCEPT: "success",
    Outcome.RECOMMEND: "success",
    Outcome.NOT_RECOMMEND: "danger",
    Outcome.VERIFIED: "success",
    Outcome.QUESTIONED: "warning",
    Outcome.AGREE: "success",
    Outcome.REMARKS: "warning",
    Outcome.DISAGREE: "danger",
    Outcome.APPROVE: "success",
    Outcome.REFUSE: "danger",
}

CORRECTION_TONES = {
    CorrectionState.OPEN: "warning",
    CorrectionState.ANSWERED: "success",
    CorrectionState.CANCELLED: "neutral",
    CorrectionState.LAPSED: "danger",
}

#: Audit events of a case → words.
EVENTS = {
    "case.opened": "受理，建立案卷",
    "case.resumed": "企业已补正，恢复办理",
    "case.stage_opened": "进入下一环节",
    "case.leads_differ": "牵头单位意见不一致，重新办理",
    "case.approved": "审核通过",
    "case.refused": "不予支持",
    "case.withdrawn": "企业撤回，案卷结束",
    "case.lapsed": "逾期未补正，案卷结束",
    "case.returned_for_correction": "退回补正",
    "case.correction_cancelled": "取消补正",
    "case.recused": "回避",
    "panel.convened": "组建评审组",
    "panel.file_attached": "列入评审组",
    "panel.member_added": "增加评审组成员",
    "panel.member_left": "成员退出评审组",
    "panel.chair_appointed": "确定评审组组长",
    "panel.started": "开始评审",
    "panel.sheet_submitted": "提交评分表",
    "panel.expert_recused": "评审专家回避",
    "panel.concluded": "评审结束",
    "decision.drafted": "经办提交意见",
    "decision.returned": "审核退回经办",
    "decision.confirmed": "审核确认",
}


def filed(revision: Revision) -> dict[str, Any]:
    """Figures, facts, tables and evidence of a filed revision as the page draws them."""
    facts = definition_of(revision).facts
    case = revision.application.case
    return {
        "figures": figure_rows(policy_of(revision).year_facts, revision.figures, None),
        "facts": fact_rows(facts, revision.facts, None),
        "tables": fact_tables(facts, revision.facts),
        "evidence": [
            {**item, "url": reverse("reviews:attachment", args=[case.pk, item["attachment"]])}
            for item in revision.evidence
        ],
    }


def bounds_text(assessment: Assessment) -> str:
    """Between which amounts a discretionary decision must lie, in words."""
    if not assessment.discretionary:
        return ""
    floor, ceiling = assessment.floor_fen, assessment.ceiling_fen
    if floor is not None and ceiling is not None:
        return f"核定金额应在 {grouped(floor)} 元至 {grouped(ceiling)} 元之间，并说明理由。"
    if ceiling is not None:
        return f"核定金额不超过 {grouped(ceiling)} 元，并说明理由。"
    return "原文没有规定金额，由牵头单位核定并说明理由。"


def case_history(case: Case) -> list[dict[str, Any]]:
    """The audit trail of the case in words, oldest first."""
    lines = []
    for event in history(case):
        data = event.data
        parts = [data.get("unit", "")]
        if data.get("outcome"):
            parts.append(Outcome(data["outcome"]).label)
        if data.get("amount_fen") is not None:
            parts.append(f"{grouped(data['amount_fen'])} 元")
        if data.get("stage") and not data.get("outcome"):
            parts.append(StageKind(data["stage"]).label)
        if data.get("points"):
            parts.append(f"{data['points']} 项，期限 {zhdate(date.fromisoformat(data['due_on']))}")
        if data.get("note") or data.get("reason"):
            parts.append(data.get("note") or data.get("reason"))
        lines.append(
            {
                "at": event.at,
                "who": event.actor_name,
                "what": EVENTS.get(event.event, event.event),
                "detail": " · ".join(part for part in parts if part),
            }
        )
    return lines


def corrections_of(revision: Revision) -> list[dict[str, Any]]:
    """The requests for correction of a file, each point with its place in words, oldest first."""
    rows = list(revision.application.corrections.prefetch_related("points").select_related("unit", "opened_by"))
    words = places_in_words(revision) if rows else {}
    return [
        {
            "correction": row,
            "tone": CORRECTION_TONES[CorrectionState(row.state)],
            "points": [{"place": place_of_point(point, words), "text": point.text} for point in row.points.all()],
        }
        for row in rows
    ]


def task_line(task: Task) -> dict[str, Any]:
    """One unit's task with its badge."""
    return {
        "task": task,
        "unit": task.unit.name,
        "label": task.get_state_display(),
        "tone": TASK_TONES[TaskState(task.state)],
    }
