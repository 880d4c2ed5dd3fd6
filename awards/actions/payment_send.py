"""送拨付: a second person checks a draft list and sends it; from then on nothing on it changes.

Its two files are written by the worker (`awards.payment_files`), not here: for hundreds of rows they take seconds, in
which the awards would stay locked. Nothing they are made of can change any more – rows, accounts and subjects are
guarded by triggers – so that they say the same whenever they are written, and they are written once.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.actions.bank_read import read_bank_accounts
from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from awards.actions.locks import lock_awards
from awards.actions.payment_locks import lock_envelopes, lock_list
from awards.enums import AwardState, ListState, PaymentState
from awards.models import Envelope, Payment, PaymentList
from awards.permissions import PAY_CONFIRMERS, require_payer
from awards.queries.owed import set_off_by_share, share_fen
from awards.workflow import AWARDS, LISTS, PAYMENTS
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped, yuan
from common.outbox.actions import enqueue
from common.queries import working_calendar
from common.workdays import local_day
from reviews.queries.routes import procedure_settings

WRITE_FILES = "awards.payment_files"


def send_list(*, payment_list: PaymentList, expected_version: int, by: User, at: datetime) -> PaymentList:
    """Send a draft list (another 财务, or the 负责人, of the paying unit): its awards are on their way to the bank.

    The due day is so many working days of the procedure after today, the shortest where documents differ. Raises
    Conflict for a list that changed since it was seen, NotAllowed, Invalid with every fault: budgets without 预算科目,
    rows whose award, amount or account is no longer that of the moment at which the list was made.
    """
    with transaction.atomic():
        listing = lock_list(payment_list.pk)
        rows = list(listing.rows.filter(state=PaymentState.PLANNED).order_by("row"))
        awards = lock_awards(row.award_id for row in rows)
        if listing.version != expected_version or listing.state != ListState.DRAFT:
            raise Conflict(
                f"清单{listing.number}在您操作期间已有变化（现为“{listing.get_state_display()}”），请刷新后查看。",
                what=listing.get_state_display(),
            )
        require_payer(listing.unit, awards.values(), by, PAY_CONFIRMERS)
        if listing.prepared_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名财务人员或负责人送拨付。")
        envelopes = lock_envelopes(row.envelope_id for row in rows)
        for row in rows:
            row.award, row.envelope, row.list = awards[row.award_id], envelopes[row.envelope_id], listing
        faults = [*_without_subject(envelopes.values()), *_outdated(rows, by=by, at=at)]
        if not rows:
            faults.append("清单没有一笔，不能送拨付。")
        if faults:
            raise Invalid(
                faults[0] if len(faults) == 1 else f"有 {len(faults)} 处差错，清单未送出。", errors={"": faults}
            )
        for row in rows:
            PAYMENTS.apply(row, "send", changes={"subject": subject_of(row.envelope)})
            AWARDS.apply(row.award, "send_to_pay")
        LISTS.apply(
            listing,
            "send",
            changes={
                "sent_by": by,
                "sent_at": at,
                "due_on": due_day(rows, on=local_day(at)),
                "count": len(rows),
                "total_fen": sum(row.amount_fen for row in rows),
            },
        )
        record(
            "payment_list.sent",
            subject=listing,
            by=by,
            at=at,
            data={"list": listing.number, "count": listing.count, "total": yuan(listing.total_fen)},
        )
        enqueue(WRITE_FILES, {"list": listing.pk}, key=f"{WRITE_FILES}:{listing.pk}", at=at)
        notify(
            [listing.prepared_by],
            title=f"已送拨付：清单{listing.number}",
            body=f"{by}已审核，{listing.count}笔共 {grouped(listing.total_fen)} 元，拨付后请录入结果。",
            url=f"/awards/payments/{listing.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return listing


def subject_of(envelope: Envelope) -> str:
    """预算科目 as a row names it: code and name."""
    return f"{envelope.subject_code} {envelope.subject_name}".strip()


def due_day(rows: Iterable[Payment], *, on: date) -> date:
    """The last day of the payment: working days of the procedure after the day of sending [S]."""
    documents = {row.award.application.clause.document_id: row.award.application.clause.document for row in rows}
    days = min(procedure_settings(document, on=on).after.payment for document in documents.values())
    return working_calendar().add_working_days(on, days)


def _without_subject(envelopes: Iterable[Envelope]) -> list[str]:
    return [
        f"{envelope.unit.name}{envelope.clause.clause_id}条款{envelope.policy_year}年度{envelope.get_share_display()}预算"
        "没有填写预算科目（编码和名称），请先在资金预算中补充。"
        for envelope in envelopes
        if not (envelope.subject_code and envelope.subject_name)
    ]


def _outdated(rows: Sequence[Payment], *, by: User, at: datetime) -> list[str]:
    """Rows that no longer say what their award and its enterprise say."""
    set_off = set_off_by_share(row.award_id for row in rows)
    accounts = (
        read_bank_accounts(
            [row.award.application.enterprise for row in rows],
            purpose=f"核对拨付清单{rows[0].list.number}",
            by=by,
            at=at,
        )
        if rows
        else {}
    )
    faults = []
    for row in rows:
        award = row.award
        name = f"第 {row.row} 笔 {award.application.enterprise.name}"
        part = share_fen(award, row.share)
        if award.state not in {AwardState.APPROVED, AwardState.PAYING}:
            faults.append(f"{name}：奖补现为“{award.get_state_display()}”，请移出后再送。")
        elif part - set_off.get((row.award_id, row.share), 0) != row.amount_fen:
            faults.append(f"{name}：应拨金额在编制后有变化，请移出后重新列入。")
        account = accounts[award.application.enterprise_id]
        seen = (row.account_name, row.bank_name, row.bank_code, row.account_number)
        if seen != (account.name, account.bank, account.code, account.number):
            faults.append(f"{name}：收款账户在编制后有变更，请移出后重新列入。")
    return faults
