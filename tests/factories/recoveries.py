"""Paid awards and recoveries at every stage for tests. `pay` writes what a list and its results leave behind, without
the files of a list; everything about a recovery goes through real actions."""

import itertools
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import Unit, User
from awards.actions.entries import envelope_for, write_entry
from awards.actions.payment_awards import move_awards
from awards.actions.recoveries import decide_recovery, draft_recovery, report_finding
from awards.enums import EntryKind, Share
from awards.models import Award, Payment, PaymentList, Recovery
from awards.workflow import AWARDS, LISTS, PAYMENTS
from common.workdays import local_day
from tests.factories.applications import Company
from tests.factories.awards import make_approved_award, payer
from tests.factories.reviews import LATER, approver, officer

#: After everything of a test's award happened.
PAID_AT = LATER + timedelta(days=10)
FOUND_AT = PAID_AT + timedelta(days=30)
DUE = local_day(FOUND_AT) + timedelta(days=60)
_numbers = itertools.count(1)


def plan(award: Award, share: str, *, at: datetime = PAID_AT) -> Payment:
    """A row of a draft list for one share."""
    envelope = envelope_for(award, share)
    assert envelope is not None
    whole = award.city_fen if share == Share.CITY else award.district_fen
    off = sum(row.amount_fen for row in award.set_offs.filter(share=share))
    listing = PaymentList.objects.create(
        number=f"TEST-{next(_numbers)}",
        unit=Unit.objects.get(is_finance=True),
        share=share,
        district=award.application.enterprise.district if share == Share.DISTRICT else None,
        policy_year=award.application.policy_year,
        count=1,
        total_fen=whole - off,
        prepared_by=payer(),
        prepared_at=at,
    )
    return Payment.objects.create(
        list=listing, row=1, award=award, envelope=envelope, share=share, amount_fen=whole - off, purpose="测试"
    )


def pay(award: Award, *, shares: tuple[str, ...] = tuple(Share), at: datetime = PAID_AT) -> Award:
    """Pay an approved award (or some of its shares) as lists and their results do."""
    with transaction.atomic():
        award = Award.objects.get(pk=award.pk)
        for share in shares:
            if not (award.city_fen if share == Share.CITY else award.district_fen):
                continue
            row = plan(award, share, at=at)
            LISTS.apply(row.list, "send", changes={"sent_by": payer(another=True), "sent_at": at})
            PAYMENTS.apply(row, "send")
            AWARDS.apply(award, "send_to_pay")
            PAYMENTS.apply(row, "pay")
            write_entry(row.envelope, EntryKind.PAY, row.amount_fen, award=award, payment=row, by=payer(), at=at)
        move_awards([award], by=payer(), at=at)
    return Award.objects.get(pk=award.pk)


def make_paid_award(company: Company, clause_id: str = "3.4.5") -> Award:
    """An award that was paid whole."""
    return pay(make_approved_award(company, clause_id))


def find(award: Award, *, by: User | None = None, at: datetime = FOUND_AT) -> Recovery:
    """A finding, by the lead's 经办."""
    return report_finding(award=award, finding="发票与合同金额不一致。", by=by or officer(award.unit), at=at)


def draft(
    recovery: Recovery,
    *,
    fen: int | None = 1_000_000_00,
    due_on: date | None = DUE,
    ban_years: int | None = 0,
    reason: str = "发票虚开，按规定追回。",
    by: User | None = None,
    at: datetime = FOUND_AT,
) -> Recovery:
    """A drafted decision, by the lead's 经办."""
    recovery = Recovery.objects.get(pk=recovery.pk)
    return draft_recovery(
        recovery=recovery,
        amount_fen=fen,
        reason=reason,
        due_on=due_on,
        ban_years=ban_years,
        expected_version=recovery.version,
        by=by or officer(recovery.unit),
        at=at,
    )


def decide(recovery: Recovery, *, by: User | None = None, at: datetime = FOUND_AT) -> Recovery:
    """Confirmed by the lead's 审核: demanded."""
    recovery = Recovery.objects.get(pk=recovery.pk)
    return decide_recovery(
        recovery=recovery, expected_version=recovery.version, by=by or approver(recovery.unit), at=at
    )


def make_demanded(award: Award, fen: int = 1_000_000_00, *, ban_years: int | None = 0) -> Recovery:
    """A demanded recovery of a paid award."""
    decide(draft(find(award), fen=fen, ban_years=ban_years))
    return Recovery.objects.get(award=award, state="demanded")
