"""Writing to the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from common.audit.models import AuditEvent

SYSTEM = "系统"


def actor_name(by: Any) -> str:
    """The name under which a person stands in the record: full name and account; 系统 for no person."""
    if by is None:
        return SYSTEM
    account = str(by.get_username())
    full = str(getattr(by, "display_name", "") or by.get_full_name() or "").strip()
    return (f"{full}（{account}）" if full and full != account else account)[:150]


def record(
    event: str,
    *,
    subject: models.Model,
    by: Any,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    ip: str | None = None,
) -> AuditEvent:
    """Record that ``event`` happened to ``subject``, in the transaction of the change itself.

    event: dotted and past tense, ``applications.submitted``. by: the user, or None for the system. at: aware instant.
    data: what a reader needs to understand the change, JSON; never accounts, identity numbers or secrets.
    The link of the chain is made by the database at commit. Raises RuntimeError outside a transaction, ValueError for
    an unsaved subject or a naive instant.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"audit event {event!r} outside the transaction of its change")
    if subject.pk is None:
        raise ValueError(f"audit event {event!r} about an unsaved {type(subject).__name__}")
    if at.tzinfo is None:
        raise ValueError("audit instants are aware")
    return AuditEvent.objects.create(
        event=event,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        actor_id=None if by is None else by.pk,
        actor_name=actor_name(by),
        at=at,
        data=dict(data or {}),
        ip=ip,
    )
