"""Who may make which gesture on a task; the sentences say why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.absences import absences_on
from accounts.enums import UnitRole
from accounts.models import UnitMember, User
from accounts.unit_names import standing_in
from common.errors import NotAllowed
from common.templatetags.ui import zhdate
from reviews.enums import StageKind
from reviews.models import Participation, Recusal, Task
from reviews.workflow import ALWAYS_TWO_PERSON, PANEL_STAGES, ROLES

#: Gestures with which a unit decides; at a stage that a panel decides nobody of the unit makes them.
DECISIONS = {"draft", "confirm", "decide_alone", "return_for_correction"}
#: Gestures that leave the task to whoever holds it.
HELD = {"draft", "decide_alone", "return_for_correction"}
#: Gestures that settle nothing, so that acting in another stage does not stand against them.
NOT_DECIDING = {"assign", "convene", "pick_units", "write_note", "write_message"}

_PANEL_DECIDES = {
    StageKind.EXPERT: "专家评审由专家组评分并作出结论，本单位只负责组织，不提出意见。",
    StageKind.AUDIT: "第三方审计由受托机构作出结论，本单位只负责组织，不提出意见。",
}


@dataclass(frozen=True)
class Bar:
    """Why somebody must keep away from a case, as it follows the person's name or 您."""

    because: str
    #: Only deciding is barred; assigning, convening and writing are not.
    only_deciding: bool = False


def needs_two_people(task: Task) -> bool:
    """Whether 经办 and 审核 must be two people at this task: leads always, panels never, others by their setting."""
    if task.stage.kind in PANEL_STAGES:
        return False
    return task.stage.kind in ALWAYS_TWO_PERSON or task.unit.two_person


def working_roles(task: Task) -> tuple[UnitRole, ...]:
    """The roles with which one works on the task before anybody confirms it."""
    if task.stage.kind in PANEL_STAGES:
        return ROLES["convene"]
    return ROLES["draft"] if needs_two_people(task) else ROLES["decide_alone"]


def unit_roles(task: Task, user: User) -> set[UnitRole]:
    """The roles that the user holds today in the unit of the task, or in the one that has its duties since."""
    return {
        UnitRole(role)
        for role in UnitMember.objects.filter(
            unit=standing_in(task.unit), unit__is_active=True, user=user, is_active=True
        ).values_list("role", flat=True)
    }


def check_may(task: Task, gesture: str, user: User, *, at: datetime | None = None) -> None:
    """Raise NotAllowed unless the user may make the gesture on the task, separation of duties included.

    `at`: when; without it nobody counts as the deputy of somebody who is away.
    """
    because = why_not(task, gesture, user, on=timezone.localdate(at) if at else None)
    if because:
        raise NotAllowed(because)


def why_not(task: Task, gesture: str, user: User, *, on: date | None = None) -> str:
    """Why the user may not make the gesture on the task, as a sentence; "" where nothing stands against it."""
    return _why_not(
        task, gesture, user, held=unit_roles(task, user), bar=bar_of(task, user), holder=other_holder(task, user, on)
    )


def gestures_of(task: Task, user: User, *, on: date | None = None) -> frozenset[str]:
    """The gestures for which `check_may` passes; for showing or hiding buttons, asked once per page."""
    found = {"held": unit_roles(task, user), "bar": bar_of(task, user), "holder": other_holder(task, user, on)}
    return frozenset(gesture for gesture in ROLES if not _why_not(task, gesture, user, **found))  # type: ignore[arg-type]


def _why_not(task: Task, gesture: str, user: User, *, held: set[UnitRole], bar: Bar | None, holder: User | None) -> str:
    if not user.is_active or not held & set(ROLES[gesture]):
        wanted = "、".join(role.label for role in ROLES[gesture])
        return f"此操作由{task.unit.name}的{wanted}人员办理，您没有这一角色。"
    kind = StageKind(task.stage.kind)
    if kind in PANEL_STAGES and gesture in DECISIONS:
        return _PANEL_DECIDES[kind]
    deciding = gesture not in NOT_DECIDING and kind not in PANEL_STAGES
    if bar and (deciding or not bar.only_deciding):
        return f"您{bar.because}"
    if holder is not None and gesture in HELD:
        return f"本件由{holder}承办，请先接手再办理。"
    return ""


