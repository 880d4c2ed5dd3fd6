"""What the clock of an 异议 causes: a reminder when two working days are left, the lead's head told when it is late.

As for the stages of a review (reviews.actions.clock): both are owed through the outbox when the objection is filed, and
look again when they come; an objection that was answered by then is no concern of theirs.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from accounts.unit_names import standing_in
from awards.enums import ObjectionState
from awards.models import Objection
from awards.permissions import CONFIRMERS, DRAFTERS
from common.audit.actions import record
from common.outbox.actions import enqueue
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from common.workdays import end_of_day, is_late
from reviews.actions.clock import REMIND_AT, amber_from, heads_of
from reviews.queries.assignment import people_of

#: The outbox kinds of the two.
REMINDER, ESCALATION = "awards.objection_reminder", "awards.objection_escalation"


def watch_objection(objection: Objection, *, at: datetime) -> None:
    """Owe the reminder (the morning from which two working days are left) and the escalation (after the due day)."""
    remind_at = datetime.combine(amber_from(objection.due_on, working_calendar()), REMIND_AT)
    for kind, moment in ((REMINDER, remind_at), (ESCALATION, end_of_day(objection.due_on))):
        enqueue(
            kind,
            {"objection": objection.pk},
            key=f"{kind}:{objection.pk}",
            at=at,
            due_at=max(at + timedelta(seconds=1), moment),
        )


def _waiting(objection_id: int) -> Objection | None:
    """The objection under its lock while it waits for its answer; None otherwise."""
    objection = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("item__round__unit", "drafted_by")
        .get(pk=objection_id)
    )
    return objection if objection.state in (ObjectionState.OPEN, ObjectionState.DRAFTED) else None


def _who_acts(objection: Objection) -> list[User]:
    """Whoever has to do the next thing: who may confirm a drafted answer, or the lead's 经办."""
    unit = standing_in(objection.item.round.unit)
    if objection.state == ObjectionState.DRAFTED:
        return [user for user in people_of(unit, CONFIRMERS) if user.pk != objection.drafted_by_id]
    return people_of(unit, DRAFTERS)


def remind_of_objection(*, objection_id: int, at: datetime) -> int:
    """Remind whoever has to act of an objection whose answer falls due; returns how many people were told.

    Nobody is told where it was answered or its day is over. Called inside the transaction of the outbox.
    """
    objection = _waiting(objection_id)
    if objection is None or is_late(at, objection.due_on):
        return 0
    left = working_calendar().working_days_left(timezone.localdate(at), objection.due_on)
    step = "审核答复" if objection.state == ObjectionState.DRAFTED else "核查并拟定答复"
    return notify(
        _who_acts(objection),
        title=f"即将到期：{objection.number}",
        body=f"请{step}，{zhdate(objection.due_on)} 24:00 前须书面答复异议人，剩 {left} 个工作日。",
        url=f"/awards/publicity/objections/{objection.pk}/",
        topic=NoticeTopic.CLOCK,
        at=at,
    )


def escalate_objection(*, objection_id: int, at: datetime) -> int:
    """Tell the head of the lead that an objection was not answered by the end of its due day; returns how many were
    told, nobody where it was answered or the day is not over. Called inside the transaction of the outbox."""
    objection = _waiting(objection_id)
    if objection is None or not is_late(at, objection.due_on):
        return 0
    unit = standing_in(objection.item.round.unit)
    told = notify(
        heads_of(unit),
        title=f"已逾期：{objection.number}",
        body=f"{unit.name}应于{zhdate(objection.due_on)}前书面答复异议人，现为“{objection.get_state_display()}”，请督办。",
        url=f"/awards/publicity/objections/{objection.pk}/",
        topic=NoticeTopic.CLOCK,
        at=at,
    )
    record(
        "objection.overdue",
        subject=objection,
        by=None,
        at=at,
        data={"number": objection.number, "due_on": objection.due_on.isoformat(), "told": told},
    )
    return told
