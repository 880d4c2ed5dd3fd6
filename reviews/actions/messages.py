"""The officers' side of 往来消息: writing for a unit, and who hears of what the enterprise wrote."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.absences import absences_on
from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import notify, unit_users
from accounts.unit_names import with_former
from applications.actions.messages import Enclosure, write_message
from applications.models import Message
from common.errors import NotAllowed
from common.workdays import local_day
from reviews.models import Case, Task
from reviews.permissions import bars, check_may, holder_of
from reviews.queries.talk import awaited, newest_tasks


def require_writer(case: Case, unit: Unit, gesture: str, by: User) -> None:
    """Raise NotAllowed unless the person may write in this case for this unit, which must have been reached."""
    former = with_former(Unit.objects.filter(pk=unit.pk).values("pk"))
    tasks = newest_tasks(case, [unit.pk]) or newest_tasks(case, former)
    if not tasks:
        raise NotAllowed(f"{unit.name}没有办理本案卷，不能在这里填写。")
    check_may(tasks[0], gesture, by)


@transaction.atomic
def write_to_enterprise(
    *, case: Case, unit: Unit, text: str, files: Sequence[Enclosure], by: User, at: datetime
) -> Message:
    """Write to the enterprise for a unit that works or worked on the case, open or closed.

    Raises NotAllowed for others and for whoever is barred from the case, Invalid with every fault.
    """
    require_writer(case, unit, "write_message", by)
    return write_message(application=case.application, unit=unit, text=text, files=files, by=by, at=at)


@transaction.atomic
def tell_officers(*, message: Message, at: datetime) -> int:
    """Tell the people who work on the file that the enterprise wrote; returns to how many. Called by the outbox, once.

    The 承办人 (and whoever stands in), else the unit; never somebody who must keep away from the case.
    """
    application = message.application
    case = Case.objects.select_related("application__enterprise").get(application=application)
    files = message.files.count()
    enclosed = f"，附 {files} 个文件" if files else ""
    told = 0
    for task in awaited(case):
        told += notify(
            _concerned(task, at),
            title=f"企业发来消息：{application.number}",
            body=f"{application.enterprise.name}就该申报发来消息{enclosed}，请查看并回复。",
            url=f"/reviews/tasks/{task.pk}/#messages",
            topic=NoticeTopic.MESSAGE,
            at=at,
        )
    return told


def _concerned(task: Task, at: datetime) -> list[User]:
    holder = holder_of(task)
    if holder is None:
        people = unit_users(task.unit)
    else:
        away = absences_on(local_day(at)).filter(unit=task.unit, user=holder)
        people = [holder, *(absence.deputy for absence in away)]
    barred = {pk for pk, bar in bars(task, people).items() if not bar.only_deciding}
    return [person for person in people if person.pk not in barred]
