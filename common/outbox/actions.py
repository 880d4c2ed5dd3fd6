"""Owing, delivering and sweeping (docs/adr/0005-outbox.md)."""

import enum
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F

from common.outbox import broker
from common.outbox.models import OutboxMessage
from common.outbox.registry import handler_for

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=10)
"""A message handed to the broker and not done after this long is handed over again."""

BACKOFF = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 3600))
"""Pause after the first, second, … failure of a handler; the last one repeats for ever: nothing owed is given up."""

SWEEP_LIMIT = 500
ERROR_LENGTH = 500


class Outcome(enum.Enum):
    """What came of one attempt to deliver."""

    DONE = "done"
    FAILED = "failed"
    NOT_OWED = "not owed"  # done already, not due yet, or in another process's hands


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    at: datetime,
    inline: bool = False,
    due_at: datetime | None = None,
) -> OutboxMessage:
    """Owe one side effect from this transaction's commit on.

    kind: a registered handler's name. payload: JSON, ids rather than contents. key: names the effect; the same key
    again returns the message that stands and causes nothing. inline: carried out in this process right after the
    commit (short database work only), otherwise sent to Celery. due_at: not before then; the sweeper sends it.
    Raises RuntimeError outside a transaction, ValueError if the key stands with another kind.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"outbox message {key!r} outside a transaction")
    due = due_at or at
    # A delayed message is in nobody's hands: the sweeper may send it the moment it is due.
    sent_at = at if due <= at else due - RESEND_AFTER
    message, created = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={"kind": kind, "payload": dict(payload), "created_at": at, "due_at": due, "sent_at": sent_at},
    )
    if message.kind != kind:
        raise ValueError(f"outbox key {key!r} belongs to kind {message.kind!r}, not {kind!r}")
    if created and due <= at:
        after = partial(deliver, message.pk, at=at) if inline else partial(broker.send, message.pk)
        transaction.on_commit(after, robust=True)
    return message


def deliver(message_id: int, *, at: datetime) -> Outcome:
    """Carry out one message if it is still owed and due; safe to call any number of times from anywhere.

    The row is locked (a second caller skips it), the handler runs, the mark is set: one transaction. A failure takes
    all of it back and is written down in a transaction of its own, with a growing pause. Never raises for the handler.
    """
    try:
        with transaction.atomic():
            message = (
                OutboxMessage.objects.select_for_update(skip_locked=True)
                .filter(pk=message_id, done_at__isnull=True, due_at__lte=at)
                .first()
            )
            if message is None:
                return Outcome.NOT_OWED
            handler_for(message.kind)(message.payload, at=at, message_id=message.pk)
            message.done_at = at
            message.last_error = ""
            message.save(update_fields=["done_at", "last_error"])
    except Exception as error:
        logger.exception("outbox message %s failed", message_id)
        _note_failure(message_id, error, at)
        return Outcome.FAILED
    return Outcome.DONE


def _note_failure(message_id: int, error: Exception, at: datetime) -> None:
    """Write the failure down; if even that is impossible (database gone), the message is simply still owed."""
    try:
        with transaction.atomic():
            message = OutboxMessage.objects.select_for_update().filter(pk=message_id, done_at__isnull=True).first()
            if message is None:
                return
            pause = BACKOFF[min(message.attempts, len(BACKOFF) - 1)]
            message.attempts = F("attempts") + 1
            message.due_at = at + pause
            message.sent_at = at + pause - RESEND_AFTER
            message.last_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH].replace("\x00", "")
            message.save(update_fields=["attempts", "due_at", "sent_at", "last_error"])
    except DatabaseError:
        logger.exception("outbox message %s: failure not written down", message_id)


def owed(at: datetime) -> list[int]:
    """Ids of the messages that are due and in nobody's hands as far as known, oldest due first, bounded."""
    messages = OutboxMessage.objects.filter(done_at__isnull=True, due_at__lte=at, sent_at__lte=at - RESEND_AFTER)
    return list(messages.order_by("due_at", "id").values_list("pk", flat=True)[:SWEEP_LIMIT])


def sweep(*, at: datetime) -> int:
    """Hand everything owed to the broker again; returns how many were sent. Stops at the first the broker refuses."""
    sent: list[int] = []
    for message_id in owed(at):
        if not broker.send(message_id, probe=True):
            break
        sent.append(message_id)
    OutboxMessage.objects.filter(pk__in=sent, done_at__isnull=True).update(sent_at=at)
    return len(sent)


def run_owed(*, at: datetime, limit: int | None = None) -> dict[Outcome, int]:
    """Deliver everything due in this process, also what handlers owe meanwhile; counts by outcome.

    Each message is tried once per call. For operators without a worker, and for tests.
    """
    counts = dict.fromkeys(Outcome, 0)
    tried: set[int] = set()
    while limit is None or len(tried) < limit:
        messages = OutboxMessage.objects.filter(done_at__isnull=True, due_at__lte=at).exclude(pk__in=tried)
        message_id = messages.order_by("due_at", "id").values_list("pk", flat=True).first()
        if message_id is None:
            break
        tried.add(message_id)
        counts[deliver(message_id, at=at)] += 1
    return counts
