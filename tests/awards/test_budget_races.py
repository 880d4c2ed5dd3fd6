"""Two officers at once on a budget that suffices for one; and the database as the last guard once the lock is gone."""

import threading

import pytest
from django.db.models import QuerySet

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions import confirm_settlement, entries, propose_settlement
from awards.actions.batches import confirm_batch, start_batch
from awards.enums import BatchItemState, BatchState, Share
from awards.models import Envelope, Settlement, SettlementBatch
from awards.queries.preview import prepare_settlement
from common.errors import Conflict, Invalid
from common.outbox.actions import deliver, run_owed
from common.outbox.models import OutboxMessage
from policies.actions import keep_definition
from tests.factories.accounts import UserFactory
from tests.factories.applications import make_call, make_company
from tests.factories.awards import fund, make_candidate
from tests.factories.reviews import LATER, approver, officer
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
LEAD = "市工信局"


@pytest.fixture
def proposals(policies_loaded):
    """Two proposed settlements of the same amount, one budget of it, and two people who may confirm."""
    awards = [make_candidate(make_company()) for _ in range(2)]
    fund(awards[0], awards[0].candidate_fen // 2)
    unit = Unit.objects.get(name=LEAD)
    # Kept once for both; whoever kept it first would make the other wait.
    policy = prepare_settlement(awards[0].account, at=LATER).policy
    assert policy is not None
    keep_definition(policy, at=LATER)
    second = UserFactory(name="第二名审核")
    unit.members.create(user=second, role=UnitRole.APPROVER)
    made = [propose_settlement(account=award.account, unit=unit, by=officer(LEAD), at=LATER) for award in awards]
    return list(zip(made, (approver(LEAD), second), strict=True))


def confirm(proposals):
    return in_threads(
        [
            lambda proposal=proposal, by=by: confirm_settlement(
                proposal=proposal, expected_version=proposal.version, by=by, at=LATER
            )
            for proposal, by in proposals
        ]
    )


def taken():
    return {(row.committed_fen, row.free_fen) for row in Envelope.objects.all()}


def test_one_of_two_settles_and_the_other_is_told(proposals):
    answers, faults = confirm(proposals)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Invalid]
    assert "预算余额 0.00 元" in str(faults[0])
    assert Settlement.objects.count() == 1
    assert taken() == {(Envelope.objects.first().amount_fen, 0)}


def test_control_without_the_lock_the_database_still_refuses_to_overspend(proposals, monkeypatch):
    """Both read the budget before either writes, so both believe that it suffices; the constraint stops the second."""
    together, seen = threading.Barrier(2), threading.local()
    locked, write = QuerySet.select_for_update, entries.write_entry

    def unlocked(self, *args, **given):
        return self.all() if self.model is Envelope else locked(self, *args, **given)

    def after_both_looked(*args, **given):
        if not getattr(seen, "once", False):
            seen.once = True
            together.wait(timeout=WAIT)
        return write(*args, **given)

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    monkeypatch.setattr(entries, "write_entry", after_both_looked)
    answers, faults = confirm(proposals)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Conflict]
    assert "余额已有变化" in str(faults[0])
    assert Settlement.objects.count() == 1
    assert taken() == {(Envelope.objects.first().amount_fen, 0)}


def test_a_batch_run_by_several_workers_at_once_settles_everybody_once(policies_loaded):
    awards = [make_candidate(make_company()) for _ in range(4)]
    fund(awards[0], awards[0].candidate_fen // 2 * 3)  # for three of the four
    unit = Unit.objects.get(name=LEAD)
    batch = start_batch(call=make_call(), unit=unit, by=officer(LEAD), at=LATER)
    run_owed(at=LATER)
    confirm_batch(batch=batch, expected_version=2, by=approver(LEAD), at=LATER)
    messages = list(OutboxMessage.objects.filter(kind="awards.batch_settle").values_list("pk", flat=True))
    # Each message twice, as a broker may repeat it.
    _, faults = in_threads([lambda pk=pk: deliver(pk, at=LATER) for pk in [*messages, *messages]])
    assert faults == []
    run_owed(at=LATER)
    assert Settlement.objects.count() == 3
    states = sorted(batch.items.values_list("state", flat=True))
    assert states == [BatchItemState.LEFT_OUT, *[BatchItemState.SETTLED] * 3]
    assert SettlementBatch.objects.get().state == BatchState.DONE
    city = Envelope.objects.get(share=Share.CITY)
    assert city.committed_fen == city.amount_fen
