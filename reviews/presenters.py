"""From a case to what its page draws: facts, evidence, corrections, tasks."""

from datetime import date
from typing import Any

from django.urls import reverse

from applications.enums import CorrectionState
from applications.models import Application, Revision
from applications.presenters import fact_rows, fact_tables, figure_rows
from applications.queries.corrections import place_of_point, places_in_words
from applications.queries.definitions import definition_of, policy_of
from common.money import grouped
from common.queries import working_calendar
from reviews.assessment import Assessment
from reviews.enums import CaseState, Outcome, TaskState
from reviews.models import Task
from reviews.queries.routes import procedure_settings

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


def correction_term(application: Application, today: date) -> dict[str, Any]:
    """How many working days an enterprise gets that is asked today, and the last of them."""
    days = procedure_settings(application.clause.document).correction_days
    return {"correction_days": days, "correction_due": working_calendar().add_working_days(today, days)}
