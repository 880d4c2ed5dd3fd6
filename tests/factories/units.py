"""A unit's people beyond its first ones, its rules and absences, and the gestures on its tasks with what is usual."""

from datetime import date
from typing import Any

from accounts.enums import UnitRole
from accounts.models import Absence, Unit, UnitMember, User
from reviews.actions import assign_task, claim_task, release_task
from reviews.models import AssignmentRule, Task
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT
from tests.factories.reviews import LATER


def join(unit: Unit | str, role: str = UnitRole.HANDLER, *, user: User | None = None, name: str = "") -> User:
    """One more person of a unit (or one more role of a person)."""
    unit = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
    person = user or UserFactory(**({"name": name} if name else {}))
    UnitMember.objects.create(unit=unit, user=person, role=role)
    return person


def leave(unit: Unit | str, user: User) -> None:
    """End every role of a person in a unit."""
    unit = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
    UnitMember.objects.filter(unit=unit, user=user).update(is_active=False)


def make_rule(unit: Unit | str, handler: User | None = None, **values: Any) -> AssignmentRule:
    """A rule that gives to `handler`, or evenly; in the order in which they are made."""
    unit = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
    order = AssignmentRule.objects.filter(unit=unit).count() + 1
    return AssignmentRule.objects.create(
        **{"unit": unit, "order": order, "handler": handler, "evenly": handler is None} | values
    )


def away(unit: Unit | str, user: User, deputy: User, first: date, last: date) -> Absence:
    """An absence as entered by the person."""
    unit = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
    return Absence.objects.create(
        unit=unit, user=user, deputy=deputy, first_day=first, last_day=last, entered_by=user, entered_at=AT
    )


def fresh(task: Task) -> Task:
    """The task as it stands in the database."""
    return Task.objects.select_related("unit", "handler", "stage__case__application__enterprise").get(pk=task.pk)


def claim(task: Task, by: User, **values: Any) -> Task:
    """Take a task as it stands."""
    return claim_task(**{"task": task, "expected_version": fresh(task).version, "by": by, "at": LATER} | values)


def assign(task: Task, to: User, by: User, **values: Any) -> Task:
    """Give a task as it stands to somebody."""
    return assign_task(
        **{"task": task, "expected_version": fresh(task).version, "to": to, "by": by, "at": LATER} | values
    )


def release(task: Task, by: User, **values: Any) -> Task:
    """Hand a task back as it stands."""
    return release_task(**{"task": task, "expected_version": fresh(task).version, "by": by, "at": LATER} | values)
