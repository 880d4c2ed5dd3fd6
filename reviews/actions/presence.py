"""Having a task open: a heartbeat that others of the unit see. Nothing rests on it, so nothing is recorded."""

from datetime import datetime

from accounts.models import UnitMember, User
from reviews.enums import TaskState
from reviews.models import Presence, Task
from reviews.queries.presence import FRESH
from reviews.workflow import ROLES


def be_present(*, task: Task, by: User, at: datetime) -> None:
    """Say that the person has the task open now; those who only read it, or a finished one, are not told of.

    Forgets everybody whose last heartbeat is too old to count.
    """
    Presence.objects.filter(seen_at__lte=at - FRESH).delete()
    works = UnitMember.objects.filter(unit=task.unit_id, user=by, is_active=True, role__in=ROLES["claim"])
    if task.state in {TaskState.OPEN, TaskState.DRAFTED} and works.exists():
        Presence.objects.bulk_create(
            [Presence(task=task, user=by, seen_at=at)],
            update_conflicts=True,
            unique_fields=["task", "user"],
            update_fields=["seen_at"],
        )


def leave(*, task: Task, by: User) -> None:
    """Say that the person has closed the task."""
    Presence.objects.filter(task=task, user=by).delete()
