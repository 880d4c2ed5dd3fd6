"""Reading messages."""

from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Notification, User
from common.errors import NotFound


@transaction.atomic
def mark_read(*, notification_id: int, by: User, at: datetime) -> Notification:
    """Mark one of the person's own messages as read and return it; raises NotFound for anybody else's."""
    row = Notification.objects.select_for_update().filter(pk=notification_id, user=by).first()
    if row is None:
        raise NotFound
    if row.read_at is None:
        row.read_at = at
        row.save(update_fields=["read_at"])
    return row


def mark_all_read(*, by: User, at: datetime, topic: NoticeTopic | None = None) -> int:
    """Mark all of the person's messages as read, or those of one topic; returns how many were unread."""
    about = {"topic": topic} if topic else {}
    return Notification.objects.filter(user=by, read_at=None, **about).update(read_at=at)
