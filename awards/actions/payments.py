"""拨付清单: one finance person of the paying unit makes a list per budget, another sends it; then it is locked.

What bank and treasury tell of its rows is entered by payment_results, a wrong entry reversed by payment_reversal. The
order of locks is that of payment_locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from accounts.actions.bank_read import BankAccount, read_bank_accounts
from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import notify
from awards.actions.entries import envelope_for
from awards.actions.locks import lock_awards
from awards.actions.payment_awards import finish_where_nothing_is_owed
from awards.actions.payment_locks import BANK, lock_envelopes, lock_list
from awards.actions.payment_results import ResultInput, record_results
from awards.actions.payment_reversal import reverse_result
from awards.actions.payment_send import send_list
from awards.enums import LIVE_PAYMENTS, AwardState, ListState, PaymentState, Share
from awards.models import Award, Envelope, Payment, PaymentList, PaymentListCounter
from awards.permissions import PAY_CONFIRMERS, PAYERS, require_payer
from awards.queries.outdated import outdated_sums
from awards.queries.owed import set_off_by_share, share_fen
from awards.workflow import LISTS, PAYMENTS
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.money import grouped, yuan
from common.workdays import local_day
from reviews.queries.assignment import people_of

__all__ = [
    "ResultInput",
    "cancel_list",
    "finish_where_nothing_is_owed",
    "prepare_list",
    "record_results",
    "remove_row",
    "reverse_result",
    "send_list",
]

#: Rows of one list: what a person can still check and a bank takes in one file.
MAX_ROWS = 1000
PAYABLE = (AwardState.APPROVED, AwardState.PAYING)


def purpose_of(award: Award) -> str:
    """What the row says the money is for (用途)."""
    clause = award.application.clause
    return f"{award.application.policy_year}年度{clause.clause_id}{clause.title}奖补资金"[:200]


def prepare_list(
    *,
    unit: Unit,
    share: str,
    district: Unit | None,
    policy_year: int,
    awards: Iterable[Award],
    by: User,
    at: datetime,
) -> PaymentList:
    """Make a draft list of one budget (财务 of the paying unit): each award's part less what is set off against it, to
    the account that its enterprise names now. unit: the paying unit; share: a Share value; district: whose budget pays,
    None for the city's.

    A part that came back, or whose entry was reversed, goes on again; its new row names the old one. Raises NotAllowed,
    and Invalid with every fault: no account, no budget, another budget's award, already on a list, nothing left to pay.
    """
    with transaction.atomic():
        chosen = lock_awards(award.pk for award in awards)
        require_payer(unit, chosen.values(), by, PAYERS)
        set_off = set_off_by_share(chosen)
        due = {pk: share_fen(award, share) - set_off.get((pk, share), 0) for pk, award in chosen.items()}
        found = {pk: envelope_for(award, share) for pk, award in chosen.items()}
        faults = _faults(chosen, due, share, policy_year)
        faults += _of_other_budgets(chosen, found, share, district)
        faults += [
            f"{_named(chosen[pk])}：批复之后有新的录入或选择，现在应为 {grouped(fen)} 元，请牵头单位重新核算后再拨付。"
            for pk, fen in outdated_sums(chosen.values(), at=at).items()
        ]
        faults += [
            f"{_named(chosen[pk])}：没有{chosen[pk].application.clause.clause_id}条款的{Share(share).label}预算，请先录入。"
            for pk, envelope in found.items()
            if envelope is None
        ]
        accounts = read_bank_accounts(
            [award.application.enterprise for award in chosen.values()], purpose="编制拨付清单", by=by, at=at
        )
        faults += _without_account(chosen.values(), accounts)
        if faults:
            raise Invalid(
                faults[0] if len(faults) == 1 else f"有 {len(faults)} 处差错，清单未编制。", errors={"": faults}
            )
        envelopes = lock_envelopes(envelope.pk for envelope in found.values() if envelope is not None)
        listing = PaymentList.objects.create(
            number=_next_number(at),
            unit=unit,
            share=share,
            district=district,
            policy_year=policy_year,
            count=len(chosen),
            total_fen=sum(due.values()),
            prepared_by=by,
            prepared_at=at,
        )
        order = sorted(
            chosen.values(), key=lambda award: (award.application.clause.clause_id, award.application.number)
        )
        former = _former(chosen, share)
        _write_rows(
            [
                _row(listing, number, award, envelopes[(found[award.pk] or Envelope()).pk], due[award.pk], accounts)
                for number, award in enumerate(order, start=1)
            ],
            former,
        )
        record("payment_list.prepared", subject=listing, by=by, at=at, data=told(listing))
        notify(
            [user for user in people_of(unit, PAY_CONFIRMERS) if user != by],
            title=f"待审核：拨付清单{listing.number}",
            body=f"{by}编制了{listing.count}笔的拨付清单，请审核后送拨付。",
            url=f"/awards/payments/{listing.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return listing


def told(listing: PaymentList) -> dict[str, object]:
    """What the audit trail says of a list; never an account."""
    return {
        "list": listing.number,
        "share": listing.share,
        "district": listing.district.name if listing.district else None,
        "year": listing.policy_year,
        "count": listing.count,
        "total": yuan(listing.total_fen),
    }


def _named(award: Award) -> str:
    return f"{award.application.number} {award.application.enterprise.name}"


def _of_other_budgets(
    chosen: Mapping[int, Award], found: Mapping[int, Envelope | None], share: str, district: Unit | None
) -> list[str]:
    """Awards of which another district's budget holds the money (an enterprise may have moved since), and a list that
    does not say whose it is."""
    if (share == Share.DISTRICT) != (district is not None):
        return ["县区级清单须指明县区，市级清单不得指明。"]
    return [
        f"{_named(chosen[pk])}：由{envelope.unit.name}的预算负担，不属于{district.name}。"
        for pk, envelope in found.items()
        if district is not None and envelope is not None and envelope.unit_id != district.pk
    ]


def _faults(chosen: Mapping[int, Award], due: Mapping[int, int], share: str, policy_year: int) -> list[str]:
    """Everything about the awards themselves that keeps them off a list."""
    if not chosen:
        return ["请至少选择一笔待拨付的奖补。"]
    faults = []
    if len(chosen) > MAX_ROWS:
        faults.append(f"一份清单最多 {MAX_ROWS} 笔，所选 {len(chosen)} 笔，请分批编制。")
    live = {
        row.award_id: row
        for row in Payment.objects.filter(award__in=chosen, share=share, state__in=LIVE_PAYMENTS)
        .select_related("list")
        .only("row", "award_id", "list__number", "state")
    }
    for pk, award in chosen.items():
        name = _named(award)
        if pk in live:
            faults.append(
                f"{name}：已列入清单{live[pk].list.number}第 {live[pk].row} 笔（{live[pk].get_state_display()}）。"
            )
        elif award.state not in PAYABLE:
            faults.append(f"{name}：{award.get_state_display()}，批复后才能拨付，也不重复拨付。")
        elif due[pk] <= 0:
            faults.append(f"{name}：{Share(share).label}部分没有需要拨付的金额（无此级分担，或已全部抵扣）。")
        if award.application.policy_year != policy_year:
            faults.append(f"{name}：属于 {award.application.policy_year} 年度，不是 {policy_year} 年度。")
    return faults


def _without_account(awards: Iterable[Award], accounts: Mapping[int, BankAccount]) -> list[str]:
    """A sentence for each enterprise whose account is missing or incomplete."""
    enterprises = {award.application.enterprise_id: award.application.enterprise for award in awards}
    return [
        f"{enterprise.name}尚未填写完整的收款账户（户名、开户行、行号、账号），请通知企业填写后再列入。"
        for pk, enterprise in sorted(enterprises.items())
        if not accounts[pk].is_complete
    ]


def _former(awards: Iterable[int], share: str) -> dict[int, Payment]:
    """The row that each award's new row follows: its last one, unless that one was taken off before anything was
    paid. Rows of one share form a chain, so that none is followed twice."""
    last = Payment.objects.filter(award__in=awards, share=share).values("award").annotate(last=Max("pk")).values("last")
    rows = Payment.objects.filter(pk__in=last.order_by()).only("award_id", "state", "follows_id")
    return {row.award_id: row for row in rows if row.state != PaymentState.DROPPED or row.follows_id is not None}


def _row(
    listing: PaymentList,
    number: int,
    award: Award,
    envelope: Envelope,
    fen: int,
    accounts: Mapping[int, BankAccount],
) -> Payment:
    account = accounts[award.application.enterprise_id]
    return Payment(
        list=listing,
        row=number,
        award=award,
        envelope=envelope,
        share=listing.share,
        amount_fen=fen,
        account_name=account.name,
        bank_name=account.bank,
        bank_code=account.code,
        account_number=account.number,
        purpose=purpose_of(award),
    )


def _write_rows(rows: Sequence[Payment], former: Mapping[int, Payment]) -> None:
    """Write the rows; where the database finds a live row or a sum that the locks should have shown, say so."""
    for row in rows:
        row.follows = former.get(row.award_id)
    try:
        with transaction.atomic():
            Payment.objects.bulk_create(rows)
    except IntegrityError as error:
        if not any(name in str(error) for name in ("payment_once_per_share", "payment_within_award", "follows")):
            raise
        raise Conflict("所选奖补中有刚被列入其他清单的，请刷新后重新选择。", what="已列入其他清单") from error


def _next_number(at: datetime) -> str:
    """The next list number of a calendar year, BF2026-0001; its counter row is locked last and briefly. A transaction
    that fails takes its counting back, and no list is ever deleted: there is no gap."""
    year = local_day(at).year
    PaymentListCounter.objects.get_or_create(year=year)
    counter = PaymentListCounter.objects.select_for_update().get(year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"BF{year}-{counter.last:04d}"


def _lock_draft(payment_list: PaymentList, expected_version: int) -> PaymentList:
    listing = lock_list(payment_list.pk)
    if listing.version != expected_version or listing.state != ListState.DRAFT:
        raise Conflict(
            f"清单{listing.number}在您操作期间已有变化（现为“{listing.get_state_display()}”），请刷新后查看。",
            what=listing.get_state_display(),
        )
    return listing


def remove_row(*, payment: Payment, expected_version: int, by: User, at: datetime) -> PaymentList:
    """Take a row off a draft list (财务 or 负责人 of the paying unit); it may go on another one. expected_version: that
    of the list. The last row takes the list with it; the other rows keep their numbers. Raises Conflict, NotAllowed.
    """
    with transaction.atomic():
        listing = _lock_draft(payment.list, expected_version)
        require_payer(listing.unit, [], by, PAY_CONFIRMERS)
        row = listing.rows.defer(*BANK).select_related("award__application").get(pk=payment.pk)
        PAYMENTS.apply(row, "drop")
        PaymentList.objects.filter(pk=listing.pk).update(
            version=F("version") + 1, count=F("count") - 1, total_fen=F("total_fen") - row.amount_fen
        )
        listing = lock_list(listing.pk)
        data = {"row": row.row, "application": row.award.application.number, "amount": yuan(row.amount_fen)}
        record("payment_list.row_removed", subject=listing, by=by, at=at, data=told(listing) | data)
        if not listing.count:
            LISTS.apply(listing, "cancel")
            record("payment_list.cancelled", subject=listing, by=by, at=at, data=told(listing))
        return listing


def cancel_list(*, payment_list: PaymentList, expected_version: int, by: User, at: datetime) -> PaymentList:
    """Give up a draft list (财务 or 负责人 of the paying unit); its awards wait for another one, its number stays.
    Raises Conflict, NotAllowed."""
    with transaction.atomic():
        listing = _lock_draft(payment_list, expected_version)
        require_payer(listing.unit, [], by, PAY_CONFIRMERS)
        for row in listing.rows.filter(state=PaymentState.PLANNED).defer(*BANK).order_by("row"):
            PAYMENTS.apply(row, "drop")
        LISTS.apply(listing, "cancel")
        record("payment_list.cancelled", subject=listing, by=by, at=at, data=told(listing))
        return listing
