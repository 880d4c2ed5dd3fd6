"""Celery tasks: they carry an id and nothing else, and may run any number of times."""

from celery import shared_task
from django.utils import timezone

from common.outbox import actions


@shared_task(name="common.outbox.tasks.deliver_message", acks_late=True, ignore_result=True)
def deliver_message(message_id: int) -> str:
    """Deliver one message; what comes of it stands in the outbox, so the task itself never fails."""
    return actions.deliver(message_id, at=timezone.now()).value


@shared_task(name="common.outbox.tasks.sweep", ignore_result=True)
def sweep() -> int:
    """Hand everything owed to the broker again; the beat calls it every ten seconds."""
    return actions.sweep(at=timezone.now())
