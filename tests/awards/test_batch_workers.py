"""Workers of a batch that die, repeat, or fail for a reason nobody foresaw: each enterprise is settled once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from awards.actions import batches as actions
from awards.actions.batches import settle_item
from awards.enums import BatchItemState, BatchState, Share
from awards.models import Envelope, Settlement
from common.audit.models import AuditEvent
from common.outbox.actions import Outcome, deliver, run_owed
from common.outbox.models import OutboxMessage
from tests.awards.test_batches import candidates, confirmed, fresh, previewed, run
from tests.factories.reviews import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policies(policies_loaded):
    pass


def test_delivered_again_nothing_happens_twice():
    candidates(2)
    batch = previewed()
    confirmed(batch)
    run_owed(at=LATER)
    OutboxMessage.objects.filter(kind__startswith="awards.batch").update(done_at=None, due_at=LATER)
    run_owed(at=LATER)
    for item in batch.items.all():
        settle_item(item_id=item.pk, at=LATER)
    assert Settlement.objects.count() == 2
    assert fresh(batch).state == BatchState.DONE
    assert AuditEvent.objects.filter(event="batch.finished").count() == 1


def test_the_database_ties_one_settlement_to_an_item():
    candidates(2)
    batch = run(previewed())
    one, two = batch.items.all()
    row = two.settlement
    row.pk, row.number, row.batch_item = None, 99, one
    with pytest.raises(IntegrityError, match="batch_item"), transaction.atomic():
        row.save(force_insert=True)


def test_what_nobody_foresaw_is_tried_again_and_then_left_out(monkeypatch):
    candidates(2)
    batch = previewed()
    confirmed(batch)
    bad = batch.items.first()
    real = actions.settle_account

    def breaks(prepared, **given):
        settlement = real(prepared, **given)
        if given["batch_item"].pk == bad.pk:
            raise RuntimeError("power cut")
        return settlement

    monkeypatch.setattr(actions, "settle_account", breaks)
    message = OutboxMessage.objects.get(kind="awards.batch_settle", payload__item=bad.pk)
    run_owed(at=LATER)
    assert fresh(bad).state == BatchItemState.PREVIEWED
    assert Settlement.objects.count() == 1
    later = LATER
    for _ in range(2):
        later += timedelta(hours=1)
        run_owed(at=later)
    assert (fresh(bad).state, fresh(message).done_at) == (BatchItemState.LEFT_OUT, later)
    assert "已尝试 3 次" in fresh(bad).message
    assert Settlement.objects.count() == 1
    assert fresh(batch).state == BatchState.DONE


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_settles_nobody_twice(monkeypatch):
    """Its connection is cut after everything of an account was written, before the commit; another worker goes on."""
    awards = candidates(2)
    batch = previewed()
    confirmed(batch)
    real, killed = actions.settle_account, []

    def cut(prepared, **given):
        settlement = real(prepared, **given)
        if not killed:
            killed.append(settlement.account_id)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return settlement

    monkeypatch.setattr(actions, "settle_account", cut)
    pks = OutboxMessage.objects.filter(kind="awards.batch_settle").order_by("pk").values_list("pk", flat=True)
    first, second = pks
    assert deliver(first, at=LATER) == Outcome.FAILED
    connection.close()
    assert len(killed) == 1
    assert not Settlement.objects.exists()
    assert {row.committed_fen for row in Envelope.objects.all()} == {0}
    assert deliver(second, at=LATER) == Outcome.DONE
    run_owed(at=LATER + timedelta(hours=1))
    assert Settlement.objects.count() == 2
    assert fresh(batch).state == BatchState.DONE
    city = Envelope.objects.get(share=Share.CITY)
    assert city.committed_fen == sum(award.candidate_fen // 2 for award in awards)
