"""Celery tasks of accounts: the beat rings, the outbox remembers."""

from celery import shared_task
from django.utils import timezone

from accounts.actions.notices import owe_digests
from accounts.actions.rights_review import remind_of_review
from accounts.actions.unit_changes import apply_due_changes


@shared_task(name="accounts.tasks.owe_daily_digests", ignore_result=True)
def owe_daily_digests() -> bool:
    """Owe the digests of today from 08:00 of a working day on; any number of calls is one."""
    return owe_digests(at=timezone.now())


@shared_task(name="accounts.tasks.administer", ignore_result=True)
def administer() -> int:
    """Carry out the changes of units whose day has come, and remind of an overdue review of rights; any number of calls
    is one, and missed days are caught up with."""
    now = timezone.now()
    remind_of_review(at=now)
    return apply_due_changes(at=now)
