"""What officers read and may write beside a case: the messages with the enterprise and the internal notes."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.enums import OFFICER_ROLES, SystemRole
from accounts.models import Unit, UnitMember, User
from accounts.unit_names import standing_in, with_former
from reviews.enums import NoteScope, StageState, TaskState
from reviews.models import Case, Note, Task
from reviews.permissions import gestures_of
from reviews.queries.opinions import of_the_applicant


def newest_tasks(case: Case, units: Iterable[int] | QuerySet[UnitMember, int]) -> list[Task]:
    """The newest reached task of each of these units in the case, one for a unit."""
    tasks = (
        Task.objects.filter(stage__case=case, unit__in=units, stage__opened_at__isnull=False)
        .select_related("unit", "stage", "handler")
        .order_by("unit_id", "-stage__order")
        .distinct("unit_id")
    )
    found = list(tasks)
    for task in found:
        task.stage.case = case
    return found


def units_of(user: User) -> QuerySet[UnitMember, int]:
    """Keys of the units in which the person is an officer today."""
    return UnitMember.objects.filter(
        user=user, role__in=OFFICER_ROLES, is_active=True, unit__is_active=True
    ).values_list("unit", flat=True)


def writers_units(case: Case, user: User, *gestures: str) -> dict[str, list[Unit]]:
    """For which units the person may write in this case, by gesture (write_message, write_note).

    Where only a unit whose duties went over worked on it, the one that has them now writes.
    """
    found: dict[str, list[Unit]] = {gesture: [] for gesture in gestures}
    for task in newest_tasks(case, with_former(units_of(user))):
        open_to = gestures_of(task, user)
        unit = standing_in(task.unit)
        for gesture in gestures:
            if gesture in open_to and unit not in found[gesture]:
                found[gesture].append(unit)
    return found


def notes_of(case: Case, user: User) -> QuerySet[Note]:
    """The internal notes that the person reads, oldest first.

    Those of the own units and of units whose duties went to them, and those for all who take part, if one of the own
    units does or the person audits; none where the person belongs to the applicant.
    """
    if not user.is_active:
        return Note.objects.none()
    own = Q(unit__in=with_former(units_of(user)))
    takes_part = Task.objects.visible_to(user).filter(stage__case=case).exists()
    if takes_part or user.system_role == SystemRole.AUDITOR:
        own |= Q(scope=NoteScope.CASE)
    found = Note.objects.filter(own, case=case).exclude(of_the_applicant(user, "case__"))
    return found.select_related("unit", "author").order_by("at", "pk")


def awaited(case: Case) -> list[Task]:
    """The tasks whose people a message of the enterprise concerns: those that are worked on, or wait for a correction;
    where there are none any more, the newest of the unit that keeps the file (主办)."""
    running = list(
        Task.objects.filter(
            stage__case=case,
            stage__state__in=[StageState.OPEN, StageState.PAUSED],
            state__in=[TaskState.OPEN, TaskState.DRAFTED],
        )
        .select_related("unit", "stage", "handler")
        .order_by("stage__order", "pk")
    )
    if not running:
        reached = Task.objects.filter(stage__case=case, stage__opened_at__isnull=False)
        running = list(reached.select_related("unit", "stage", "handler").order_by("-stage__order", "-is_keeper")[:1])
    for task in running:
        task.stage.case = case
    return running
