"""Units by date: new ones, another name, duties that go to another unit; what lies ahead waits for the daily job.

What was printed under a former name stays as it was printed and goes on meaning the same unit (accounts/unit_names.py).
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actions.absences import move_absences
from accounts.actions.administration import ROLE_CHANGED, save_administered
from accounts.enums import NoticeTopic, SystemRole, UnitChangeKind, UnitKind
from accounts.mergers import move_all, obstacles
from accounts.models import Enterprise, Unit, UnitChange, UnitMember, User
from accounts.notifications import notify, unit_users
from accounts.permissions import require_administrator
from accounts.unit_names import NAMES, known_unit_names
from common.audit.actions import record
from common.errors import Conflict, DomainError, Invalid
from common.lines import plain_text
from common.outbox.actions import enqueue
from common.prose import read_prose
from common.templatetags.ui import zhdate

MAX_REASON: Final = 500
#: A day further ahead, or further back, is taken for a slip of the pen.
HORIZON: Final = timedelta(days=3 * 366)
#: Owed on a day on which a change that is due cannot be carried out.
BLOCKED: Final = "accounts.unit_change_blocked"


def _names(values: dict[str, str], faults: dict[str, list[str]]) -> dict[str, str]:
    """The names as they are stored, with a sentence for each that cannot be."""
    read = {}
    for key, label, longest in NAMES:
        try:
            text = plain_text(values.get(key, ""))
        except ValidationError as error:
            faults[key] = error.messages
            continue
        if not text and key != "letter_prefix":
            faults[key] = [f"请填写{label}。"]
        elif len(text) > longest:
            faults[key] = [f"{label}最多 {longest} 字。"]
        elif key == "name" and re.search(r"[\s；;：:、，,。\[\]［］【】]", text):
            faults[key] = ["简称用于条款括号中的单位名称，不能含空格、顿号、逗号、分号、冒号或方括号。"]
        read[key] = text
    return read


def _refuse_known_name(name: str, unit: Unit | None, faults: dict[str, list[str]]) -> None:
    """A name that another unit has, had, or will have by a change that waits is not given to this one."""
    holder = known_unit_names().get(name)
    if holder is not None and (unit is None or holder.pk != unit.pk):
        had = "现用" if holder.name == name else "曾用"
        faults.setdefault("name", []).append(
            f"“{name}”是{holder.name}的{had}名称，已印发的文件以此指称该单位，不能再给其他单位。"
        )
        return
    waiting = UnitChange.objects.filter(
        kind=UnitChangeKind.RENAME, applied_at=None, cancelled_at=None, after__name=name
    ).select_related("unit")
    for change in waiting:
        if unit is None or change.unit_id != unit.pk:
            words = f"{change.unit.name}将自{zhdate(change.effective_on)}起更名为“{name}”，不能再给其他单位。"
            faults.setdefault("name", []).append(words)


def _raise(faults: dict[str, list[str]]) -> None:
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)


@transaction.atomic
def add_unit(
    *,
    code: str,
    name: str,
    full_name: str,
    kind: str,
    letter_prefix: str = "",
    is_finance: bool = False,
    two_person: bool = False,
    order: int = 0,
    by: User,
    at: datetime,
) -> Unit:
    """Register a bureau or a district. `code` stays for good; `name` is what brackets print.

    Raises Invalid with every fault at once, NotAllowed for others than administrators.
    """
    require_administrator(by)
    faults: dict[str, list[str]] = {}
    values = _names({"name": name, "full_name": full_name, "letter_prefix": letter_prefix}, faults)
    code = code.strip()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", code):
        faults["code"] = ["代码由 2 至 40 个小写字母、数字和连字符组成，例如 gongxin。"]
    elif Unit.objects.filter(code=code).exists():
        faults["code"] = ["该代码已被其他单位使用。"]
    if kind not in UnitKind.values:
        faults["kind"] = ["请选择类别。"]
    if not 0 <= order <= 32767:
        faults["order"] = ["排序应为 0 至 32767 的整数。"]
    if "name" not in faults:
        _refuse_known_name(values["name"], None, faults)
    _raise(faults)
    unit = Unit(code=code, kind=kind, is_finance=is_finance, two_person=two_person, order=order, **values)
    names = ["code", "name", "full_name", "kind", "letter_prefix", "is_finance", "two_person", "order"]
    saved = save_administered(instance=unit, changed=names, created=True, by=by, at=at)
    assert isinstance(saved, Unit)
    return saved


@transaction.atomic
def edit_unit(*, unit: Unit, order: int, two_person: bool, is_finance: bool, by: User, at: datetime) -> Unit:
    """Change what is no name of a unit. Names change by date (rename_unit). Raises Invalid, NotAllowed."""
    require_administrator(by)
    if not 0 <= order <= 32767:
        raise Invalid("排序应为 0 至 32767 的整数。", field="order")
    row = Unit.objects.select_for_update().get(pk=unit.pk)
    values = {"order": order, "two_person": two_person, "is_finance": is_finance}
    changed = [key for key, value in values.items() if value != getattr(row, key)]
    for key in changed:
        setattr(row, key, values[key])
    if changed:
        save_administered(instance=row, changed=changed, created=False, by=by, at=at)
    return row


def _day(day: date, at: datetime, faults: dict[str, list[str]]) -> None:
    today = timezone.localdate(at)
    if abs(day - today) > HORIZON:
        faults["effective_on"] = ["生效日期与今天相差超过三年，请核对。"]


def _locked(unit: Unit) -> Unit:
    row = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if not row.is_active:
        raise Conflict(f"{row.name}已停用，不能再变更。")
    return row


def _refuse_waiting(units: Iterable[Unit], faults: dict[str, list[str]]) -> None:
    """One change of a unit at a time: two that wait could contradict each other on the day."""
    waiting = UnitChange.objects.filter(applied_at=None, cancelled_at=None)
    for unit in units:
        found = waiting.filter(unit=unit).first() or waiting.filter(successor=unit).first()
        if found is not None:
            faults[""] = [f"{found.unit.name}已有待生效的变更（{zhdate(found.effective_on)}），请先取消或等其生效。"]


@transaction.atomic
def rename_unit(
    *,
    unit: Unit,
    effective_on: date,
    name: str,
    full_name: str,
    letter_prefix: str,
    reason: str,
    by: User,
    at: datetime,
) -> UnitChange:
    """Give a unit another name, full name or 机关代字 from a day on, by a document (`reason`).

    Today or before: at once. Later: the daily job does on the day. Raises Invalid with every fault (a name that another
    unit has or had among them), Conflict for a unit that is switched off, NotAllowed.
    """
    require_administrator(by)
    faults: dict[str, list[str]] = {}
    values = _names({"name": name, "full_name": full_name, "letter_prefix": letter_prefix}, faults)
    try:
        reason = read_prose(reason, field="reason", name="依据", limit=MAX_REASON)
    except Invalid as error:
        faults.update(error.errors)
    _day(effective_on, at, faults)
    row = _locked(unit)
    _refuse_waiting([row], faults)
    if "name" not in faults:
        _refuse_known_name(values["name"], row, faults)
    if not faults and all(values[key] == getattr(row, key) for key, _, _ in NAMES):
        faults["name"] = ["名称与现在的相同，没有变更。"]
    _raise(faults)
    change = UnitChange.objects.create(
        unit=row,
        kind=UnitChangeKind.RENAME,
        effective_on=effective_on,
        before={key: getattr(row, key) for key, _, _ in NAMES},
        after=values,
        reason=reason,
        entered_by=by,
        entered_at=at,
    )
    data = {"effective_on": effective_on.isoformat(), "before": change.before, "after": values, "reason": reason}
    record("accounts.unit_rename_entered", subject=change, by=by, at=at, data=data)
    if effective_on <= timezone.localdate(at):
        _apply(change, by=by, at=at)
    return change


@transaction.atomic
def merge_unit(
    *,
    unit: Unit,
    successor: Unit,
    effective_on: date,
    move_members: bool,
    reason: str,
    by: User,
    at: datetime,
) -> UnitChange:
    """Let the duties of a unit go to another of its kind from a day on, by a document (`reason`).

    move_members: its people work in the successor with the same roles; else they keep their accounts without a role.
    Today or before: at once, and refused (Invalid) in words where something open cannot go over. Later: the daily job
    does on the day, or tells the administrators what stands in the way. Raises Conflict for a unit that is switched
    off, NotAllowed.
    """
    require_administrator(by)
    faults: dict[str, list[str]] = {}
    try:
        reason = read_prose(reason, field="reason", name="依据", limit=MAX_REASON)
    except Invalid as error:
        faults.update(error.errors)
    _day(effective_on, at, faults)
    if unit.pk == successor.pk:
        raise Invalid("承接单位须为另一单位。", field="successor")
    row = Unit.objects.get(pk=unit.pk)
    other = Unit.objects.get(pk=successor.pk)
    if not row.is_active:
        raise Conflict(f"{row.name}已停用，不能再变更。")
    if not other.is_active:
        faults["successor"] = [f"{other.name}已停用，不能承接。"]
    elif other.kind != row.kind:
        faults["successor"] = [f"{row.get_kind_display()}须由{row.get_kind_display()}承接。"]
    _refuse_waiting([row, other], faults)
    _raise(faults)
    change = UnitChange.objects.create(
        unit=row,
        kind=UnitChangeKind.MERGE,
        effective_on=effective_on,
        before={key: getattr(row, key) for key, _, _ in NAMES},
        after={"move_members": move_members},
        successor=other,
        reason=reason,
        entered_by=by,
        entered_at=at,
    )
    data = {
        "effective_on": effective_on.isoformat(),
        "successor": other.name,
        "move_members": move_members,
        "reason": reason,
    }
    record("accounts.unit_merger_entered", subject=change, by=by, at=at, data=data)
    if effective_on <= timezone.localdate(at):
        _apply(change, by=by, at=at)
    return change


@transaction.atomic
def cancel_change(*, change: UnitChange, by: User, at: datetime) -> UnitChange:
    """Take back a change that has not come into force. Raises Conflict where it has, or was taken back; NotAllowed."""
    require_administrator(by)
    row = UnitChange.objects.select_for_update(of=("self",)).select_related("unit").get(pk=change.pk)
    if row.applied_at is not None:
        raise Conflict("这项变更已经生效，不能取消；如有错误，请另行更名。")
    if row.cancelled_at is not None:
        raise Conflict("这项变更已经取消。")
    row.cancelled_at, row.cancelled_by = at, by
    row.save(update_fields=["cancelled_at", "cancelled_by"])
    record("accounts.unit_change_cancelled", subject=row, by=by, at=at, data={"unit": row.unit.name})
    return row


def apply_due_changes(*, at: datetime) -> int:
    """Carry out every change whose day has come, the earliest first, missed days too; returns how many were.

    Each is a transaction of its own and carried out once, however often this is called. What cannot be carried out
    stays, and the administrators are told once a day what stands in the way.
    """
    due = UnitChange.objects.filter(applied_at=None, cancelled_at=None, effective_on__lte=timezone.localdate(at))
    done = 0
    for pk in list(due.order_by("effective_on", "pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                change = UnitChange.objects.select_for_update(of=("self",)).get(pk=pk)
                if change.applied_at is None and change.cancelled_at is None:
                    _apply(change, by=None, at=at)
                    done += 1
        except DomainError:
            with transaction.atomic():
                key = f"{BLOCKED}:{pk}:{timezone.localdate(at).isoformat()}"
                enqueue(BLOCKED, {"change": pk}, key=key, at=at)
    return done


def tell_blocked(*, change: UnitChange, at: datetime) -> int:
    """Tell the administrators why a change that is due was not carried out; returns how many were told."""
    if change.applied_at is not None or change.cancelled_at is not None:
        return 0
    found = blocked_by(change)
    if not found:
        return 0
    return notify(
        User.objects.filter(system_role=SystemRole.ADMINISTRATOR, is_active=True),
        title=f"单位变更未能执行：{change.unit.name}",
        body="；".join(sentence.rstrip("。") for sentence in found)[:400] + "。",
        url=f"/units/{change.unit_id}/",
        topic=NoticeTopic.SYSTEM,
        at=at,
    )


def blocked_by(change: UnitChange) -> list[str]:
    """What stands in the way of a change today, as sentences; empty where it can be carried out."""
    if change.kind == UnitChangeKind.MERGE:
        assert change.successor is not None  # constraint unitchange_successor_with_kind
        if not change.successor.is_active:
            return [f"{change.successor.name}已停用，不能承接。"]
        return obstacles(change.unit, change.successor)
    faults: dict[str, list[str]] = {}
    _refuse_known_name(str(change.after["name"]), change.unit, faults)
    return [sentence for sentences in faults.values() for sentence in sentences]


def _apply(change: UnitChange, *, by: User | None, at: datetime) -> None:
    """Carry a change out. `by` None: the daily job. Raises Invalid with everything that stands in the way."""
    found = blocked_by(change)
    if found:
        raise Invalid("现在不能并入或更名，请先办结下列事项。", errors={"": found})
    if change.kind == UnitChangeKind.RENAME:
        _apply_rename(change, by=by, at=at)
    else:
        _apply_merger(change, by=by, at=at)


def _apply_rename(change: UnitChange, *, by: User | None, at: datetime) -> None:
    unit = Unit.objects.select_for_update(no_key=True).get(pk=change.unit_id)
    # What it is called on the day, which an edit meanwhile may have changed.
    change.before = {key: getattr(unit, key) for key, _, _ in NAMES}
    for key, _, _ in NAMES:
        setattr(unit, key, change.after[key])
    unit.save(update_fields=[key for key, _, _ in NAMES])
    change.applied_at = at
    change.save(update_fields=["before", "applied_at"])
    data = {
        "change": change.pk,
        "effective_on": change.effective_on.isoformat(),
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }
    record("accounts.unit_renamed", subject=unit, by=by, at=at, data=data)


def _apply_merger(change: UnitChange, *, by: User | None, at: datetime) -> None:
    """Members first, so that whoever holds a task may keep it; then the rooms, which lock files; the units last."""
    unit, successor = change.unit, change.successor
    assert successor is not None  # constraint unitchange_successor_with_kind
    moved: dict[str, Any] = {"人员": _move_members(change, by=by, at=at)}
    moved["外出登记"] = move_absences(unit, successor, by=by, at=at)
    for part in move_all(unit, successor, by=by, at=at):
        moved[part.label] = part.count
    moved["企业"] = _move_enterprises(unit, successor, by=by, at=at)
    moved["单位组"] = _move_groups(unit, successor)
    _forward_former(unit, change, at=at)
    row = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    row.is_active = False
    row.save(update_fields=["is_active"])
    change.unit = row
    change.moved = {label: count for label, count in moved.items() if count}
    change.applied_at = at
    change.save(update_fields=["moved", "applied_at"])
    data = {
        "change": change.pk,
        "effective_on": change.effective_on.isoformat(),
        "successor": successor.name,
        "moved": change.moved,
        "reason": change.reason,
    }
    record("accounts.unit_merged", subject=row, by=by, at=at, data=data)
    notify(
        unit_users(successor),
        title=f"{unit.name}的职责已由{successor.name}承接",
        body=f"自{zhdate(change.effective_on)}起承接，未办结的事项已转入本单位。依据：{change.reason}"[:400],
        url="/reviews/?tab=unit",
        topic=NoticeTopic.SYSTEM,
        at=at,
    )


def _move_members(change: UnitChange, *, by: User | None, at: datetime) -> int:
    """End the memberships of the unit; with `move_members` the same roles are given in the successor."""
    unit, successor = change.unit, change.successor
    assert successor is not None
    giver = by or change.entered_by
    count = 0
    for member in UnitMember.objects.filter(unit=unit, is_active=True).select_related("user").order_by("pk"):
        wanted = change.after.get("move_members") and member.user.is_active
        held = UnitMember.objects.filter(unit=successor, user=member.user, role=member.role, is_active=True)
        if wanted and not held.exists():
            given, _ = UnitMember.objects.update_or_create(
                unit=successor, user=member.user, role=member.role, defaults={"is_active": True}
            )
            data = {"user": member.user_id, "unit": successor.name, "role": member.role, "reason": change.reason}
            record("accounts.role_given", subject=given, by=giver, at=at, data=data)
            count += 1
        member.is_active = False
        member.save(update_fields=["is_active"])
        data = {"user": member.user_id, "unit": unit.name, "role": member.role, "reason": change.reason}
        told = record("accounts.role_ended", subject=member, by=giver, at=at, data=data)
        enqueue(ROLE_CHANGED, {"user": member.user_id}, key=f"{ROLE_CHANGED}:{told.pk}", at=at)
    return count


def _move_enterprises(unit: Unit, successor: Unit, *, by: User | None, at: datetime) -> int:
    rows = list(Enterprise.objects.select_for_update(of=("self",)).filter(district=unit).order_by("pk"))
    Enterprise.objects.filter(district=unit).update(district=successor, version=F("version") + 1)
    for row in rows:
        data = {"before": unit.name, "after": successor.name}
        record("accounts.enterprise_district_moved", subject=row, by=by, at=at, data=data)
    return len(rows)


def _move_groups(unit: Unit, successor: Unit) -> int:
    """The successor takes the unit's place in the groups that brackets print (各县区…)."""
    groups = list(unit.groups.all())
    for group in groups:
        group.members.remove(unit)
        group.members.add(successor)
    return len(groups)


def _forward_former(unit: Unit, change: UnitChange, *, at: datetime) -> None:
    """Units that went over to this one before go on with it, as changes of their own."""
    before = UnitChange.objects.filter(
        kind=UnitChangeKind.MERGE, successor=unit, applied_at__isnull=False
    ).select_related("unit")
    for former in {one.unit_id: one.unit for one in before}.values():
        UnitChange.objects.create(
            unit=former,
            kind=UnitChangeKind.MERGE,
            effective_on=change.effective_on,
            before={key: getattr(former, key) for key, _, _ in NAMES},
            successor=change.successor,
            reason=change.reason,
            entered_by=change.entered_by,
            entered_at=at,
            applied_at=at,
        )
