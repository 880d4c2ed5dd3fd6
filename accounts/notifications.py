"""Putting a message into people's inboxes; called inside the transaction of the change it tells about."""

from collections.abc import Iterable
from datetime import datetime

from accounts.enums import OFFICER_ROLES, NoticeTopic
from accounts.models import Enterprise, Notification, Unit, User


def notify(
    users: Iterable[User],
    *,
    title: str,
    body: str = "",
    url: str = "",
    topic: NoticeTopic = NoticeTopic.SYSTEM,
    at: datetime,
) -> int:
    """Give each active user one message and return how many were written. `url` is a path of this site."""
    rows = [
        Notification(user=user, title=title[:120], body=body, url=url, topic=topic, created_at=at)
        for user in {user.pk: user for user in users if user.is_active}.values()
    ]
    Notification.objects.bulk_create(rows)
    return len(rows)


def enterprise_users(enterprise: Enterprise) -> list[User]:
    """The people who act for an enterprise today."""
    return list(
        User.objects.filter(
            enterprise_memberships__enterprise=enterprise, enterprise_memberships__is_active=True, is_active=True
        ).order_by("pk")
    )


def unit_users(unit: Unit) -> list[User]:
    """The officers of a unit today; its experts are told by their panels."""
    return list(
        User.objects.filter(
            unit_memberships__unit=unit,
            unit_memberships__role__in=OFFICER_ROLES,
            unit_memberships__is_active=True,
            is_active=True,
        )
        .distinct()
        .order_by("pk")
    )
