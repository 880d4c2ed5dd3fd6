"""Opinions by point: what a decision says of each, whether it fits the outcome, and what a revision makes void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from applications.models import Revision
from applications.queries import diff
from common.audit.actions import record
from reviews.enums import Outcome, StageKind, StageState, Stance, TaskState
from reviews.models import Case, Decision, DecisionPoint, Task
from reviews.queries.opinions import AskedPoint, asked_points, differing_points, points_of_revision

#: What an outcome means for a point on which nothing was said one by one.
STANCE_OF = {
    Outcome.AGREE: Stance.AGREE,
    Outcome.REMARKS: Stance.REMARKS,
    Outcome.DISAGREE: Stance.DISAGREE,
}
#: Stances in the order of the form.
STANCES = (Stance.AGREE, Stance.REMARKS, Stance.DISAGREE)

Errors = dict[str, list[str]]


@dataclass(frozen=True)
class PointOpinion:
    """What a unit says about one point; `key` as in reviews/points.py. The lead handles with Stance.RECONCILED."""

    key: str
    stance: Stance
    text: str = ""


@dataclass(frozen=True)
class Line:
    """One point of a decision, ready to be written."""

    key: str
    label: str
    stance: Stance
    text: str


def field_of(key: str, name: str) -> str:
    """The name under which faults of a point are told, and of the form's field: point-amount-text."""
    return f"point-{key}-{name}"


def lines_of(
    task: Task,
    revision: Revision,
    outcome: Outcome,
    *,
    points: Sequence[PointOpinion],
    reasons: str,
    reconciliation: str,
    errors: Errors,
) -> list[Line]:
    """What a decision says by point; every fault is collected in `errors` under `field_of`, `points` or `outcome`.

    At a consultation without `points` every point that is asked for stands as the outcome says, with its reasons. At
    the lead without `points` every differing point is handled as the reconciliation says. No other stage has points.
    """
    given = {point.key: point for point in points}
    if len(given) < len(points):
        errors.setdefault("points", []).append("同一事项只能表明一次意见。")
    if task.stage.kind == StageKind.CONSULTATION:
        return _consulted(asked_points(task, revision), outcome, given, reasons, errors)
    if task.stage.kind == StageKind.LEAD:
        return _reconciled(differing_points(task.stage.case), given, reconciliation, errors)
    if points:
        errors.setdefault("points", []).append("本环节不分事项提出意见。")
    return []


def reasons_from(points: Sequence[Line]) -> str:
    """The reasons of an opinion that was stated point by point only."""
    return "\n".join(f"{line.label}：{line.text}" for line in points if line.text)


def _refuse_unknown(given: dict[str, PointOpinion], known: set[str], errors: Errors) -> None:
    if set(given) - known:
        errors.setdefault("points", []).append("有事项不属于本申报，可能页面已过时，请刷新后再提交。")


def _consulted(
    asked: list[AskedPoint], outcome: Outcome, given: dict[str, PointOpinion], reasons: str, errors: Errors
) -> list[Line]:
    _refuse_unknown(given, {item.point.key for item in asked}, errors)
    whole = STANCE_OF.get(outcome)
    lines = []
    for item in asked:
        key, label = item.point.key, item.point.label
        said, standing = given.get(key), item.standing
        if said is not None:
            _check(said, label, errors)
            lines.append(Line(key, label, said.stance, said.text.strip()))
        elif standing is not None:
            lines.append(Line(key, label, Stance(standing.stance), standing.text))
        elif item.required and given:
            errors.setdefault(field_of(key, "stance"), []).append(f"请就“{label}”表明意见。")
        elif item.required and whole is not None:
            lines.append(Line(key, label, whole, "" if whole == Stance.AGREE else reasons.strip()))
    if not errors:
        _check_fit(outcome, lines, errors)
    return lines


