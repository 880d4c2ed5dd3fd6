"""Figures of speed of a batch: 200 enterprises of one call previewed, confirmed and settled, in one worker."""

import time
from collections.abc import Callable
from typing import Any

from tests.bench_database import own_database

TITLE = "Settling a whole call"
PACKAGES = ("django", "psycopg2-binary")
ACCOUNTS = 200

NOTES = """
How to read this:

- Each enterprise has one award of 3.4.5 and draws on two budgets; every one is a transaction of its own, delivered by
  the outbox in this process: previewing reads and computes, settling locks, computes again, takes both budgets, keeps
  the receipt, writes the audit event and the notices. On one core that the database shares.
"""


def figures() -> list[tuple[str, str]]:
    """Accounts per second of each step of a batch."""
    with own_database("bench_batch"):
        return _measured()


def _measured() -> list[tuple[str, str]]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return _batch()


def _batch() -> list[tuple[str, str]]:
    from django.db import connection

    from awards.actions.batches import confirm_batch, counts_of, start_batch
    from awards.models import SettlementBatch
    from tests.factories.applications import load_policies, make_call, make_company
    from tests.factories.awards import fund, make_candidate
    from tests.factories.reviews import LATER, approver, officer

    load_policies()
    awards = [make_candidate(make_company()) for _ in range(ACCOUNTS)]
    fund(awards[0])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    unit = awards[0].unit
    call, by = make_call(), approver(unit)

    started = _timed(lambda: start_batch(call=call, unit=unit, by=officer(unit), at=LATER))
    previewed = _timed(lambda: _deliver("awards.batch_preview"))
    batch = SettlementBatch.objects.get()
    confirmed = _timed(lambda: confirm_batch(batch=batch, expected_version=batch.version, by=by, at=LATER))
    settled = _timed(lambda: _deliver("awards.batch_settle"))
    counts = counts_of(batch)
    if counts["settled"] != ACCOUNTS:
        raise SystemExit(f"a batch of {ACCOUNTS} gave {counts}")
    return [
        (f"starting a batch of {ACCOUNTS} enterprises", f"{started:.2f} s"),
        ("previewing", f"{ACCOUNTS / previewed:.0f} enterprises per second"),
        ("confirming", f"{confirmed:.2f} s"),
        ("settling", f"{ACCOUNTS / settled:.1f} enterprises per second"),
        ("from start to the last enterprise", f"{started + previewed + confirmed + settled:.1f} s"),
    ]


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _deliver(kind: str) -> None:
    """What a worker does with the messages of one kind."""
    from common.outbox.actions import Outcome, deliver
    from common.outbox.models import OutboxMessage
    from tests.factories.reviews import LATER

    for pk in OutboxMessage.objects.filter(kind=kind, done_at=None).order_by("pk").values_list("pk", flat=True):
        if deliver(pk, at=LATER) != Outcome.DONE:
            raise SystemExit(f"message {pk} was not delivered")
