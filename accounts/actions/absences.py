"""Being away (外出): while it lasts a colleague of the unit works on one's tasks."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Absence, Unit, UnitMember, User
from accounts.notifications import notify
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.templatetags.ui import zhdate

#: Who enters and ends the absences of colleagues.
MANAGERS = (UnitRole.APPROVER, UnitRole.LEADER)
#: The roles with which tasks are worked on.
WORKING = (UnitRole.HANDLER, UnitRole.APPROVER)
#: The longest stretch that is entered at once, in days.
LONGEST = 366
MAX_REASON = 100


@transaction.atomic
def enter_absence(
    *,
    unit: Unit,
    user: User,
    deputy: User,
    first_day: date,
    last_day: date,
    reason: str = "",
    by: User,
    at: datetime,
) -> Absence:
    """Enter that a member of a unit is away from `first_day` to `last_day`, both included, and who stands in.

    The person does, or 审核 and 负责人 of the unit. Raises Invalid with every fault at once, NotAllowed for others,
    Conflict where another absence of the person was entered in the same moment.
    """
    _require_may(unit, user, by)
    reason = " ".join(reason.split())
    faults: dict[str, list[str]] = {}
    if len(reason) > MAX_REASON:
        faults["reason"] = [f"事由最多 {MAX_REASON} 字。"]
    _check_days(first_day, last_day, timezone.localdate(at), faults)
    _check_people(unit, user, deputy, faults)
    if not faults:
        _check_overlaps(unit, user, deputy, first_day, last_day, faults)
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    try:
        with transaction.atomic():
            absence = Absence.objects.create(
                unit=unit,
                user=user,
                deputy=deputy,
                first_day=first_day,
                last_day=last_day,
                reason=reason,
                entered_by=by,
                entered_at=at,
            )
    except IntegrityError as error:
        raise Conflict(f"{user}这段时间刚刚已有外出登记，请刷新后查看。", field="first_day") from error
    record("accounts.absence_entered", subject=absence, by=by, at=at, data=_data(absence))
    period = f"{zhdate(first_day)}至{zhdate(last_day)}"
    _tell(
        [deputy], by, "请代办待办", f"{user}{period}外出，期间其在{unit.name}名下的待办由您代办。", at, url="/reviews/"
    )
    _tell([user], by, "已登记您外出", f"{period}您外出，期间您在{unit.name}名下的待办由{deputy}代办。", at)
    return absence


@transaction.atomic
def end_absence(*, absence: Absence, by: User, at: datetime) -> Absence:
    """End an absence from today on, or take it back where it has not begun; the row stays.

    Raises NotAllowed for others than the person, 审核 and 负责人, Conflict where it has ended already.
    """
    row = Absence.objects.select_for_update(of=("self",)).select_related("unit", "user", "deputy").get(pk=absence.pk)
    _require_may(row.unit, row.user, by)
    today = timezone.localdate(at)
    if row.last_day < max(today, row.first_day):
        raise Conflict("这次外出已经结束，无需再操作。")
    row.last_day = max(today, row.first_day) - timedelta(days=1)
    row.save(update_fields=["last_day"])
    record("accounts.absence_ended", subject=row, by=by, at=at, data=_data(row))
    _tell([row.deputy], by, "代办已结束", f"{row.user}已回到{row.unit.name}办理，其名下的待办不再由您代办。", at)
    _tell([row.user], by, "外出已结束", f"您在{row.unit.name}名下的待办由您本人办理。", at)
    return row


def _roles(unit: Unit, user: User) -> set[str]:
    held = UnitMember.objects.filter(unit=unit, unit__is_active=True, user=user, user__is_active=True, is_active=True)
    return set(held.values_list("role", flat=True))


def move_absences(unit: Unit, successor: Unit, *, by: User | None, at: datetime) -> int:
    """In the merger of a unit: absences that are not over go on in the successor where the person and the deputy both
    work there, so that the deputy goes on standing in. Returns how many; to be called after the people went over.

    One that would meet another absence of the person in the successor stays behind: that one counts there.
    """
    count = 0
    working = UnitMember.objects.filter(unit=successor, role__in=WORKING, is_active=True, user__is_active=True)
    here = set(working.values_list("user", flat=True))
    today = timezone.localdate(at)
    rows = Absence.objects.select_for_update(of=("self",)).filter(
        unit=unit, last_day__gte=Greatest(F("first_day"), Value(today))
    )
    for absence in rows.order_by("pk"):
        meets = Absence.objects.filter(
            unit=successor, user=absence.user_id, first_day__lte=absence.last_day, last_day__gte=absence.first_day
        )
        if absence.user_id not in here or absence.deputy_id not in here or meets.exists():
            continue
        absence.unit = successor
        absence.save(update_fields=["unit"])
        data = {"before": unit.name, "after": successor.name}
        record("accounts.absence_moved", subject=absence, by=by, at=at, data=data)
        count += 1
    return count


def _require_may(unit: Unit, user: User, by: User) -> None:
    roles = _roles(unit, by)
    if not roles or (by.pk != user.pk and not roles & set(MANAGERS)):
        raise NotAllowed(f"外出由本人或{unit.name}的审核、负责人登记。")


def _check_days(first_day: date, last_day: date, today: date, faults: dict[str, list[str]]) -> None:
    if last_day < first_day:
        faults["last_day"] = ["结束日期不能早于开始日期。"]
    elif last_day < today:
        faults["last_day"] = ["结束日期已过，无需登记。"]
    elif (last_day - first_day).days >= LONGEST:
        faults["last_day"] = [f"一次最多登记 {LONGEST} 天，请分次登记；长期离开请由政策管理员调整角色。"]


def _check_people(unit: Unit, user: User, deputy: User, faults: dict[str, list[str]]) -> None:
    """The deputy works with the role that the tasks ask for: a 经办's tasks are drafted, a 审核's confirmed."""
    working = _roles(unit, user) & set(WORKING)
    if not working:
        faults["user"] = [f"{user}在{unit.name}没有经办或审核角色，名下没有待办，无需登记。"]
        return
    needed = UnitRole.HANDLER if UnitRole.HANDLER in working else UnitRole.APPROVER
    if deputy.pk == user.pk:
        faults["deputy"] = ["代办人须为另一人。"]
    elif needed not in _roles(unit, deputy):
        faults["deputy"] = [f"代办人须为{unit.name}的{needed.label}人员，{deputy}没有这一角色。"]


def _check_overlaps(
    unit: Unit, user: User, deputy: User, first_day: date, last_day: date, faults: dict[str, list[str]]
) -> None:
    during = Absence.objects.filter(unit=unit, first_day__lte=last_day, last_day__gte=first_day)
    own = during.filter(user=user).select_related("deputy").first()
    if own is not None:
        faults["first_day"] = [
            f"{user}{zhdate(own.first_day)}至{zhdate(own.last_day)}已登记外出（由{own.deputy}代办），请先结束或改选日期。"
        ]
    other = during.filter(user=deputy).first()
    if other is not None:
        faults["deputy"] = [
            f"{deputy}{zhdate(other.first_day)}至{zhdate(other.last_day)}也外出，不能代办，请另选一人。"
        ]


def _data(absence: Absence) -> dict[str, object]:
    return {
        "unit": absence.unit.name,
        "user": absence.user_id,
        "deputy": absence.deputy_id,
        "first_day": str(absence.first_day),
        "last_day": str(absence.last_day),
    }


def _tell(people: list[User], by: User, title: str, body: str, at: datetime, *, url: str = "") -> None:
    others = [person for person in people if person.pk != by.pk]
    notify(others, title=title, body=body, url=url or "/reviews/unit/absences/", topic=NoticeTopic.TASK, at=at)
