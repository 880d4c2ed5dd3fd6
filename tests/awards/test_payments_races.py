"""Two people at once: one share on two lists, one row recorded twice; controls show what locks and constraints do."""

import threading

import pytest
from django.db import transaction

from awards.actions import payment_results, payments
from awards.enums import EntryKind, PaymentState, ResultKind
from awards.models import EnvelopeEntry, Payment, PaymentList, PaymentResult
from common.errors import Conflict, DomainError, Invalid
from tests.awards.payments import payable, paying, prepare, result, rows_of, send, sent, tell
from tests.factories.awards import payer
from tests.factories.reviews import officer
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def award(policies_loaded):
    """An award that may be paid, and everybody who pays, made before the threads start."""
    award = payable("3.4.5")
    payer(), payer(another=True), officer(paying(), "leader")
    return award


def live(award):
    return Payment.objects.filter(award=award, state__in=["planned", "sent", "paid"]).count()


def test_one_share_goes_on_one_of_two_lists(award):
    answers, faults = in_threads([lambda: prepare(award).number] * 4)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Invalid] * 3
    assert all("已列入清单" in str(fault) for fault in faults)
    assert live(award) == 1
    assert PaymentList.objects.get().number == "BF2026-0001"


@pytest.fixture
def seen_together(monkeypatch):
    """Awards are read without their lock, and both have been looked at before either list is written."""
    together = threading.Barrier(2)
    real = payments._write_rows

    def look(pks):
        awards = payments.Award.objects.select_related(
            "application__enterprise__district", "application__clause__document", "account__enterprise", "unit"
        )
        return {found.pk: found for found in awards.filter(pk__in=set(pks)).order_by("pk")}

    def number(at):
        together.wait(timeout=WAIT)
        return f"X{threading.get_ident()}"[:30]

    monkeypatch.setattr(payments, "lock_awards", look)
    monkeypatch.setattr(payments, "_next_number", number)
    monkeypatch.setattr(payments, "lock_envelopes", lambda pks: payments.Envelope.objects.in_bulk(list(pks)))
    return real


def test_control_without_the_lock_the_database_stops_the_second(award, seen_together):
    answers, faults = in_threads([lambda: prepare(award).number] * 2)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Conflict]
    assert live(award) == 1


def test_control_without_lock_and_constraints_the_share_is_listed_twice(award, seen_together, monkeypatch):
    with transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX payment_once_per_share")
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_payment_within_award%'")
            (trigger,) = cursor.fetchone()
            cursor.execute(f"ALTER TABLE awards_payment DISABLE TRIGGER {trigger}")
    try:
        answers, faults = in_threads([lambda: prepare(award).number] * 2)
        assert (len(answers), faults) == (2, [])
        assert live(award) == 2
    finally:
        Payment.objects.update(state="dropped")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE awards_payment ENABLE TRIGGER {trigger}")
            cursor.execute(
                "CREATE UNIQUE INDEX payment_once_per_share ON awards_payment (award_id, share)"
                " WHERE state IN ('planned', 'sent', 'paid')"
            )


def test_two_people_record_the_same_row(award):
    listing = sent(award)
    kinds = [ResultKind.PAID, ResultKind.RETURNED, ResultKind.PAID]
    answers, faults = in_threads([lambda kind=kind: tell(listing, result(1, kind)).pk for kind in kinds])
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [Invalid] * 2
    assert all("已有结果" in str(fault) for fault in faults)
    assert PaymentResult.objects.count() == 1


def test_control_without_the_lock_the_version_stops_the_second(award, monkeypatch):
    listing = sent(award)
    together = threading.Barrier(2)
    real = payment_results._check

    def check(*args):
        real(*args)
        together.wait(timeout=WAIT)

    def rows(listing, *, rows=None):
        found = list(
            Payment.objects.filter(list=listing).select_related(
                "award__application__enterprise", "award__application__clause__document", "envelope__unit"
            )
        )
        for row in found:
            row.list = listing
        return found

    monkeypatch.setattr(payment_results, "_check", check)
    monkeypatch.setattr(payment_results, "lock_rows", rows)
    monkeypatch.setattr(
        payment_results, "lock_list", lambda pk: PaymentList.objects.select_related("unit", "district").get(pk=pk)
    )
    answers, faults = in_threads([lambda: tell(listing, result(1)).pk] * 2)
    assert len(answers) == 1
    assert len(faults) == 1
    assert isinstance(faults[0], DomainError)
    assert EnvelopeEntry.objects.filter(kind=EntryKind.PAY).count() == 1


def test_sending_and_removing_at_once_leave_one_truth(award):
    listing = prepare(award)
    (row,) = rows_of(listing)
    _, faults = in_threads(
        [
            lambda: send(listing).pk,
            lambda: payments.remove_row(payment=row, expected_version=1, by=payer(), at=listing.prepared_at).pk,
        ]
    )
    assert [type(fault) for fault in faults] == [Conflict]
    listing.refresh_from_db()
    row.refresh_from_db()
    assert (listing.state, row.state) in {("sent", PaymentState.SENT), ("cancelled", PaymentState.DROPPED)}


def test_numbers_have_no_gap_when_many_prepare_at_once(award):
    awards = [award, *(payable("3.4.5") for _ in range(3))]
    lacking = payable("3.4.5")
    lacking.application.enterprise.__class__.objects.filter(pk=lacking.application.enterprise_id).update(
        bank_account=""
    )
    jobs = [lambda one=one: prepare(one).number for one in [*awards, lacking]]
    answers, faults = in_threads(jobs)
    assert sorted(answers) == [f"BF2026-{at:04d}" for at in range(1, 5)]
    assert [type(fault) for fault in faults] == [Invalid]
