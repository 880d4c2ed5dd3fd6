"""At once: two receipts that together exceed the demand, a set-off and a payment list for the same share, a decision
about a ban and a filing; each with a control that shows what stands in the way without the lock."""

import threading

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from accounts.models import Ban
from applications.actions import submit_application
from awards.actions import recovery_parts
from awards.actions.payments import prepare_list
from awards.actions.set_offs import decide_set_off, propose_set_off
from awards.enums import LIVE_PAYMENTS, Share
from awards.models import Award, Payment, Recovery, RecoveryReceipt, SetOff
from awards.queries.owed import owed_fen
from common.errors import Conflict, DomainError, Invalid, NotAllowed
from common.money import yuan
from policies.models import Call
from tests.awards.test_recoveries import receive
from tests.factories.applications import make_filled
from tests.factories.awards import make_approved_award, payer
from tests.factories.recoveries import FOUND_AT, decide, draft, find, make_demanded, make_paid_award
from tests.factories.reviews import approver, officer
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
LEAD = "市工信局"
DEMAND = 1_000_000_00


@pytest.fixture
def demanded(company) -> Recovery:
    return make_demanded(make_paid_award(company), DEMAND)


def two_receipts(recovery: Recovery, fen: int = 600_000_00):
    people = [payer(), officer(LEAD)]
    return in_threads(
        [lambda by=by, n=n: receive(recovery, fen, reference=f"P-{n}", by=by) for n, by in enumerate(people)]
    )


@pytest.mark.parametrize("attempt", range(3))
def test_two_receipts_at_once_never_exceed_the_demand(demanded, attempt):
    answers, faults = two_receipts(demanded)
    assert (len(answers), [type(fault) for fault in faults]) == (1, [Invalid])
    assert "400,000.00" in str(faults[0])
    assert RecoveryReceipt.objects.aggregate(sum=Sum("amount_fen"))["sum"] == 600_000_00


def test_control_without_the_lock_only_the_trigger_stands_in_the_way(demanded, monkeypatch):
    together = threading.Barrier(2)

    def unlocked(pk, *, expected_version=None, and_awards=()):
        recovery = Recovery.objects.select_related("unit", "award__account__enterprise", "award__application").get(
            pk=pk
        )
        return recovery, {}

    real = recovery_parts.amount_faults

    def look(*args, **kwargs):
        found = real(*args, **kwargs)
        together.wait(timeout=WAIT)
        return found

    monkeypatch.setattr("awards.actions.recovery_receipts.lock_recovery", unlocked)
    monkeypatch.setattr("awards.actions.recovery_receipts.amount_faults", look)
    answers, faults = two_receipts(demanded)
    assert (len(answers), [type(fault) for fault in faults]) == (1, [IntegrityError])
    assert "recovery_receipt_within_demand" in str(faults[0]) or "does not fit" in str(faults[0])


def test_the_same_voucher_from_two_browsers_is_one_entry(demanded):
    answers, faults = in_threads([lambda: receive(demanded, 5, reference="P-1")] * 2)
    assert (len(answers), [type(fault) for fault in faults]) == (1, [Conflict])


@pytest.fixture
def later(demanded, company) -> Award:
    enterprise = company.enterprise
    enterprise.bank_account_name, enterprise.bank_name = enterprise.name, "中国银行南昌分行"
    enterprise.bank_code, enterprise.bank_account = "104421000012", "6222020200112233445"
    enterprise.save()
    payer()
    return make_approved_award(company, "3.3.2")


def set_off_and_list(demanded: Recovery, later: Award):
    proposal = propose_set_off(
        recovery=demanded,
        award=later,
        share=Share.CITY,
        amount_fen=100_000_00,
        reason="企业同意。",
        by=officer(LEAD),
        at=FOUND_AT,
    )
    decider, finance = approver(LEAD), payer()
    unit = finance.unit_memberships.get().unit
    return in_threads(
        [
            lambda: decide_set_off(proposal=proposal, expected_version=1, by=decider, at=FOUND_AT),
            lambda: prepare_list(
                unit=unit,
                share=Share.CITY,
                district=None,
                policy_year=later.application.policy_year,
                awards=[later],
                by=finance,
                at=FOUND_AT,
            ),
        ]
    )


@pytest.mark.parametrize("attempt", range(3))
def test_a_set_off_and_a_list_at_once_never_take_a_fen_twice(demanded, later, attempt):
    """The one that is first decides: the list pays what the set-off left, or the set-off finds the share on a list."""
    answers, faults = set_off_and_list(demanded, later)
    off = SetOff.objects.aggregate(sum=Sum("amount_fen"))["sum"] or 0
    live = Payment.objects.filter(award=later, share=Share.CITY, state__in=LIVE_PAYMENTS)
    listed = live.aggregate(sum=Sum("amount_fen"))["sum"] or 0
    assert all(isinstance(fault, DomainError) for fault in faults), faults
    assert off + listed == later.city_fen, f"{yuan(off)} and {yuan(listed)}"
    assert len(answers) == (2 if off else 1)
    assert owed_fen(Award.objects.get(pk=later.pk), Share.CITY) == 0


def test_control_a_row_that_pays_what_was_set_off_meets_the_trigger(demanded, later):
    """Without looking at each other first: whichever comes second is refused by the database."""
    from tests.factories.recoveries import plan

    row = {"recovery": demanded, "award": later, "share": Share.CITY, "reason": "x", "decided_at": FOUND_AT}
    people = {"proposed_by": officer(LEAD), "decided_by": approver(LEAD)}
    _, faults = in_threads(
        [
            lambda: SetOff.objects.create(**row, **people, amount_fen=100),
            lambda: plan(Award.objects.get(pk=later.pk), Share.CITY),
        ]
    )
    fits = SetOff.objects.count() + Payment.objects.filter(award=later).count()
    # The row of the list was made for what was owed when it looked: both stand only where it looked afterwards.
    total = (SetOff.objects.aggregate(sum=Sum("amount_fen"))["sum"] or 0) + (
        Payment.objects.filter(award=later).aggregate(sum=Sum("amount_fen"))["sum"] or 0
    )
    assert total <= later.city_fen
    assert (len(faults), fits) in {(0, 2), (1, 1)}
    assert all(isinstance(fault, IntegrityError) for fault in faults)


def test_two_deciders_decide_once(company):
    recovery = draft(find(make_paid_award(company)))
    by = approver(LEAD)
    answers, faults = in_threads([lambda: decide(recovery, by=by)] * 2)
    assert len(answers) == 1
    assert all(isinstance(fault, Conflict) for fault in faults)
    assert Ban.objects.count() == 0


def test_a_ban_and_a_filing_at_once_end_in_an_order(company):
    """Either it was filed before the decision, or it is refused: both wait for the enterprise's row."""
    recovery = draft(find(make_paid_award(company)), ban_years=1)
    Call.objects.update(closes_on=FOUND_AT.date())
    application = make_filled(company, "3.3.2")
    by = approver(LEAD)
    answers, faults = in_threads(
        [
            lambda: decide(recovery, by=by),
            lambda: submit_application(
                application=application,
                idempotency_key="a-key-of-its-own",
                promise=True,
                by=company.legal,
                at=FOUND_AT,
                clock=lambda: FOUND_AT,
            ),
        ]
    )
    assert Ban.objects.count() == 1
    application.refresh_from_db()
    assert bool(application.number) == (len(answers) == 2)
    assert [type(fault) for fault in faults] in ([], [NotAllowed])
