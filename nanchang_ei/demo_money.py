"""Demonstration of the money after the approval: budgets, and awards at every stage from 待核算 to 追回.

Made through the actions of real ones, at instants of the past; what is owed by the outbox in between (closing a
publicity period) is carried out here, because the worker would do it with today's date.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.enums import UnitRole
from accounts.models import Unit
from applications.models import Application
from awards.actions import compute_award, confirm_settlement, propose_settlement
from awards.actions.budgets import open_envelope
from awards.actions.objections import file_objection
from awards.actions.payment_results import ResultInput, record_results
from awards.actions.payment_send import send_list
from awards.actions.payments import prepare_list
from awards.actions.publicity import draft_round, publish_round
from awards.actions.publicity_closing import close_round
from awards.actions.recoveries import decide_recovery, draft_recovery, report_finding
from awards.actions.recovery_receipts import record_receipt
from awards.enums import AwardState, ItemState, ResultKind, Share
from awards.models import Award, Envelope, PaymentList, PublicityItem, PublicityRound, YearAccount
from awards.queries.budgets import city_payers
from common.workdays import end_of_day
from nanchang_ei.demo import officer
from policies.demo import NUMBER
from policies.models import Clause, Document

YEARS = (2024, 2025)
DISTRICTS = ("高新区", "经开区", "红谷滩区", "青山湖区", "南昌县（小蓝经开区）")
#: 分 for each clause and year: the city's and a district's envelope.
CITY, DISTRICT = 50_000_000_00, 30_000_000_00
SUBJECT = ("2150805", "中小企业发展专项")
CONTACT = "电子信息处，0791-83986888，南昌市红谷滩区世贸路演示楼"
PAYING = "市财政局"


@transaction.atomic
def load_budgets(*, at: datetime) -> int:
    """Give every clause its budgets for the demonstration's years; returns how many envelopes were made."""
    finance = officer(Unit.objects.get(name=PAYING), UnitRole.FINANCE)
    document = Document.objects.get(number=NUMBER)
    districts = list(Unit.objects.filter(name__in=DISTRICTS))
    standing = set(Envelope.objects.values_list("unit", "share", "clause", "policy_year"))
    made = 0
    for clause in Clause.objects.filter(document=document, is_monetary=True).order_by("order"):
        for year in YEARS:
            payers = [(unit, Share.CITY, CITY) for unit in Unit.objects.filter(name__in=city_payers(clause, year))]
            payers += [(unit, Share.DISTRICT, DISTRICT) for unit in districts]
            for unit, share, fen in payers:
                if (unit.pk, str(share), clause.pk, year) in standing:
                    continue
                open_envelope(
                    unit=unit,
                    share=share,
                    clause=clause,
                    policy_year=year,
                    subject_code=SUBJECT[0],
                    subject_name=SUBJECT[1],
                    amount_fen=fen,
                    reason="演示：洪财预〔2026〕演示 1 号",
                    by=finance,
                    at=at,
                )
                made += 1
    return made


def settle(account: YearAccount, unit: Unit, *, at: datetime) -> None:
    """Settle an account as its lead does."""
    proposal = propose_settlement(account=account, unit=unit, by=officer(unit, UnitRole.HANDLER), at=at)
    confirm_settlement(
        proposal=proposal,
        expected_version=proposal.version,
        by=officer(unit, UnitRole.APPROVER),
        at=at + timedelta(hours=2),
    )


def publish(awards: list[Award], title: str, *, at: datetime) -> PublicityRound:
    """Show settled awards of one lead."""
    unit = awards[0].unit
    drafted = draft_round(
        unit=unit,
        title=title,
        policy_year=awards[0].application.policy_year,
        awards=awards,
        contact=CONTACT,
        by=officer(unit, UnitRole.HANDLER),
        at=at,
    )
    return publish_round(
        publicity=drafted, expected_version=drafted.version, by=officer(unit, UnitRole.APPROVER), at=at
    )


def close(publicity: PublicityRound) -> datetime:
    """End a round whose last day is over, as the worker does at that moment; returns that moment."""
    assert publicity.last_day is not None  # published
    moment = end_of_day(publicity.last_day)
    close_round(round_id=publicity.pk, at=moment, clock=lambda: moment)
    return moment


