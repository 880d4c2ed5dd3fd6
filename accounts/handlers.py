"""Side effects of accounts that the outbox carries out."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from accounts.actions.mail import MAIL
from accounts.actions.notices import DIGEST, DIGESTS, mail_notice, owe_each_digest, send_digest
from accounts.actions.rights_review import OVERDUE, tell_administrators
from accounts.actions.unit_changes import BLOCKED, tell_blocked
from accounts.models import Notification, OutgoingMail, UnitChange, User
from accounts.notifications import NOTICE_MAIL
from common.outbox.registry import handler


@handler(MAIL)
def deliver_mail(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Send one owed mail and wipe its text; a mail already sent is left alone. Raises what the mail server raises."""
    mail = OutgoingMail.objects.select_for_update().get(pk=payload["mail"])
    if mail.sent_at is not None:
        return
    message = EmailMultiAlternatives(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to])
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()
    mail.sent_at, mail.body, mail.html = at, "", ""
    mail.save(update_fields=["sent_at", "body", "html"])


@handler(NOTICE_MAIL)
def deliver_notice(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Write the mail that follows one message of the inbox; a message that is gone needs none."""
    notification = Notification.objects.select_related("user").filter(pk=payload["notification"]).first()
    if notification is not None:
        mail_notice(notification=notification, at=at)


@handler(DIGESTS)
def deliver_digests(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Owe everybody's digest of one day."""
    owe_each_digest(day=date.fromisoformat(payload["day"]), at=at)


@handler(DIGEST)
def deliver_digest(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Write one person's digest of one day."""
    send_digest(user=User.objects.get(pk=payload["user"]), day=date.fromisoformat(payload["day"]), at=at)


@handler(OVERDUE)
def tell_of_overdue_review(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the administrators that the review of rights is overdue."""
    tell_administrators(at=at)


@handler(BLOCKED)
def tell_of_blocked_change(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the administrators why a change of a unit that is due was not carried out."""
    tell_blocked(change=UnitChange.objects.select_related("unit", "successor").get(pk=payload["change"]), at=at)
