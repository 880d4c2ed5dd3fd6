"""Who may fetch a written export: its owner, while the rights last under which it was written."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.access import OFFICER, Role, has_role
from accounts.enums import OFFICER_ROLES, SystemRole
from accounts.models import UnitMember, User
from reviews.enums import ExportKind, ExportState
from reviews.models import Case, Export


def may_read_cases(user: User) -> bool:
    """Whether this person reads lists of cases at all today."""
    return has_role(user, (*OFFICER, Role.AUDITOR))


def reading_rights(user: User) -> dict[str, Any]:
    """What a person's view of cases rests on today, to be kept with what was written under it."""
    units = UnitMember.objects.filter(
        user=user, role__in=OFFICER_ROLES, is_active=True, unit__is_active=True, user__is_active=True
    )
    return {
        "units": sorted(set(units.values_list("unit", flat=True))),
        "auditor": user.is_active and user.system_role == SystemRole.AUDITOR,
    }


def fetchable(exports: Iterable[Export], user: User) -> set[int]:
    """Which of the written files the user may read now (ids), in a constant number of queries.

    The owner may, with every right under which the file was written: whoever lost one of the units since then gets
    nothing, for the file may hold what only that unit was to see. Of a case, whoever may still read it.
    """
    now = reading_rights(user)
    own = [row for row in exports if row.owner_id == user.pk and row.state == ExportState.DONE]
    held = [row for row in own if _holds(now, row.query.get("rights") or {})]
    asked = [row.query["case"] for row in held if row.kind == ExportKind.CASE]
    visible = set(Case.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()
    return {row.pk for row in held if row.kind != ExportKind.CASE or row.query["case"] in visible}


def _holds(now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Whether the rights of today include those of then."""
    if now["auditor"]:
        return True
    return bool(now["units"]) and not then.get("auditor") and set(then.get("units", ())) <= set(now["units"])
