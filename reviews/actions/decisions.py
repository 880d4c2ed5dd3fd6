"""Drafting, confirming and returning a unit's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify, unit_users
from applications.models import Revision
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped
from reviews.actions.assignment import acting_for, drafted_by
from reviews.actions.locking import lock_task
from reviews.actions.opinions import PointOpinion, lines_of, reasons_from, write_lines
from reviews.actions.routes import advance, require_open
from reviews.assessment import assess
from reviews.enums import Outcome, StageKind, TaskState
from reviews.models import Decision, Task
from reviews.permissions import bars, check_may, needs_two_people, take_part
from reviews.queries.opinions import differing_points
from reviews.queries.panels import panel_requirements
from reviews.workflow import NEEDS_REASONS, OUTCOMES, TASKS, WITH_AMOUNT


def _check_content(
    task: Task,
    revision: Revision,
    outcome: Outcome,
    reasons: str,
    reconciliation: str,
    amount_fen: int | None,
    errors: dict[str, list[str]],
) -> int | None:
    """Collect every fault of a decision into `errors` and return the amount that it stands for (分)."""
    kind = StageKind(task.stage.kind)
    if outcome not in OUTCOMES[kind]:
        errors.setdefault("outcome", []).append(f"{kind.label}环节不能作出这一结论。")
        return None
    if outcome in NEEDS_REASONS and not reasons.strip():
        errors.setdefault("reasons", []).append(f"结论为“{outcome.label}”时须写明理由。")
    if kind == StageKind.LEAD and not reconciliation.strip() and differing_points(task.stage.case):
        errors.setdefault("reconciliation", []).append("有配合单位不同意，请写明对不同意见的处理。")
    if (kind, outcome) not in WITH_AMOUNT:
        return None
    found = assess(revision)
    if found.status == "not_eligible":
        errors.setdefault("outcome", []).append("按申报数据不符合条款条件，不能同意支持；可退回补正或不予支持。")
        return None
    if not found.discretionary:
        if amount_fen is not None and amount_fen != found.amount_fen:
            expected = grouped(found.amount_fen or 0)
            errors.setdefault("amount", []).append(
                f"该条款按公式计算，金额为 {expected} 元，不能另定；数据有误请退回补正。"
            )
        return found.amount_fen
    if amount_fen is None:
        errors.setdefault("amount", []).append("请填写核定金额。")
    elif found.floor_fen is not None and amount_fen < found.floor_fen:
        errors.setdefault("amount", []).append(f"核定金额不得低于 {grouped(found.floor_fen)} 元。")
    elif found.ceiling_fen is not None and amount_fen > found.ceiling_fen:
        errors.setdefault("amount", []).append(f"核定金额不得超过 {grouped(found.ceiling_fen)} 元。")
    elif amount_fen == 0:
        errors.setdefault("amount", []).append("核定金额须大于 0 元；不支持请选“不予支持”。")
    if not reasons.strip():
        errors.setdefault("reasons", []).append("自由裁量的金额须写明理由。")
    return amount_fen


def draft_decision(
    *,
    task: Task,
    expected_version: int,
    outcome: Outcome,
    reasons: str = "",
    reconciliation: str = "",
    amount_fen: int | None = None,
    points: Sequence[PointOpinion] = (),
    by: User,
    at: datetime,
) -> Decision:
    """Draft a unit's decision (经办); where one person suffices it is confirmed at once.

    `expected_version` is the task's version that the person saw; a stale one raises Conflict. `amount_fen` in 分.
    `points`: what a consulted unit says point by point, or how the lead handles each differing point; without them all
    points that are asked for stand as the outcome (the reconciliation) says.
    Raises Invalid with every fault at once, NotAllowed for the wrong person.
    """
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        require_open(locked)
        two = needs_two_people(locked)
        check_may(locked, "draft" if two else "decide_alone", by, at=at)
        if locked.state == TaskState.DRAFTED:
            raise Conflict("本单位已有一份待审核的决定，请先由审核人员确认或退回。")
        errors: dict[str, list[str]] = {}
        revision = locked.stage.case.application.revisions.order_by("-number")[0]
        lines = lines_of(
            locked,
            revision,
            outcome,
            points=points,
            reasons=reasons,
            reconciliation=reconciliation,
            errors=errors,
        )
        reasons = reasons.strip() or (reasons_from(lines) if locked.stage.kind == StageKind.CONSULTATION else "")
        amount = _check_content(locked, revision, outcome, reasons, reconciliation, amount_fen, errors)
        if not reasons.strip():
            # A panel that said otherwise, or a quota that is used up, is answered in writing.
            for name, sentences in panel_requirements(locked, outcome, amount).items():
                errors.setdefault(name, []).extend(sentences)
        if errors:
            raise Invalid("决定还不完整，请按提示补充。", errors=errors)
        take_part(locked, by, at)
        decision = Decision.objects.create(
            task=locked,
            revision=revision,
            outcome=outcome,
            reasons=reasons,
            reconciliation=reconciliation.strip(),
            amount_fen=amount,
            two_person=two,
            drafted_by=by,
            drafted_at=at,
        )
        write_lines(decision, lines)
        stands_in = acting_for(locked, by, at)
        TASKS.apply(locked, "draft", changes=drafted_by(locked, by, at))
        record("decision.drafted", subject=locked.stage.case, by=by, at=at, data=_data(decision) | stands_in)
        if not two:
            return _confirm(locked, decision, by=by, at=at, more=stands_in)
        people = unit_users(locked.unit)
        barred = {pk for pk, bar in bars(locked, people).items() if not bar.only_deciding}
        notify(
            [user for user in people if user != by and user.pk not in barred],
            title=f"待审核：{locked.stage.case.application.number} {locked.stage.get_kind_display()}",
            body=f"经办人 {by} 拟“{decision.get_outcome_display()}”，请审核。",
            url=f"/reviews/tasks/{locked.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return decision


def confirm_decision(*, task: Task, expected_version: int, by: User, at: datetime) -> Decision:
    """Confirm the drafted decision of a unit (审核), which ends its task and moves the case on."""
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        require_open(locked)
        check_may(locked, "confirm", by)
        decision = _drafted(locked)
        if decision.drafted_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员确认。")
        newest = locked.stage.case.application.revisions.order_by("-number")[0]
        if decision.revision_id != newest.pk:
            raise Conflict("经办之后企业提交了新版本，请退回经办人重新办理。")
        take_part(locked, by, at)
        return _confirm(locked, decision, by=by, at=at)


def return_draft(*, task: Task, expected_version: int, note: str, by: User, at: datetime) -> Decision:
    """Send a drafted decision back to the 经办 with a note; the draft is kept as history."""
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        require_open(locked)
        check_may(locked, "confirm", by)
        if not note.strip():
            raise Invalid("请写明退回原因。", field="note")
        decision = _drafted(locked)
        take_part(locked, by, at)
        decision.returned_by, decision.returned_at, decision.return_note = by, at, note.strip()
        decision.save(update_fields=["returned_by", "returned_at", "return_note"])
        TASKS.apply(locked, "return")
        record("decision.returned", subject=locked.stage.case, by=by, at=at, data={**_data(decision), "note": note})
        notify(
            [decision.drafted_by],
            title=f"审核退回：{locked.stage.case.application.number}",
            body=note.strip(),
            url=f"/reviews/tasks/{locked.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return decision


def _drafted(task: Task) -> Decision:
    decision = task.decisions.filter(confirmed_at=None, returned_at=None, superseded_at=None).first()
    if decision is None:
        raise Conflict("没有待审核的决定，可能已被处理。")
    return decision


def _confirm(
    task: Task, decision: Decision, *, by: User, at: datetime, more: Mapping[str, object] | None = None
) -> Decision:
    decision.confirmed_by, decision.confirmed_at = by, at
    decision.save(update_fields=["confirmed_by", "confirmed_at"])
    TASKS.apply(task, "confirm", changes={"closed_at": at})
    record("decision.confirmed", subject=task.stage.case, by=by, at=at, data=_data(decision) | dict(more or {}))
    advance(task.stage, by=by, at=at)
    return decision


def _data(decision: Decision) -> dict[str, object]:
    return {
        "decision": decision.pk,
        "task": decision.task_id,
        "unit": decision.task.unit.name,
        "stage": decision.task.stage.kind,
        "outcome": decision.outcome,
        "amount_fen": decision.amount_fen,
        "revision": decision.revision_id,
        "reasons": decision.reasons,
        "two_person": decision.two_person,
        "stances": {point.key: point.stance for point in decision.points.all()},
    }
