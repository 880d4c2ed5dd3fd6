"""Settling at once on one account, with a control that shows what the lock prevents; one award per approval."""

import threading

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from awards.actions import compute_award
from awards.models import Award, Settlement, YearAccount
from letters.models import Letter
from tests.awards.test_compute import with_sales
from tests.factories.reviews import LATER, make_approved
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
CAP = 10_000_000_00


@pytest.fixture
def near_the_cap(policies_loaded):
    """Two approved applications of one enterprise and year, 900万 and 380万, under a cap of 1000万."""
    company = with_sales("200000000.00")
    approved = [make_approved(company, clause_id).pk for clause_id in ("3.4.5", "3.3.2")]
    YearAccount.objects.create(enterprise=company.enterprise, policy_year=2024)
    return approved


def settle(pks):
    return in_threads([lambda pk=pk: compute_award(application_id=pk, at=LATER).settled_fen for pk in pks])


@pytest.mark.parametrize("attempt", range(3))
def test_two_settlements_together_never_exceed_the_cap(near_the_cap, attempt):
    answers, faults = settle(near_the_cap)
    assert faults == []
    assert len(answers) == 2
    assert sum(answers) == CAP
    assert Award.objects.aggregate(sum=Sum("settled_fen"))["sum"] == CAP
    assert sorted(Settlement.objects.values_list("number", flat=True)) == [1, 2]


@pytest.fixture
def unlocked(monkeypatch):
    """The account is read without its lock, and both settlements look at it before either is stored."""
    together = threading.Barrier(2)

    def look(enterprise, policy_year):
        return YearAccount.objects.get(enterprise=enterprise, policy_year=policy_year)

    from awards.actions import compute

    real = compute.settlement_document

    def document(account, application):
        answer = real(account, application)
        together.wait(timeout=WAIT)
        return answer

    monkeypatch.setattr(compute, "_lock_account", look)
    monkeypatch.setattr(compute, "settlement_document", document)


def numbered(monkeypatch, *last: int) -> None:
    """Let the settlements find these last numbers, in this order."""
    numbers = iter(last)
    lock = threading.Lock()

    def aggregate(self, **_):
        with lock:
            return {"last": next(numbers)}

    monkeypatch.setattr("django.db.models.query.QuerySet.aggregate", aggregate)


def test_control_without_the_lock_two_that_find_the_same_number_collide(near_the_cap, unlocked, monkeypatch):
    numbered(monkeypatch, 0, 0)
    answers, faults = settle(near_the_cap)
    assert len(answers) == 1
    assert [type(fault) for fault in faults] == [IntegrityError]


def test_control_without_the_lock_the_cap_is_broken(near_the_cap, unlocked, monkeypatch):
    numbered(monkeypatch, 0, 1)
    answers, faults = settle(near_the_cap)
    assert faults == []
    assert sum(answers) > CAP


def test_one_approval_delivered_by_many_workers_is_one_award(near_the_cap):
    pk = near_the_cap[0]
    answers, faults = in_threads([lambda: compute_award(application_id=pk, at=LATER).pk] * 5)
    assert faults == []
    assert len(set(answers)) == 1
    assert Award.objects.filter(application_id=pk).count() == 1
    assert Settlement.objects.count() == 1
    assert Letter.objects.filter(request_key=f"award:{answers[0]}").count() == 1
