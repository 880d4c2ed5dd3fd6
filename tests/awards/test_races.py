"""Settling at once on one account, with a control that shows what the locks prevent; one candidate per approval."""

import threading

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions import compute_award, confirm_settlement, propose_settlement
from awards.actions import settle as settling
from awards.enums import AwardState, ProposalState
from awards.models import Award, Envelope, Settlement, SettlementProposal, YearAccount
from common.errors import Conflict
from tests.awards.test_compute import with_sales
from tests.factories.accounts import UserFactory
from tests.factories.awards import fund
from tests.factories.reviews import LATER, approver, make_approved, officer
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
CAP = 10_000_000_00


@pytest.fixture
def near_the_cap(policies_loaded) -> YearAccount:
    """Two candidates of one enterprise and year, 900万 and 380万, under a cap of 1000万; both led by 市工信局."""
    company = with_sales("200000000.00")
    for clause_id in ("3.4.5", "3.3.2"):
        fund(compute_award(application_id=make_approved(company, clause_id).pk, at=LATER))
    return YearAccount.objects.get(enterprise=company.enterprise)


def colleague(role: UnitRole):
    """A second person of the lead in this role."""
    user = UserFactory(name=f"市工信局另一名{role.label}")
    Unit.objects.get(name="市工信局").members.create(user=user, role=role)
    return user


def proposal_of(account: YearAccount) -> SettlementProposal:
    unit = Unit.objects.get(name="市工信局")
    return propose_settlement(account=account, unit=unit, by=officer(unit), at=LATER)


def confirm_by(proposal, people):
    return in_threads(
        [
            lambda by=by: confirm_settlement(proposal=proposal, expected_version=1, by=by, at=LATER).number
            for by in people
        ]
    )


@pytest.mark.parametrize("attempt", range(2))
def test_two_confirmations_at_once_are_one_settlement(near_the_cap, attempt):
    proposal = proposal_of(near_the_cap)
    answers, faults = confirm_by(proposal, [approver("市工信局"), colleague(UnitRole.APPROVER)])
    assert answers == [1]
    assert [type(fault) for fault in faults] == [Conflict]
    assert Award.objects.aggregate(sum=Sum("settled_fen"))["sum"] == CAP
    assert Envelope.objects.aggregate(sum=Sum("committed_fen"))["sum"] == CAP


def test_two_proposals_at_once_are_one(near_the_cap):
    unit = Unit.objects.get(name="市工信局")
    people = [officer(unit), colleague(UnitRole.HANDLER)]
    answers, faults = in_threads(
        [lambda by=by: propose_settlement(account=near_the_cap, unit=unit, by=by, at=LATER).pk for by in people]
    )
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Conflict]
    assert SettlementProposal.objects.filter(state=ProposalState.OPEN).count() == 1


@pytest.fixture
def unlocked(monkeypatch):
    """The account is read without its locks, and both confirmations look at it before either writes."""
    together = threading.Barrier(2)
    real = settling.prepare_settlement

    def prepare(account, *, at):
        answer = real(account, at=at)
        together.wait(timeout=WAIT)
        return answer

    monkeypatch.setattr(
        settling, "lock_for_settlement", lambda pk: YearAccount.objects.select_related("enterprise").get(pk=pk)
    )
    monkeypatch.setattr(settling, "prepare_settlement", prepare)


def test_control_without_the_locks_the_second_runs_into_the_constraints(near_the_cap, monkeypatch, request):
    """The proposal's compare-and-set stops it even then; without that, the number of the settlement does."""
    proposal = proposal_of(near_the_cap)
    people = [approver("市工信局"), colleague(UnitRole.APPROVER)]
    request.getfixturevalue("unlocked")
    answers, faults = confirm_by(proposal, people)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Conflict]


def test_control_without_any_guard_the_numbers_collide(near_the_cap, monkeypatch, request):
    proposal = proposal_of(near_the_cap)
    people = [approver("市工信局"), colleague(UnitRole.APPROVER)]
    request.getfixturevalue("unlocked")
    met = threading.Barrier(2)

    class Unguarded:
        """Moves nothing, and lets both go on together."""

        def apply(self, *_, **__):
            met.wait(timeout=WAIT)

    monkeypatch.setattr(settling, "PROPOSALS", Unguarded())
    answers, faults = confirm_by(proposal, people)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [IntegrityError]


def test_one_approval_delivered_by_many_workers_is_one_candidate(policies_loaded):
    pk = make_approved(with_sales("200000000.00"), "3.4.5").pk
    answers, faults = in_threads([lambda: compute_award(application_id=pk, at=LATER).pk] * 5)
    assert faults == []
    assert len(set(answers)) == 1
    assert list(Award.objects.filter(application_id=pk).values_list("state", flat=True)) == [AwardState.CANDIDATE]
    assert not Settlement.objects.exists()


def test_an_approval_that_comes_while_an_account_is_settled_is_left_for_the_next(policies_loaded):
    """Whichever is first: nothing deadlocks, and the proposal that did not see it is refused or settles without it."""
    company = with_sales("200000000.00")
    first = compute_award(application_id=make_approved(company, "3.4.5").pk, at=LATER)
    fund(first)
    later = make_approved(company, "3.3.2").pk
    proposal = proposal_of(first.account)
    by = approver("市工信局")
    _, faults = in_threads(
        [
            lambda: confirm_settlement(proposal=proposal, expected_version=1, by=by, at=LATER),
            lambda: compute_award(application_id=later, at=LATER),
        ]
    )
    assert {type(fault) for fault in faults} <= {Conflict}
    assert Award.objects.get(application_id=later).state == AwardState.CANDIDATE
    first.refresh_from_db()
    assert first.state == (AwardState.CANDIDATE if faults else AwardState.SETTLED)
