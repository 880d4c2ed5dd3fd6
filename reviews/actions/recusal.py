"""Stepping back from a case (回避): the task passes on by rule, or to the unit's other people."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify, unit_users
from common.audit.actions import record
from common.errors import Conflict, Invalid
from reviews.actions.assignment import assign_by_rule, free_task
from reviews.actions.clock import tell_if_stuck
from reviews.actions.locking import lock_task
from reviews.actions.routes import require_open
from reviews.enums import TaskState
from reviews.models import Recusal, Task
from reviews.permissions import check_may, represents
from reviews.workflow import TASKS


def recuse(*, task: Task, reason: str, by: User, at: datetime) -> Recusal:
    """Step back from the case for good.

    What this person drafted is returned; a task that this person holds (or, as a deputy, works on) passes to whomever a
    rule of the unit names, else to the unit, and whoever has it now is told. Where nobody of the unit is left to act,
    its head is told that too. Raises Invalid without a reason, Conflict where the task cannot be worked on, NotAllowed
    for others.
    """
    with transaction.atomic():
        locked = lock_task(task.pk)
        require_open(locked)
        check_may(locked, "recuse", by)
        if not reason.strip():
            raise Invalid("请写明回避理由。", field="reason")
        held = locked.handler_id == by.pk or represents(locked, by, timezone.localdate(at))
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
        record("case.recused", subject=locked.stage.case, by=by, at=at, data={"reason": reason.strip()})
        if held:
            _pass_on(locked, by=by, at=at)
        tell_if_stuck(locked, at)
        return recusal


def _pass_on(locked: Task, *, by: User, at: datetime) -> None:
    free_task(locked, by=by, at=at, note=f"{by}回避")
    if locked.state != TaskState.OPEN:
        return  # a deputy drafted it in the place of the one who steps back now: it waits for the 审核
    person = assign_by_rule(locked, at=at)
    application = locked.stage.case.application
    notify(
        [person] if person else [user for user in unit_users(locked.unit) if user != by],
        title=f"{'交您办理' if person else '待领取'}：{application.number} {locked.stage.get_kind_display()}",
        body=f"{application.enterprise.name} · {by}已回避，"
        + ("按本单位分办规则由您承办。" if person else "请本单位其他人员领取或交办。"),
        url=f"/reviews/tasks/{locked.pk}/",
        topic=NoticeTopic.TASK,
        at=at,
    )