def _check(said: PointOpinion, label: str, errors: Errors) -> None:
    if said.stance not in STANCES:
        errors.setdefault(field_of(said.key, "stance"), []).append(f"“{label}”不能表明这一意见。")
    elif said.stance != Stance.AGREE and not said.text.strip():
        errors.setdefault(field_of(said.key, "text"), []).append(f"“{label}”为“{said.stance.label}”时须写明意见内容。")


def _check_fit(outcome: Outcome, lines: list[Line], errors: Errors) -> None:
    """The outcome says at least as much as the points, and a disagreement names its point."""
    found = {stance: next((line.label for line in lines if line.stance == stance), None) for stance in STANCES}
    against, remark = found[Stance.DISAGREE], found[Stance.REMARKS]
    sentence = ""
    if against and outcome != Outcome.DISAGREE:
        sentence = f"“{against}”为不同意，结论须为“不同意”。"
    elif remark and outcome == Outcome.AGREE:
        sentence = f"“{remark}”附有意见，结论须为“同意（附意见）”或“不同意”。"
    elif outcome == Outcome.DISAGREE and not against:
        sentence = "结论为“不同意”，须至少对一个事项表明不同意；本单位以外的事项可在“其他事项”中展开填写。"
    if sentence:
        errors.setdefault("outcome", []).append(sentence)


def _reconciled(
    differing: list[DecisionPoint], given: dict[str, PointOpinion], reconciliation: str, errors: Errors
) -> list[Line]:
    labels = {row.key: row.label for row in differing}
    _refuse_unknown(given, set(labels), errors)
    lines = []
    for key, label in labels.items():
        text = (given[key].text if key in given else "" if given else reconciliation).strip()
        if given and not text:
            errors.setdefault(field_of(key, "text"), []).append(f"请写明对“{label}”不同意见的处理。")
        elif text:
            lines.append(Line(key, label, Stance.RECONCILED, text))
    return lines


def write_lines(decision: Decision, lines: Sequence[Line]) -> None:
    """Store what a decision says by point; from here on the database keeps it as it is."""
    DecisionPoint.objects.bulk_create(
        DecisionPoint(
            decision=decision, order=order, key=line.key, label=line.label[:300], stance=line.stance, text=line.text
        )
        for order, line in enumerate(lines, start=1)
    )


def void_changed(*, case: Case, revision: Revision, at: datetime) -> list[Task]:
    """Void the points of consulted units that rest on what the revision changed against the one before.

    Every other point stands. Answers the tasks that have a voided point, to be asked again; nobody where nothing that
    an opinion rests on was changed, or where the consultation is not finished. Called inside the transaction that
    resumes the case.
    """
    previous = Revision.objects.filter(application=case.application_id, number=revision.number - 1).first()
    places = {change.place for change in diff(previous, revision)} if previous else set()
    if not places:
        return []
    points = {point.key: point for point in points_of_revision(revision)}
    rows = (
        DecisionPoint.objects.filter(
            decision__task__stage__case=case,
            decision__task__stage__kind=StageKind.CONSULTATION,
            decision__task__stage__state=StageState.DONE,
            decision__task__state=TaskState.DONE,
            decision__confirmed_at__isnull=False,
            decision__superseded_at=None,
            voided_at=None,
        )
        .select_related("decision__task__stage", "decision__task__unit", "decision__task__handler")
        .order_by("decision__task_id", "order")
    )
    touched = [row for row in rows if row.key not in points or points[row.key].is_touched_by(places)]
    if not touched:
        return []
    DecisionPoint.objects.filter(pk__in=[row.pk for row in touched]).update(voided_at=at, voided_by=revision)
    voided: dict[str, list[str]] = {}
    tasks: dict[int, Task] = {}
    for row in touched:
        tasks.setdefault(row.decision.task_id, row.decision.task)
        voided.setdefault(row.decision.task.unit.name, []).append(row.label)
    record("case.opinions_voided", subject=case, by=None, at=at, data={"revision": revision.number, "voided": voided})
    return list(tasks.values())
