"""Payment lists for tests: enterprises with accounts, budgets with 预算科目, lists at every stage."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.enums import UnitRole
from accounts.models import Enterprise, Unit, User
from awards.actions.payments import ResultInput, prepare_list, record_results, send_list
from awards.enums import ResultKind, Share
from awards.models import Award, Envelope, Payment, PaymentList
from common.workdays import local_day
from tests.factories.applications import YEAR, Company, make_company
from tests.factories.awards import make_approved_award, payer
from tests.factories.reviews import LATER

#: The list is sent a day after the awards were approved, results come three days later.
PREPARED, SENT, TOLD = LATER + timedelta(days=1), LATER + timedelta(days=2), LATER + timedelta(days=5)
_accounts = count(1)


def give_account(enterprise: Enterprise, number: str = "") -> str:
    """Set a complete account (as its owner would have); returns the account number."""
    number = number or f"3605018812340{next(_accounts):06d}"
    Enterprise.objects.filter(pk=enterprise.pk).update(
        bank_account_name=enterprise.name,
        bank_name="演示银行南昌分行营业部",
        bank_code="104421000017",
        bank_account=number,
    )
    return number


def name_subjects(awards: Iterable[Award]) -> None:
    """Give every budget its 预算科目."""
    Envelope.objects.filter(policy_year__in={award.application.policy_year for award in awards}).update(
        subject_code="2150805", subject_name="中小企业发展专项"
    )


def payable(*clauses: str, company: Company | None = None, **values: Any) -> Award:
    """An approved award whose enterprise has an account and whose budgets have their 预算科目."""
    company = company or make_company(**values)
    award = make_approved_award(company, *clauses)
    if not Enterprise.objects.get(pk=company.enterprise.pk).bank_account:
        give_account(company.enterprise)
    name_subjects([award])
    return award


def paying() -> Unit:
    """The paying unit."""
    return Unit.objects.get(is_finance=True)


def leader() -> User:
    """The 负责人 of the paying unit."""
    return payer(UnitRole.LEADER)


def prepare(*awards: Award, share: str = Share.CITY, at: datetime = PREPARED, **values: Any) -> PaymentList:
    """A draft list of these awards."""
    district = awards[0].application.enterprise.district if share == Share.DISTRICT else None
    defaults = {"unit": paying(), "share": share, "district": district, "policy_year": YEAR, "by": payer(), "at": at}
    return prepare_list(awards=awards, **defaults | values)


def send(listing: PaymentList, *, at: datetime = SENT, **values: Any) -> PaymentList:
    """Send a draft by a second person."""
    listing = PaymentList.objects.get(pk=listing.pk)
    defaults: dict[str, Any] = {"expected_version": listing.version, "by": payer(another=True), "at": at}
    return send_list(payment_list=listing, **defaults | values)


def sent(*awards: Award, share: str = Share.CITY, **values: Any) -> PaymentList:
    """A list that was sent."""
    return send(prepare(*awards, share=share, **values))


def result(row: int = 1, kind: str = ResultKind.PAID, *, on: date | None = None, **values: Any) -> ResultInput:
    """What the bank tells of a row."""
    reason = "账号户名不符" if kind == ResultKind.RETURNED else ""
    return ResultInput(**{"row": row, "kind": kind, "on": on or local_day(TOLD), "reason": reason} | values)


def tell(listing: PaymentList, *results: ResultInput, at: datetime = TOLD, **values: Any) -> PaymentList:
    """Enter results; without any, every row is paid."""
    told = list(results) or [result(row.row) for row in rows_of(listing)]
    return record_results(payment_list=listing, results=told, **{"by": payer(), "at": at} | values)


def rows_of(listing: PaymentList) -> list[Payment]:
    """The rows of a list as they stand, without those taken off."""
    return list(Payment.objects.filter(list=listing).exclude(state="dropped").order_by("row"))
