"""Groups of units as a policy prints them: registered, their members changed. What a bracket names must be one."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Unit, User
from accounts.unit_names import known_unit_names
from common.audit.actions import record
from common.errors import Conflict, Invalid
from policies.enums import GroupResolution
from policies.models import UnitGroup
from policies.permissions import require_editor


def create_unit_group(
    *, code: str, printed: str, resolution: str, members: Iterable[Unit], by: User, at: datetime
) -> UnitGroup:
    """Register a group under the name that a policy prints.

    resolution: how it becomes one unit for a file (GroupResolution); where the lead chooses, it may have none
    (市各有关单位). Raises NotAllowed, Invalid (fields `code`,
    `printed`, `members`) for names that are taken and a group by district without districts.
    """
    require_editor(by)
    printed, chosen = printed.strip(), list(members)
    errors: dict[str, list[str]] = {}
    if UnitGroup.objects.filter(code=code).exists():
        errors["code"] = ["已有这个代码，请换一个。"]
    if printed in known_unit_names() or UnitGroup.objects.filter(printed=printed).exists():
        errors["printed"] = [f"“{printed}”已经是单位或单位组的名称，不必再登记。"]
    if fault := _members_fault(resolution, chosen):
        errors["members"] = [fault]
    if errors:
        raise Invalid("".join(text for texts in errors.values() for text in texts), errors=errors)
    with transaction.atomic():
        group = UnitGroup.objects.create(code=code, printed=printed, resolution=resolution)
        group.members.set(chosen)
        data = {"printed": printed, "resolution": resolution, "members": _codes(chosen)}
        record("policies.unit_group_created", subject=group, by=by, at=at, data=data)
    return group


def change_members(
    group: UnitGroup, *, members: Iterable[Unit], seen: Iterable[str], reason: str, by: User, at: datetime
) -> UnitGroup:
    """Change who belongs to a group; files that have their route keep it.

    seen: the codes of the members as the page showed them. Raises NotAllowed, Conflict where they changed since,
    Invalid (fields `members`, `reason`).
    """
    require_editor(by)
    chosen = list(members)
    if not reason.strip():
        raise Invalid("请写明调整的依据。", field="reason")
    if fault := _members_fault(group.resolution, chosen):
        raise Invalid(fault, field="members")
    with transaction.atomic():
        locked = UnitGroup.objects.select_for_update().get(pk=group.pk)
        before = _codes(locked.members.all())
        if before != sorted(seen):
            raise Conflict("成员在您打开之后有变动，请核对后再保存。", what="成员有变动")
        after = _codes(chosen)
        if before == after:
            raise Invalid("成员没有变化。", field="members")
        locked.members.set(chosen)
        data = {"before": before, "after": after, "reason": reason.strip()}
        record("policies.unit_group_changed", subject=locked, by=by, at=at, data=data)
    return locked


def _members_fault(resolution: str, members: list[Unit]) -> str:
    if resolution == GroupResolution.DISTRICT:
        if not members:
            return "请至少选择一个成员。"
        bureaus = [unit.name for unit in members if unit.kind != "district"]
        if bureaus:
            return f"按企业所属县区确定的组只能有县区（开发区），请去掉：{'、'.join(bureaus)}。"
    return ""


def _codes(members: Iterable[Unit]) -> list[str]:
    return sorted(unit.code for unit in members)
