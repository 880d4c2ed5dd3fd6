"""Opinions by point for tests: settings of the procedure, corrections that change something, what a decision says."""

from datetime import date, datetime
from typing import Any

from applications.actions import PointInput
from applications.models import Correction, Revision
from policies.models import PolicySetting
from reviews.actions import resume_case, return_for_correction
from reviews.actions.opinions import PointOpinion
from reviews.enums import Stance
from reviews.models import Case, Decision, DecisionPoint
from tests.factories.applications import Company, file, fill
from tests.factories.reviews import LATER, officer, task_of

GENERAL = PointInput("general", "", "请补充说明。")


def set_procedure(case: Case, key: str, value: Any) -> None:
    """A newer value of a setting of the case's policy."""
    last = PolicySetting.objects.filter(document=case.application.clause.document, key=key).latest("number")
    PolicySetting.objects.create(
        document=last.document,
        key=key,
        number=last.number + 1,
        valid_from=date(2026, 1, 1),
        label=last.label,
        value=value,
        default=last.default,
        reason=last.reason,
    )


def send_back(case: Case, unit: str | None = None, *points: PointInput, at: datetime = LATER) -> Correction:
    """Return the file for correction from the running stage."""
    task = task_of(case, unit)
    return return_for_correction(
        task=task, expected_version=task.version, points=points or [GENERAL], by=officer(task.unit), at=at
    )


def refile(
    case: Case, company: Company, *, figures: dict[str, Any] | None = None, at: datetime = LATER, **facts: Any
) -> Revision:
    """Answer the open request with other figures of the year and facts, and resume the review."""
    if figures:
        row = company.enterprise.yearly_figures.get()
        row.values |= figures
        row.save(update_fields=["values"])
    case.application.refresh_from_db()
    if facts:
        fill(case.application, company, **facts)
    revision = file(case.application, company, at=at)
    resume_case(revision=revision, at=at)
    case.refresh_from_db()
    return revision


def agrees(key: str) -> PointOpinion:
    """同意 on one point."""
    return PointOpinion(key, Stance.AGREE)


def objects(key: str, text: str = "与申报表不符。") -> PointOpinion:
    """不同意 on one point."""
    return PointOpinion(key, Stance.DISAGREE, text)


def remarks(key: str, text: str = "请关注后续。") -> PointOpinion:
    """同意（附意见）on one point."""
    return PointOpinion(key, Stance.REMARKS, text)


def said(decision: Decision) -> dict[str, tuple[str, str]]:
    """Key of each point → stance and text, as stored."""
    return {point.key: (point.stance, point.text) for point in decision.points.order_by("order")}


def void_of(decision: Decision) -> list[str]:
    """The keys of the points that a revision made void."""
    return list(DecisionPoint.objects.filter(decision=decision, voided_at__isnull=False).values_list("key", flat=True))
