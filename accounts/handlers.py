"""Side effects of accounts that the outbox carries out."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from accounts.actions.mail import MAIL
from accounts.models import OutgoingMail
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