def pay(awards: Iterable[Award], share: str, *, returned: Award | None = None, at: datetime) -> PaymentList:
    """One list of a budget: made, sent the same day, answered by the bank two days later."""
    unit = Unit.objects.get(name=PAYING)
    awards = list(awards)
    first, second = officer(unit, UnitRole.FINANCE), officer(unit, UnitRole.FINANCE, number=1)
    made = prepare_list(
        unit=unit,
        share=share,
        district=None if share == Share.CITY else awards[0].application.enterprise.district,
        policy_year=awards[0].application.policy_year,
        awards=awards,
        by=first,
        at=at,
    )
    sent = send_list(payment_list=made, expected_version=made.version, by=second, at=at + timedelta(hours=3))
    told = []
    for row in sent.rows.order_by("row"):
        comes_back = returned is not None and row.award_id == returned.pk
        told.append(
            ResultInput(
                row=row.row,
                kind=ResultKind.RETURNED if comes_back else ResultKind.PAID,
                on=timezone.localdate(at + timedelta(days=2)),
                reason="账号与户名不符，银行退回" if comes_back else "",
                reference=f"演示回单 {sent.number}-{row.row}",
            )
        )
    return record_results(payment_list=sent, results=told, by=first, at=at + timedelta(days=2))


def _award(enterprise: str, clause: str) -> Award | None:
    """The award of a decided demonstration file, computed where the worker has not been there yet."""
    application = Application.objects.filter(
        enterprise__name=enterprise, clause__clause_id=clause, policy_year=2024, state__in=["approved", "awarded"]
    ).first()
    if application is None:
        return None
    assert application.case.closed_at is not None  # decided
    return compute_award(application_id=application.pk, at=application.case.closed_at)


def load_money(*, now: datetime, large: str, materials: str, terminals: str) -> int:
    """Take decided files on their way, each only as long as it is where it begins; returns how many went on.

    materials: paid, and claimed back in part. terminals: one budget paid, the other returned by the bank. large: shown
    now, with an objection, beside two files of one group that wait for its choice.
    """
    if not Envelope.objects.exists():  # asked at every start; the budgets of all clauses take seconds to look through
        load_budgets(at=now - timedelta(days=28))
    found = [_award(name, clause) for name, clause in ((materials, "3.3.2"), (terminals, "3.4.5"), (large, "3.4.5"))]
    awards = [award for award in found if award is not None and award.state == AwardState.CANDIDATE]
    if len(awards) != len(found):
        return 0
    for award in awards:
        settle(award.account, award.unit, at=now - timedelta(days=19))
    paid, half, shown = (Award.objects.select_related("unit", "application").get(pk=award.pk) for award in awards)
    title = f"{paid.application.policy_year}年度电子信息产业奖补资金公示（演示第一批）"
    over = close(publish([paid, half], title, at=now - timedelta(days=18)))
    pay([half, paid], Share.CITY, returned=half, at=over + timedelta(hours=34))
    for award in (paid, half):
        pay([award], Share.DISTRICT, at=over + timedelta(hours=35))
    _claim_back(paid, at=max(over + timedelta(days=4), now - timedelta(days=3)), now=now)
    publicity = publish([shown], title.replace("第一批", "第二批"), at=now - timedelta(days=3))
    _object(publicity, at=now - timedelta(days=1))
    for clause in ("3.4.1", "3.4.2"):
        _award(large, clause)
    return len(awards)


def _claim_back(award: Award, *, at: datetime, now: datetime) -> None:
    """Part of what was paid is claimed back; the first instalment has come."""
    unit = award.unit
    handler = officer(unit, UnitRole.HANDLER)
    found = report_finding(award=award, finding="演示：抽查发现两张发票在次年冲红。", by=handler, at=at)
    drafted = draft_recovery(
        recovery=found,
        amount_fen=award.settled_fen // 10,
        reason="演示：已冲红的两张发票不计入销售额，按比例退回相应奖补资金。",
        due_on=timezone.localdate(now + timedelta(days=20)),
        ban_years=0,
        expected_version=found.version,
        by=handler,
        at=at + timedelta(hours=1),
    )
    decided = decide_recovery(
        recovery=drafted,
        expected_version=drafted.version,
        by=officer(unit, UnitRole.APPROVER),
        at=at + timedelta(hours=2),
    )
    record_receipt(
        recovery=decided,
        amount_fen=award.settled_fen // 20,
        on=timezone.localdate(at + timedelta(days=1)),
        reference="演示缴款书 0001",
        by=officer(Unit.objects.get(name=PAYING), UnitRole.FINANCE),
        at=at + timedelta(days=1, hours=2),
    )


def _object(publicity: PublicityRound, *, at: datetime) -> None:
    """Somebody invented objects to the round's only item."""
    item = PublicityItem.objects.filter(round=publicity, state=ItemState.LISTED).first()
    if item is not None:
        file_objection(
            item=item,
            name="演示万建国",
            phone="13900000006",
            text="演示：该企业二期项目的部分设备合同签订于上一年度，请核查是否计入本年度投入。",
            at=at,
            clock=lambda: at,
        )
