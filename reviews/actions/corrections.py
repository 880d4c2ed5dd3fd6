"""Returning a file for correction (补正), reminding of it, letting it lapse, and taking it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify, unit_users
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
from letters.actions import void_letter
from letters.enums import LetterState
from letters.models import Letter
from letters.permissions import may_void
from reviews.actions.assignment import acting_for, drafted_by
from reviews.actions.locking import lock_task
from reviews.actions.routes import close_lapsed_case, require_open, restart_clock
from reviews.enums import StageKind, TaskState
from reviews.letters import correction_letter_key, request_correction_letter
from reviews.models import Pause, Task
from reviews.permissions import check_may, take_part
from reviews.queries.routes import procedure_settings
from reviews.workflow import MAY_RETURN, STAGES

#: How long before the end of the due day the enterprise is reminded.
REMINDER_BEFORE = timedelta(days=2)


def return_for_correction(
    *, task: Task, expected_version: int, points: Sequence[PointInput], by: User, at: datetime
) -> Correction:
    """Tell the enterprise everything that is missing at once (一次性告知); the stage's clock stands still meanwhile."""
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        require_open(locked)
        check_may(locked, "return_for_correction", by, at=at)
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
        stands_in = acting_for(locked, by, at)
        for name, value in drafted_by(locked, by, at).items():
            setattr(locked, name, value)
        locked.version += 1
        locked.save(update_fields=["handler", "assigned_at", "assigned_by", "version"])
        _plan_lapse(correction, at)
        request_correction_letter(case=locked.stage.case, correction=correction, by=by, at=at)
        record(
            "case.returned_for_correction",
            subject=locked.stage.case,
            by=by,
            at=at,
            data={"correction": correction.pk, "due_on": str(due_on), "points": len(points)} | stands_in,
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
        topic=NoticeTopic.CORRECTION,
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


def cancel_correction(*, task: Task, expected_version: int, reason: str, by: User, at: datetime) -> Correction:
    """Take an unanswered request back with a reason, which both sides read; its record stays, the clock runs on with
    the days that were left, and its 补正告知书 is void.

    Raises Conflict where nothing is open any more, Invalid without a reason, NotAllowed for the wrong person.
    """
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        check_may(locked, "cancel_correction", by)
        pause = locked.stage.pauses.filter(ended_at=None, correction__isnull=False).select_related("correction").first()
        if pause is None or pause.correction is None:
            raise Conflict("没有待补正的通知，可能企业已补正。")
        take_part(locked, by, at)
        correction = applications.cancel_correction(correction=pause.correction, reason=reason, by=by, at=at)
        pause.ended_at = at
        pause.save(update_fields=["ended_at"])
        restart_clock(locked.stage, pause.started_at, at)
        locked.version += 1
        locked.save(update_fields=["version"])
        record(
            "case.correction_cancelled",
            subject=locked.stage.case,
            by=by,
            at=at,
            data={"correction": correction.pk, "unit": locked.unit.name, "reason": correction.cancel_reason},
        )
        _void_letter(correction, by=by, at=at)
        return correction


def _void_letter(correction: Correction, *, by: User, at: datetime) -> None:
    """Declare the 补正告知书 of a cancelled request void; where this person may not, tell those of the unit who may."""
    letter = Letter.objects.filter(request_key=correction_letter_key(correction)).first()
    if letter is None or letter.state == LetterState.VOID:
        return
    if may_void(by, letter):
        void_letter(letter, reason=f"补正要求已取消：{correction.cancel_reason}"[:500], by=by, at=at)
        return
    notify(
        [user for user in unit_users(correction.unit) if user != by],
        title=f"请作废补正告知书：{correction.application.number}",
        body=f"{by} 取消了补正要求（{correction.cancel_reason}），请审核人员或负责人在文书列表作废相应的补正告知书。",
        url="/letters/",
        topic=NoticeTopic.TASK,
        at=at,
    )
