"""Celery tasks of accounts: the beat rings, the outbox remembers."""

from celery import shared_task
from django.utils import timezone

from accounts.actions.notices import owe_digests


@shared_task(name="accounts.tasks.owe_daily_digests", ignore_result=True)
def owe_daily_digests() -> bool:
    """Owe the digests of today from 08:00 of a working day on; any number of calls is one."""
    return owe_digests(at=timezone.now())
