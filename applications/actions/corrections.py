"""补正: asking for it, taking it back, letting it lapse. Called by reviews, which decides who may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import enterprise_users, notify
from applications.actions.locking import address_of, lock, text_of
from applications.actions.reasons import read_reason
from applications.enums import CorrectionState, PointTarget
from applications.models import Application, Correction, CorrectionPoint
from applications.permissions import require_outsider
from applications.queries.definitions import definition_of, evidence_of, policy_of
from applications.workflow import TABLE
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.workdays import is_late, local_day


@dataclass(frozen=True)
class PointInput:
    """One thing to correct. key: a fact's key, `table-row-column` with rows from 0, `Y.key` for a figure of the year
    (target field), an evidence key (target evidence), "" (general)."""

    target: str
    key: str
    text: str


def correctable_keys(application: Application) -> dict[str, dict[str, str]]:
    """Every key that a point may name, by target, with its words."""
    last = application.revisions.order_by("-number").first()
    definition, facts = definition_of(application), (last.facts if last else {})
    fields = {f"Y.{fact.key}": fact.label for fact in policy_of(application).year_facts}
    for fact in definition.facts:
        fields[fact.key] = fact.label
        for number in range(len(facts.get(fact.key) or []) if fact.type == "table" else 0):
            for column in fact.columns:
                fields[f"{fact.key}-{number}-{column.key}"] = f"{fact.label}第 {number + 1} 条·{column.label}"
    evidence = {item.key: item.label for item in evidence_of(application)}
    return {PointTarget.FIELD: fields, PointTarget.EVIDENCE: evidence, PointTarget.GENERAL: {"": "其他"}}


def _check_points(application: Application, points: Sequence[PointInput]) -> None:
    if not points:
        raise Invalid("请至少写明一项需补正的内容。", field="points")
    known = correctable_keys(application)
    errors: dict[str, list[str]] = {}
    for number, point in enumerate(points):
        if not point.text.strip():
            errors.setdefault(f"points-{number}-text", []).append(f"第 {number + 1} 项：请写明需补正的内容。")
        if point.target not in known:
            errors.setdefault(f"points-{number}-target", []).append(f"第 {number + 1} 项：请选择对象。")
        elif point.target != PointTarget.GENERAL and point.key not in known[point.target]:
            errors.setdefault(f"points-{number}-key", []).append(f"第 {number + 1} 项：本申报没有这个填报项或附件。")
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)


@transaction.atomic
def request_correction(
    *,
    application: Application,
    unit: Unit,
    stage_label: str,
    points: Sequence[PointInput],
    due_on: date,
    by: User,
    at: datetime,
) -> Correction:
    """Tell the enterprise everything that is missing, at once; at most one request is open.

    due_on: last day (24:00 Shanghai). Raises Conflict in another state or where one is open, Invalid with every faulty
    point, NotAllowed for members of the enterprise.
    """
    application = lock(application)
    require_outsider(application, by)
    TABLE.target("request_correction", application.state)
    _check_points(application, points)
    if due_on <= local_day(at):
        raise Invalid("补正期限须晚于今天。", field="due_on")
    try:
        with transaction.atomic():
            correction = Correction.objects.create(
                application=application, unit=unit, stage_label=stage_label, opened_at=at, opened_by=by, due_on=due_on
            )
    except IntegrityError as error:
        raise Conflict("该申报已有一份待补正通知。") from error
    CorrectionPoint.objects.bulk_create(
        CorrectionPoint(
            correction=correction,
            order=number,
            target=point.target,
            key="" if point.target == PointTarget.GENERAL else point.key,
            text=point.text.strip(),
        )
        for number, point in enumerate(points, start=1)
    )
    TABLE.apply(application, "request_correction")
    record(
        "applications.correction_requested",
        subject=application,
        by=by,
        at=at,
        data={"correction": correction.pk, "unit": unit.name, "points": len(points), "due_on": due_on.isoformat()},
    )
    notify(
        enterprise_users(application.enterprise),
        title=f"请补正：{application.number} {text_of(application)}",
        body=f"{unit.name}提出 {len(points)} 项补正，请于{due_on:%Y年%-m月%-d日} 24:00 前补正并重新提交。",
        url=address_of(application),
        topic=NoticeTopic.CORRECTION,
        at=at,
    )
    return correction


def _close(correction: Correction, state: CorrectionState, at: datetime, reason: str = "") -> Correction:
    present = Correction.objects.select_for_update(of=("self",)).select_related("unit").get(pk=correction.pk)
    if present.state != CorrectionState.OPEN:
        raise Conflict(f"该补正通知已为“{present.get_state_display()}”。", what=present.get_state_display())
    present.state, present.closed_at, present.cancel_reason = state, at, reason
    present.save(update_fields=["state", "closed_at", "cancel_reason"])
    return present


@transaction.atomic
def cancel_correction(*, correction: Correction, reason: str, by: User, at: datetime) -> Correction:
    """Take an unanswered request back with the reason, which both sides read; its record stays.

    Raises Conflict where it is no longer open, Invalid without a reason, NotAllowed.
    """
    application = lock(correction.application)
    require_outsider(application, by)
    reason = read_reason(reason)
    if not reason:
        raise Invalid("请写明取消补正的理由，企业会看到。", field="reason")
    closed = _close(correction, CorrectionState.CANCELLED, at, reason)
    TABLE.apply(application, "cancel_correction")
    record(
        "applications.correction_cancelled",
        subject=application,
        by=by,
        at=at,
        data={"correction": correction.pk, "unit": closed.unit.name, "reason": reason},
    )
    notify(
        enterprise_users(application.enterprise),
        title=f"补正要求已取消：{application.number}",
        body=f"{closed.unit.name}取消了补正要求，理由：{reason} 审核继续进行，您不需要再补正。",
        url=address_of(application),
        topic=NoticeTopic.CORRECTION,
        at=at,
    )
    return closed


@transaction.atomic
def lapse_correction(*, correction: Correction, at: datetime) -> Correction:
    """Let the file lapse: the correction was not answered in time. Raises Conflict before the end of its due day."""
    application = lock(correction.application)
    if not is_late(at, correction.due_on):
        raise Conflict("补正期限尚未届满。")
    closed = _close(correction, CorrectionState.LAPSED, at)
    TABLE.apply(application, "lapse", changes={"ended_at": at})
    record("applications.lapsed", subject=application, by=None, at=at, data={"correction": correction.pk})
    notify(
        enterprise_users(application.enterprise),
        title=f"申报因逾期未补正失效：{application.number}",
        body="申报窗口仍开放的，可以重新申报。",
        url=address_of(application),
        topic=NoticeTopic.CORRECTION,
        at=at,
    )
    return closed
