"""How a person wants to hear of things, and the mails that follow from it: one per message, one a day for the rest."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.actions.mail import SUBJECT_PREFIX, send_mail
from accounts.digest import Digest, absolute, people_with_sections, sections_for
from accounts.enums import NoticeChannel, NoticeTopic
from accounts.models import NoticeChoice, Notification, OutgoingMail, User
from accounts.notifications import channels_of
from common.audit.actions import record
from common.errors import Invalid
from common.outbox.actions import enqueue
from common.queries import working_calendar
from common.workdays import SHANGHAI, local_day

#: The digest is due from this time of a working day on (Asia/Shanghai). Default, to be confirmed (默认值，待确认).
DIGEST_FROM = time(8, 0)
DIGESTS, DIGEST = "accounts.digests", "accounts.digest"


@transaction.atomic
def choose_channels(*, choices: Mapping[str, str], by: User, at: datetime) -> dict[NoticeTopic, NoticeChannel]:
    """Set how `by` hears of each topic named; topics that are not named stay. Returns what holds afterwards.

    Only what differs from the default is kept, so that the rest follows the default when it changes. Raises Invalid
    with every fault.
    """
    errors = {
        topic: ["请选择送达方式。"]
        for topic, channel in choices.items()
        if topic not in NoticeTopic.values or channel not in NoticeChannel.values
    }
    if errors:
        raise Invalid("请为每一类消息选择送达方式。", errors=errors)
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    before, defaults = channels_of(user)
    for name, value in choices.items():
        topic, channel = NoticeTopic(name), NoticeChannel(value)
        if channel == defaults[topic]:
            NoticeChoice.objects.filter(user=user, topic=topic).delete()
        else:
            NoticeChoice.objects.update_or_create(user=user, topic=topic, defaults={"channel": channel})
    after, _ = channels_of(user)
    changed = {topic.value: after[topic].value for topic in NoticeTopic if after[topic] != before[topic]}
    if changed:
        record("accounts.notice_choices_changed", subject=user, by=by, at=at, data=changed)
    return after


def _addresses() -> dict[str, str]:
    """Where a mail says that the inbox and the settings are."""
    return {
        "inbox_address": absolute(reverse("accounts:notifications")),
        "settings_address": absolute(reverse("accounts:notice_choices")),
    }


def one_line(text: str) -> str:
    """Text fit for the subject of a mail, which has no line ends."""
    return " ".join(text.split())


def mail_notice(*, notification: Notification, at: datetime) -> OutgoingMail | None:
    """Owe the mail that follows one message; None where the person has left or has no address any more.

    It says what the inbox says and nothing else. Called once per message by the outbox.
    """
    user = notification.user
    if not user.is_active or not user.email:
        return None
    addresses = _addresses()
    where = absolute(notification.url) or addresses["inbox_address"]
    context = addresses | {"user": user, "notice": notification, "address": where}
    body = render_to_string("accounts/mail/notice.txt", context)
    return send_mail(to=user.email, subject=SUBJECT_PREFIX + one_line(notification.title), body=body, at=at)


def owe_digests(*, at: datetime) -> bool:
    """Owe the digests of the day, once the hour has come and if it is a working day; called by the beat all day long.

    True where they are owed now or were before. The key names the day, so however often and by however many beats this
    is called, it happens once, and a beat that was down in the morning catches up.
    """
    day = local_day(at)
    if at.astimezone(SHANGHAI).time() < DIGEST_FROM or not working_calendar().is_working(day):
        return False
    with transaction.atomic():
        enqueue(DIGESTS, {"day": day.isoformat()}, key=f"digests:{day}", at=at)
    return True


@transaction.atomic
def owe_each_digest(*, day: date, at: datetime) -> int:
    """Owe one digest to everybody who may have something to hear; returns to how many.

    A day that is over is left out: the next working day's digest tells everything since.
    """
    if local_day(at) != day:
        return 0
    waiting = Notification.objects.filter(channel=NoticeChannel.DIGEST, digested_at=None, created_at__lte=at)
    asked = set(waiting.order_by().values_list("user_id", flat=True).distinct()) | people_with_sections(today=day)
    people = list(
        User.objects.filter(pk__in=asked, is_active=True).exclude(email="").order_by("pk").values_list("pk", flat=True)
    )
    for pk in people:
        enqueue(DIGEST, {"user": pk, "day": day.isoformat()}, key=f"digest:{pk}:{day}", at=at)
    return len(people)


@transaction.atomic
def send_digest(*, user: User, day: date, at: datetime) -> OutgoingMail | None:
    """Owe one person's digest: what is due and overdue first, then the news by topic; None where there is nothing.

    The messages told are marked in the same transaction; those read on the site meanwhile are marked and left out.
    """
    if local_day(at) != day:
        return None
    # The person's row in the way: two digests of one person, if ever, come one after the other.
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not person.is_active or not person.email:
        return None
    waiting = person.notifications.filter(channel=NoticeChannel.DIGEST, digested_at=None, created_at__lte=at)
    rows = list(waiting.select_for_update().order_by("created_at", "pk"))
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(digested_at=at)
    channels, _ = channels_of(person)
    digest = Digest.of(
        [row for row in rows if row.read_at is None],
        [part for part in sections_for(person, today=day) if channels[part.topic] != NoticeChannel.NONE],
    )
    if digest.is_empty:
        return None
    body = render_to_string("accounts/mail/digest.txt", _addresses() | {"user": person, "day": day, "digest": digest})
    return send_mail(to=person.email, subject=SUBJECT_PREFIX + digest.subject, body=body, at=at)
