"""Who has a task open now: heartbeats of the last two minutes; told, and of no weight for anything else."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from reviews.models import Presence

#: A heartbeat older than this counts no more.
FRESH = timedelta(minutes=2)


def open_elsewhere(user: User, *, at: datetime) -> QuerySet[Presence, Any]:
    """The primary keys of the tasks that somebody else has open now, as a subquery."""
    return Presence.objects.filter(seen_at__gt=at - FRESH).exclude(user=user).order_by().values("task")


def others_at(tasks: Iterable[int], user: User, *, at: datetime) -> dict[int, str]:
    """Who else has each of the tasks open, as a sentence by task; in one query."""
    seen = (
        Presence.objects.filter(task__in=list(tasks), seen_at__gt=at - FRESH)
        .exclude(user=user)
        .select_related("user")
        .order_by("-seen_at", "pk")
    )
    told: dict[int, list[str]] = {}
    for row in seen:
        told.setdefault(row.task_id, []).append(f"{row.user.name}正在查看（{_ago(at - row.seen_at)}）")
    return {task: "，".join(sentences) for task, sentences in told.items()}


def _ago(passed: timedelta) -> str:
    minutes = max(int(passed.total_seconds() // 60), 0)
    return f"{minutes} 分钟前" if minutes else "刚刚"
