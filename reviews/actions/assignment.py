"""Who in a unit works on a task: by hand, by rule, evenly, by a deputy while somebody is away."""

from datetime import datetime

from accounts.models import User
from reviews.models import Task


def assign_by_rule(task: Task, *, at: datetime) -> User | None:
    """Give a task that has just been opened to the person whom a rule of its unit names; None where no rule fits."""
    return None
