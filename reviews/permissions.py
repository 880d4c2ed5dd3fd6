"""Who may make which gesture on a task; the sentences say why not."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.enums import UnitRole
from accounts.models import UnitMember, User
from common.errors import NotAllowed
from reviews.models import Participation, Recusal, Task
from reviews.workflow import ALWAYS_TWO_PERSON, ROLES


def needs_two_people(task: Task) -> bool:
    """Whether 经办 and 审核 must be two people at this task: leads always, others by the unit's setting."""
    return task.stage.kind in ALWAYS_TWO_PERSON or task.unit.two_person


def unit_roles(task: Task, user: User) -> set[UnitRole]:
    """The roles that the user holds today in the unit of the task."""
    return {
        UnitRole(role)
        for role in UnitMember.objects.filter(
            unit=task.unit, unit__is_active=True, user=user, is_active=True
        ).values_list("role", flat=True)
    }


def check_may(task: Task, gesture: str, user: User) -> None:
    """Raise NotAllowed unless the user may make the gesture on the task, separation of duties included."""
    if not user.is_active or not unit_roles(task, user) & set(ROLES[gesture]):
        wanted = "、".join(role.label for role in ROLES[gesture])
        raise NotAllowed(f"此操作由{task.unit.name}的{wanted}人员办理，您没有这一角色。")
    if barred := _barred(task, user):
        raise NotAllowed(barred)


def _barred(task: Task, user: User) -> str:
    """Why this person must not act in the case at all, whatever their role; "" where nothing stands against it."""
    if user.system_role:
        return "政策管理员和审计人员不得办理案卷。"
    case = task.stage.case
    application = case.application
    filed = application.revisions.filter(filed_by=user) | application.revisions.filter(prepared_by=user)
    if filed.exists() or application.enterprise.members.filter(user=user, is_active=True).exists():
        return "您是本申报的填报人或申报企业的成员，不得参与审核。"
    if Recusal.objects.filter(case=case, user=user).exists():
        return "您已回避本案卷，请由本单位其他人员办理。"
    if Participation.objects.filter(case=case, user=user).exclude(stage=task.stage).exists():
        return "您已在本申报的其他环节办理过，同一人不得在两个环节办理。"
    return ""


def gestures_of(task: Task, user: User) -> frozenset[str]:
    """The gestures for which `check_may` passes; for showing or hiding buttons, asked once per page."""
    if not user.is_active or _barred(task, user):
        return frozenset()
    held = unit_roles(task, user)
    return frozenset(gesture for gesture, roles in ROLES.items() if held & set(roles))


def take_part(task: Task, user: User, at: datetime) -> None:
    """Record that the user acts in this stage; the database refuses a second stage and the filer."""
    case = task.stage.case
    try:
        with transaction.atomic():
            Participation.objects.get_or_create(case=case, user=user, stage=task.stage, defaults={"first_at": at})
    except IntegrityError as error:
        raise NotAllowed("您是填报人或已在本申报的其他环节办理过，同一人不得在两个环节办理。") from error
