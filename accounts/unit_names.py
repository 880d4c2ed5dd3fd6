"""Units by name, whatever they were called: what was printed under a former name goes on meaning the same unit.

And units by duty: who stands in for a unit whose duties went to another.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet

from accounts.enums import UnitChangeKind
from accounts.models import Unit, UnitChange

#: Names of a unit that a renaming changes: what is stored, what it is called, how long it may be.
NAMES: Final = (("name", "简称", 40), ("full_name", "全称", 80), ("letter_prefix", "机关代字", 20))


def _applied(kind: UnitChangeKind) -> "Iterable[UnitChange]":
    return UnitChange.objects.filter(kind=kind, applied_at__isnull=False).order_by("effective_on", "pk")


def known_unit_names() -> dict[str, Unit]:
    """Every name that a unit has or had → the unit. A name in use goes before a former one."""
    units = {unit.pk: unit for unit in Unit.objects.all()}
    names = {
        str(change.before["name"]): units[change.unit_id]
        for change in _applied(UnitChangeKind.RENAME)
        if change.before.get("name")
    }
    return names | {unit.name: unit for unit in units.values()}


def unit_by_name(name: str) -> Unit | None:
    """The unit that has or had this name; None where no unit ever did."""
    found = Unit.objects.filter(name=name).first()
    if found is not None:
        return found
    former = (
        UnitChange.objects.filter(kind=UnitChangeKind.RENAME, applied_at__isnull=False, before__name=name)
        .select_related("unit")
        .order_by("-effective_on", "-pk")
        .first()
    )
    return former.unit if former else None


def former_names(units: Iterable[int]) -> set[str]:
    """The names that these units (keys) had before."""
    changes = UnitChange.objects.filter(kind=UnitChangeKind.RENAME, applied_at__isnull=False, unit__in=list(units))
    return {str(before["name"]) for before in changes.values_list("before", flat=True) if before.get("name")}


def successors() -> dict[int, Unit]:
    """Key of a unit whose duties went over → the unit that has them today, through several mergers."""
    direct = {
        change.unit_id: change.successor
        for change in UnitChange.objects.filter(
            kind=UnitChangeKind.MERGE, applied_at__isnull=False, unit__is_active=False
        ).select_related("successor")
        if change.successor is not None
    }
    found = {}
    for pk, unit in direct.items():
        seen = {pk}
        while unit.pk in direct and unit.pk not in seen:
            seen.add(unit.pk)
            unit = direct[unit.pk]
        found[pk] = unit
    return found


def with_former(units: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Keys of these units (`units`: a query of their keys) and of every unit whose duties went over to one of them.

    For what a unit leaves behind and its successor's people go on reading: files, letters, notes. One set of keys:
    with an OR the planner gives up the indexes of long lists.
    """
    taken_over = UnitChange.objects.filter(kind=UnitChangeKind.MERGE, applied_at__isnull=False, successor__in=units)
    return units.union(taken_over.values("unit"))


def standing_in(unit: Unit) -> Unit:
    """The unit that has the duties of `unit` today: itself, unless they went to another."""
    return unit if unit.is_active else successors().get(unit.pk, unit)
