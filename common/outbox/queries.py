"""Reading the outbox: figures for operators, no contents."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from common.outbox.models import OutboxMessage

STUCK_AFTER = 5
"""Failures after which somebody should look."""


@dataclass(frozen=True)
class KindStatus:
    """What one kind of message owes at an instant."""

    kind: str
    owed: int
    overdue: int
    stuck: int
    oldest_due: datetime | None
    most_attempts: int


def status(at: datetime) -> list[KindStatus]:
    """One row per kind that owes something."""
    rows = (
        OutboxMessage.objects.filter(done_at__isnull=True)
        .values("kind")
        .annotate(
            owed=Count("id"),
            overdue=Count("id", filter=Q(due_at__lte=at)),
            stuck=Count("id", filter=Q(attempts__gte=STUCK_AFTER)),
            oldest_due=Min("due_at"),
            most_attempts=Max("attempts"),
        )
        .order_by("kind")
    )
    return [KindStatus(**row) for row in rows]


def last_errors(limit: int = 10) -> list[OutboxMessage]:
    """The messages that failed most often and are still owed."""
    return list(OutboxMessage.objects.filter(done_at__isnull=True, attempts__gt=0).order_by("-attempts", "id")[:limit])
