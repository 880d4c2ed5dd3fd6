"""Sending mail through the outbox: a mail server that is away neither fails nor slows what people do."""

from datetime import datetime

from django.db import transaction

from accounts.models import OutgoingMail
from common.outbox.actions import enqueue

MAIL = "accounts.mail"
#: The product's name before every subject.
SUBJECT_PREFIX = "【南昌电子信息政策兑现】"


@transaction.atomic
def send_mail(*, to: str, subject: str, body: str, at: datetime, html: str = "") -> OutgoingMail:
    """Owe one mail from the commit of the surrounding transaction on."""
    mail = OutgoingMail.objects.create(to=to, subject=subject[:200], body=body, html=html, created_at=at)
    enqueue(MAIL, {"mail": mail.pk}, key=f"{MAIL}:{mail.pk}", at=at)
    return mail
