"""What the gestures of 公示 and 异议 share: the lock, the people, the word to the enterprise."""

from collections.abc import Callable
from datetime import datetime

from accounts.enums import NoticeTopic
from accounts.notifications import enterprise_users, notify
from awards.models import Award

Clock = Callable[[], datetime]


def tell_enterprise(award: Award, *, title: str, body: str, at: datetime) -> None:
    """Tell the people of the enterprise what happened to its award."""
    notify(
        enterprise_users(award.application.enterprise),
        title=title,
        body=body,
        url=f"/awards/{award.pk}/",
        topic=NoticeTopic.DECISION,
        at=at,
    )
