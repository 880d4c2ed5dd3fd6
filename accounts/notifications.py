"""Putting a message into people's inboxes; called inside the transaction of the change it tells about.

The inbox gets every message. Whether a mail follows at once, or the daily digest tells of it, is each person's choice
by topic; where a person chose nothing, the defaults below hold.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from accounts.enums import OFFICER_ROLES, NoticeChannel, NoticeTopic
from accounts.models import Enterprise, EnterpriseMember, NoticeChoice, Notification, Unit, UnitMember, User
from accounts.unit_names import standing_in
from common.outbox.actions import enqueue

#: The outbox kind of a mail that follows a message at once; its key names the message, so it is sent once.
NOTICE_MAIL = "accounts.notice_mail"

#: Officers work in the queue all day: only a clock that runs out interrupts them.
#: Default, to be confirmed (默认值，待确认).
OFFICER_DEFAULTS: Mapping[NoticeTopic, NoticeChannel] = {
    NoticeTopic.TASK: NoticeChannel.DIGEST,
    NoticeTopic.CLOCK: NoticeChannel.MAIL,
    NoticeTopic.CORRECTION: NoticeChannel.DIGEST,
    NoticeTopic.DECISION: NoticeChannel.DIGEST,
    NoticeTopic.LETTER: NoticeChannel.NONE,
    NoticeTopic.MESSAGE: NoticeChannel.DIGEST,
    NoticeTopic.ACCOUNT: NoticeChannel.DIGEST,
    NoticeTopic.SYSTEM: NoticeChannel.NONE,
}
#: Enterprises and outside experts come here rarely and must be called.
#: Default, to be confirmed (默认值，待确认).
OUTSIDE_DEFAULTS: Mapping[NoticeTopic, NoticeChannel] = {
    topic: NoticeChannel.NONE if topic == NoticeTopic.SYSTEM else NoticeChannel.MAIL for topic in NoticeTopic
}


def notify(
    users: Iterable[User],
    *,
    title: str,
    body: str = "",
    url: str = "",
    topic: NoticeTopic = NoticeTopic.SYSTEM,
    at: datetime,
) -> int:
    """Give each active user one message and return how many were written. `url` is a path of this site.

    Owes a mail at once to whoever wants one for this topic. Raises RuntimeError outside a transaction where it does.
    """
    people = {user.pk: user for user in users if user.is_active}
    channels = _channels(people.values(), topic)
    rows = [
        Notification(
            user=user, title=title[:120], body=body, url=url, topic=topic, channel=channels[user.pk], created_at=at
        )
        for user in people.values()
    ]
    Notification.objects.bulk_create(rows)
    for row in rows:
        if row.channel == NoticeChannel.MAIL:
            enqueue(NOTICE_MAIL, {"notification": row.pk}, key=f"notice.mail:{row.pk}", at=at)
    return len(rows)


def _channels(people: Iterable[User], topic: NoticeTopic) -> dict[int, NoticeChannel]:
    """How each person wants to hear of a topic; an account without an address has its inbox only."""
    reachable = [user.pk for user in people if user.email]
    found = {user.pk: NoticeChannel.NONE for user in people}
    if not reachable:
        return found
    officers = officers_among(reachable)
    for pk in reachable:
        found[pk] = (OFFICER_DEFAULTS if pk in officers else OUTSIDE_DEFAULTS)[topic]
    chosen = NoticeChoice.objects.filter(user__in=reachable, topic=topic).values_list("user_id", "channel")
    return found | {pk: NoticeChannel(channel) for pk, channel in chosen}


def officers_among(users: Iterable[int]) -> set[int]:
    """Which of these people work for the city today and for no enterprise: for them the defaults of officers hold."""
    in_unit = UnitMember.objects.filter(user=OuterRef("pk"), role__in=OFFICER_ROLES, is_active=True)
    in_enterprise = EnterpriseMember.objects.filter(user=OuterRef("pk"), is_active=True)
    found = User.objects.filter(pk__in=list(users)).filter(~Exists(in_enterprise), ~Q(system_role="") | Exists(in_unit))
    return set(found.values_list("pk", flat=True))


def channels_of(user: User) -> tuple[dict[NoticeTopic, NoticeChannel], Mapping[NoticeTopic, NoticeChannel]]:
    """How one person hears of each topic today, and the defaults that hold for this person."""
    defaults = OFFICER_DEFAULTS if officers_among([user.pk]) else OUTSIDE_DEFAULTS
    chosen = {
        NoticeTopic(topic): NoticeChannel(channel)
        for topic, channel in user.notice_choices.values_list("topic", "channel")
    }
    return {topic: chosen.get(topic, defaults[topic]) for topic in NoticeTopic}, defaults


def enterprise_users(enterprise: Enterprise) -> list[User]:
    """The people who act for an enterprise today."""
    return list(
        User.objects.filter(
            enterprise_memberships__enterprise=enterprise, enterprise_memberships__is_active=True, is_active=True
        ).order_by("pk")
    )


def unit_users(unit: Unit) -> list[User]:
    """The officers of a unit today, or of the one that has its duties since; its experts are told by their panels."""
    unit = standing_in(unit)
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
