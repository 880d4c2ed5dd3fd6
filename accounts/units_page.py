"""Reads of the pages of units: what there is, who works there, what changed and what will."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from accounts.enums import UnitChangeKind, UnitKind, UnitRole
from accounts.models import Unit, UnitChange, UnitMember
from accounts.unit_names import NAMES
from common.errors import NotFound
from common.templatetags.ui import zhdate


@dataclass
class UnitRow:
    """One unit of the list: how many people per role, and the change that lies ahead."""

    unit: Unit
    people: dict[str, int] = field(default_factory=dict)
    waiting: UnitChange | None = None

    @property
    def people_words(self) -> str:
        """“经办 2，审核 1”; empty where nobody works there."""
        return "，".join(f"{role.label} {self.people[role]}" for role in UnitRole if role in self.people)


def unit_rows() -> Mapping[UnitKind, list[UnitRow]]:
    """Every unit by kind, those in use first; three queries."""
    rows = {unit.pk: UnitRow(unit) for unit in Unit.objects.order_by("-is_active", "kind", "order", "pk")}
    counted = (
        UnitMember.objects.filter(is_active=True, user__is_active=True)
        .order_by()
        .values_list("unit", "role")
        .annotate(number=Count("user", distinct=True))
    )
    for unit, role, number in counted:
        rows[unit].people[role] = number
    for change in waiting_changes():
        rows[change.unit_id].waiting = change
    return {kind: [row for row in rows.values() if row.unit.kind == kind] for kind in UnitKind}


def waiting_changes() -> QuerySet[UnitChange]:
    """Changes that have not come into force, the next one first."""
    return (
        UnitChange.objects.filter(applied_at=None, cancelled_at=None)
        .select_related("unit", "successor", "entered_by")
        .order_by("effective_on", "pk")
    )


def changes_of(unit: Unit) -> QuerySet[UnitChange]:
    """Everything that was entered about a unit, or that made it a successor, the latest day first."""
    return (
        UnitChange.objects.filter(Q(unit=unit) | Q(successor=unit))
        .select_related("unit", "successor", "entered_by", "cancelled_by")
        .order_by("-effective_on", "-pk")
    )


def unit_of(pk: int) -> Unit:
    """One unit. Raises NotFound."""
    found = Unit.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def members_of_unit(unit: Unit) -> list[UnitMember]:
    """The people who work in a unit today, by role in the order of the roles."""
    standing = unit.members.filter(is_active=True, user__is_active=True)
    rows = standing.select_related("user").order_by("user__name", "pk")
    return sorted(rows, key=lambda member: UnitRole.values.index(member.role))


def change_words(change: UnitChange) -> str:
    """What a change does, as a sentence."""
    day = zhdate(change.effective_on)
    if change.kind == UnitChangeKind.MERGE:
        assert change.successor is not None  # constraint unitchange_successor_with_kind
        name = change.before.get("name") or change.unit.name
        people = "，人员一并转入" if change.after.get("move_members") else ""
        return f"自{day}起，{name}的职责由{change.successor.name}承接{people}。"
    told = [
        f"{label}由“{change.before.get(key) or '（未设）'}”改为“{change.after.get(key) or '（未设）'}”"
        for key, label, _ in NAMES
        if change.before.get(key) != change.after.get(key)
    ]
    return f"自{day}起，{'，'.join(told)}。"