def bars(task: Task, people: Iterable[User]) -> dict[int, Bar]:
    """Those of the people who must not act in the case of the task, whatever their role, and why; by primary key."""
    case = task.stage.case
    application = case.application
    asked = {person.pk: person for person in people}
    filers = {pk for pair in application.revisions.values_list("filed_by", "prepared_by") for pk in pair}
    members = set(application.enterprise.members.filter(user__in=asked, is_active=True).values_list("user", flat=True))
    recused = set(Recusal.objects.filter(case=case, user__in=asked).values_list("user", flat=True))
    elsewhere = dict(
        Participation.objects.filter(case=case, user__in=asked)
        .exclude(stage=task.stage)
        .values_list("user", "stage__kind")
    )
    found = {}
    for pk, person in asked.items():
        if person.system_role:
            found[pk] = Bar("是政策管理员或审计人员，不得办理案卷。")
        elif pk in filers or pk in members:
            found[pk] = Bar("是本申报的填报人或申报企业的成员，不得参与审核。")
        elif pk in recused:
            found[pk] = Bar("已回避本案卷，请由本单位其他人员办理。")
        elif pk in elsewhere:
            stage = StageKind(elsewhere[pk]).label
            found[pk] = Bar(f"已在本申报的{stage}环节办理过，同一人不得在两个环节办理。", only_deciding=True)
    return found


def bar_of(task: Task, user: User) -> Bar | None:
    """What stands against this one person."""
    return bars(task, [user]).get(user.pk)


def holder_of(task: Task) -> User | None:
    """Who holds the task: its 承办人, as long as that person can still work in the unit."""
    if task.handler is None or not task.handler.is_active:
        return None
    return task.handler if unit_roles(task, task.handler) & set(working_roles(task)) else None


def other_holder(task: Task, user: User, on: date | None) -> User | None:
    """Whoever holds the task instead of the user; None where the user holds it, stands in for the holder, or nobody
    holds it."""
    if task.handler_id in {None, user.pk} or represents(task, user, on):
        return None
    return holder_of(task)


def represents(task: Task, user: User, on: date | None) -> bool:
    """Whether the user is the deputy, on this day, of the 承办人 of the task."""
    if on is None or task.handler_id is None or task.handler_id == user.pk:
        return False
    return absences_on(on).filter(unit=task.unit, user=task.handler_id, deputy=user).exists()


def unfit(task: Task, people: Iterable[User], *, on: date) -> dict[int, str]:
    """Those of the people to whom the task cannot be given on this day, and why, as it follows the person's name.

    Asks the database as often for fifty people as for one.
    """
    asked = {person.pk: person for person in people}
    wanted = working_roles(task)
    holders = set(
        UnitMember.objects.filter(
            unit=task.unit, unit__is_active=True, user__in=asked, role__in=wanted, is_active=True
        ).values_list("user", flat=True)
    )
    barred = bars(task, asked.values())
    away = {absence.user_id: absence for absence in absences_on(on).filter(unit=task.unit, user__in=asked)}
    panel = task.stage.kind in PANEL_STAGES
    found = {}
    for pk, person in asked.items():
        bar = barred.get(pk)
        if not person.is_active or pk not in holders:
            found[pk] = f"在{task.unit.name}没有{'、'.join(role.label for role in wanted)}角色，不能承办本件。"
        elif bar is not None and not (panel and bar.only_deciding):
            found[pk] = bar.because
        elif pk in away:
            absence = away[pk]
            found[pk] = f"外出至{zhdate(absence.last_day)}，由{absence.deputy}代办，请交{absence.deputy}办理。"
    return found


def take_part(task: Task, user: User, at: datetime) -> None:
    """Record that the user acts in this stage; the database refuses a second stage and the filer."""
    case = task.stage.case
    try:
        with transaction.atomic():
            Participation.objects.get_or_create(case=case, user=user, stage=task.stage, defaults={"first_at": at})
    except IntegrityError as error:
        raise NotAllowed("您是填报人或已在本申报的其他环节办理过，同一人不得在两个环节办理。") from error
