"""Returning a file for correction (补正), taking that back, and stepping back from a case (回避)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications import enterprise_users, notify
from applications import actions as applications
from applications.actions import PointInput
from applications.actions.locking import lock
from applications.enums import CorrectionState
from applications.models import Correction
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import enqueue
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from common.workdays import end_of_day
from reviews.actions.routes import close_lapsed_case, lock_task, require_open, restart_clock
from reviews.enums import StageKind, TaskState
from reviews.letters import request_correction_letter
from reviews.models import Pause, Recusal, Task
from reviews.permissions import check_may, take_part
from reviews.queries.routes import procedure_settings
from reviews.workflow import MAY_RETURN, STAGES, TASKS

#: How long before the end of the due day the enterprise is reminded.
REMINDER_BEFORE = timedelta(days=2)


def return_for_correction(
    *, task: Task, expected_version: int, points: Sequence[PointInput], by: User, at: datetime
) -> Correction:
    """Tell the enterprise everything that is missing at once (一次性告知); the stage's clock stands still meanwhile."""
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        require_open(locked)
        check_may(locked, "return_for_correction", by)
        if StageKind(locked.stage.kind) not in MAY_RETURN:
            raise NotAllowed("配合单位提出意见即可，退回补正由初审或牵头单位办理。")
        if locked.state == TaskState.DRAFTED:
            raise Conflict("本单位已有一份待审核的决定，请先由审核人员退回后再补正。")
        if not points:
            raise Invalid("请至少写明一项需补正的内容。", field="points")
        take_part(locked, by, at)
        document = locked.stage.case.application.clause.document
        days = procedure_settings(document).correction_days
        due_on = working_calendar().add_working_days(timezone.localdate(at), days)
        correction = applications.request_correction(
            application=locked.stage.case.application,
            unit=locked.unit,
            stage_label=StageKind(locked.stage.kind).label,
            points=list(points),
            due_on=due_on,
            by=by,
            at=at,
        )
        Pause.objects.create(stage=locked.stage, correction=correction, started_at=at)
        STAGES.apply(locked.stage, "pause")
        locked.handler = by
        locked.version += 1
        locked.save(update_fields=["handler", "version"])
        _plan_lapse(correction, at)
        request_correction_letter(case=locked.stage.case, correction=correction, by=by, at=at)
        record(
            "case.returned_for_correction",
            subject=locked.stage.case,
            by=by,
            at=at,
            data={"correction": correction.pk, "due_on": str(due_on), "points": len(points)},
        )
        return correction


def _plan_lapse(correction: Correction, at: datetime) -> None:
    """Owe the reminder of the last day and, after 24:00 of the due day, the lapse; both look again when they come."""
    last_day = end_of_day(correction.due_on)
    enqueue(
        "reviews.correction_reminder",
        {"correction": correction.pk},
        key=f"reviews.correction_reminder:{correction.pk}",
        at=at,
        due_at=max(at + timedelta(seconds=1), last_day - REMINDER_BEFORE),
    )
    enqueue(
        "reviews.correction_lapse",
        {"correction": correction.pk},
        key=f"reviews.correction_lapse:{correction.pk}",
        at=at,
        due_at=last_day,
    )


def remind_of_correction(*, correction: Correction, at: datetime) -> bool:
    """Tell the enterprise that an open request for correction ends soon; False where it was answered meanwhile."""
    if correction.state != CorrectionState.OPEN:
        return False
    application = correction.application
    notify(
        enterprise_users(application.enterprise),
        title=f"补正即将到期：{application.number}",
        body=f"请于{zhdate(correction.due_on)} 24:00 前补正并重新提交，逾期视为撤回申报。",
        url=f"/applications/{application.pk}/",
        at=at,
    )
    return True


def lapse_unanswered(*, correction: Correction, at: datetime) -> bool:
    """End the file whose correction was not answered in time, where the policy's settings say so [S].

    False where the request was answered, taken back, or the settings leave it to the unit. Raises Conflict before the
    end of the due day.
    """
    with transaction.atomic():
        application = lock(correction.application)
        correction.refresh_from_db()
        if correction.state != CorrectionState.OPEN:
            return False
        if not procedure_settings(application.clause.document).correction_lapses:
            return False
        applications.lapse_correction(correction=correction, at=at)
        close_lapsed_case(application=application, at=at)
        return True


def cancel_correction(*, task: Task, expected_version: int, by: User, at: datetime) -> Correction:
    """Take an unanswered request back; its record stays and the clock runs on with the days that were left."""
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        check_may(locked, "cancel_correction", by)
        pause = locked.stage.pauses.filter(ended_at=None, correction__isnull=False).select_related("correction").first()
        if pause is None or pause.correction is None:
            raise Conflict("没有待补正的通知，可能企业已补正。")
        take_part(locked, by, at)
        correction = applications.cancel_correction(correction=pause.correction, by=by, at=at)
        pause.ended_at = at
        pause.save(update_fields=["ended_at"])
        restart_clock(locked.stage, pause.started_at, at)
        locked.version += 1
        locked.save(update_fields=["version"])
        record("case.correction_cancelled", subject=locked.stage.case, by=by, at=at, data={"correction": correction.pk})
        return correction


def recuse(*, task: Task, reason: str, by: User, at: datetime) -> Recusal:
    """Step back from the case for good; the task stays open for the unit's other people."""
    with transaction.atomic():
        locked = lock_task(task.pk)
        require_open(locked)
        check_may(locked, "recuse", by)
        if not reason.strip():
            raise Invalid("请写明回避理由。", field="reason")
        try:
            with transaction.atomic():
                recusal = Recusal.objects.create(case=locked.stage.case, user=by, reason=reason.strip(), at=at)
        except IntegrityError as error:
            raise Conflict("您已回避本案卷。") from error
        drafted = locked.decisions.filter(
            drafted_by=by, confirmed_at=None, returned_at=None, superseded_at=None
        ).first()
        if drafted is not None:
            # What this person drafted is nobody's to confirm: the unit starts afresh.
            drafted.returned_by, drafted.returned_at, drafted.return_note = by, at, "经办人回避"
            drafted.save(update_fields=["returned_by", "returned_at", "return_note"])
            TASKS.apply(locked, "return")
        if locked.handler_id == by.pk:
            locked.handler = None
            locked.version += 1
            locked.save(update_fields=["handler", "version"])
        record("case.recused", subject=locked.stage.case, by=by, at=at, data={"reason": reason.strip()})
        return recusal
